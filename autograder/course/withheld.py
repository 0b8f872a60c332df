"""What is withheld from students of a solution notebook: claims, which assert what its text says, and guides for those who mark."""

from __future__ import annotations

from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor

from course_utils.course import notebooks


class DropWithheld(NbGraderPreprocessor):
    """Leaves out the cells tagged `claim` or `guide`."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Do this step for one notebook; see nbgrader's preprocessors."""
        nb.cells = [cell for cell in nb.cells if not notebooks.is_withheld(cell)]
        return nb, resources
