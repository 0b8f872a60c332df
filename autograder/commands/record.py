"""`course record`: makes the runs that a notebook draws from a file."""

from __future__ import annotations

from functools import partial

from rich.console import Console

from autograder.course.manifest import Assignment, Course
from autograder.course.reference import run_cells
from course_utils.errors import CourseError
from course_utils.recordings import Recording
from course_utils.text import counted


def record(
    console: Console, course: Course, assignment: Assignment, name: str, data: str, afresh: bool
) -> None:
    """Make the runs of an assignment's recordings that are missing, beside its solution notebook.

    Args:
        name: of one recording; all by default.
        data: what to take as the setting `data` of each run, or "" for what the notebook says.
        afresh: make those that are there, too.

    Raises:
        CourseError: the notebook has no recordings, or none of that name.
    """
    for each in _chosen(course, assignment, name):
        path = (each.on(data) if data else each).record(
            course.source(assignment).parent,
            afresh=afresh,
            said=partial(_say, console),
        )
        _say(console, f"✓ {path.relative_to(course.root)}")


def check(console: Console, course: Course, assignment: Assignment, name: str) -> None:
    """Make every recorded run again, write nothing, and say which differ.

    Raises:
        CourseError: some do, or there is no such recording.
    """
    differing: list[str] = []
    for each in _chosen(course, assignment, name):
        folder = course.source(assignment).parent
        for settings in each.settings:
            found = each.differences(settings, folder)
            differing += found
            _say(console, "\n".join(found) or f"✓ {each.name}: {settings}")
    if differing:
        raise CourseError(
            f"{counted(len(differing), 'number')} of {assignment.name} {'is' if len(differing) == 1 else 'are'} not as recorded: "
            "find what changed, or record anew by --afresh"
        )


def recordings(course: Course, assignment: Assignment) -> list[Recording]:
    """Those that an assignment's solution notebook defines in cells tagged `recorded`, with its own solutions."""
    namespace = run_cells(course, assignment, ("setup", "recorded"))
    return [value for value in namespace.values() if isinstance(value, Recording)]


def _chosen(course: Course, assignment: Assignment, name: str) -> list[Recording]:
    found = recordings(course, assignment)
    if chosen := [each for each in found if name in ("", each.name)]:
        return chosen
    names = ", ".join(each.name for each in found) or "none"
    raise CourseError(f"{assignment.name} has no recording {name or 'at all'}; its recordings: {names}")


def _say(console: Console, line: str) -> None:
    console.print(line, highlight=False, markup=False)
