"""What the gradebook says of one submission, as a feedback page needs it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader import utils
from nbgrader.api import BaseCell, Comment, Grade, Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor
from sqlalchemy import select
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
    notebook = gradebook.find_submission_notebook(assignment, assignment, student)
    penalty = notebook.late_submission_penalty or 0.0
    # Columns, not rows: of a row nbgrader asks for what it is out of by a query of its own, grade by grade.
    found = select(BaseCell.name, Grade.score, Grade.max_score, Grade.needs_manual_grade)
    grades = gradebook.db.execute(
        found.join(Grade, Grade.cell_id == BaseCell.id).where(Grade.notebook_id == notebook.id)
    )
    said = select(BaseCell.name, Comment.comment).join(Comment, Comment.cell_id == BaseCell.id)
    return Marks(
        score=notebook.score - penalty,
        max_score=notebook.max_score,
        late_penalty=penalty,
        grades={name: (score, most, bool(waits)) for name, score, most, waits in grades},
        comments={
            name: comment or ""
            for name, comment in gradebook.db.execute(said.where(Comment.notebook_id == notebook.id))
        },
        lateness=str(lateness_of(course, gradebook, assignment, student) or ""),
    )


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
