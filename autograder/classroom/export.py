"""Exporting the grades of a class."""

from __future__ import annotations

import csv
from pathlib import Path

from autograder.course.manifest import Course
from autograder.errors import CourseError
from autograder.nbgrader_bridge.csv_export import SafeCsvExport
from autograder.nbgrader_bridge.database import exists, opened


def count_rows(path: Path) -> int:
    """How many rows a table of grades has, its head left out."""
    with path.open(newline="", encoding="utf-8") as file:
        return sum(1 for _ in csv.DictReader(file))


def export_grades(course: Course, to: Path) -> None:
    """Write all grades of the course's gradebook to a CSV file.

    Raises:
        CourseError: there are no grades yet, or the file cannot be written.
    """
    url = course.gradebook_url
    if not exists(url):
        raise CourseError("there are no grades yet: grade first with `course grade <assignment>`")
    plugin = SafeCsvExport()
    plugin.to = str(to)
    try:
        with opened(url) as gradebook:
            plugin.export(gradebook)
    except OSError as error:
        raise CourseError(
            f"{to} cannot be written ({error.strerror}): choose another file with --to"
        ) from error
