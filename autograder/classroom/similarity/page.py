"""The closest pairs side by side, as one HTML file that runs nothing and fetches nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from jinja2 import Template

from autograder.classroom.similarity.pairs import Comparison
from autograder.classroom.similarity.weighing import BITS, SHARE
from autograder.nbgrader_bridge.html import templates
from course_utils.text import plain

# Of one answer, or of a whole notebook, on the page.
_SHOWN = 20_000


def render(title: str, found: Comparison) -> str:
    """The page.

    Args:
        title: of the assignment.
    """
    return plain(_template().render(title=title, found=found, bits=f"{BITS:g}", share=f"{SHARE:.0%}"))


def segments(text: str, spans: Sequence[tuple[int, int]]) -> Iterator[tuple[str, bool]]:
    """A text in parts, each with whether the other answer has it, too; what is too long ends with three dots."""
    text, at = (text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"), 0
    for start, end in spans:
        start, end = max(start, at), min(end, len(text))
        if start < end:
            yield text[at:start], False
            yield text[start:end], True
            at = end
    yield text[at:], False


@lru_cache(maxsize=1)
def _template() -> Template:
    environment = templates("autograder.classroom.similarity")
    environment.filters |= {
        "bits": lambda number: f"{number:.0f}",
        "percent": lambda share: f"{share:.0%}",
        "segments": lambda text: segments(*text),
    }
    return environment.get_template("similarity.html")
