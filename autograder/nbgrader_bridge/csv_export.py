"""Grades as a table that a spreadsheet can open without running anything."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, TextIO

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.plugins import ExportPlugin

from autograder.files import replaced

COLUMNS = (
    "assignment",
    "duedate",
    "timestamp",
    "student_id",
    "last_name",
    "first_name",
    "email",
    "raw_score",
    "late_submission_penalty",
    "score",
    "max_score",
    "status",
)
# With their full-width forms, which some spreadsheets take for the same.
_FORMULA = tuple("=+-@＝＋－＠")


class SafeCsvExport(ExportPlugin):
    """nbgrader's columns and a status, quoted; what was never graded has no score, rather than zero."""

    def export(self, gradebook: Gradebook) -> None:
        """Write the table to the file that `to` names."""
        rows = grade_rows(gradebook, self.assignment, self.student)
        with replaced(Path(self.to or "grades.csv")) as file:
            write_csv(rows, file)


def grade_rows(
    gradebook: Gradebook, assignments: Collection[str] = (), students: Collection[str] = ()
) -> list[dict[str, Any]]:
    """One row with the columns of COLUMNS for each assignment and student, or for those that are named."""
    return [
        _row(gradebook, assignment, student)
        for assignment in gradebook.assignments
        for student in gradebook.students
        if (not assignments or assignment.name in assignments) and (not students or student.id in students)
    ]


def write_csv(rows: Iterable[Mapping[str, Any]], file: TextIO) -> None:
    """Write rows of grades as a table with a head."""
    writer = csv.DictWriter(file, COLUMNS)
    writer.writeheader()
    writer.writerows(rows)


def _row(gradebook: Gradebook, assignment: Any, student: Any) -> dict[str, Any]:
    row = {
        "assignment": assignment.name,
        "duedate": assignment.duedate,
        "student_id": student.id,
        "last_name": student.last_name,
        "first_name": student.first_name,
        "email": student.email,
        "max_score": _rounded(assignment.max_score),
        "status": "not graded",
    }
    try:
        submission = gradebook.find_submission(assignment.name, student.id)
    except MissingEntry:
        return {key: harmless(value) for key, value in row.items()}
    penalty = submission.late_submission_penalty
    row |= {
        "timestamp": submission.timestamp,
        "raw_score": _rounded(submission.score),
        "late_submission_penalty": _rounded(penalty),
        "score": _rounded(max(0.0, submission.score - penalty)),
        "status": "to be marked by hand" if submission.needs_manual_grade else "graded",
    }
    return {key: harmless(value) for key, value in row.items()}


def _rounded(points: float) -> float:
    """Points as a person would add them up: 0.1 + 0.2 is 0.3."""
    return round(points, 6)


def harmless(value: Any) -> Any:
    """The value as a cell that no spreadsheet takes for a formula; numbers stay numbers."""
    if value is None:
        return ""
    if isinstance(value, int | float):
        return value
    text = "".join(char for char in str(value) if char.isprintable())
    return f"'{text}" if text.lstrip().startswith(_FORMULA) else text
