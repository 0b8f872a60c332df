"""`course history`: what a student's marks were, and why."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from autograder.course.manifest import Course, check_student_id
from autograder.tables import history_table
from course_utils.errors import CourseError


def history(
    student: Annotated[str, typer.Argument(help="A student's id.", show_default=False)],
    names: Annotated[list[str] | None, typer.Argument(help="Assignments; all by default.")] = None,
) -> None:
    """Show every grading that is known of a student, and what each changed."""
    from autograder.classroom.journal import Journal

    course = Course.find()
    check_student_id(student)
    assignments = [course.assignment(name) for name in names or [each.name for each in course.assignments]]
    known = [(each, Journal(course, each).history(student)) for each in assignments if each.checks]
    if not any(results for _, results in known):
        raise CourseError(f"nothing of {student} was graded here by `course grade`")
    for assignment, results in known:
        if results:
            Console().print(history_table(assignment, results))
