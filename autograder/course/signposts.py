"""What a learner reads around a question: how long the notebook takes, what a question is worth, where the next notebook is."""

from __future__ import annotations

from typing import Any

from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_markdown_cell
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Unicode

from autograder.course.manifest import Assignment, Course
from autograder.course.reading_time import PLACEHOLDER, reading_time
from course_utils.course import notebooks
from course_utils.text import counted


class Signposts(NbGraderPreprocessor):
    """Puts the time into the title, a line above each graded answer, and a link to the next notebook at the end."""

    course_root = Unicode(help="The folder that holds course.toml.").tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Do this step for one notebook; see nbgrader's preprocessors."""
        course = Course.find(self.course_root or ".")
        state_time(nb)
        add_signposts(nb, _next(course, resources["nbgrader"]["assignment"]))
        return nb, resources


def state_time(notebook: NotebookNode) -> None:
    """Say how many minutes the notebook takes, wherever its text leaves that open."""
    minutes = str(reading_time(notebook).minutes)
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and not notebooks.is_answer(cell):
            cell.source = cell.source.replace(PLACEHOLDER, minutes)


def add_signposts(notebook: NotebookNode, following: Assignment | None) -> None:
    """Add the lines to a notebook.

    Args:
        following: the notebook to go on with, if there is one.
    """
    points = {name: notebooks.points(cell) for name, cell in notebooks.tests(notebook)}
    cells = []
    for cell in notebook.cells:
        name = notebooks.grade_id(cell) or ""
        if notebooks.is_answer(cell) and (line := _line(cell, name, points.get(name, 0))):
            cells.append(new_markdown_cell(line, id=f"points-{name}"[:64].replace("_", "-")))
        cells.append(cell)
    if following:
        link = f"../{following.name}/{following.name}.ipynb"
        cells.append(new_markdown_cell(f"**Next:** [{following.title}]({link})", id="next-notebook"))
    notebook.cells = cells


def _line(cell: NotebookNode, name: str, points: float) -> str:
    if written := notebooks.points(cell):
        return f"**A question in words** · {counted(written, 'point')}, given by a person"
    return f"**Question** · `{name}` · {counted(points, 'point')}" if points else ""


def _next(course: Course, name: str) -> Assignment | None:
    names = [assignment.name for assignment in course.assignments]
    following = names.index(name) + 1
    return course.assignments[following] if following < len(names) else None
