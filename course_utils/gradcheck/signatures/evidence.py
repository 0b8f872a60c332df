"""What a signature may look at."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from course_utils.compare import Match
from course_utils.gradcheck.probe import Index, Probe, random_direction
from course_utils.gradcheck.problem import Problem

# Evaluations that the diagnosis of one argument may cost.
BUDGET = 120


@dataclass
class Evidence:
    """A wrong gradient of the right shape, and what is known about it.

    Attributes:
        problem: what is being checked.
        name: the argument.
        actual: the gradient under test, float64.
        numeric: centred differences by index, at the entries looked at; kinks are left out.
        wrong: the indices among them where the gradient is wrong.
        broken: the law that this gradient breaks, or "".
        passed: labels of the gradients that are right.
        h: step of further differences.
        is_sampled: whether there are entries that were not looked at.
    """

    problem: Problem
    name: str
    actual: np.ndarray
    numeric: dict[Index, float]
    wrong: set[Index]
    broken: str = ""
    passed: frozenset[str] = frozenset()
    h: float = 1e-5
    is_sampled: bool = False
    _start: int = field(default=-1)
    _largest: float = field(default=math.inf)

    def __post_init__(self) -> None:
        self._start = self.probe.evaluations
        errors = (
            abs(self.actual[index] - self.numeric[index]) for index in self.wrong if index in self.numeric
        )
        self._largest = max((float(error) for error in errors if math.isfinite(error)), default=math.inf)

    @property
    def label(self) -> str:
        """The gradient's name."""
        return self.problem.labels[self.name]

    @property
    def probe(self) -> Probe:
        """The outputs as a function of the argument."""
        return self.problem.probe(self.name)

    @property
    def x(self) -> np.ndarray:
        """The argument, float64."""
        return self.problem.points[self.name]

    @property
    def dout(self) -> np.ndarray:
        """The upstream gradient, of out's shape."""
        return self.problem.dout

    @property
    def tolerance(self) -> float:
        """How far apart two gradients may be and count as the same."""
        scale = max((abs(value) for value in self.numeric.values()), default=0.0)
        # What explains an error leaves next to nothing of it, however small the error is.
        return min(1e-5 * scale, self._largest / 50) + 2 * self.probe.noise / self.h

    @property
    def is_small(self) -> bool:
        """Whether no entry is off by more than a hundredth of the largest."""
        return self._largest <= 1e-2 * max(map(abs, self.numeric.values()), default=0.0)

    @property
    def spent(self) -> bool:
        """Whether the diagnosis has used up its evaluations."""
        return self.probe.evaluations - self._start > BUDGET

    def match(self) -> Match:
        """The numeric gradient at the entries looked at."""
        if len(self.numeric) == self.actual.size:
            dense = np.empty(self.actual.shape)
            for index, value in self.numeric.items():
                dense[index] = value
            return Match(dense, tolerance=self.tolerance)
        return Match(np.array(list(self.numeric.values())), self.places, self.tolerance, self.holds_elsewhere)

    def holds_elsewhere(self, candidate: np.ndarray, where: np.ndarray | None = None) -> bool:
        """Whether an array can be the gradient at the entries that were not looked at, too: along two random directions.

        Args:
            candidate: of the argument's shape.
            where: for each entry whether the candidate speaks of it; of all when not given.
        """
        return not self.is_sampled or self._agrees_along(self.probe, candidate, where)

    def _agrees_along(self, probe: Probe, candidate: np.ndarray, where: np.ndarray | None) -> bool:
        rng, size = np.random.default_rng(2), np.abs(probe.x)
        # Small numbers bear small steps only, next to the edge of a domain.
        share = np.where(size > 0, np.minimum(1.0, size / (1e3 * self.h)), 1.0)
        for _ in range(2):
            v = share * random_direction(self.x.shape, rng)
            v = v if where is None else v * where
            # A direction moves many entries at once, and soon crosses a kink.
            slope = probe.direction(v, self.h / 10)[1]
            allowed = 1e-4 * float(np.linalg.norm(candidate * v)) + 10 * probe.noise / self.h
            if abs(slope - float(np.vdot(candidate, v))) > allowed:
                return False
        return True

    @property
    def places(self) -> tuple[np.ndarray, ...]:
        """The entries looked at, as an index array for each axis."""
        return tuple(np.array(axis) for axis in zip(*self.numeric, strict=True))

    def seen(self, array: np.ndarray) -> np.ndarray:
        """An array's values at the entries looked at, in the order of `expected`."""
        return np.asarray(array)[self.places] if self.actual.ndim else np.atleast_1d(array)

    @property
    def expected(self) -> np.ndarray:
        """Centred differences at the entries looked at."""
        return np.array(list(self.numeric.values()))

    @property
    def is_wrong(self) -> np.ndarray:
        """For each entry looked at, whether it is wrong."""
        return np.array([index in self.wrong for index in self.numeric])

    def look(self, indices: Sequence[Index]) -> np.ndarray:
        """Centred differences at these entries, taken now where they were not yet known."""
        for index in indices:
            if index not in self.numeric:
                value = self.probe.entry(index, self.h)[1]
                self.numeric[index] = value
                if abs(self.actual[index] - value) > self.tolerance:
                    self.wrong.add(index)
        return np.array([self.numeric[index] for index in indices])

    def same_as(self, probe: Probe | None, count: int = 6) -> bool:
        """Whether the gradient under test is the numeric gradient of another probe, at wrong entries and at others."""
        if probe is None or probe.x.shape != self.actual.shape:
            return False
        wrong = sorted(self.wrong, key=lambda i: -abs(self.actual[i] - self.numeric[i]))
        wrong = [i for i in wrong if abs(self.actual[i] - self.numeric[i]) > 5 * self.tolerance]
        spread = wrong[:: max(1, len(wrong) // count)][:count]
        right = [i for i in self.numeric if i not in self.wrong][:2]
        # Fewer could agree by chance.
        if len(spread) < min(3, self.actual.size):
            return False
        at_hand = all(
            abs(probe.entry(i, self.h)[1] - self.actual[i]) <= self.tolerance for i in (*spread, *right)
        )
        return at_hand and self._agrees_along(probe, self.actual, self._judged)

    @property
    def _judged(self) -> np.ndarray | None:
        """For each entry whether it was judged: not those at a kink; None where not all were looked at."""
        if self.is_sampled:
            return None
        known = np.zeros(self.actual.shape)
        known[self.places if self.actual.ndim else ()] = 1
        return known
