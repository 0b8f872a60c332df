"""Checks of learning-rate schedules: in the middle, and at every boundary."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.checks.asking.advice import advice, likely
from autograder.checks.mistakes.schedules import SCHEDULES
from autograder.checks.optimizers.forbidden import LIBRARY
from autograder.verdict.check import check
from autograder.verdict.expect import expect, expect_close
from autograder.verdict.refusals import NoAnswer
from autograder.verdict.student import Student
from course_utils.compare import CheckFailed, quoted


class Schedule:
    """A schedule, the student's beside the reference's."""

    def __init__(self, student: Student, reference: SimpleNamespace, name: str):
        self._student = student
        self._reference: Callable[..., Any] = getattr(reference, name)
        self._name = name

    def expect_at(self, times: list[int], *args: float, **kwargs: Any) -> None:
        """Fail the case unless the rate at each of the steps is the reference's."""
        for t in times:
            self.expect_value(t, self._reference(t, *args, **kwargs), *args, **kwargs)

    def expect_falls(self, t: int, rate: float, *more: float) -> None:
        """Fail the case unless the rate at step t is lower than at first, and not 0: a rate that stays says nothing."""
        found = self._student.call(self._name, t, rate, *more)
        number = isinstance(found, int | float | np.number | np.ndarray) and np.ndim(found) == 0
        what = f"{self._name}({t}, {rate:.4g}, {', '.join(f'{a:.4g}' for a in more)})"
        shown = f"{float(found):.4g}" if number else quoted(found)
        with self._explained():
            expect(number and 0 < float(found) < rate, f"{what} is {shown}: the rate falls, and is above 0")

    def expect_value(self, t: int, wanted: float, *args: float, **kwargs: Any) -> None:
        """Fail the case unless the rate at step t is `wanted`."""
        found = self._student.call(self._name, t, *args, **kwargs)
        shown = ", ".join([f"{t}", *(f"{a:.4g}" for a in args), *(f"{k}={v:.4g}" for k, v in kwargs.items())])
        with self._explained():
            expect_close(found, wanted, f"{self._name}({shown})")

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Say, where the comparison inside fails, which of the known mistakes the student's schedule makes."""
        try:
            yield
        except CheckFailed as failed:
            if not self._mistake:
                raise
            raise CheckFailed(failed.failure.because(likely(self._mistake))) from failed

    @cached_property
    def _mistake(self) -> str:
        """The one known mistake that gives the student's rates at several steps; "" where there is none."""
        probes = PROBES[self._name]
        try:
            found = [float(self._student.call(self._name, *probe)) for probe in probes]
        except NoAnswer:
            raise
        except (CheckFailed, TypeError, ValueError):
            return ""

        def fits(wrong: Callable[..., float]) -> bool:
            return np.allclose([wrong(*map(np.float64, probe)) for probe in probes], found, rtol=1e-9, atol=0)

        with np.errstate(all="ignore"):
            fitting = [did for did, wrong in SCHEDULES[self._name].items() if fits(wrong)]
        return fitting[0] if len(fitting) == 1 else ""


# Arguments at which the known mistakes of a schedule differ, from each other and from a right one.
PROBES: dict[str, tuple[tuple[float, ...], ...]] = {
    "step_decay": tuple((t, 0.4, 5, 0.3) for t in (1, 3, 4, 5, 6, 9, 10, 17)),
    "exponential_decay": ((1, 0.4, 0.1), (3, 0.4, 0.3), (7, 0.2, 0.3), (2, 0.5, 0.7)),
    "inverse_time_decay": ((1, 0.4, 0.1), (3, 0.4, 0.3), (7, 0.2, 0.3), (2, 0.5, 0.7)),
    "sqrt_decay": ((1, 0.4, 20), (7, 0.4, 20), (3, 0.2, 5), (4, 0.3, 5)),
    "cosine_restarts": (
        *((1, 0.4, 8), (3, 0.4, 8), (3, 0.4, 8, 1, 0.1), (7, 0.3, 8, 2, 0.1), (9, 0.4, 8)),
        *((9, 0.4, 8, 2), (19, 0.4, 8, 2), (27, 0.3, 8, 2, 0.05)),
    ),
}


def _rate(rng: np.random.Generator) -> float:
    return float(rng.uniform(0.05, 0.5))


@check("step_decay", forbids=LIBRARY)
def step_decay(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    schedule = Schedule(student, reference, "step_decay")
    every, rate = int(rng.integers(5, 9)), _rate(rng)
    with student.case("before the first drop, from the very first step"):
        schedule.expect_falls(2 * every + 1, rate, every)
        schedule.expect_at([0, 1, every - 2], rate, every)
    with (
        student.case("at the boundaries: the first drop comes at step `every` itself", 2),
        advice("The power is t // every: the rate drops at the steps every, 2 · every, 3 · every, ..."),
    ):
        schedule.expect_at([every - 1, every, every + 1, 2 * every - 1, 2 * every, 3 * every], rate, every)
    with student.case("other factors", 2), advice("The factor is applied once more at each drop"):
        for factor in (0.1, 0.7, 1.0):
            schedule.expect_at([0, every - 1, every, 2 * every, 5 * every + 1], rate, every, factor)
    with student.case("a drop at every step"):
        schedule.expect_at([0, 1, 2, 7], rate, 1, 0.9)
    with student.case("arguments by name", 0.5):
        schedule.expect_at([0, 12], learning_rate=rate, every=4, factor=0.3)


def _ask_decay(student: Student, schedule: Schedule, rng: np.random.Generator, kind: str, rule: str) -> None:
    """The cases that exponential and inverse-time decay share; `kind` begins their titles."""
    with student.case(f"{kind}: the first step has the full rate"), advice(rule):
        schedule.expect_falls(3, _rate(rng), 0.1)
        schedule.expect_at([0], _rate(rng), 0.1)
    with student.case(f"{kind}: later steps", 2), advice(rule):
        rate = _rate(rng)
        for decay in (0.1, 0.02, 1.5):
            schedule.expect_at([1, 2, 7, 50], rate, decay)
    with student.case(f"{kind}: thousands of steps"), advice(rule):
        schedule.expect_at([1000, 20_000], _rate(rng), 1e-3)
    with student.case(f"{kind}: no decay"), advice(rule):
        schedule.expect_falls(3, _rate(rng), 0.1)
        schedule.expect_at([0, 1, 100], _rate(rng), 0.0)
    with student.case(f"{kind}: arguments by name", 0.5), advice(rule):
        schedule.expect_at([3], learning_rate=_rate(rng), decay=0.3)


@check("inverse_time_decay", forbids=LIBRARY)
def inverse_time_decay(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    rules = {
        "exponential": "The rate is learning_rate · exp(-decay · t)",
        "inverse_time": "The rate is learning_rate / (1 + decay · t)",
    }
    for kind, rule in rules.items():
        schedule = Schedule(student, reference, f"{kind}_decay")
        _ask_decay(student, schedule, rng, kind.replace("_", " "), rule)


@check("sqrt_decay", forbids=LIBRARY)
def sqrt_decay(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    schedule = Schedule(student, reference, "sqrt_decay")
    rate, T = _rate(rng), int(rng.integers(20, 40))
    rule = "The rate is learning_rate · √(1 - t / T)"
    with student.case("the first step has the full rate"), advice(rule):
        schedule.expect_falls(T // 2, rate, T)
        schedule.expect_at([0], rate, T)
    with student.case("steps on the way", 2), advice(rule):
        schedule.expect_at([1, T // 2, T - 2, T - 1], rate, T)
    with student.case("another length"), advice(rule):
        schedule.expect_at([0, 1, 2, 3], _rate(rng), 4)
        schedule.expect_at([1, 9_999], _rate(rng), 10_000)
    with student.case("at the end and beyond it the rate is 0", 2), advice("From step T on the rate is 0"):
        schedule.expect_falls(T // 2, rate, T)
        for t in (T, T + 1, 3 * T):
            schedule.expect_value(t, 0.0, rate, T)
    with student.case("arguments by name", 0.5):
        schedule.expect_at([5], learning_rate=rate, T=8)


@check("cosine_restarts", forbids=LIBRARY)
def cosine_restarts(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    schedule = Schedule(student, reference, "cosine_restarts")
    period, rate = int(rng.integers(6, 12)), _rate(rng)
    restart = "A restart comes at step `period` itself: there the rate is the full learning_rate again"
    grown = (
        "Each cycle is `growth` times as long as the one before: period, growth · period, growth² · period"
    )
    with (
        student.case("the first descent", 2),
        advice("Half a cosine: lowest + (learning_rate - lowest) · (1 + cos(π · done)) / 2"),
    ):
        schedule.expect_value(0, rate, rate, period)
        schedule.expect_value(4, rate / 2, rate, 8)
        schedule.expect_at([1, 2, period - 1], rate, period)
    with student.case("the restarts", 2), advice(restart):
        for t in (period, 2 * period, 7 * period):
            schedule.expect_value(t, rate, rate, period)
        schedule.expect_at([period - 1, period + 1, 2 * period - 1, 3 * period + 2], rate, period)
    with student.case("cycles that grow", 2), advice(grown):
        # Logarithms of powers are not exact: the fifth power of 3 and the third of 10 are the first to fall short.
        for growth, cycles in ((2, 3), (3, 5), (10, 3)):
            for end in map(int, np.cumsum(period * growth ** np.arange(cycles))):
                schedule.expect_value(end, rate, rate, period, growth)
                schedule.expect_at([end - 1, end + 1, end + period], rate, period, growth)
    with student.case("a lowest rate"), advice("The cosine runs down to lowest, not to 0", student):
        lowest = 0.1 * rate
        schedule.expect_value(4, (rate + lowest) / 2, rate, 8, 1, lowest)
        schedule.expect_at([0, 1, period - 1, period, period + 1], rate, period, 1, lowest)
        schedule.expect_at([1, period, 2 * period, 4 * period], rate, period, 2, lowest)
    with student.case("cycles of a single step"):
        schedule.expect_falls(3, rate, 8)
        schedule.expect_at([0, 1, 2], rate, 1)
    with student.case("arguments by name", 0.5):
        schedule.expect_at([9], learning_rate=rate, period=4, growth=2, lowest=0.01)
