"""Feedback for a class: a page for each graded submission."""

from __future__ import annotations

from pathlib import Path

from nbgrader.converters import GenerateFeedback

from autograder.course.manifest import Assignment, Course
from autograder.errors import CourseError


def write_feedback(course: Course, assignment: Assignment, student: str = "*") -> list[Path]:
    """Write the feedback pages of an assignment's graded submissions and return their paths.

    Raises:
        CourseError: nothing is graded yet, or a page could not be written.
    """
    from autograder.nbgrader_bridge.convert import converter_log, course_directory

    pattern = f"{student}/{assignment.name}/{assignment.name}.ipynb"
    if not any((course.root / "autograded").glob(pattern)):
        raise CourseError(f"nothing to give feedback on: grade first with `course grade {assignment.name}`")
    directory = course_directory(course, assignment.name, student)
    with converter_log() as log:
        converter = GenerateFeedback(coursedir=directory, config=directory.config, log=log)
        converter.force = True
        converter.start()
    return sorted((course.root / "feedback").glob(pattern.replace(".ipynb", ".html")))
