"""One submission's rows of the gradebook, read at once; nbgrader's own way asks for each by a query over six tables."""

from __future__ import annotations

from types import SimpleNamespace

from nbgrader.api import BaseCell, Comment, Grade, Gradebook, MissingEntry
from sqlalchemy import select


class Rows:
    """As much of a gradebook as nbgrader's step that saves marks asks for, within a transaction that is open already.

    Args:
        gradebook: the whole.
        assignment: name of the assignment, and of its only notebook.
        student: id of the student, whose submission is there.

    Attributes:
        grades: by name of the cell.
        comments: by name of the cell.
    """

    def __init__(self, gradebook: Gradebook, assignment: str, student: str):
        notebook = gradebook.find_submission_notebook(assignment, assignment, student)
        self.grades: dict[str, Grade] = _by_cell(gradebook, Grade, notebook.id)
        self.comments: dict[str, Comment] = _by_cell(gradebook, Comment, notebook.id)
        # The transaction is committed as a whole by whoever opened it.
        self.db = SimpleNamespace(commit=lambda: None)

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


def _by_cell(gradebook: Gradebook, kind: type[Grade] | type[Comment], notebook_id: str) -> dict[str, object]:
    rows = select(BaseCell.name, kind).join(kind, kind.cell_id == BaseCell.id)
    found = gradebook.db.execute(rows.where(kind.notebook_id == notebook_id))
    return dict(found.all())
