"""What somebody who marks answers in words needs beside them: the model answer, its guide, and who is still to be marked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nbgrader.api import Assignment as GradebookAssignment
from nbgrader.api import BaseCell, Grade, SubmittedAssignment, SubmittedNotebook
from sqlalchemy import select

from autograder.course.manifest import Course
from autograder.nbgrader_bridge.database import opened
from course_utils.course import notebooks, sources
from course_utils.errors import CourseError


@dataclass(frozen=True)
class MarkingHelp:
    """What the solution notebook has for those who mark one answer.

    Attributes:
        model_answer: Markdown.
        guide: what earns each point, Markdown; "" where none is written.
    """

    model_answer: str
    guide: str


def marking_help(course: Course, name: str) -> dict[str, MarkingHelp]:
    """Help for each answer in words of an assignment, by grade id; nothing where there is no solution notebook."""
    try:
        solution = notebooks.read(course.source(course.assignment(name)))
    except CourseError:
        return {}
    guides = notebooks.guides(solution)
    return {
        grade_id: MarkingHelp(sources.without_marks(cell.source), guides.get(grade_id, ""))
        for grade_id, cell in notebooks.answers(solution)
        if notebooks.is_marked_by_hand(cell)
    }


def still_to_mark(course: Course, resources: dict[str, Any]) -> dict[str, list[str]]:
    """Ids of the submissions whose answer is still to be marked, by the question's grade id.

    Args:
        resources: of a page of the formgrader: names of assignment and notebook.

    Returns:
        All questions that a person marks, in the notebook's order; the ids in the formgrader's order.
    """
    name = resources.get("assignment_id", "")
    rows = (
        select(BaseCell.name, SubmittedNotebook.id)
        .join(Grade, Grade.cell_id == BaseCell.id)
        .join(SubmittedNotebook, SubmittedNotebook.id == Grade.notebook_id)
        .join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
        .join(GradebookAssignment, GradebookAssignment.id == SubmittedAssignment.assignment_id)
        .where(GradebookAssignment.name == name, Grade.needs_manual_grade)
        .order_by(SubmittedNotebook.id)
    )
    found: dict[str, list[str]] = {question: [] for question in marking_help(course, name)}
    with opened(course.gradebook_url) as gradebook:
        for question, number in gradebook.db.execute(rows):
            if question in found:
                found[question].append(number)
    return found
