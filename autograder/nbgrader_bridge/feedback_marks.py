"""What the gradebook says of one submission, as a feedback page needs it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader import utils
from nbgrader.api import (
    Assignment,
    BaseCell,
    Comment,
    Grade,
    Gradebook,
    MissingEntry,
    Notebook,
    SubmittedAssignment,
    SubmittedNotebook,
)
from nbgrader.preprocessors import NbGraderPreprocessor
from sqlalchemy import ColumnElement, Select, select
from traitlets import Unicode

from autograder.course.manifest import Course
from autograder.nbgrader_bridge.deadlines import lateness_of
from course_utils.course import notebooks


@dataclass(frozen=True)
class Marks:
    """The marks of one submission, all of it data.

    Attributes:
        score: points after the penalty.
        max_score: most points there are.
        late_penalty: points taken away for being late.
        lateness: how late it was and what that cost, in words; "" where it was on time, or by another rule than the course's.
        grades: by grade id, score, points and whether a mark is still to come.
        comments: by grade id, what a person wrote.
    """

    score: float
    max_score: float
    late_penalty: float
    grades: dict[str, tuple[float, float, bool]] = field(default_factory=dict)
    comments: dict[str, str] = field(default_factory=dict)
    lateness: str = ""

    def to_dict(self) -> dict[str, Any]:
        """As data that JSON can hold."""
        return asdict(self)


def marks_of(course: Course, gradebook: Gradebook, assignment: str, student: str) -> Marks:
    """The marks of one submission.

    Raises:
        MissingEntry: the gradebook has none.
    """
    marks = marks_by_student(course, gradebook, assignment, SubmittedAssignment.student_id == student)
    if student not in marks:
        raise MissingEntry(f"No such submission: {assignment} of {student}")
    return marks[student]


def marks_by_student(
    course: Course, gradebook: Gradebook, assignment: str, *which: ColumnElement[bool]
) -> dict[str, Marks]:
    """The marks of an assignment's submissions, by student: of a class by as many queries as of one, but for how late each is.

    Columns are asked for, not rows: of a row nbgrader asks what it is out of by a query of its own, grade by grade.

    Args:
        which: narrows them down.
    """
    submitted = (
        select(
            SubmittedNotebook.id, SubmittedAssignment.student_id, SubmittedNotebook.late_submission_penalty
        )
        .join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
        .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
        .join(Notebook, Notebook.id == SubmittedNotebook.notebook_id)
        .where(Assignment.name == assignment, Notebook.name == assignment, *which)
    )
    these = submitted.with_only_columns(SubmittedNotebook.id)
    found = (Grade.notebook_id, BaseCell.name, Grade.score, Grade.max_score, Grade.needs_manual_grade)
    grades: dict[str, dict[str, tuple[float, float, bool]]] = {}
    for notebook, name, score, most, waits in gradebook.db.execute(_of_cells(Grade, found, these)):
        grades.setdefault(notebook, {})[name] = score, most, bool(waits)
    said = (Comment.notebook_id, BaseCell.name, Comment.comment)
    comments: dict[str, dict[str, str]] = {}
    for notebook, name, comment in gradebook.db.execute(_of_cells(Comment, said, these)):
        comments.setdefault(notebook, {})[name] = comment or ""
    return {
        student: Marks(
            score=sum((score for score, *_ in grades.get(notebook, {}).values()), 0.0) - (penalty or 0.0),
            max_score=sum((most for _, most, _ in grades.get(notebook, {}).values()), 0.0),
            late_penalty=penalty or 0.0,
            grades=grades.get(notebook, {}),
            comments=comments.get(notebook, {}),
            lateness=str(lateness_of(course, gradebook, assignment, student) or ""),
        )
        for notebook, student, penalty in gradebook.db.execute(submitted).all()
    }


def _of_cells(
    kind: type[Grade] | type[Comment], columns: Sequence[Any], notebooks: Select[Any]
) -> Select[Any]:
    """Columns of the grades, or the comments, of some submitted notebooks, in the order of the cells' names."""
    joined = select(*columns).join(kind, kind.cell_id == BaseCell.id)
    return joined.where(kind.notebook_id.in_(notebooks)).order_by(BaseCell.name)


def put_into(notebook: NotebookNode, marks: Marks) -> None:
    """Write marks and comments into the metadata of a graded notebook's cells."""
    for cell in notebook.cells:
        settings, name = notebooks.settings(cell), notebooks.grade_id(cell) or ""
        if utils.is_solution(cell) or utils.is_task(cell):
            settings["comment"] = marks.comments[name]
        if utils.is_grade(cell) or utils.is_task(cell):
            settings["score"], settings["points"], settings["waiting"] = marks.grades[name]


class FeedbackGrades(NbGraderPreprocessor):
    """nbgrader's step that brings marks and comments into a graded notebook, and whether a mark is still to come."""

    course_root = Unicode(help="The folder that holds course.toml.").tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Do this step for one notebook; see nbgrader's preprocessors."""
        about = resources["nbgrader"]
        with Gradebook(about["db_url"]) as gradebook:
            marks = marks_of(Course(Path(self.course_root)), gradebook, about["assignment"], about["student"])
        put_into(nb, marks)
        about |= {name: getattr(marks, name) for name in ("score", "max_score", "late_penalty", "lateness")}
        return nb, resources
