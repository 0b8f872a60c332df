"""Extensions: until when a student may hand in, in `extensions.csv` of the course folder."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path

from autograder.course.manifest import Assignment, Course, check_student_id
from course_utils.errors import CourseError, cannot_write
from course_utils.files import replaced

FILE = "extensions.csv"
_TITLES = ["student", "assignment", "until"]

Extensions = dict[tuple[str, str], datetime]
"""Times in UTC by student and assignment."""


def read_extensions(course: Course) -> Extensions:
    """All extensions that were granted.

    Raises:
        CourseError: the file cannot be read, or a row of it is no extension.
    """
    path = course.root / FILE
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        return {(row["student"], row["assignment"]): _moment(row["until"]) for row in rows}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, KeyError, AttributeError, csv.Error) as error:
        raise CourseError(
            f"{path} cannot be read ({error}): it needs the columns {', '.join(_TITLES)}, with times such as 2026-03-01T12:00:00+00:00"
        ) from error


def grant(course: Course, student: str, assignment: Assignment, until: datetime | None) -> None:
    """Let a student hand in until a time, which takes the place of an earlier one; None takes an extension back.

    Raises:
        CourseError: the assignment has no due date, the time is not after it, or there is no extension to take back.
    """
    found = read_extensions(course)
    key = check_student_id(student), assignment.name
    if until is None:
        if found.pop(key, None) is None:
            raise CourseError(
                f"{student} has no extension for {assignment.name}: `course extend` lists those there are"
            )
    else:
        due = course.due(assignment)
        if due is None:
            raise CourseError(
                f"{assignment.name} has no due date: write `due = 2026-03-01T23:59:00` into its entry of course.toml"
            )
        if until <= due:
            raise CourseError(
                f"{assignment.name} is due at {due:%Y-%m-%d %H:%M} UTC anyway: name a later time"
            )
        found[key] = until.astimezone(UTC)
    _write(course.root / FILE, found)


def hand_over(course: Course, student: str, heir: str | None, assignments: set[str] | None = None) -> None:
    """Let a student's extensions be another's, who keeps those of their own, or nobody's; of all assignments, or of some."""
    found = read_extensions(course)
    moved = {
        key: until
        for key, until in found.items()
        if key[0] == student and (not assignments or key[1] in assignments)
    }
    if not moved:
        return
    kept = {key: until for key, until in found.items() if key not in moved}
    given = {(heir, name): until for (_, name), until in moved.items()} if heir else {}
    _write(course.root / FILE, given | kept)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text} has no offset")
    return moment.astimezone(UTC)


def _write(path: Path, extensions: Extensions) -> None:
    rows = [[student, name, until.isoformat()] for (student, name), until in sorted(extensions.items())]
    try:
        with replaced(path) as file:
            csv.writer(file, lineterminator="\n").writerows([_TITLES, *rows])
    except OSError as error:
        raise CourseError(cannot_write(error)) from error
