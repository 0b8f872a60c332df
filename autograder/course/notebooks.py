"""What the cells of a course notebook are: read from their metadata, in one place."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbformat.v4 import nbjson

from autograder.errors import CourseError

HIDDEN_CALL = re.compile(r"^\s*grade\(\s*[\"']([A-Za-z_]\w*)[\"']\s*\)\s*$", re.MULTILINE)
_HEADING = re.compile(r"^##\s+(\d+)\s*[·.:]", re.MULTILINE)
_SOLUTION = re.compile(
    r"^[^\S\n]*### BEGIN SOLUTION\n.*?^[^\S\n]*### END SOLUTION\n?", re.MULTILINE | re.DOTALL
)
_HIDDEN = re.compile(
    r"^[^\S\n]*### BEGIN HIDDEN TESTS\n.*?^[^\S\n]*### END HIDDEN TESTS\n?", re.MULTILINE | re.DOTALL
)


def read(path: Path) -> NotebookNode:
    """A notebook of the course's own.

    Raises:
        CourseError: the file is not there or is no notebook of format 4.
    """
    try:
        text = path.read_text(encoding="utf-8")
        data = json.loads(text)
    except OSError as error:
        raise CourseError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise CourseError(f"{path} is not a notebook: {error}") from error
    version = data.get("nbformat") if isinstance(data, dict) else None
    if version is None:
        raise CourseError(f"{path} is not a notebook: it has no nbformat")
    if version != 4:
        raise CourseError(f"{path} is a notebook of format {version}; open and save it in JupyterLab")
    try:
        return nbjson.reads(text)
    except (AttributeError, KeyError, TypeError) as error:
        raise CourseError(f"{path} is not a notebook: {error} is missing or not what it should be") from error


def write(notebook: NotebookNode, path: Path) -> None:
    """Write a notebook of the course's own."""
    path.write_text(dumps(notebook), encoding="utf-8")


def dumps(notebook: NotebookNode) -> str:
    """The one way a notebook is written here: the same notebook gives the same bytes."""
    return nbjson.writes(notebook) + "\n"


def settings(cell: NotebookNode) -> dict[str, Any]:
    """nbgrader's metadata of a cell, empty where it has none."""
    found = cell["metadata"].get("nbgrader")
    return found if isinstance(found, dict) else {}


def grade_id(cell: NotebookNode) -> str | None:
    """The name by which nbgrader knows a cell."""
    return settings(cell).get("grade_id")


def has_tag(cell: NotebookNode, tag: str) -> bool:
    """Whether a cell carries a tag."""
    return tag in cell["metadata"].get("tags", ())


def is_solution(cell: NotebookNode) -> bool:
    """A code cell that the student fills in."""
    return bool(settings(cell).get("solution")) and cell["cell_type"] == "code"


def is_answer(cell: NotebookNode) -> bool:
    """A cell, of any kind, whose source is the student's."""
    return bool(settings(cell).get("solution"))


def is_test(cell: NotebookNode) -> bool:
    """A cell that is marked automatically."""
    return bool(settings(cell).get("grade")) and not is_answer(cell)


def answers(notebook: NotebookNode) -> Iterator[tuple[str, NotebookNode]]:
    """Every cell whose source is the student's, with its grade id, in order."""
    for cell in notebook["cells"]:
        if is_answer(cell):
            yield grade_id(cell) or "", cell


def tests(notebook: NotebookNode) -> Iterator[tuple[str, NotebookNode]]:
    """Every cell that is marked by a hidden check, with the question it asks, in order."""
    for cell in notebook["cells"]:
        name = question(cell) if is_test(cell) else None
        if name:
            yield name, cell


def points(cell: NotebookNode) -> float:
    """What a cell is worth."""
    return float(settings(cell).get("points") or 0)


def question(cell: NotebookNode) -> str | None:
    """The graded name that a test cell's hidden line asks for."""
    found = HIDDEN_CALL.search(cell["source"])
    return found.group(1) if found else None


def sections(notebook: NotebookNode) -> Iterator[tuple[str, NotebookNode]]:
    """Every cell with the number of the last `## N · Title` heading at or above it ("" before the first)."""
    number = ""
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown" and (found := _HEADING.findall(cell["source"])):
            number = found[-1]
        yield number, cell


def without_marks(source: str) -> str:
    """A solution cell's code without the lines that mark the solution."""
    return re.sub(r"^[^\S\n]*### (BEGIN|END) SOLUTION[^\S\n]*\n?", "", source, flags=re.MULTILINE)


def without_magics(source: str) -> str:
    """Code that plain Python can run: lines that only IPython understands become comments."""
    return re.sub(r"^([%!])", r"# \1", source, flags=re.MULTILINE)


def solution_regions(source: str) -> list[str]:
    """The parts of a cell that students write, marks and all."""
    return _SOLUTION.findall(source)


def visible_part(source: str) -> str:
    """A test cell's source as a student sees it."""
    return _HIDDEN.sub("", source)
