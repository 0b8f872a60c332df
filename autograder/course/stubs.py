"""What stands in a student's notebook where the solution was."""

from __future__ import annotations

import re
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader.preprocessors import ClearSolutions

from course_utils.course import notebooks

_TOP = re.compile(r"(?:async\s+)?(?P<kind>def|class)\s+(?P<name>\w+)")
_METHOD = re.compile(r"[ \t]+(?:async\s+)?def\s+(?P<name>\w+)\(")
_STUB = re.compile(r'(?P<begin>NotImplementedError\(")\w+ is not')


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
            cell.source = name_stubs(cell.source)
        return replaced


def name_stubs(source: str) -> str:
    """Let each stub name the function it stands in, and in a class its method: "TwoLayerNet.loss is not written yet".

    A stub that stands in no function keeps its cell's name.
    """
    lines, top, method, in_class = [], "", "", False
    for line in source.split("\n"):
        if found := _TOP.match(line):
            top, method = found["name"], ""
            in_class = found["kind"] == "class"
        elif line.strip() and not line.startswith((" ", "\t", ")", "#")):
            top = method = ""
        elif top and in_class and (found := _METHOD.match(line)):
            method = found["name"]
        if top and "raise NotImplementedError(" in line:
            name = f"{top}.{method}" if method else top
            line = _STUB.sub(rf"\g<begin>{name} is not", line)
        lines.append(line)
    return "\n".join(lines)
