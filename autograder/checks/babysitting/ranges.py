"""Checks of what is read from a table of trials: whether the best stand at an edge, and where to search next."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.checks.asking.advice import likely
from autograder.checks.babysitting.finer_grid import best_settings
from autograder.verdict.check import check
from autograder.verdict.expect import expect
from autograder.verdict.refusals import StudentError
from autograder.verdict.student import Student
from course_utils.compare import CheckFailed, Failure, kind_of, listed, quoted

Trials = list[tuple[float, dict[str, float]]]
_NAMES = ("learning_rate", "reg")
# So many decades a chosen range may have, by setting.
_DECADES = {"learning_rate": 1.5, "reg": 4.0}
# The end of the coarse search's rates, beyond which its best runs call for a look, and how far at least.
_EDGE, _BEYOND = 1e-3, 1.2
_BY_NUMBERS = "the place in the range was counted in numbers; it is counted in exponents, with logarithms"
# An end may be rounded to single precision.
_ROUNDED = 1 + 1e-6


class Table:
    """Trials whose best few stand where they are told to, and the ranges they were drawn from."""

    def __init__(self, rng: np.random.Generator):
        self._rng = rng
        self.ranges: dict[str, tuple[float, float]] = {}
        self.trials: Trials = []

    def draw(
        self, places: Mapping[str, list[float]], rest: int = 6, decades: tuple[float, float] = (2, 6)
    ) -> Table:
        """The best trials at these places of each range (0 is its lower end, 1 its upper), and others anywhere."""
        lows = {name: float(10 ** self._rng.uniform(-6, 0)) for name in places}
        self.ranges = {
            name: (low, float(low * 10 ** self._rng.uniform(*decades))) for name, low in lows.items()
        }
        best = len(next(iter(places.values())))
        rows = [{name: places[name][k] for name in places} for k in range(best)]
        rows += [{name: float(self._rng.uniform()) for name in places} for _ in range(rest)]
        scores = np.sort(self._rng.uniform(size=len(rows)))[::-1]
        self.trials = [
            (float(score), {name: self._value(name, place) for name, place in row.items()})
            for score, row in zip(scores, rows, strict=True)
        ]
        return self

    def _value(self, name: str, place: float) -> float:
        low, high = self.ranges[name]
        return float(low * (high / low) ** place)


class AtEdge:
    """at_edge, the student's beside the reference's."""

    def __init__(self, student: Student, reference: SimpleNamespace):
        self._student = student
        self._reference = reference

    def expect_right(self, table: Table, **more: Any) -> None:
        found = self._student.call("at_edge", table.trials, table.ranges, returns="", **more)
        expect(isinstance(found, Mapping), f"at_edge returned {kind_of(found)}; a dict is expected")
        wanted = self._reference.at_edge(table.trials, table.ranges, **more)
        for name in table.ranges:
            if found.get(name) != wanted.get(name):
                sentence = f"{name}: {_said(found.get(name))}; expected {_said(wanted.get(name))}"
                why = likely(_BY_NUMBERS) if self._counts_numbers() else None
                raise CheckFailed(Failure(sentence, name, why))
        expect(len(found) == len(wanted), f"the dict has {listed(found)}; expected {listed(wanted)}")

    def _counts_numbers(self) -> bool:
        """Whether the student's places are those of numbers, not of exponents."""
        best = {"a": 0.05, "b": 0.5, "c": 0.97}
        trials, ranges = [(score, best) for score in (0.9, 0.8, 0.7)], dict.fromkeys(best, (1e-4, 1.0))
        try:
            found = self._student.call("at_edge", trials, ranges, returns="")
        except StudentError:
            return False
        return isinstance(found, Mapping) and dict(found) == {"a": "low", "c": "high"}


def _said(side: Any) -> str:
    return "not at an edge" if side is None else quoted(side) if isinstance(side, str) else kind_of(side)


@check("at_edge")
def at_edge(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    asked = AtEdge(student, reference)

    def around(place: float, count: int = 3, spread: float = 0.03) -> list[float]:
        """Places whose mean is this one."""
        off = rng.uniform(-spread, spread, size=count)
        return [float(p) for p in place + off - off.mean()]

    def three(**more: float) -> Table:
        """One setting at the lower edge, one at the upper, and one well inside."""
        places = {"a": around(0.06), "b": around(0.94), "c": around(float(rng.uniform(0.3, 0.7)))}
        return Table(rng).draw(places | {name: around(place) for name, place in more.items()})

    with student.case("the lower edge, the upper, and neither", 3):
        for _ in range(2):
            asked.expect_right(three())
    with student.case("just inside, just outside of the margin", 2):
        asked.expect_right(three(d=0.13, e=0.17))
        asked.expect_right(three(d=0.83, e=0.87))
    with student.case("by exponents, not by numbers"):
        asked.expect_right(three(d=0.8, e=0.25))
    with student.case("the mean of the best few, not one of them"):
        scattered = {"d": [0.3, 0.05, 0.04], "e": [0.99, 0.2, 0.9], "f": [0.7, 0.97, 0.96]}
        places = {"a": around(0.06), "b": around(0.94)} | scattered
        asked.expect_right(Table(rng).draw(places))
    with student.case("another number of trials to look at"):
        for keep in (1, 2, 5):
            places = {"a": around(0.05, keep), "b": around(0.95, keep), "c": around(0.5, keep)}
            asked.expect_right(Table(rng).draw(places), keep=keep)
    with student.case("another margin"):
        asked.expect_right(three(d=0.25, e=0.78), margin=0.3)
        asked.expect_right(three(d=0.12, e=0.89), margin=0.09)
    with student.case("ranges of less than a decade"):
        places = {"a": around(0.06), "b": around(0.94), "c": around(0.5)}
        asked.expect_right(Table(rng).draw(places, decades=(0.2, 0.4)))
    with student.case("fewer trials than keep"):
        asked.expect_right(Table(rng).draw({"a": [0.02, 0.1], "b": [0.97, 0.9], "c": [0.4, 0.6]}, rest=0))
    with student.case("trials and ranges stay as they were", 0.5):
        asked.expect_right(three())
        student.expect_unchanged()


class Choice:
    """The ranges that a student has chosen; every case asks for them anew."""

    def __init__(self, student: Student):
        self._student = student

    def ends(self, name: str) -> tuple[float, float]:
        """The two ends of one range; fails the case unless it is one, and narrower than the coarse search's."""
        found = self._student.call("next_ranges", returns="")
        expect(
            isinstance(found, Mapping) and set(found) == set(_NAMES),
            f"next_ranges returned {kind_of(found)}; a dict with ranges for {listed(_NAMES)} is expected",
        )
        pair = found[name]
        expect(
            isinstance(pair, list | tuple | np.ndarray)
            and len(pair) == 2
            and all(isinstance(end, float | int | np.number) for end in pair),
            f"the range of {name} should be a pair of numbers (low, high)",
        )
        low, high = (float(end) for end in pair)
        expect(
            0 < low < high < np.inf, f"the range of {name} should have 0 < low < high, not {low:g}, {high:g}"
        )
        decades = np.log10(high / low)
        expect(
            decades <= _DECADES[name] + 1e-9,
            f"the range of {name} has {decades:.1f} decades; a fine search wants {_DECADES[name]:g} at most",
        )
        return low, high

    def expect_holds(self, name: str, values: list[float], where: str) -> None:
        low, high = self.ends(name)
        side = "upper" if max(values) > high * _ROUNDED else "lower"
        expect(
            low <= min(values) * _ROUNDED and max(values) <= high * _ROUNDED,
            f"the best settings of a finer grid lie beyond the {side} end of your range of {name}, {low:g} to {high:g}; {where}",
        )


@check("next_ranges")
def next_ranges(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    choice, best = Choice(student), best_settings()
    with student.case("the learning rate: the best of a finer grid are inside", 3):
        rates = [setting["learning_rate"] for setting in best]
        choice.expect_holds("learning_rate", rates, "look where the brightest dots of the coarse table are")
    with student.case("the regularization: the best of a finer grid are inside", 3):
        strongest = max(setting["reg"] for setting in best)  # weaker ones do no better
        choice.expect_holds("reg", [strongest], "look how far up the dots are bright")
    with student.case("beyond the edge at which the best runs stand", 2):
        _, high = choice.ends("learning_rate")
        expect(
            high >= _BEYOND * _EDGE,
            f"the best runs stand at the upper edge of the rates, {_EDGE:g}, and your range ends at {high:g}: look beyond",
        )
