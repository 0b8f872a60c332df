"""Feedback pages: what a student gets back, as one HTML file that runs nothing."""

from __future__ import annotations

from pathlib import Path

from nbgrader.converters import GenerateFeedback
from traitlets.config import Config

from autograder.course import Assignment, Course
from autograder.errors import CourseError
from autograder.nbgrader_settings import converter_log, course_directory


def write_feedback(course: Course, assignment: Assignment, student: str = "*") -> list[Path]:
    """Write the feedback pages of an assignment's graded submissions and return their paths.

    Raises:
        CourseError: nothing is graded yet, or a page could not be written.
    """
    pattern = f"{student}/{assignment.name}/{assignment.name}.ipynb"
    if not any((course.root / "autograded").glob(pattern)):
        raise CourseError(f"nothing to give feedback on: grade first with `course grade {assignment.name}`")
    directory = course_directory(course, assignment.name, student)
    with converter_log() as log:
        converter = GenerateFeedback(coursedir=directory, config=Config(directory.config), log=log)
        converter.force = True
        converter.start()
    return sorted((course.root / "feedback").glob(pattern.replace(".ipynb", ".html")))
