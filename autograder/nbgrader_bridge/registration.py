"""What the gradebook knows of a notebook's cells: brought up to date without losing a mark that somebody gave by hand."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader.api import BaseCell, Comment, Grade, Gradebook, MissingEntry, Notebook
from nbgrader.preprocessors import SaveCells
from sqlalchemy import func, select
from traitlets import Unicode
from traitlets.config import Config

from autograder.course.extensions import read_extensions
from autograder.course.lateness import late_rule
from autograder.course.manifest import Assignment, Course
from autograder.course.template import template
from course_utils.files import replaced

# What a person gives, and nothing can work out again.
_BY_HAND = {Grade: ("manual_score", "extra_credit"), Comment: ("manual_comment",)}


def register(course: Course, assignment: Assignment, config: Config) -> None:
    """Let the gradebook know an assignment's cells as its solution notebook has them now.

    Raises:
        CourseError: course.toml or extensions.csv say something about being late that is none; better before anything
            is graded than where the first submission is late.
    """
    late_rule(course.manifest)
    read_extensions(course)
    resources = {"notebook": assignment.name, "assignment": assignment.name, "student": ""}
    step = RegisterCells(config=config)
    step.preprocess(template(course, assignment), {"nbgrader": resources | {"db_url": course.gradebook_url}})


class RegisterCells(SaveCells):
    """nbgrader's step, which refuses to add or remove cells once there are submissions, for such notebooks as well.

    What was given by hand for a question that is removed is kept in `.grading/removed-questions`, and given back should
    the question return.
    """

    course_root = Unicode(help="The folder that holds course.toml.").tag(config=True)

    def _create_notebook(self, nb: NotebookNode) -> None:
        with one_transaction(self.gradebook):
            self.gradebook.update_or_create_assignment(self.assignment_id)
            try:
                notebook = self.gradebook.find_notebook(self.notebook_id, self.assignment_id)
            except MissingEntry:
                notebook = None
            if notebook and notebook.submissions:
                self._renew(notebook)
            super()._create_notebook(nb)

    def _renew(self, notebook: Notebook) -> None:
        kept = _KeptMarks(_kept_folder(Path(self.course_root)) / f"{self.assignment_id}.json")
        kinds = {
            "grade_cell": (notebook.grade_cells, self.new_grade_cells),
            "solution_cell": (notebook.solution_cells, self.new_solution_cells),
            "task_cell": (notebook.task_cells, self.new_task_cells),
            "source_cell": (notebook.source_cells, self.new_source_cells),
        }
        added: list[str] = []
        for kind, (cells, wanted) in kinds.items():
            for cell in [cell for cell in cells if cell.name not in wanted]:
                self._remove(cell, kept)
            for name in sorted(set(wanted) - {cell.name for cell in cells}):
                add = getattr(self.gradebook, f"add_{kind}")
                add(name, self.notebook_id, self.assignment_id, **wanted[name])
                added.append(name)
        kept.write()
        self.gradebook.db.expire_all()
        whole = self._whole(notebook)
        for submission in notebook.submissions:
            if submission.id not in whole:
                self._complete(submission, kept)
        if added:
            self.log.warning("New in %s since submissions were graded: %s", notebook, ", ".join(added))

    def _remove(self, cell: Any, kept: _KeptMarks) -> None:
        for row in [*getattr(cell, "grades", ()), *getattr(cell, "comments", ())]:
            kept.keep(row)
            self.gradebook.db.delete(row)
        self.gradebook.db.delete(cell)

    def _whole(self, notebook: Notebook) -> set[str]:
        """Ids of the submissions that have a row for each cell: counted together, since to look at each takes four queries."""
        tasks = len(notebook.task_cells)
        wanted = {Grade: len(notebook.grade_cells) + tasks, Comment: len(notebook.solution_cells) + tasks}
        whole = {submission.id for submission in notebook.submissions}
        for kind, most in wanted.items():
            if most:
                rows = select(kind.notebook_id).join(BaseCell, BaseCell.id == kind.cell_id)
                of_each = rows.where(BaseCell.notebook_id == notebook.id).group_by(kind.notebook_id)
                whole &= set(self.gradebook.db.execute(of_each.having(func.count() == most)).scalars())
        return whole

    def _complete(self, submission: Any, kept: _KeptMarks) -> None:
        notebook, student = submission.notebook, submission.student.id
        for kind, rows, cells in (
            (Grade, submission.grades, [*notebook.grade_cells, *notebook.task_cells]),
            (Comment, submission.comments, [*notebook.solution_cells, *notebook.task_cells]),
        ):
            there = {row.cell_id for row in rows}
            for cell in [cell for cell in cells if cell.id not in there]:
                by_hand = kept.of(kind, cell.name, student)
                self.gradebook.db.add(kind(cell_id=cell.id, notebook_id=submission.id, **by_hand))


class _KeptMarks:
    """Marks and comments by hand for questions that are no longer asked, in a file: by student, then by cell."""

    def __init__(self, path: Path):
        self._path = path
        self._kept: dict[str, dict[str, dict[str, Any]]] = {}
        if path.is_file():
            self._kept = json.loads(path.read_text(encoding="utf-8"))

    def keep(self, row: Any) -> None:
        values = {name: getattr(row, name) for name in _BY_HAND[type(row)]}
        if given := {name: value for name, value in values.items() if value is not None}:
            cells = self._kept.setdefault(row.notebook.student.id, {})
            cells.setdefault(row.name, {}).update(given)

    def of(self, kind: type, cell: str, student: str) -> dict[str, Any]:
        given = self._kept.get(student, {}).get(cell, {})
        return {name: given[name] for name in _BY_HAND[kind] if name in given}

    def hand_over(self, student: str, heir: str | None) -> bool:
        given = self._kept.pop(student, None)
        if given and heir:
            self._kept[heir] = given | self._kept.get(heir, {})
        return given is not None

    def write(self) -> None:
        if self._kept or self._path.exists():
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with replaced(self._path) as file:
                json.dump(self._kept, file, indent=1)


def _kept_folder(root: Path) -> Path:
    return root / ".grading" / "removed-questions"


def hand_over_kept_marks(
    course: Course, student: str, heir: str | None, assignments: Collection[str] | None = None
) -> None:
    """Let what is kept of a student for removed questions be another's, or nobody's; of all assignments, or of some."""
    for path in _kept_folder(course.root).glob("*.json"):
        kept = _KeptMarks(path)
        if (assignments is None or path.stem in assignments) and kept.hand_over(student, heir):
            kept.write()


@contextmanager
def one_transaction(gradebook: Gradebook) -> Iterator[None]:
    """Let nbgrader's commits, one for each cell, wait for a single one: faster, and all or nothing."""
    with gradebook.engine.begin() as connection:
        gradebook.db.remove()
        gradebook.db.configure(bind=connection, join_transaction_mode="rollback_only")
        try:
            yield
            gradebook.db.flush()
        finally:
            gradebook.db.remove()
            gradebook.db.configure(bind=gradebook.engine, join_transaction_mode="conditional_savepoint")
