"""The gradebook that Canvas exports, filled in.

After the students' own columns each assignment has one, `title (number)`; the row `Points Possible` says what it is worth, or that it
is read only. Rows without a number in `ID` are nobody's. Canvas reads numbers with a point and with a comma.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from autograder.classroom.collecting.people import squashed
from autograder.classroom.giving_back.filling import Cell, Filled, fill, whose
from autograder.classroom.giving_back.identity import Identities
from autograder.classroom.giving_back.sheet import Sheet, number_in
from autograder.course.manifest import Assignment
from autograder.nbgrader_bridge.final_marks import FinalMark
from course_utils.errors import CourseError
from course_utils.text import shown

_TITLE = re.compile(r"(?P<title>.+?)(?: \((?P<number>\d+)\))?", re.DOTALL)
_POINTS = "points possible"
_READ_ONLY = "read only"
# What Canvas says of a student to whom no mark belongs.
_NO_MARK = {"ex": "excused in Canvas", "excused": "excused in Canvas", "n/a": "not assigned in Canvas"}


class CanvasGradebook:
    """A gradebook as Canvas exported it, to be filled in.

    Args:
        path: the CSV file.

    Raises:
        CourseError: it is no such file.
    """

    def __init__(self, path: Path):
        self._path, self._sheet = path, Sheet(path)
        self._titles = self._sheet.rows[0]
        points = [row for row in self._sheet.rows if row[0].lower().startswith(_POINTS)]
        if not {"ID", "Section"} <= set(self._titles) or len(points) != 1:
            raise CourseError(
                f"{path} is no gradebook that Canvas exported: it needs columns ID and Section and a row 'Points Possible'"
            )
        self._points = points[0]

    def column(self, assignment: Assignment, title: str = "") -> int | None:
        """The column of an assignment: the one of that title, or else the one called like the assignment.

        Args:
            title: as Canvas shows it, with or without its number.

        Raises:
            CourseError: there is none of that title, or several are meant.
        """
        wanted = {
            squashed(each) for each in (assignment.name, assignment.title, assignment.name + assignment.title)
        }
        found = [c for c in self._open_columns() if self._is_called(c, title, wanted)]
        if len(found) > 1:
            several = ", ".join(self._titles[c] for c in found)
            raise CourseError(
                f"{self._path} has several columns for {assignment.name}: say which by --column: {several}"
            )
        if title and not found:
            there = ", ".join(self._titles[c] for c in self._open_columns())
            raise CourseError(
                f"{self._path} has no column {title!r:.80} to fill in; it has {shown(there, 300)}"
            )
        return found[0] if found else None

    def fill(self, column: int, marks: dict[str, FinalMark], identities: Identities) -> Filled:
        """Put the marks of an assignment into its column.

        Args:
            marks: by student.

        Raises:
            CourseError: Canvas has no points for it.
        """
        if (number_in(self._points[column]) or 0.0) <= 0:
            raise CourseError(
                f"{self._path} has no points possible for {self._titles[column]}: give it points in Canvas and export again"
            )
        cells = [
            self._cell(number, row, column, identities)
            for number, row in enumerate(self._sheet.rows[1:], 1)
            if self._of(row, "ID")
        ]
        return fill(self._sheet, cells, marks)

    def write(self, to: Path) -> None:
        """Write the whole to a file.

        Raises:
            CourseError: it cannot be written.
        """
        self._sheet.write(to)

    def _open_columns(self) -> Iterator[int]:
        first = self._titles.index("Section") + 1
        for column in range(first, len(self._titles)):
            if self._titles[column] and _READ_ONLY not in self._points[column].lower():
                yield column

    def _is_called(self, column: int, title: str, wanted: set[str]) -> bool:
        full = self._titles[column]
        found = _TITLE.fullmatch(full)
        bare = found["title"] if found else full
        return title in (full, bare) if title else squashed(bare) in wanted

    def _cell(self, number: int, row: list[str], column: int, identities: Identities) -> Cell:
        own, login, sis = (self._of(row, title) for title in ("ID", "SIS Login ID", "SIS User ID"))
        student, why = whose(lambda: identities.in_canvas(own, login, sis))
        called = f"{self._of(row, 'Student') or self._of(row, 'LastName')} {own}"
        return Cell(
            number,
            column,
            called,
            student,
            self._points[column],
            why or _NO_MARK.get(row[column].lower(), ""),
        )

    def _of(self, row: list[str], title: str) -> str:
        return row[self._titles.index(title)] if title in self._titles else ""
