"""What a judgement found, in words: which entries are wrong, which were looked at, what is odd about those that pass."""

from __future__ import annotations

import numpy as np

from course_utils import compare
from course_utils.gradcheck.judge import Judgement
from course_utils.gradcheck.problem import Problem


def spread(found: Judgement, analytic: np.ndarray) -> tuple[str, ...]:
    """The fraction wrong along each axis, and which entries, where they are few."""
    if analytic.ndim == 0:
        return ()
    parts = []
    for axis in range(analytic.ndim):
        seen = {index[axis] for index in found.numeric}
        hit = {index[axis] for index in found.wrong}
        parts.append(f"axis {axis}: {len(hit)} of {len(seen)}")
    told = [f"indices with a wrong entry, {'; '.join(parts)}"]
    if 4 < len(found.wrong) <= 16 and len(found.wrong) < len(found.numeric):
        told.append(f"wrong: {', '.join(map(compare.show_index, sorted(found.wrong)))}")
    return tuple(told)


def coverage(found: Judgement, analytic: np.ndarray) -> str:
    """Which entries were looked at."""
    size, entries = analytic.size, len(found.numeric)
    if entries == size:
        return f"all {size} entries"
    if found.directions:
        return f"{found.directions} random directions through all {size} entries, and {entries} of them one by one"
    return f"{entries} of {size} entries"


def note(problem: Problem, found: Judgement) -> str | None:
    """What is odd about a gradient that passes; None where nothing is."""
    notes = []
    words = {
        "kink": "at a kink, where the slopes to the left and right differ",
        "round-off": "lost in round-off",
        "truncation": "right once the step is smaller",
        "edge": "at the edge of where the function is defined, where only one side could be compared",
    }
    for verdict, meaning in words.items():
        entries = found.of(verdict)
        if entries:
            count = f"{len(entries)} entries are" if len(entries) > 1 else "1 entry is"
            place = f", e.g. {compare.show_index(entries[0].index)}" if entries[0].index else ""
            notes.append(f"{count} {meaning}{place}")
    if problem.dout.size > 1 and np.ptp(problem.dout) == 0:
        notes.append(
            "dout is the same everywhere, which hides mistakes: leave it out to have it drawn at random"
        )
    return "; ".join(notes) or None
