"""How long a notebook takes: reading its text, and writing its functions."""

from __future__ import annotations

import re
from dataclasses import dataclass

from nbformat.notebooknode import NotebookNode

from course_utils.course import notebooks

WORDS_A_MINUTE = 150
MINUTES_A_FUNCTION = 4
# What a title cell has where the minutes belong.
PLACEHOLDER = "{minutes}"
_HINTS = re.compile(r"<details.*?</details>", re.DOTALL)
_FORMULA = re.compile(r"\$\$.*?\$\$|\$[^$\n]+\$", re.DOTALL)
_WORD = re.compile(r"[^\W_]+(?:[_'’.,-][^\W_]+)*")


@dataclass(frozen=True)
class ReadingTime:
    """What a learner does in a notebook.

    Attributes:
        words: of its text without hints; a formula counts as one.
        functions: graded functions and classes to write.
    """

    words: int
    functions: int

    @property
    def minutes(self) -> int:
        """Of reading and writing, to the nearest five."""
        exact = self.words / WORDS_A_MINUTE + self.functions * MINUTES_A_FUNCTION
        return 5 * round(exact / 5)


def reading_time(notebook: NotebookNode) -> ReadingTime:
    """The time that a notebook takes, solution or released, by what its cells hold."""
    texts = [
        cell.source
        for cell in notebook.cells
        if cell.cell_type == "markdown" and not notebooks.is_answer(cell) and not notebooks.is_withheld(cell)
    ]
    functions = sum(notebooks.is_solution(cell) for cell in notebook.cells)
    return ReadingTime(sum(map(_words, texts)), functions)


def _words(text: str) -> int:
    return len(_WORD.findall(_FORMULA.sub(" formula ", _HINTS.sub("", text))))
