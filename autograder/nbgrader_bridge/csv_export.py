"""Grades as a table that a spreadsheet can open without running anything."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, TextIO

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.plugins import ExportPlugin

from autograder.course.manifest import Course
from autograder.nbgrader_bridge.final_marks import final_score
from autograder.nbgrader_bridge.withdrawn import withdrawn
from course_utils.files import replaced

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
        course = Course.find(self.parent.coursedir.root)
        rows = grade_rows(gradebook, self.assignment, self.student, without=withdrawn(course, gradebook))
        with replaced(Path(self.to or "grades.csv")) as file:
            write_csv(rows, file)


def grade_rows(
    gradebook: Gradebook,
    assignments: Collection[str] = (),
    students: Collection[str] = (),
    *,
    without: Collection[tuple[str, str]] = (),
    questions: bool = False,
) -> list[dict[str, Any]]:
    """One row with the columns of COLUMNS for each assignment and student, or for those that are named.

    Args:
        without: (assignment, student) of submissions that were withdrawn; their rows have no score.
        questions: with a column more for each question, <assignment>/<cell>, empty where it has no mark yet.
    """
    return [
        {
            key: harmless(value)
            for key, value in _row(gradebook, assignment, student, without, questions).items()
        }
        for assignment in gradebook.assignments
        for student in gradebook.students
        if (not assignments or assignment.name in assignments) and (not students or student.id in students)
    ]


def write_csv(rows: Iterable[Mapping[str, Any]], file: TextIO) -> None:
    """Write rows of grades as a table with a head; what a row has beyond COLUMNS becomes columns to the right."""
    rows = list(rows)
    columns = dict.fromkeys([*COLUMNS, *(name for row in rows for name in row)])
    writer = csv.DictWriter(file, list(columns))
    writer.writeheader()
    writer.writerows(rows)


def _row(
    gradebook: Gradebook,
    assignment: Any,
    student: Any,
    without: Collection[tuple[str, str]],
    questions: bool,
) -> dict[str, Any]:
    row = {
        "assignment": assignment.name,
        "duedate": assignment.duedate,
        "student_id": student.id,
        "last_name": student.last_name,
        "first_name": student.first_name,
        "email": student.email,
        "max_score": _rounded(assignment.max_score),
    }
    if (assignment.name, student.id) in without:
        return row | {"status": "withdrawn"}
    try:
        submission = gradebook.find_submission(assignment.name, student.id)
    except MissingEntry:
        return row | {"status": "not graded"}
    return row | _marks(submission) | (_questions(submission) if questions else {})


def _marks(submission: Any) -> dict[str, Any]:
    return {
        "timestamp": submission.timestamp,
        "raw_score": _rounded(submission.score),
        "late_submission_penalty": _rounded(submission.late_submission_penalty),
        "score": _rounded(final_score(submission)),
        "status": "to be marked by hand" if submission.needs_manual_grade else "graded",
    }


def _questions(submission: Any) -> dict[str, float | None]:
    """The score of each question; None while it waits for somebody to mark it."""
    return {
        f"{submission.name}/{grade.name}": None
        if grade.auto_score is None and grade.manual_score is None
        else _rounded(grade.score)
        for notebook in submission.notebooks
        for grade in sorted(notebook.grades, key=lambda grade: str(grade.name))
    }


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
