"""Copies made by an earlier version of the course: they import what today's notebooks import of the library."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from course_utils.course import notebooks, sources
from course_utils.course.manifest import Course
from course_utils.errors import CourseError
from course_utils.files import replaced
from course_utils.study import layout

_SETUP = "setup"


def renew_copies(course: Course) -> Iterator[str]:
    """Add to the setup cell of each copy in `work/` the imports of the library that it lacks; nothing else changes.

    Yields:
        A sentence for each copy that was changed, or in which the learner has to do it.
    """
    for assignment in course.assignments:
        released, copy = course.released_path(assignment), layout.work_path(course.root, assignment.name)
        if released.is_file() and copy.is_file() and (wanted := _imports(_setup_of(released))):
            yield from _renewed(copy, wanted)


def _renewed(copy: Path, wanted: dict[str, str]) -> Iterator[str]:
    name = f"{copy.parent.name}/{copy.name}"
    try:
        notebook = json.loads(copy.read_text(encoding="utf-8"))
        cell = next(cell for cell in notebook["cells"] if _is_setup(cell))
        text = "".join(cell["source"])
        missing = {each: line for each, line in wanted.items() if each not in _imports(text)}
        if missing:
            text = "\n".join([text.rstrip("\n"), *_statements(missing)])
            cell["source"] = text.splitlines(keepends=True) if isinstance(cell["source"], list) else text
            with replaced(copy) as file:
                file.write(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n")
            yield f"{name} was made by an earlier version; its first cell now imports {', '.join(missing)}, too"
    except (
        OSError,
        ValueError,
        SyntaxError,
        LookupError,
        TypeError,
        AttributeError,
        StopIteration,
        RecursionError,
    ):
        lines = "; ".join(_statements(wanted))
        yield f"the first cell of {name} could not be read or changed: if a name is missing, write in a cell: {lines}"


def _is_setup(cell: dict[str, Any]) -> bool:
    marks = cell["metadata"].get("nbgrader", {})
    return cell["cell_type"] == "code" and _SETUP in (cell.get("id"), marks.get("grade_id"))


def _setup_of(path: Path) -> str:
    """The source of a released notebook's setup cell, "" where it has none."""
    try:
        cells = notebooks.read(path).cells
    except CourseError:
        return ""
    return next((cell.source for cell in cells if _is_setup(cell)), "")


def _imports(source: str) -> dict[str, str]:
    """The names that a cell imports from the library, and from where.

    Raises:
        SyntaxError: it is no Python.
    """
    found = [
        node for node in ast.parse(sources.without_magics(source)).body if isinstance(node, ast.ImportFrom)
    ]
    return {
        alias.name: node.module
        for node in found
        for alias in node.names
        if node.module and node.module.partition(".")[0] == "course_utils" and not alias.asname
    }


def _statements(names: dict[str, str]) -> list[str]:
    modules = sorted(set(names.values()))
    return [
        f"from {module} import {', '.join(name for name in names if names[name] == module)}"
        for module in modules
    ]
