"""Who handed in together: for each assignment the students of a group, in `groups.csv` of the course folder.

Collecting writes it. Members of a group have a copy of one hand-in each, one mark, and one time until which it may be handed in.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Mapping
from pathlib import Path

from autograder.course.manifest import Assignment, Course
from course_utils.errors import CourseError, cannot_write
from course_utils.files import replaced

FILE = "groups.csv"
_TITLES = ["assignment", "group", "student"]

Groups = dict[tuple[str, str], str]
"""Names of groups by student and assignment."""


def read_groups(course: Course) -> Groups:
    """All groups.

    Raises:
        CourseError: the file cannot be read, or lacks a column.
    """
    path = course.root / FILE
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        return {(row["student"], row["assignment"]): row["group"] for row in rows}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, csv.Error) as error:
        raise CourseError(
            f"{path} cannot be read ({error}): it needs the columns {', '.join(_TITLES)}; collect again to have it written"
        ) from error


def groups_of(course: Course, assignment: str) -> dict[str, str]:
    """The name of each student's group in an assignment.

    Raises:
        CourseError: the groups cannot be read.
    """
    return {student: group for (student, name), group in read_groups(course).items() if name == assignment}


def together(course: Course, assignment: str, student: str) -> list[str]:
    """The students of one hand-in, in order: a group's, or the student alone.

    Raises:
        CourseError: the groups cannot be read.
    """
    groups = groups_of(course, assignment)
    if student not in groups:
        return [student]
    return sorted(each for each, group in groups.items() if group == groups[student])


def note(course: Course, assignment: Assignment, collected: Mapping[str, str]) -> None:
    """Write down in which groups some students handed in an assignment.

    Args:
        collected: the group by student, "" for those who handed in alone.

    Raises:
        CourseError: the file cannot be read or written.
    """
    before = read_groups(course)
    named = {(student, assignment.name): group for student, group in collected.items()}
    now = {key: group for key, group in (before | named).items() if group}
    if now != before:
        _write(course.root / FILE, now)


def hand_over(
    course: Course, student: str, heir: str | None, assignments: Collection[str] | None = None
) -> None:
    """Let a student's groups be another's, who keeps those of their own, or nobody's; of all assignments, or of some."""
    found = read_groups(course)
    moved = {key for key in found if key[0] == student and (not assignments or key[1] in assignments)}
    if not moved:
        return
    kept = {key: group for key, group in found.items() if key not in moved}
    given = {(heir, name): found[student, name] for _, name in moved} if heir else {}
    _write(course.root / FILE, given | kept)


def _write(path: Path, groups: Groups) -> None:
    rows = sorted([name, group, student] for (student, name), group in groups.items())
    try:
        with replaced(path) as file:
            csv.writer(file, lineterminator="\n").writerows([_TITLES, *rows])
    except OSError as error:
        raise CourseError(cannot_write(error)) from error
