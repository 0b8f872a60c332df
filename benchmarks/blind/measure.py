"""What the checker says of the blind cases: counted, and printed beside the truth for whoever judges the names."""

from __future__ import annotations

import importlib
import pkgutil
from collections import Counter
from collections.abc import Callable, Iterator

from benchmarks.blind import first, second
from course_utils.gradcheck import gradient_check

HALVES = {"first": first, "second": second}
KINDS = ("course", "other", "right")


def cases(half: str, seed: int) -> Iterator[tuple[str, tuple[str, str, str], tuple[tuple, dict]]]:
    """(name, truth, what the checker is called with) of every case of a half."""
    package = HALVES[half]
    for info in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        module = importlib.import_module(info.name)
        for name, truth in module.TRUTH.items():
            yield name, truth, getattr(module, f"case_{name}")(seed)


def table(seeds: int, write: Callable) -> None:
    """Print every report on a wrong case beside its truth, and how many cases passed."""
    rows = []
    for half in HALVES:
        asked, passed = Counter[str](), Counter[str]()
        for seed in range(seeds):
            for name, (mistake, kind, line), (args, kwargs) in cases(half, seed):
                report = gradient_check(*args, **kwargs)
                asked[kind] += 1
                passed[kind] += report.passed
                if kind != "right" or not report.passed:
                    print(f"{half} half, {kind}, {name}, seed {seed}: {mistake}\n  at: {line}\n{report}\n")
        found = [asked[kind] - passed[kind] for kind in KINDS]
        rows += [(half, kind, asked[kind], number) for kind, number in zip(KINDS, found, strict=True)]
    write(("half", "kind", "cases", "told to be wrong"), rows)
