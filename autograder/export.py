"""Grades as a table that a spreadsheet can open without running anything."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.plugins import ExportPlugin

from autograder.course import Course
from autograder.errors import CourseError

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
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class SafeCsvExport(ExportPlugin):
    """nbgrader's columns and a status, quoted; what was never graded has no score, rather than zero."""

    def export(self, gradebook: Gradebook) -> None:
        rows = [
            _row(gradebook, assignment, student)
            for assignment in gradebook.assignments
            for student in gradebook.students
            if (not self.assignment or assignment.name in self.assignment)
            and (not self.student or student.id in self.student)
        ]
        with open(self.to or "grades.csv", "w", newline="", encoding="utf-8") as file:
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
        "max_score": assignment.max_score,
        "status": "not graded",
    }
    try:
        submission = gradebook.find_submission(assignment.name, student.id)
    except MissingEntry:
        return {key: harmless(value) for key, value in row.items()}
    penalty = submission.late_submission_penalty
    row |= {
        "timestamp": submission.timestamp,
        "raw_score": submission.score,
        "late_submission_penalty": penalty,
        "score": max(0.0, submission.score - penalty),
        "status": "to be marked by hand" if submission.needs_manual_grade else "graded",
    }
    return {key: harmless(value) for key, value in row.items()}


def harmless(value: Any) -> Any:
    """The value as a cell that no spreadsheet takes for a formula; numbers stay numbers."""
    if value is None:
        return ""
    if isinstance(value, int | float):
        return value
    text = "".join(char for char in str(value) if char.isprintable())
    return f"'{text}" if text.startswith(_FORMULA) else text


def count_rows(path: Path) -> int:
    with path.open(newline="", encoding="utf-8") as file:
        return sum(1 for _ in csv.DictReader(file))


def export_grades(course: Course, to: Path) -> None:
    """Write all grades of the course's gradebook to a CSV file.

    Raises:
        CourseError: there are no grades yet, or the file cannot be written.
    """
    url = course.gradebook_url
    if url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).is_file():
        raise CourseError("there are no grades yet: grade first with `course grade <assignment>`")
    plugin = SafeCsvExport()
    plugin.to = str(to)
    try:
        with Gradebook(url) as gradebook:
            plugin.export(gradebook)
    except OSError as error:
        raise CourseError(
            f"{to} cannot be written ({error.strerror}): choose another file with --to"
        ) from error
