"""Feedback pages: what a student gets back, as one HTML file that runs nothing and fetches nothing."""

from __future__ import annotations

import atexit
import json
from collections import defaultdict
from dataclasses import dataclass, field
from functools import lru_cache
from html import escape
from typing import Any

from jinja2 import Template
from markupsafe import Markup
from nbconvert.exporters import Exporter
from nbformat.notebooknode import NotebookNode

from autograder.nbgrader_bridge import colours
from autograder.nbgrader_bridge.html import templates
from autograder.sandbox.bounded import Bounded, TooMuch
from autograder.sandbox.bubblewrap import Sandbox
from autograder.verdict.render import as_html, summary
from autograder.verdict.verdict import Verdict
from course_utils.course import notebooks
from course_utils.text import plain

# Of an answer's own text: far more than any answer needs, and little enough for every question of a page.
_SHOWN = 10_000
_colours = Bounded(colours.__name__, seconds=5, memory_bytes=2 * 2**30)
atexit.register(_colours.close)


@dataclass
class Entry:
    """One question on the page: what it earned, the student's own source, in colours where it is code, and the verdict or comment."""

    name: str
    points: float
    score: float
    source: str
    verdict: Verdict | None = None
    comment: str = ""
    waiting: bool = False
    code: Markup = field(default_factory=Markup)

    @property
    def lost(self) -> bool:
        """Whether points were lost here."""
        return not self.waiting and self.score < self.points


@dataclass
class Page:
    """Everything a feedback page says."""

    title: str
    student: str
    score: float
    max_score: float
    penalty: float
    lateness: str
    notes: list[str]
    unsandboxed: bool
    entries: list[Entry] = field(default_factory=list)

    @property
    def waiting(self) -> float:
        """Points of written answers that are still to be marked."""
        return sum(entry.points for entry in self.entries if entry.waiting)


class FeedbackExporter(Exporter):
    """Makes the page of a graded notebook; nbgrader's `generate_feedback` and the formgrader use it too."""

    file_extension = ".html"
    output_mimetype = "text/html"

    def from_notebook_node(
        self, nb: NotebookNode, resources: Any = None, **kwargs: Any
    ) -> tuple[Any, dict[str, Any]]:
        """Make the page's HTML."""
        nb, resources = super().from_notebook_node(nb, resources, **kwargs)
        return render(nb, resources["nbgrader"]), resources


def render(nb: NotebookNode, about: dict[str, Any]) -> str:
    """The page of a graded notebook that holds its marks.

    Args:
        about: assignment, student, score, max_score, late_penalty and lateness.
    """
    return plain(_template().render(page=_page(nb, about)))


def _page(nb: NotebookNode, marks: dict[str, Any]) -> Page:
    grading = nb.metadata.get("grading", {})
    page = Page(
        title=marks["assignment"],
        student=marks["student"],
        score=marks["score"],
        max_score=marks["max_score"],
        penalty=marks["late_penalty"],
        lateness=marks.get("lateness", ""),
        notes=list(grading.get("notes", ())),
        unsandboxed=grading.get("sandbox") == Sandbox.NONE,
    )
    sources = defaultdict(list)
    for cell in nb.cells:
        sources[notebooks.part_of(cell)].append(cell.source)
    for cell in nb.cells:
        if not notebooks.settings(cell).get("grade"):
            continue
        name = notebooks.question(cell) or notebooks.grade_id(cell) or ""
        settings = notebooks.settings(cell)
        verdict = cell.metadata.get("verdict")
        page.entries.append(
            Entry(
                name=name,
                points=notebooks.points(cell),
                score=settings.get("score") or 0.0,
                source=_shown("\n\n".join(sources[name])),
                verdict=Verdict.from_dict(verdict) if verdict else None,
                comment=settings.get("comment") or "",
                waiting=bool(settings.get("waiting")),
            )
        )
    _colour(page)
    return page


def _colour(page: Page) -> None:
    """Give every answer in code its colours, or none where they take too long."""
    entries = [entry for entry in page.entries if entry.verdict and entry.source]
    sources = [plain(entry.source) for entry in entries]
    _colours.renew()
    try:
        made = json.loads(_colours.call(colours.coloured.__name__, json.dumps(sources).encode()))
    except TooMuch:
        made = [f"<pre>{escape(source)}</pre>" for source in sources]
        page.notes.append("Your code is shown without colours: it takes too long to find them.")
    for entry, code in zip(entries, made, strict=True):
        entry.code = Markup(code)


@lru_cache(maxsize=1)
def _template() -> Template:
    environment = templates("autograder.nbgrader_bridge")
    environment.filters |= {
        "mark": lambda number: f"{number:g}",
        "summary": summary,
        "cases": lambda verdict: Markup(as_html(verdict)),
    }
    return environment.get_template("feedback.html")


def _shown(source: str) -> str:
    """A student's text as far as the page repeats it."""
    rest = len(source) - _SHOWN
    return source if rest <= 0 else f"{source[:_SHOWN]}\n(and {rest:,} more characters of what was handed in)"
