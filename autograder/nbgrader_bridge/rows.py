"""One submission's rows of the gradebook, read or made at once; nbgrader's own way asks for each by a query over six tables."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import SimpleNamespace

from nbgrader.api import (
    BaseCell,
    Comment,
    Grade,
    Gradebook,
    GradeCell,
    MissingEntry,
    SolutionCell,
    SubmittedAssignment,
    SubmittedNotebook,
    TaskCell,
)
from sqlalchemy import select

# What a submission has for each kind of cell, by the name that the gradebook gives the kind.
_GRADED = {GradeCell.__name__, TaskCell.__name__}
_COMMENTED = {SolutionCell.__name__, TaskCell.__name__}


class Rows:
    """As much of a gradebook as nbgrader's step that saves marks asks for, within a transaction that is open already.

    Attributes:
        grades: by name of the cell.
        comments: by name of the cell.
    """

    def __init__(self, grades: Mapping[str, Grade], comments: Mapping[str, Comment]):
        self.grades, self.comments = grades, comments
        # The transaction is committed as a whole by whoever opened it.
        self.db = SimpleNamespace(commit=lambda: None)

    @classmethod
    def of(cls, gradebook: Gradebook, assignment: str, student: str) -> Rows:
        """Those of a student's submission, in the notebook that is called like the assignment.

        Raises:
            MissingEntry: there is no such submission.
        """
        notebook = gradebook.find_submission_notebook(assignment, assignment, student)
        return cls(_by_cell(gradebook, Grade, notebook.id), _by_cell(gradebook, Comment, notebook.id))

    def find_grade(self, cell: str, *_: str) -> Grade:
        """The grade of a cell, as `Gradebook.find_grade`.

        Raises:
            MissingEntry: it has none.
        """
        if cell not in self.grades:
            raise MissingEntry(f"No such grade: {cell}")
        return self.grades[cell]

    def find_comment(self, cell: str, *_: str) -> Comment:
        """The comment on a cell, as `Gradebook.find_comment`.

        Raises:
            MissingEntry: it has none.
        """
        if cell not in self.comments:
            raise MissingEntry(f"No such comment: {cell}")
        return self.comments[cell]


def add_submission(
    gradebook: Gradebook, assignment: str, student: str, timestamp: datetime | None
) -> tuple[SubmittedAssignment, Rows]:
    """A first submission and its rows, as `Gradebook.add_submission` makes them; written with whatever they hold by then.

    Args:
        student: id of a student whom the gradebook knows.
        timestamp: when it was handed in, in UTC.
    """
    entry = gradebook.find_assignment(assignment)
    submission = SubmittedAssignment(assignment=entry, student_id=student, timestamp=timestamp)
    rows = Rows({}, {})
    for notebook in entry.notebooks:
        copy = SubmittedNotebook(notebook_id=notebook.id, assignment=submission)
        gradebook.db.add_all([submission, copy])
        gradebook.db.flush()  # which numbers them
        made = _made(gradebook, notebook.id, copy.id)
        gradebook.db.add_all([*made.grades.values(), *made.comments.values()])
        if notebook.name == assignment:
            rows = made
    return submission, rows


def _made(gradebook: Gradebook, notebook_id: str, copy_id: str) -> Rows:
    cells = gradebook.db.execute(
        select(BaseCell.id, BaseCell.name, BaseCell.type).where(BaseCell.notebook_id == notebook_id)
    ).all()
    return Rows(
        {name: Grade(cell_id=cell, notebook_id=copy_id) for cell, name, kind in cells if kind in _GRADED},
        {
            name: Comment(cell_id=cell, notebook_id=copy_id)
            for cell, name, kind in cells
            if kind in _COMMENTED
        },
    )


def _by_cell(gradebook: Gradebook, kind: type[Grade] | type[Comment], notebook_id: str) -> dict[str, object]:
    rows = select(BaseCell.name, kind).join(kind, kind.cell_id == BaseCell.id)
    found = gradebook.db.execute(rows.where(kind.notebook_id == notebook_id))
    return dict(found.all())
