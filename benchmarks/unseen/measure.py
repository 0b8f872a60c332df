"""The tables of the unseen mistakes and of the odd right functions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np

from benchmarks.fresh import right as fresh_right
from benchmarks.unseen import near_roundoff, right, trials
from course_utils.gradcheck import gradient_check

HEADER = ("mistakes on", "mistakes", "trials", "found", "named", "found, not named", "named wrongly")


def mistakes(seeds: int, table: Callable, sets: tuple[str, ...] = ("course", "other")) -> None:
    """Every unseen mistake, every seed, and what was said where it is odd."""
    rows, odd = [], []
    for whose in sets:
        counts: Counter = Counter()
        bugs = list(trials.mistakes(whose))
        for bug in bugs:
            for seed in range(seeds):
                result, said = trials.outcome(bug, seed)
                counts[result] += 1
                if result != "named":
                    odd.append(f"{result}: {bug.layer}, {bug.title}, seed {seed}: {said}\n")
        n = counts.total()
        shares = [n - counts["missed"], *(counts[key] for key in ("named", "unnamed", "wrongly"))]
        rows.append((f"{whose} layers", len(bugs), n, *(f"{share / n:.1%}" for share in shares)))
    table(HEADER, rows)
    print("\n".join(odd))


FIRST = (("odd but right", right.cases), ("near round-off", near_roundoff.cases))
FRESH = (("fresh, odd but right", fresh_right.cases),)


def alarms(seeds: int, table: Callable, sets: tuple = FIRST) -> None:
    """Every odd right function and every case near round-off."""
    rows = []
    for title, cases in sets:
        checks, false = Counter(), Counter()
        for seed in range(seeds):
            for name, forward, backward, args in cases(np.random.default_rng(seed)):
                rng = np.random.default_rng(seed + 1)
                report = gradient_check(forward, backward, *args, rng=rng)
                checks[name] += 1
                if not report.passed:
                    false[name] += 1
                    print(f"false alarm: {name}, seed {seed}\n{report}\n")
        rows.append((title, len(checks), checks.total(), len(false), false.total()))
    table(("functions", "kinds", "checks", "kinds with false alarms", "false alarms"), rows)
