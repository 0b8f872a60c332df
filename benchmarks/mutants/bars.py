"""The bars: how many wrong answers the checks must refuse, and how right ones must fare."""

from __future__ import annotations

from benchmarks.mutants.measuring import Row
from benchmarks.mutants.report import MARGIN, percent, total

BARS = {"hidden": 0.99, "visible": 0.80}


def missed_bars(rows: list[Row]) -> list[str]:
    """What falls short, in sentences, notebook by notebook."""
    names = dict.fromkeys(row.notebook for row in rows)
    return [
        f"{name}: {text}" for name in names for text in _missed([row for row in rows if row.notebook == name])
    ]


def _missed(rows: list[Row]) -> list[str]:
    added = total(rows)
    missed = [f"the reference of {row.question} fails its own visible checks" for row in rows if row.broken]
    for which, part in (("hidden", added.hidden), ("visible", added.visible)):
        if part < BARS[which] * added.ast:
            missed.append(
                f"{which} checks refuse {percent(part, added.ast)} of the mutants, fewer than {BARS[which]:.0%}"
            )
    missed += [f"nothing is planted for {row.question}" for row in rows if not row.planted]
    if added.planted_hidden < added.planted:
        missed.append(f"hidden checks accept {added.planted - added.planted_hidden} planted wrong answers")
    for kind in {kind for row in rows for kind in row.largest_right}:
        if max(row.largest_right.get(kind, 0.0) for row in rows) > 1 / MARGIN:
            missed.append(f"a right answer comes nearer to the tolerance {kind} than 1/{MARGIN} of it")
    missed += [
        f"a seed refuses what is called equivalent in {row.question}: {change}"
        for row in rows
        for change in row.doubtful
    ]
    if added.refused:
        missed.append(f"right answers were refused {added.refused} times")
    return missed
