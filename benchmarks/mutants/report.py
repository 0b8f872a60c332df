"""docs/mutants.md: a table and the tolerances of each notebook, and who survived."""

from __future__ import annotations

import numpy as np

from benchmarks.mutants.measuring import EQUIVALENT_SEEDS, Row
from benchmarks.mutants.questions import ROOT

REPORT = ROOT / "docs" / "mutants.md"

# No right answer may come nearer to a tolerance than one part in so many.
MARGIN = 10

_KINDS = {
    "1e-08": "values in double precision",
    "1e-09": "updates of a rule",
    "1e-07": "numbers far from zero",
    "1e-06": "numeric gradients",
    "1e-04": "numeric gradients across a kink",
    "5e-04": "single precision",
    "1e-03": "gradients of normalized networks in single precision",
}

_COUNTS = (
    *("ast", "equivalent", "hidden", "visible"),
    *("planted", "planted_hidden", "planted_visible", "right", "refused"),
)

PREFACE = f"""# What the checks catch

Written by `make mutants`, or for one notebook by `python -m benchmarks.mutants --notebook NAME`; do not edit. Each
graded function is broken in every way that one small change to its syntax tree allows, and answered with the planted
mistakes of `answers/`. A wrong answer counts as refused when the hidden checks refuse it in each of several seeds;
visible checks are the test cells as a student sees them. A mutant of a forward pass is also put to the checks of its
backward pass. Equivalent mutants, with reasons: `benchmarks/equivalent_mutants.toml`; none
is refused in any of {EQUIVALENT_SEEDS} seeds.

Right answers are the reference and differently written ones; *refused* counts the verdicts below full marks, *ms of
cpu* is one verdict on the reference.

Errors are given in units of the tolerance: below 1 is accepted. The nearest wrong answer is the one, of all mutants and
planted answers that a comparison of this kind refused, whose largest error was smallest; most are results rounded to
single precision. The margin: no right answer may come nearer than 1/{MARGIN} of a tolerance, in any seed.
"""


def total(rows: list[Row]) -> Row:
    """One row that adds up all others."""
    added = Row("all")
    for name in _COUNTS:
        setattr(added, name, sum(getattr(row, name) for row in rows))
    added.milliseconds = sum(row.milliseconds for row in rows)
    return added


def table(rows: list[Row]) -> str:
    """A line for each question, and one for all."""
    lines = [
        "| question | mutants | equivalent | hidden refuse | visible refuse | planted | hidden refuse | visible refuse "
        "| right answers | refused | ms of cpu |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for row in [*rows, total(rows)]:
        lines.append(
            f"| `{row.question}` | {row.ast} | {row.equivalent} | {percent(row.hidden, row.ast)} "
            f"| {percent(row.visible, row.ast)} | {row.planted} | {percent(row.planted_hidden, row.planted)} "
            f"| {percent(row.planted_visible, row.planted)} | {row.right} | {row.refused} | {row.milliseconds:.0f} |"
        )
    return "\n".join(lines)


def percent(part: int, whole: int) -> str:
    """A share with one digit; a dash where there is nothing to share."""
    return f"{100 * part / whole:.1f} %" if whole else "-"


def tolerances(rows: list[Row]) -> str:
    """For each kind of comparison: the largest error of right answers and of the nearest wrong one."""
    lines = [
        "| comparison | tolerance (relative) | largest error of a right answer | nearest wrong answer |",
        "|---|--:|--:|--:|",
    ]
    kinds = sorted({kind for row in rows for kind in row.largest_right})
    for kind in kinds:
        right = max(row.largest_right.get(kind, 0.0) for row in rows)
        wrong, name = min((row.smallest_wrong.get(kind, np.inf), row.question) for row in rows)
        share = f"1/{1 / right:.0f} of the tolerance" if right > 1e-9 else "none"
        nearest = f"{wrong:.1f} × the tolerance (`{name}`)" if np.isfinite(wrong) else "none"
        lines.append(f"| {_KINDS.get(kind, 'others')} | {kind} | {share} | {nearest} |")
    return "\n".join(lines)


def section(name: str, rows: list[Row], seeds: int, right_seeds: int) -> str:
    """What docs/mutants.md says about one notebook."""
    survivors = [f"- `{row.question}`: {text}" for row in rows for text in row.survivors]
    return "\n".join(
        [
            f"## {name}",
            "",
            f"Each wrong answer was asked with {seeds} seeds, each right one with {right_seeds}.",
            "",
            table(rows),
            "",
            tolerances(rows),
            "",
            "Survivors of the hidden checks:" if survivors else "No survivors of the hidden checks.",
            *(["", *survivors] if survivors else []),
            "",
        ]
    )


def sections() -> dict[str, str]:
    """The sections of docs/mutants.md by notebook."""
    text = REPORT.read_text() if REPORT.exists() else ""
    return {part.split("\n", 1)[0]: f"## {part.rstrip()}\n" for part in text.split("\n## ")[1:]}


def write_report(rows: list[Row], seeds: int, right_seeds: int) -> None:
    """Put the rows of whole notebooks into docs/mutants.md and leave those of the others as they are."""
    found = sections()
    for name in {row.notebook for row in rows}:
        found[name] = section(name, [row for row in rows if row.notebook == name], seeds, right_seeds)
    REPORT.write_text("\n".join([PREFACE, *(found[name] for name in sorted(found))]))
