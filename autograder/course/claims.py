"""Claims: cells of a solution notebook that assert what its text says a demo showed, and that no student gets."""

from __future__ import annotations

from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor

from course_utils.course import notebooks


class DropClaims(NbGraderPreprocessor):
    """Leaves out the cells tagged `claim`."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Do this step for one notebook; see nbgrader's preprocessors."""
        nb.cells = [cell for cell in nb.cells if not notebooks.is_claim(cell)]
        return nb, resources
