"""What the cells of a course notebook are: read from their metadata, in one place."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbformat.v4 import nbjson
from nbformat.v4.rwbase import strip_transient

from course_utils.course import sources
from course_utils.errors import CourseError

_HEADING = re.compile(r"^##\s+(\d+)\s*[·.:]", re.MULTILINE)


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


def dumps_on_one_line(notebook: NotebookNode) -> str:
    """A notebook for programs to read, written in a fraction of the time."""
    return json.dumps(strip_transient(notebook), ensure_ascii=False, sort_keys=True) + "\n"


def settings(cell: NotebookNode) -> dict[str, Any]:
    """nbgrader's metadata of a cell, empty where it has none."""
    found = cell["metadata"].get("nbgrader")
    return found if isinstance(found, dict) else {}


def grade_id(cell: NotebookNode) -> str | None:
    """The name by which nbgrader knows a cell."""
    return settings(cell).get("grade_id")


def mark_part(cell: NotebookNode, name: str) -> None:
    """Say that a cell is a part of the answer of that grade id, whose last part is in a cell of its own."""
    cell["metadata"]["grading"] = {"part_of": name}


def part_of(cell: NotebookNode) -> str | None:
    """The grade id of the answer that a cell is, or that it is a part of."""
    if is_answer(cell):
        return grade_id(cell)
    return cell["metadata"].get("grading", {}).get("part_of")


def has_tag(cell: NotebookNode, tag: str) -> bool:
    """Whether a cell carries a tag."""
    return tag in cell["metadata"].get("tags", ())


def is_claim(cell: NotebookNode) -> bool:
    """A cell that asserts what the text says of the demos above it; only authors have it."""
    return has_tag(cell, "claim")


def is_guide(cell: NotebookNode) -> bool:
    """A text for those who mark the written answer above it; no student gets it."""
    return has_tag(cell, "guide")


def is_withheld(cell: NotebookNode) -> bool:
    """A cell that no student gets, whatever stands in it."""
    return is_claim(cell) or is_guide(cell)


def is_solution(cell: NotebookNode) -> bool:
    """A code cell that the student fills in."""
    return bool(settings(cell).get("solution")) and cell["cell_type"] == "code"


def is_answer(cell: NotebookNode) -> bool:
    """A cell, of any kind, whose source is the student's."""
    return bool(settings(cell).get("solution"))


def is_marked_by_hand(cell: NotebookNode) -> bool:
    """A student's answer that a person marks."""
    return is_answer(cell) and bool(settings(cell).get("grade"))


def is_test(cell: NotebookNode) -> bool:
    """A cell that is marked automatically."""
    return bool(settings(cell).get("grade")) and not is_answer(cell)


def answers(notebook: NotebookNode) -> Iterator[tuple[str, NotebookNode]]:
    """Every cell whose source is the student's, with its grade id, in order."""
    for cell in notebook["cells"]:
        if is_answer(cell):
            yield grade_id(cell) or "", cell


def guides(notebook: NotebookNode) -> dict[str, str]:
    """The guides for those who mark, by the grade id of the answer in words above each; "" where there is no such answer."""
    found: dict[str, str] = {}
    above = ""
    for cell in notebook["cells"]:
        if is_guide(cell):
            found[above] = "\n\n".join(filter(None, (found.get(above), cell["source"].strip())))
        elif settings(cell):
            above = (grade_id(cell) or "") if is_marked_by_hand(cell) else ""
    return found


def tests(notebook: NotebookNode) -> Iterator[tuple[str, NotebookNode]]:
    """Every cell that is marked by a hidden check, with the question it asks, in order."""
    for cell in notebook["cells"]:
        if name := question(cell):
            yield name, cell


def points(cell: NotebookNode) -> float:
    """What a cell is worth."""
    return float(settings(cell).get("points") or 0)


def question(cell: NotebookNode) -> str | None:
    """The graded name that a test cell's hidden line asks for; other cells ask for nothing, whatever they hold."""
    return sources.asked_question(cell["source"]) if is_test(cell) and cell["cell_type"] == "code" else None


def lacks_hidden_line(cell: NotebookNode) -> str:
    """What to say of a test cell whose points nobody could earn, since it asks for no hidden check; else nothing."""
    if is_test(cell) and points(cell) and question(cell) is None:
        return (
            f"the test cell {grade_id(cell)} has points but no hidden grade(...) line: put one between "
            "BEGIN HIDDEN TESTS and END HIDDEN TESTS, or take the points off"
        )
    return ""


def sections(notebook: NotebookNode) -> Iterator[tuple[str, NotebookNode]]:
    """Every cell with the number of the last `## N · Title` heading at or above it ("" before the first)."""
    number = ""
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown" and (found := _HEADING.findall(cell["source"])):
            number = found[-1]
        yield number, cell
