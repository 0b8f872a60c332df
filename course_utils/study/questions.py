"""The questions of a notebook, read from its file: what each is worth, its hints, its test."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any

from course_utils.study.marks import visible_part, without_marks

# Under this name a test that is run by name, and not in a cell, has its lines.
TEST_FILE = "<the test of {}>"
_DETAILS = re.compile(r"<details[^>]*>\s*<summary>(.*?)</summary>(.*?)</details>", re.DOTALL)


@dataclass(frozen=True)
class Hint:
    """A folded hint, both parts Markdown."""

    title: str
    text: str


@dataclass(frozen=True)
class Question:
    """A question that a notebook asks.

    Attributes:
        name: of the function or class to write, or of the cell of an answer in words.
        points: what it is worth.
        section: the heading it stands under.
        source: of its cell, as it stands in the file, without marks.
        test: source of its visible test, "" where it has none.
        hints: from a nudge to almost the answer.
        in_words: a person marks it.
        guide: what those who mark it are told; only solutions have it.
    """

    name: str
    points: float
    section: str
    source: str
    test: str
    hints: tuple[Hint, ...]
    in_words: bool
    guide: str = ""

    def as_markdown(self) -> str:
        """Its answer, code fenced; of one in words what earns its points, too."""
        if self.in_words:
            return "\n\n".join(filter(None, (self.source.strip(), self.guide)))
        return f"```python\n{self.source.strip()}\n```"


def read_questions(path: Path) -> tuple[Question, ...]:
    """The questions of a notebook, in its order; none where the file is no notebook that can be read."""
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        return tuple(_questions([_Cell(cell) for cell in cells]))
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return ()


def read_ungraded(path: Path) -> frozenset[str]:
    """The source of each code cell of a notebook that is neither an answer nor a test: none where it cannot be read."""
    try:
        cells = [_Cell(cell) for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]]
        return frozenset(
            cell.source.strip() for cell in cells if cell.is_code and not cell.is_answer and not cell.points
        )
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return frozenset()


class _Cell:
    """What is asked of a cell of a file."""

    def __init__(self, cell: dict[str, Any]):
        source = cell["source"]
        self.source = source if isinstance(source, str) else "".join(source)
        settings = cell["metadata"].get("nbgrader") or {}
        self.is_code = cell["cell_type"] == "code"
        self.is_guide = "guide" in (cell["metadata"].get("tags") or ())
        self.is_text = cell["cell_type"] == "markdown" and not self.is_guide
        self.name = str(settings.get("grade_id") or "")
        self.is_answer = bool(settings.get("solution"))
        self.points = float(settings.get("points") or 0)

    @property
    def heading(self) -> str:
        """The title of the section that begins here, or ""."""
        begins = self.is_text and self.source.startswith("## ")
        return self.source.split("\n", 1)[0].removeprefix("## ").strip() if begins else ""


def _questions(cells: list[_Cell]) -> Iterator[Question]:
    tests = {cell.name: cell for cell in cells if cell.is_code and not cell.is_answer}
    section = ""
    for place, cell in enumerate(cells):
        section = cell.heading or section
        if cell.is_answer and cell.name:
            test = tests.get(f"test_{cell.name}")
            yield Question(
                cell.name,
                cell.points or (test.points if test else 0.0),
                section,
                without_marks(cell.source),
                visible_part(test.source) if test else "",
                tuple(_hints(cells[place + 1 :])),
                not cell.is_code,
                _guide(cells[place + 1 :]),
            )


def _guide(following: Iterable[_Cell]) -> str:
    until = takewhile(lambda cell: not (cell.is_answer or cell.heading), following)
    return "\n\n".join(cell.source.strip() for cell in until if cell.is_guide)


def _hints(following: Iterable[_Cell]) -> Iterator[Hint]:
    """The hints before the next answer or section."""
    for cell in following:
        if cell.is_answer or cell.heading:
            return
        if cell.is_text:
            yield from (Hint(title, text.strip()) for title, text in _DETAILS.findall(cell.source))
