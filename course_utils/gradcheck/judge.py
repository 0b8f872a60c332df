"""Decides entry by entry whether a gradient agrees with centred differences, and if not, why.

A difference between the two has four causes, and only the last is a mistake in the gradient:

- round-off: subtracting two nearly equal values leaves noise of about eps * |f| / h; it grows as 1/h
- truncation: the function bends within the step; it grows as h**2
- a kink (ReLU, max pooling, a hinge): the slope to the left is not the slope to the right
- a wrong gradient: the difference stays the same whatever the step

Sources: Numerical Recipes, section 5.7 (steps and errors of differences); J. Moré and S. Wild, "Estimating
computational noise", SIAM J. Sci. Comput. 33 (2011), for the measured noise.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

EPS = float(np.finfo(np.float64).eps)
# Rounding of a few hundred operations adds up like a random walk: a few dozen times one rounding.
ROUNDING_FACTOR = 50.0


@dataclass(frozen=True)
class Settings:
    """How closely and at what cost to check.

    h: step of the centred differences
    rtol: allowed relative difference of an entry
    max_evaluations: forward passes allowed for one argument
    small: arrays up to this size are swept entry by entry at once
    directions: random directions tried for larger arrays
    """

    h: float = 1e-5
    rtol: float = 1e-6
    max_evaluations: int = 200
    small: int = 100
    directions: int = 3


class Line:
    """The outputs of a function of one array along lines through a point, with every evaluation counted.

    evaluate: maps an array to the function's outputs, float64
    x: the point, float64
    weights: what the outputs are weighted with (the upstream gradient)
    """

    def __init__(self, evaluate: Callable[[np.ndarray], np.ndarray], x: np.ndarray, weights: np.ndarray):
        self._evaluate = evaluate
        self.x = x
        self.weights = weights
        self.evaluations = 0
        self.centre = self._at(x.copy())
        self.noise = EPS * ROUNDING_FACTOR * float(np.linalg.norm(self.centre * weights))

    def _at(self, point: np.ndarray) -> np.ndarray:
        self.evaluations += 1
        return self._evaluate(point)

    def rise(self, a: np.ndarray, b: np.ndarray) -> float:
        """Weighted sum of the differences of outputs; differences first, so that their noise stays small."""
        return float(np.sum((a - b) * self.weights))

    def entry(self, index: tuple[int, ...], h: float) -> tuple[float, float, float]:
        """Left, centred and right slope of one entry."""
        above, below = self.x.copy(), self.x.copy()
        above[index] += h
        below[index] -= h
        up, down = float(above[index] - self.x[index]), float(self.x[index] - below[index])
        return self._slopes(above, below, up, down)

    def direction(self, v: np.ndarray, h: float) -> tuple[float, float, float]:
        """Left, centred and right slope along a direction of x's shape."""
        return self._slopes(self.x + h * v, self.x - h * v, h, h)

    def _slopes(self, above, below, up: float, down: float) -> tuple[float, float, float]:
        high, low = self._at(above), self._at(below)
        right, left = self.rise(high, self.centre) / up, self.rise(self.centre, low) / down
        return left, self.rise(high, low) / (up + down), right


@dataclass(frozen=True)
class Entry:
    """One entry that disagreed at the first step, and what a closer look found.

    verdict: "bug", "kink", "round-off" or "truncation"
    """

    index: tuple[int, ...]
    analytic: float
    numeric: float
    left: float
    right: float
    verdict: str


@dataclass
class Judgement:
    """What was found for one argument.

    passed: whether no entry is wrong
    indices, numeric: the entries that were looked at one by one, and their centred differences
    wrong: for each of them whether it counts as wrong
    entries: those that needed a closer look
    directions: how many random directions agreed before entries were looked at
    """

    passed: bool
    indices: list[tuple[int, ...]]
    numeric: np.ndarray
    wrong: np.ndarray
    entries: list[Entry] = field(default_factory=list)
    directions: int = 0
    direction_error: float = 0.0


def judge(line: Line, analytic: np.ndarray, settings: Settings, rng: np.random.Generator) -> Judgement:
    """Compare `analytic` with centred differences along `line`."""
    if analytic.size <= settings.small:
        return _sweep(line, analytic, settings, list(np.ndindex(analytic.shape)))
    error = _directions(line, analytic, settings, rng)
    if error is not None:
        found = _sweep(line, analytic, settings, _sample(analytic.shape, 8, rng))
        if found.passed:
            found.directions, found.direction_error = settings.directions, error
            return found
    room = max(8, (settings.max_evaluations - line.evaluations) // 2 - 24)
    return _sweep(line, analytic, settings, _sample(analytic.shape, min(room, analytic.size), rng))


def _directions(line: Line, analytic, settings: Settings, rng) -> float | None:
    """Largest relative error along random directions, or None when one disagrees."""
    worst = 0.0
    h = settings.h / 10
    for _ in range(settings.directions):
        v = rng.uniform(0.5, 1.5, size=analytic.shape) * rng.choice([-1.0, 1.0], size=analytic.shape)
        _, numeric, _ = line.direction(v, h)
        expected = float(np.vdot(analytic, v))
        scale = max(abs(numeric), float(np.linalg.norm(analytic)))
        error = abs(expected - numeric)
        if not error <= settings.rtol * scale + line.noise / h:
            return None
        worst = max(worst, error / scale if scale else 0.0)
    return worst


def _sample(shape: tuple[int, ...], count: int, rng: np.random.Generator) -> list[tuple[int, ...]]:
    chosen = np.sort(rng.choice(math.prod(shape), size=count, replace=False))
    return [tuple(int(i) for i in np.unravel_index(flat, shape)) for flat in chosen]


def _sweep(line: Line, analytic, settings: Settings, indices) -> Judgement:
    numeric = np.array([line.entry(index, settings.h)[1] for index in indices])
    a = np.array([analytic[index] for index in indices])
    error = np.abs(a - numeric)
    scale = np.maximum(np.abs(a), np.abs(numeric))
    wrong = ~(error <= settings.rtol * scale + line.noise / settings.h)
    entries = []
    for k in np.argsort(-error):
        if wrong[k] and len(entries) < 40:
            entry = closer_look(line, indices[k], float(a[k]), float(numeric[k]), settings)
            entries.append(entry)
            wrong[k] = entry.verdict == "bug"
            if sum(e.verdict == "bug" for e in entries) >= 4:
                break
    return Judgement(not wrong.any(), indices, numeric, wrong, entries)


def closer_look(line: Line, index, analytic: float, numeric: float, settings: Settings) -> Entry:
    """Try one entry again at other steps and from each side, and name the cause of the difference."""
    h, error = settings.h, abs(analytic - numeric)
    looks = {step: line.entry(index, step) for step in (10 * h, h, h / 10, h / 100)}

    def agrees(step: float) -> bool:
        centred, noise = looks[step][1], line.noise / step
        if step < h and noise > 0.1 * error:
            return False
        return abs(analytic - centred) <= settings.rtol * max(abs(analytic), abs(centred)) + noise

    left, _, right = looks[h / 10]
    slack = settings.rtol * max(abs(left), abs(right)) + line.noise / (h / 10)
    if agrees(10 * h):
        verdict = "round-off"
    elif agrees(h / 10) or agrees(h / 100):
        shrinks = error / max(abs(analytic - looks[h / 10][1]), 1e-300)
        verdict = "truncation" if 30 < shrinks < 300 else "kink"
    elif _has_kink(looks, h, slack) and min(left, right) - slack <= analytic <= max(left, right) + slack:
        verdict = "kink"
    else:
        verdict = "bug"
    return Entry(index, analytic, numeric, left, right, verdict)


def _has_kink(looks, h: float, slack: float) -> bool:
    """Whether the two sides differ by an amount that does not shrink with the step."""
    near, far = (abs(looks[step][2] - looks[step][0]) for step in (h / 10, h))
    return near > 4 * slack and near > 0.3 * far
