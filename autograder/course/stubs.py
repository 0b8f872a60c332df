"""What stands in a student's notebook where the solution was."""

from __future__ import annotations

import re
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader.preprocessors import ClearSolutions

from autograder.course import notebooks


class NamedStubs(ClearSolutions):
    """Replaces each solution region by an error that names the function and its section."""

    code_stub: Any

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Find each cell's section, then replace the regions."""
        self.text_stub = "*Your answer.*"
        self._section = {id(cell): number for number, cell in notebooks.sections(nb)}
        return super().preprocess(nb, resources)

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict[str, Any], cell_index: int
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Replace one cell's region by a stub that names its function and section."""
        section = self._section.get(id(cell))
        where = f" (section {section})" if section else ""
        name = notebooks.grade_id(cell) or "this"
        self.code_stub = self.code_stub | {
            "python": f'raise NotImplementedError("{name} is not written yet{where}")'
        }
        return super().preprocess_cell(cell, resources, cell_index)

    def _replace_solution_region(self, cell: NotebookNode, language: str) -> Any:
        replaced = super()._replace_solution_region(cell, language)
        if replaced and cell.cell_type == "code":
            cell.source = name_methods(cell.source)
        return replaced


def name_methods(source: str) -> str:
    """In a class, let each stub name its method as well: "TwoLayerNet.loss is not written yet"."""
    lines, method = [], ""
    for line in source.split("\n"):
        if found := re.match(r"[ \t]+def (\w+)\(", line):
            method = found.group(1)
        elif not line.startswith((" ", "\t", ")")) and line.strip():
            method = ""
        if method and "raise NotImplementedError(" in line:
            line = re.sub(r'Error\("(\w+) is not', rf'Error("\1.{method} is not', line)
        lines.append(line)
    return "\n".join(lines)
