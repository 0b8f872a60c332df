"""Marks that a person gave: they stand as long as the answer that they were given for does."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader.preprocessors import SaveAutoGrades

from course_utils.course import notebooks
from course_utils.errors import CourseError

Answers = dict[str, str]


def answers_in(notebook: NotebookNode) -> Answers:
    """Of each cell with points, by its grade id, the source of the answer that earns them."""
    sources = defaultdict(list)
    for cell in notebook.cells:
        if name := notebooks.part_of(cell):
            sources[name].append(cell.source)
    graded = [cell for cell in notebook.cells if notebooks.settings(cell).get("grade")]
    return {
        notebooks.grade_id(cell) or "": "\n\n".join(
            sources[notebooks.question(cell) or notebooks.grade_id(cell) or ""]
        )
        for cell in graded
    }


def answers_in_file(path: Path) -> Answers:
    """The same of a notebook that was graded before; nothing where there is none that can be read."""
    try:
        return answers_in(notebooks.read(path))
    except CourseError:
        return {}


class SaveMarks(SaveAutoGrades):
    """nbgrader's step, which asks for every mark given by hand to be given again, whether the answer changed or not."""

    marked: Answers
    _answers: Answers

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Do this step for one notebook; see nbgrader's preprocessors."""
        self.look(nb, self.parent.marked.get(resources["nbgrader"]["student"], {}))
        return super().preprocess(nb, resources)

    def look(self, notebook: NotebookNode, marked: Answers) -> None:
        """Take note of the answers of now, and of those that were there when a person marked them."""
        self._answers, self.marked = answers_in(notebook), marked

    def _add_score(self, cell: NotebookNode, resources: dict[str, Any]) -> None:
        name = notebooks.grade_id(cell) or ""
        grade = self.gradebook.find_grade(name, self.notebook_id, self.assignment_id, self.student_id)
        by_machine = grade.auto_score
        settled = grade.manual_score is not None and not grade.needs_manual_grade
        super()._add_score(cell, resources)
        is_as_it_was = self.marked.get(name) == self._answers[name] and grade.auto_score == by_machine
        if settled and is_as_it_was:
            grade.needs_manual_grade = False
            self.gradebook.db.commit()
