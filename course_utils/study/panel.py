"""The points so far over the whole course, as a page and as text."""

from __future__ import annotations

import html
from collections.abc import Iterator
from dataclasses import dataclass

from course_utils.study.desk import Chapter, Desk
from course_utils.study.questions import Question
from course_utils.study.record import Done, Record

_BAR = 20


@dataclass(frozen=True)
class Row:
    """A notebook with what was done in it.

    Attributes:
        done: by question.
    """

    chapter: Chapter
    done: dict[str, Done]

    @property
    def questions(self) -> list[Question]:
        """Those that a test decides and that are worth something."""
        return [each for each in self.chapter.questions if each.points and not each.in_words]

    @property
    def points(self) -> float:
        """What its questions are worth."""
        return sum(question.points for question in self.questions)

    @property
    def in_words(self) -> float:
        """What a person gives for answers in words."""
        return sum(question.points for question in self.chapter.questions if question.in_words)

    @property
    def earned(self) -> float:
        """The points so far."""
        return sum(self.earned_for(question) for question in self.questions)

    def earned_for(self, question: Question) -> float:
        """The points so far of one question."""
        return round((self.done.get(question.name, Done()).earned or 0.0) * question.points, 2)

    def state(self, question: Question) -> tuple[str, str]:
        """A sign, and what it stands for."""
        done = self.done.get(question.name, Done())
        helped = ", solution seen" if done.solution else ""
        if done.earned is None:
            return "○", f"not tested yet{helped}"
        if done.hidden:
            return (
                "✓" if done.earned == 1 else "◐" if done.earned else "✗"
            ), f"marked by the hidden checks{helped}"
        return ("✓", f"passes its visible test{helped}") if done.earned else ("✗", f"fails its test{helped}")


def rows_of(desk: Desk, record: Record) -> list[Row]:
    """A row for each notebook with points."""
    rows = [Row(chapter, record.of(chapter.name)) for chapter in desk.chapters]
    return [row for row in rows if row.points or row.in_words]


def as_text(rows: list[Row], here: Chapter | None) -> str:
    """Lines for a terminal."""
    lines = [_headline(rows), ""]
    width = max((len(row.chapter.title) for row in rows), default=0)
    for row in rows:
        filled = round(_BAR * row.earned / row.points) if row.points else 0
        bar = "█" * filled + "·" * (_BAR - filled)
        lines.append(f"{row.chapter.title:{width}}  {bar}  {row.earned:g} of {row.points:g}")
    for row in _open(rows, here):
        lines += ["", row.chapter.title]
        names = max(len(question.name) for question in row.questions)
        for question in row.questions:
            sign, words = row.state(question)
            earned = f"{row.earned_for(question):g} of {question.points:g}"
            lines.append(f"{sign} {question.name:{names}}  {earned:>8}  {words}")
    return "\n".join([*lines, "", *_remarks(rows)])


def as_html(rows: list[Row], here: Chapter | None) -> str:
    """A table that takes its colours from the page around it, light or dark."""
    body = "".join(_html_row(row, here) for row in rows)
    details = "".join(_html_questions(row) for row in _open(rows, here))
    remarks = " ".join(_remarks(rows))
    return (
        f'<div style="max-width: 46em"><p><b>{html.escape(_headline(rows))}</b></p>'
        f'<table style="width: 100%; table-layout: auto">{body}</table>{details}<p>{html.escape(remarks)}</p></div>'
    )


def _open(rows: list[Row], here: Chapter | None) -> Iterator[Row]:
    return (row for row in rows if row.chapter == here and row.questions)


def _headline(rows: list[Row]) -> str:
    return f"{sum(row.earned for row in rows):g} of {sum(row.points for row in rows):g} points so far"


def _remarks(rows: list[Row]) -> Iterator[str]:
    done = [done for row in rows for done in row.done.values()]
    if any(each.earned and not each.hidden for each in done):
        yield "A passed visible test counts in full here; the hidden checks, which decide, ask for more."
    if words := sum(row.in_words for row in rows):
        yield f"Answers in words are given {words:g} points more, by a person."


_CELL = 'style="text-align: left; padding: 2px 8px"'


def _html_row(row: Row, here: Chapter | None) -> str:
    title = html.escape(row.chapter.title)
    if row.chapter != here and row.chapter.path.is_file():
        name = html.escape(row.chapter.name, quote=True)
        title = f'<a href="../{name}/{name}.ipynb">{title}</a>'
    share = 100 * row.earned / row.points if row.points else 0
    bar = (
        '<div aria-hidden="true" style="width: 10em; height: 0.7em; border: 1px solid currentColor">'
        f'<div style="width: {share:.0f}%; height: 100%; background: currentColor"></div></div>'
    )
    return (
        f"<tr><td {_CELL}>{title}</td><td {_CELL}>{bar}</td>"
        f"<td {_CELL}>{row.earned:g} of {row.points:g}</td></tr>"
    )


def _html_questions(row: Row) -> str:
    lines = []
    for question in row.questions:
        sign, words = row.state(question)
        lines.append(
            f"<tr><td {_CELL}>{sign} <code>{html.escape(question.name)}</code></td>"
            f"<td {_CELL}>{row.earned_for(question):g} of {question.points:g}</td><td {_CELL}>{words}</td></tr>"
        )
    title = html.escape(row.chapter.title)
    return f'<details open><summary>{title}</summary><table style="width: 100%; table-layout: auto">{"".join(lines)}</table></details>'
