"""Collecting submissions from a folder or from the archive that a learning platform exports.

Of each student the notebook is taken, and the files that the assignment lists in `files`. Only bytes of regular files are
taken, each within limits, and only to a path that is made here. Whose they are is decided by the outermost name alone.
What looks wrong is refused by name and the rest is collected.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from autograder.classroom.collecting.entries import CollectLimits, Refusals, read_entries
from autograder.classroom.collecting.identify import Sources
from autograder.classroom.collecting.plan import make_plan
from autograder.classroom.collecting.planned import Plan, State
from autograder.classroom.collecting.roster import ROSTER, Roster
from autograder.classroom.collecting.store import store
from autograder.classroom.collecting.times import read_times
from autograder.classroom.collecting.worksheet import Worksheet
from autograder.course import groups
from autograder.course.manifest import Assignment, Course
from course_utils.errors import CourseError
from course_utils.submission.reading import MAX_BYTES


@dataclass
class Collected:
    """What came of a collection.

    Attributes:
        students: ids of those whose submission was taken, in order.
        unchanged: ids of those whose submission was there already.
        refused: (name of the file, folder or student, reason), for all that was not.
    """

    students: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    refused: Refusals = field(default_factory=list)


def known_of(
    course: Course, roster: Path | None = None, worksheet: Path | None = None, times: Path | None = None
) -> Sources:
    """What is known of a class: its roster, Moodle's worksheet for the assignment, and times of submission.

    Args:
        roster: `roster.csv` in the course's folder by default, where there is one.

    Raises:
        CourseError: one of the files is not what it should be.
    """
    default = course.root / ROSTER
    roster = roster or (default if default.is_file() else None)
    return Sources(
        Roster(roster) if roster else None,
        Worksheet(worksheet) if worksheet else None,
        read_times(times, course.timezone) if times else {},
        times.name if times else "",
    )


@contextmanager
def planned(
    course: Course,
    assignment: Assignment,
    source: Path,
    sources: Sources,
    limits: CollectLimits | None = None,
) -> Iterator[Plan]:
    """What would be collected from `source`; nothing is written, and the archive stays open meanwhile.

    Args:
        source: a folder or a zip file, in a layout of `collecting.layouts`, or with a file or folder for each student.
        sources: what is known of the class.
        limits: by default a file may be as large as a notebook, or as `handed_in_bytes` of the course's limits.

    Raises:
        CourseError: `source` cannot be read, or holds no submission at all.
    """
    limits = limits or CollectLimits(file_bytes=max(MAX_BYTES, course.limits.handed_in_bytes))
    refused: Refusals = []
    with ExitStack() as opened:
        entries = read_entries(source, limits, refused, opened)
        name = source.resolve().name if source.is_dir() else source.stem
        plan = make_plan(course, assignment, entries, sources, refused, name)
        if not (plan.students or plan.refused):
            raise CourseError(
                f"{source} holds no notebook: expected student.ipynb, student/{assignment.name}.ipynb "
                "or what a learning platform exports"
            )
        yield plan


def take(course: Course, assignment: Assignment, plan: Plan) -> Collected:
    """Write what was planned into `submitted/`; what is replaced is kept in `.grading/replaced/`."""
    result = Collected(refused=plan.refused)
    for each in plan.students:
        if each.state is State.SAME:
            result.unchanged.append(each.student)
        elif store(course, assignment, each, result.refused):
            result.students.append(each.student)
    taken = {*result.students, *result.unchanged}
    groups.note(course, assignment, {p.student: p.person.group for p in plan.students if p.student in taken})
    return result
