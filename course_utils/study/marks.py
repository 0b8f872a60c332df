"""The lines that mark, in a solution notebook's cells, what a student writes and what is hidden.

Whatever a student writes comes through here: line by line, so never slower than linear.
"""

from __future__ import annotations

from collections.abc import Iterator

_SOLUTION = ("### BEGIN SOLUTION", "### END SOLUTION")
_HIDDEN = ("### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS")


def without_marks(source: str) -> str:
    """A solution cell's code without the lines that mark the solution."""
    return "".join(line for line in lines_of(source) if line.strip() not in _SOLUTION)


def solution_regions(source: str) -> list[str]:
    """The parts of a cell that students write, marks and all."""
    return ["".join(lines) for lines, marked in _parts(source, *_SOLUTION) if marked]


def visible_part(source: str) -> str:
    """A test cell's source as a student sees it."""
    return "".join(line for lines, marked in _parts(source, *_HIDDEN) if not marked for line in lines)


def lines_of(source: str) -> list[str]:
    """The lines with their ends; only a newline ends one, as in a notebook."""
    *lines, last = source.split("\n")
    return [f"{line}\n" for line in lines] + ([last] if last else [])


def _parts(source: str, begin: str, end: str) -> Iterator[tuple[list[str], bool]]:
    """The lines in groups, each with whether it lies between two marks; a mark that nothing ends is a line like others."""
    lines: list[str] = []
    opened: int | None = None
    for line in lines_of(source):
        mark = line.strip()
        if mark == begin and opened is None:
            opened = len(lines)
        lines.append(line)
        if mark == end and opened is not None:
            yield lines[:opened], False
            yield lines[opened:], True
            lines, opened = [], None
    yield lines, False
