"""Grades as a table that a spreadsheet can open without running anything."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.plugins import ExportPlugin

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
        rows = [
            _row(gradebook, assignment, student)
            for assignment in gradebook.assignments
            for student in gradebook.students
            if (not self.assignment or assignment.name in self.assignment)
            and (not self.student or student.id in self.student)
        ]
        path = Path(self.to or "grades.csv")
        new = path.with_name(path.name + ".new")
        with new.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            writer.writerows(rows)
        try:
            new.replace(path)
        except OSError:
            new.unlink()
            raise


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
