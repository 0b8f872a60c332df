"""The course folder as its teachers have it: with solutions, submissions, limits and a gradebook."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from course_utils.course import manifest
from course_utils.course.manifest import ARCHIVES, MANIFEST, Assignment
from course_utils.errors import CourseError

if TYPE_CHECKING:
    from autograder.limits import GradingLimits

__all__ = ["ARCHIVES", "MANIFEST", "Assignment", "Course", "check_student_id", "sqlite_url"]

_STUDENT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")


@dataclass(frozen=True)
class Course(manifest.Course):
    """A course folder, the folder that holds `course.toml`, and what grading has in it."""

    def folder(self, step: str, student: str, assignment: Assignment) -> Path:
        """nbgrader's folder of a student's work: step is "submitted", "autograded" or "feedback"."""
        return self.root / step / student / assignment.name

    def graded_path(self, student: str, assignment: Assignment) -> Path:
        """A student's graded notebook."""
        return self.folder("autograded", student, assignment) / f"{assignment.name}.ipynb"

    @property
    def limits(self) -> GradingLimits:
        """What a submission may cost: the defaults, changed by the manifest's table `limits`."""
        from autograder import limits  # needs NumPy, which most commands can do without

        return limits.load(self.manifest.get("limits", {}))

    @property
    def gradebook_url(self) -> str:
        """Address of the database that keeps the marks."""
        return self.manifest.get("gradebook") or sqlite_url(self.root / "gradebook.db")


def sqlite_url(path: Path) -> str:
    """The address of a SQLite database, in which %, ? and their like are written as an address has them."""
    from sqlalchemy import URL  # most commands need no gradebook

    return URL.create("sqlite", database=str(path)).render_as_string()


def check_student_id(student: str) -> str:
    """Return `student` when it can name a folder everywhere.

    Raises:
        CourseError: it holds anything but letters, digits and . _ @ -, or is longer than 64 characters.
    """
    if not _STUDENT_ID.fullmatch(student):
        raise CourseError(
            f"{student!r:.80} is no student id: use up to 64 letters, digits and . _ @ - (no slash, no space)"
        )
    return student
