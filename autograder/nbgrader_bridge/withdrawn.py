"""Submissions that were graded and are gone from `submitted/`: withdrawn, and nobody's result until they are back."""

from __future__ import annotations

from nbgrader.api import Gradebook

from autograder.course.manifest import Course


def withdrawn(course: Course, gradebook: Gradebook) -> set[tuple[str, str]]:
    """Each (assignment, student) of which the gradebook has a submission, and `submitted/` no folder.

    Where there is no `submitted/` at all, nothing is known to be withdrawn: a gradebook may be exported elsewhere.
    """
    submitted = course.root / "submitted"
    if not submitted.is_dir():
        return set()
    return {
        (assignment.name, submission.student.id)
        for assignment in gradebook.assignments
        for submission in assignment.submissions
        if not (submitted / submission.student.id / assignment.name).is_dir()
    }
