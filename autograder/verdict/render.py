"""A verdict in words: one policy for the terminal, the notebook and the feedback page.

What failed comes first, each reason once: with the first case that failed for it, its full sentence, and the titles of
the cases that failed for the same reason. What passed is a title.
"""

from __future__ import annotations

import html
from collections.abc import Hashable
from dataclasses import dataclass

from autograder.verdict.verdict import Case, Verdict
from course_utils.text import one_line, plain


@dataclass(frozen=True)
class Reason:
    """One reason why cases failed: the first of them, and the others."""

    first: Case
    others: tuple[Case, ...]

    @property
    def sentence(self) -> str:
        """What is wrong, with the title of the case that shows it."""
        return one_line(f"{self.first.title}: {self.first.message}")

    @property
    def same(self) -> str:
        """The other cases, or ""."""
        return one_line(f"The same: {'; '.join(case.title for case in self.others)}") if self.others else ""


def reasons(verdict: Verdict) -> list[Reason]:
    """Each reason why cases failed, in the order in which they were met."""
    found: dict[Hashable, list[Case]] = {}
    for case in verdict.cases:
        if not case.passed:
            found.setdefault(case.failure.reason if case.failure else "", []).append(case)
    return [Reason(first, tuple(others)) for first, *others in found.values()]


def headline(verdict: Verdict) -> str:
    """One line: the question and how many of its cases passed, or why there are none."""
    if not verdict.cases:
        return one_line(f"✗ {verdict.question}: {verdict.reason}")
    passed = sum(case.passed for case in verdict.cases)
    mark = "✓" if passed == len(verdict.cases) else "✗"
    return plain(f"{mark} {verdict.question}: {passed} of {len(verdict.cases)} cases")


def summary(verdict: Verdict) -> str:
    """One line: the first thing that is wrong."""
    if verdict.reason:
        return one_line(verdict.reason)
    found = reasons(verdict)
    if not found:
        return "correct"
    return found[0].sentence if verdict.attempted else one_line(found[0].first.message)


def as_text(verdict: Verdict) -> str:
    """Lines for a terminal and for a notebook without HTML."""
    lines = [headline(verdict)]
    for reason in reasons(verdict):
        lines.append(f"  ✗ {reason.sentence}")
        lines += [f"    {reason.same}"] if reason.same else []
    return "\n".join(lines)


def as_html(verdict: Verdict) -> str:
    """A list for a notebook and for the feedback page; all of a student's text is escaped."""
    if not verdict.cases:
        return f"<p>{html.escape(plain(verdict.reason))}</p>"
    rows = [_failed(reason) for reason in reasons(verdict)]
    rows += [
        f'<li class="soft"><span class="good">✓</span> {html.escape(plain(case.title))}</li>'
        for case in verdict.cases
        if case.passed
    ]
    return f'<ul class="cases" style="list-style: none; padding-left: 0">{"".join(rows)}</ul>'


def _failed(reason: Reason) -> str:
    title, message = (html.escape(plain(text)) for text in (reason.first.title, reason.first.message))
    same = f'<br><span class="soft">{html.escape(reason.same)}</span>' if reason.same else ""
    return f'<li><span class="bad">✗</span> <b>{title}</b>: {message}{same}</li>'
