"""Moodle's offline grading worksheet, filled in.

Titles are in the site's language; left of the maximum stands the grade. Moodle reads back the identifier, the grade and when that
was last changed, and takes no grade above the maximum, without a word.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from autograder.classroom.collecting.worksheet import address_column, identifier, identifier_column
from autograder.classroom.giving_back.filling import Cell, Filled, fill, whose
from autograder.classroom.giving_back.identity import Identities
from autograder.classroom.giving_back.sheet import Sheet, number_in
from autograder.course.manifest import Assignment
from autograder.nbgrader_bridge.final_marks import FinalMark
from course_utils.errors import CourseError

_MAXIMUM, _CHANGEABLE = "maximum grade", "grade can be changed"


def fill_worksheet(
    path: Path, to: Path, assignment: Assignment, marks: dict[str, FinalMark], identities: Identities
) -> Filled:
    """Write a worksheet with the grades filled in; all else is as it came.

    Args:
        path: the worksheet as Moodle wrote it.
        to: where it goes.
        marks: by student.

    Raises:
        CourseError: it is no worksheet, it uses a scale, or the file cannot be written.
    """
    sheet = Sheet(path)
    rows = {number: row for number, row in enumerate(sheet.rows[1:], 1) if any(row)}
    columns = _columns(path, [title.lower() for title in sheet.rows[0]], list(rows.values()))
    cells = [_cell(number, row, columns, assignment, identities) for number, row in rows.items()]
    most = {student: replace(mark, score=min(mark.score, mark.max_score)) for student, mark in marks.items()}
    filled = fill(sheet, cells, most)
    sheet.write(to)
    return filled


@dataclass(frozen=True)
class _Columns:
    """Numbers of the columns that matter; None for one that is not there."""

    identifier: int
    maximum: int
    email: int | None
    changeable: int | None

    @property
    def grade(self) -> int:
        return self.maximum - 1

    @property
    def has_names(self) -> bool:
        """Between identifier and grade stands a status, and of blind marking nothing else."""
        return self.grade > self.identifier + 2


def _columns(path: Path, titles: list[str], rows: list[list[str]]) -> _Columns:
    identifiers = identifier_column(rows)
    if identifiers is None:
        raise CourseError(
            f"{path} is no grading worksheet of Moodle's: it has no column of identifiers such as 'Participant 4711'"
        )
    named = [c for c, title in enumerate(titles) if title == _MAXIMUM]
    maxima = named or [c for c in range(identifiers + 2, len(titles)) if _is_maximum(rows, c)]
    if len(maxima) != 1:
        raise CourseError(
            f"{path} does not show which column is the maximum grade: give the assignment points instead of a scale, "
            "or download the worksheet with Moodle in English"
        )
    changeable = titles.index(_CHANGEABLE) if _CHANGEABLE in titles else None
    return _Columns(identifiers, maxima[0], address_column(rows), changeable)


def _is_maximum(rows: list[list[str]], column: int) -> bool:
    """Whether all rows have the same points there, and left of it nothing or no more points."""
    points = {number_in(row[column]) for row in rows}
    most = points.pop()
    if points or not most or most < 0:
        return False
    grades = [number_in(row[column - 1]) for row in rows if row[column - 1] not in ("", "-")]
    return all(grade is not None and grade <= most for grade in grades)


def _cell(
    number: int, row: list[str], columns: _Columns, assignment: Assignment, identities: Identities
) -> Cell:
    word, own = identifier(row[columns.identifier])
    named = (word, *row) if columns.has_names else ()
    email = "" if columns.email is None else row[columns.email]
    student, why = whose(lambda: identities.in_moodle(assignment, own, named, email))
    if columns.changeable is not None and row[columns.changeable].lower() == "no":
        why = why or "Moodle lets nobody change its grade"
    if (number_in(row[columns.maximum]) or 0.0) <= 0:
        why = why or "Moodle has no maximum grade for it"
    called = " ".join(row[columns.identifier : columns.identifier + 1 + columns.has_names])
    return Cell(number, columns.grade, called, student, row[columns.maximum], why)
