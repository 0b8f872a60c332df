"""Feedback for a class: a page for each graded submission."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from nbgrader.converters import GenerateFeedback

from autograder.course.manifest import Assignment, Course
from autograder.nbgrader_bridge.convert import converter_log, course_directory
from autograder.nbgrader_bridge.database import opened
from autograder.nbgrader_bridge.withdrawn import withdrawn
from course_utils.errors import CourseError, cannot_write


@dataclass
class Feedback:
    """What was written, and for whom nothing.

    Attributes:
        pages: paths of the pages.
        skipped: why there is none, by student.
    """

    pages: list[Path] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)


def write_feedback(course: Course, assignment: Assignment, student: str = "*") -> Feedback:
    """Write the feedback pages of an assignment's graded submissions.

    Raises:
        CourseError: nothing is graded yet, or a page could not be written.
    """
    graded = {path.parent.parent.name for path in _graded(course, assignment, student)}
    if not graded:
        raise CourseError(f"nothing to give feedback on: grade first with `course grade {assignment.name}`")
    skipped = {name: why for name, why in _skipped(course, assignment, graded).items() if name in graded}
    if graded - set(skipped):
        _convert(course, assignment, student, without=skipped)
    pages = [
        course.folder("feedback", name, assignment) / f"{assignment.name}.html"
        for name in sorted(graded - set(skipped))
    ]
    return Feedback(pages, skipped)


def _graded(course: Course, assignment: Assignment, student: str) -> list[Path]:
    return list((course.root / "autograded").glob(f"{student}/{assignment.name}/{assignment.name}.ipynb"))


def _skipped(course: Course, assignment: Assignment, graded: set[str]) -> dict[str, str]:
    with opened(course.gradebook_url) as gradebook:
        known = {each.student.id for each in gradebook.assignment_submissions(assignment.name)}
        gone = {student for name, student in withdrawn(course, gradebook) if name == assignment.name}
    skipped = dict.fromkeys(gone, "was withdrawn: nothing lies in submitted/ any more")
    return skipped | dict.fromkeys(
        graded - known, "has no marks in the gradebook: grade again, or remove the folder from autograded/"
    )


def _convert(course: Course, assignment: Assignment, student: str, without: dict[str, str]) -> None:
    target = course.root / "feedback"
    if target.is_dir() and not os.access(target, os.W_OK):
        raise CourseError(f"{target} cannot be written: make it writable")
    directory = course_directory(course, assignment.name, student)
    directory.student_id_exclude = ",".join(without)
    try:
        with converter_log() as log:
            converter = GenerateFeedback(coursedir=directory, config=directory.config, log=log)
            converter.force = True
            converter.start()
    except OSError as error:
        raise CourseError(cannot_write(error)) from error
