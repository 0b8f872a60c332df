"""What a student's markup may do on the pages of nbgrader's formgrader: look like something, never act, never take long.

Those pages come from the instructor's own Jupyter server. A script on them could do there whatever the instructor can, and
while a page is made the server does nothing else.
"""

from __future__ import annotations

import atexit
from functools import lru_cache
from html import escape
from typing import Any

from nbformat.notebooknode import NotebookNode

from autograder.course.manifest import Course
from autograder.nbgrader_bridge.marking import marking_help, still_to_mark
from autograder.sandbox.bounded import Bounded, TooMuch
from course_utils.course import notebooks
from course_utils.text import well_formed

_PAGE_SECONDS = 5
# Most of a page is the course's own, and the same on everybody's: texts of at most so many characters are formatted once.
_KEPT_LENGTH = 2**13
_markup = Bounded("autograder.nbgrader_bridge.markup", seconds=_PAGE_SECONDS, memory_bytes=2 * 2**30)
atexit.register(_markup.close)


def new_page(
    course: Course, notebook: NotebookNode, resources: dict[str, Any]
) -> tuple[NotebookNode, dict[str, Any]]:
    """A preprocessor with which the next page begins, and the time that it may take; it brings what a marker needs."""
    _markup.renew()
    help_for = marking_help(course, resources.get("assignment_id", ""))
    for cell in notebook.cells:
        if notebooks.is_marked_by_hand(cell) and (found := help_for.get(notebooks.grade_id(cell) or "")):
            cell.metadata["marking"] = {"model_answer": found.model_answer, "guide": found.guide}
    resources["still_to_mark"] = still_to_mark(course, resources)
    return notebook, resources


def clean(markup: str | bytes) -> str:
    """HTML with what is harmless; all else stays readable as text, so that one sees what was written."""
    return _made("clean", markup.decode("utf-8", "replace") if isinstance(markup, bytes) else str(markup))


def clean_markdown(source: str) -> str:
    """Markdown as clean HTML."""
    return _made("markdown", source)


def colour(source: str, language: str = "", metadata: Any = None) -> str:
    """A code cell in colours; nbconvert's filter `highlight_code`."""
    return _made("code", source)


def printed(text: str) -> str:
    """What a cell printed, a terminal's colours with it."""
    return _made("printed", text)


def _made(function: str, text: str) -> str:
    try:
        return (_kept if len(text) <= _KEPT_LENGTH else _asked)(function, text)
    except TooMuch:
        return (
            f"<p>Shown as plain text, since this page takes more than {_PAGE_SECONDS} s to format:</p>"
            f"<pre>{escape(well_formed(text))}</pre>"
        )


def _asked(function: str, text: str) -> str:
    return _markup.call(function, well_formed(text).encode()).decode()


@lru_cache(maxsize=1024)
def _kept(function: str, text: str) -> str:
    return _asked(function, text)
