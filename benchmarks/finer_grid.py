"""Measure the finer grid that the ranges of notebook 06 are marked by.

python -m benchmarks.finer_grid     # two minutes on one core; prints a row for each learning rate
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from autograder.checks.babysitting.finer_grid import RATES, REGS
from autograder.course.manifest import Course
from autograder.course.reference import run_cells

SEEDS = 3


def notebook() -> Mapping[str, Any]:
    """The names of notebook 06 with what its searches need."""
    course = Course(Path(__file__).resolve().parents[1])
    return run_cells(course, course.assignment("06_babysitting"), ("setup", "recorded"))


def accuracy(names: Mapping[str, Any], rate: float, reg: float, seeds: int = SEEDS) -> float:
    """Mean validation accuracy of a setting, NaN where one of its runs was given up."""
    with np.errstate(all="ignore"), threadpool_limits(1):
        runs = [
            names["train_and_validate"]({"learning_rate": rate, "reg": reg}, seed=seed)
            for seed in range(seeds)
        ]
    return float(np.mean(runs))


def main() -> None:
    names = notebook()
    for rate in RATES:
        print(f"rate {rate:.1e}:", *(f"{accuracy(names, rate, reg):.3f}" for reg in REGS), flush=True)


if __name__ == "__main__":
    main()
