"""A verdict in words."""

from __future__ import annotations

import html

from autograder.text import plain
from autograder.verdict.verdict import Case, Verdict, reason_of


def render(verdict: Verdict) -> str:
    """A verdict as lines of text: one for the question, one for each reason why cases failed."""
    failed = [case for case in verdict.cases if not case.passed]
    mark = "✓" if verdict.cases and not failed else "✗"
    head = f"{mark} {verdict.question}: {len(verdict.cases) - len(failed)} of {len(verdict.cases)} cases"
    lines = [head if verdict.cases else f"✗ {verdict.question}: {verdict.reason}"]
    by_reason: dict[tuple[str, str], list[Case]] = {}
    for case in failed:
        by_reason.setdefault(reason_of(case.message), []).append(case)
    for first, *others in by_reason.values():
        lines.append(f"  ✗ {first.title}: {first.message}")
        if others:
            lines.append(f"    The same: {'; '.join(case.title for case in others)}")
    return "\n".join(lines)


def as_text(verdict: Verdict) -> str:
    lines = [
        f"{'✓' if case.passed else '✗'} {case.title}{': ' + message if message else ''}"
        for case, message in verdict.told()
    ]
    return "\n".join(plain(line) for line in lines) or verdict.reason


def as_html(verdict: Verdict) -> str:
    if not verdict.cases:
        return f"<p>{html.escape(plain(verdict.reason))}</p>"
    rows = (
        f"<li>{'✓' if case.passed else '✗'} <b>{html.escape(case.title)}</b>"
        f"{': ' + html.escape(plain(message)) if message else ''}</li>"
        for case, message in verdict.told()
    )
    return f'<ul style="list-style: none; padding-left: 0">{"".join(rows)}</ul>'
