"""Decides entry by entry whether a gradient agrees with centred differences, and if not, why.

A difference between the two has four causes, and only the last is a mistake in the gradient:

- round-off: subtracting two nearly equal values leaves noise of about eps * |f| / h; it grows as 1/h
- truncation: the function bends within the step; it grows as h**2
- a kink (ReLU, max pooling, a hinge): the slope to the left is not the slope to the right
- a wrong gradient: the difference stays the same whatever the step

Sources: Press et al., Numerical Recipes, section 5.7 (steps and errors of differences); J. Moré and S. Wild,
"Estimating computational noise", SIAM J. Sci. Comput. 33 (2011), for the measured noise.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

EPS = float(np.finfo(np.float64).eps)
# Rounding of a few hundred operations adds up like a random walk: a few dozen times one rounding.
ROUNDING_FACTOR = 50.0
# How many doubtful entries get a closer look once one is proven wrong.
LOOKS = 8
Index = tuple[int, ...]
# Left, centred and right slope.
Slopes = tuple[float, float, float]


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
    max_evaluations: int = 300
    small: int = 100
    directions: int = 3


class Line:
    """The outputs of a function of one array along lines through a point, with every evaluation counted.

    evaluate: maps an array to the function's outputs, float64
    x: the point, float64
    centre: the outputs at the point
    weights: what the outputs are weighted with (the upstream gradient)

    `moved`, where it is set, returns the same line a little way off and the gradient under test there.
    """

    def __init__(
        self,
        evaluate: Callable[[np.ndarray], np.ndarray],
        x: np.ndarray,
        centre: np.ndarray,
        weights: np.ndarray,
    ):
        self._evaluate = evaluate
        self.x = x
        self.centre = centre
        self.weights = weights
        self.evaluations = 0
        self.parent: Line | None = None
        self.moved: Callable[[], tuple[Line, np.ndarray]] | None = None
        self.noise = EPS * ROUNDING_FACTOR * float(np.linalg.norm(centre * weights))
        self._measured = False

    def at(self, point: np.ndarray) -> np.ndarray:
        """Outputs at another point."""
        self.evaluations += 1
        if self.parent is not None:
            self.parent.evaluations += 1
        return self._evaluate(point)

    def rise(self, a: np.ndarray, b: np.ndarray) -> float:
        """Weighted sum of the differences of outputs; differences first, so that their noise stays small."""
        return float(np.sum((a - b) * self.weights))

    def entry(self, index: Index, h: float) -> Slopes:
        """Left, centred and right slope of one entry."""
        above, below = self.x.copy(), self.x.copy()
        above[index] += h
        below[index] -= h
        up, down = float(above[index] - self.x[index]), float(self.x[index] - below[index])
        return self._slopes(above, below, up, down)

    def direction(self, v: np.ndarray, h: float) -> Slopes:
        """Left, centred and right slope along a direction of x's shape."""
        return self._slopes(self.x + h * v, self.x - h * v, h, h)

    def _slopes(self, above, below, up: float, down: float) -> Slopes:
        high, low = self.at(above), self.at(below)
        right, left = self.rise(high, self.centre) / up, self.rise(self.centre, low) / down
        return left, self.rise(high, low) / (up + down), right

    def with_weights(self, weights: np.ndarray) -> Line:
        """The same outputs with other weights; what it costs is counted here."""
        line = Line(self._evaluate, self.x, self.centre, weights)
        line.parent = self
        return line

    def measure_noise(self) -> None:
        """Raise the noise level to what neighbouring values show (Moré and Wild's ECnoise); once."""
        if not self._measured:
            self._measured = True
            # A kink looks like noise; it is seldom on both sides, and never when it lies exactly at the point.
            self.noise = max(self.noise, 10 * min(self._noise_towards(1), self._noise_towards(-1)))

    def _noise_towards(self, side: int) -> float:
        # No two entries move alike: many functions do not change at all when all entries do.
        pattern = np.cos(1.0 + np.arange(self.x.size)).reshape(self.x.shape)
        step = side * 1e-9 * np.maximum(1.0, np.abs(self.x)) * pattern
        values = np.array([self.rise(self.at(self.x + k * step), self.centre) for k in range(1, 8)])
        levels = []
        for k in range(1, 7):
            values = np.diff(values)
            gamma = math.factorial(k) ** 2 / math.factorial(2 * k)
            levels.append(math.sqrt(gamma * float(np.mean(values**2))))
        # A smooth slope fades from the higher differences; what does not fade is noise.
        return sorted(levels[3:])[1]


@dataclass(frozen=True)
class Entry:
    """One entry that disagreed at the first step, and what a closer look found.

    verdict: "bug", "kink", "round-off" or "truncation"
    """

    index: Index
    analytic: float
    numeric: float
    left: float
    right: float
    verdict: str


@dataclass
class Judgement:
    """What was found for one argument.

    passed: whether no entry is wrong
    numeric: centred differences by index, for the entries that were looked at one by one
    wrong: the indices that count as wrong
    entries: those that needed a closer look
    directions: how many random directions agreed
    direction_error: largest relative error along them
    single: whether the gradient is right but only to single precision
    """

    numeric: dict[Index, float] = field(default_factory=dict)
    wrong: set[Index] = field(default_factory=set)
    entries: list[Entry] = field(default_factory=list)
    directions: int = 0
    direction_error: float = 0.0
    single: bool = False

    @property
    def passed(self) -> bool:
        return not self.wrong and not self.single

    def of(self, verdict: str) -> list[Entry]:
        return [entry for entry in self.entries if entry.verdict == verdict]


def judge(
    line: Line, analytic: np.ndarray, settings: Settings, rng: np.random.Generator, label: str = "gradient"
) -> Judgement:
    """Compare `analytic` with centred differences along `line`."""
    found = Judgement()
    if analytic.size <= min(settings.small, settings.max_evaluations // 2):
        _sweep(line, analytic, settings, np.ndindex(analytic.shape), found, label)
    else:
        _judge_large(line, analytic, settings, rng, found, label)
    if found.passed and not found.of("kink"):
        found.single = _is_single(line, analytic, rng)
    return found


def _judge_large(line: Line, analytic, settings: Settings, rng, found: Judgement, label: str) -> None:
    doubtful = False
    for _ in range(settings.directions):
        v = _random_direction(analytic.shape, rng)
        error = _direction_error(line, analytic, v, settings)
        if error is None:
            doubtful = True
            _sweep(line, analytic, settings, _sample(analytic.shape, 8, rng), found, label)
            if not found.wrong:
                _sweep(line, analytic, settings, [_bisect(line, analytic, v, settings)], found, label)
            if found.wrong:
                break
        else:
            found.directions += 1
            found.direction_error = max(found.direction_error, error)
    room = max(0, settings.max_evaluations - line.evaluations) // 2
    count = min(24 if doubtful else 8, room)
    _sweep(line, analytic, settings, _sample(analytic.shape, count, rng), found, label)


def _random_direction(shape: Index, rng: np.random.Generator) -> np.ndarray:
    """No entry is close to zero, and no two are alike, so that no two errors cancel."""
    return rng.uniform(0.5, 1.5, size=shape) * rng.choice([-1.0, 1.0], size=shape)


def _direction_error(line: Line, analytic, v, settings: Settings) -> float | None:
    """Relative error along a direction, or None when it disagrees at every step.

    A direction moves all entries at once and soon crosses a kink somewhere; smaller steps cross fewer.
    """
    expected = float(np.vdot(analytic, v))
    scale = float(np.linalg.norm(analytic * (v != 0)))
    first = None
    for h in (settings.h / 10, settings.h / 100, settings.h / 1000):
        _, numeric, _ = line.direction(v, h)
        scale = max(scale, abs(numeric))
        error, noise = abs(expected - numeric), line.noise / h
        first = error if first is None else first
        if first > error and noise > 0.1 * first:
            return None
        if error <= settings.rtol * scale + noise:
            return error / scale if scale else 0.0
        if h < settings.h / 10 and error > 0.9 * first:
            return None
    return None


def _bisect(line: Line, analytic, v, settings: Settings) -> Index:
    """Halve a direction that disagrees until one entry is left."""
    chosen = np.arange(analytic.size)
    while chosen.size > 1:
        half = chosen[: chosen.size // 2]
        part = np.zeros(analytic.size)
        part[half] = v.flat[half]
        agrees = _direction_error(line, analytic, part.reshape(analytic.shape), settings) is not None
        chosen = chosen[chosen.size // 2 :] if agrees else half
    return tuple(int(i) for i in np.unravel_index(chosen[0], analytic.shape))


def _sample(shape: Index, count: int, rng: np.random.Generator) -> list[Index]:
    size = math.prod(shape)
    chosen = np.sort(rng.choice(size, size=min(count, size), replace=False))
    return [tuple(int(i) for i in np.unravel_index(flat, shape)) for flat in chosen]


def _sweep(
    line: Line, analytic, settings: Settings, indices: Iterable[Index], found: Judgement, label: str
) -> None:
    """Compare entry by entry; those that disagree get a closer look, the worst first."""
    indices = [index for index in indices if index not in found.numeric]
    slopes = {index: line.entry(index, settings.h) for index in _with_progress(indices, label)}
    found.numeric |= {index: centred for index, (_, centred, _) in slopes.items()}
    doubtful = [i for i in indices if not _agrees(analytic[i], found.numeric[i], line.noise, settings)]
    if doubtful:
        line.measure_noise()
        doubtful = [i for i in doubtful if not _agrees(analytic[i], found.numeric[i], line.noise, settings)]
    doubtful.sort(key=lambda i: -_badness(float(analytic[i]), found.numeric[i]))
    for index in doubtful:
        # Once a few are proven wrong, the rest of that kind need no proof of their own.
        if found.wrong and (len(found.entries) >= LOOKS or line.evaluations > settings.max_evaluations):
            found.wrong.add(index)
            continue
        entry = closer_look(line, index, float(analytic[index]), slopes[index], settings)
        found.entries.append(entry)
        if entry.verdict == "bug":
            found.wrong.add(index)


def _badness(a: float, n: float) -> float:
    return abs(a - n) if math.isfinite(a) else math.inf


def _agrees(a: float, n: float, noise: float, settings: Settings) -> bool:
    return bool(abs(a - n) <= settings.rtol * max(abs(a), abs(n)) + noise / settings.h)


def _with_progress(indices: list[Index], label: str) -> Iterable[Index]:
    """Show a progress bar once it is clear that the sweep takes more than two seconds."""
    start, bar = time.monotonic(), None
    for k, index in enumerate(indices):
        yield index
        spent = time.monotonic() - start
        if bar is None and spent > 0.3 and spent * len(indices) / (k + 1) > 2:
            from tqdm.auto import tqdm

            bar = tqdm(total=len(indices), initial=k, desc=f"checking {label}", unit="entry", leave=False)
        if bar is not None:
            bar.update(1)
    if bar is not None:
        bar.close()


def closer_look(line: Line, index: Index, analytic: float, slopes: Slopes, settings: Settings) -> Entry:
    """Try one entry again at other steps and from each side, and name the cause of the difference.

    slopes: left, centred and right slope at the step of the settings
    """
    h, numeric = settings.h, slopes[1]
    looks = {h: slopes, 10 * h: line.entry(index, 10 * h), h / 10: line.entry(index, h / 10)}
    verdict = "bug"
    if not _stays(looks, analytic):
        looks |= {step: line.entry(index, step) for step in (100 * h, h / 100)}
        verdict = _verdict(line, index, looks, analytic, settings)
    left, _, right = looks[h / 10]
    return Entry(index, analytic, numeric, left, right, verdict)


def _stays(looks: dict[float, Slopes], analytic: float) -> bool:
    """Whether all slopes are the same at any step and on both sides, next to how far off the gradient is."""
    slopes = np.array(list(looks.values()))
    return bool(np.ptp(slopes) < 0.1 * np.min(np.abs(slopes - analytic))) or not math.isfinite(analytic)


def _verdict(
    line: Line, index: Index, looks: dict[float, Slopes], analytic: float, settings: Settings
) -> str:
    h = settings.h
    error = abs(analytic - looks[h][1])

    def agrees(step: float) -> bool:
        centred, noise = looks[step][1], line.noise / step
        left_over = abs(analytic - centred)
        if step < h and noise > 0.1 * error:
            # The noise bound is generous: an error that shrinks while noise grows was no mistake of the gradient.
            return noise < 5 * error and left_over < 0.02 * error
        return left_over <= settings.rtol * max(abs(analytic), abs(centred)) + noise

    if agrees(10 * h) or agrees(100 * h):
        return "round-off"
    if agrees(h / 10) or agrees(h / 100):
        shrunk = abs(analytic - looks[h / 10][1])
        return "truncation" if error < 300 * shrunk and shrunk < error / 30 else "kink"
    if _has_kink(looks, line.noise, settings) and _is_between_sides(looks, analytic, line.noise, settings):
        return "kink"
    if _agrees_nearby(line, index, settings):
        return "kink"
    return "bug"


def _has_kink(looks, noise: float, settings: Settings) -> bool:
    """Whether the two sides differ by an amount that does not shrink with the step."""
    h = settings.h
    left, _, right = looks[h / 10]
    gap, slack = abs(right - left), settings.rtol * max(abs(left), abs(right)) + noise / (h / 10)
    return gap > 4 * slack and gap > 0.3 * abs(looks[h][2] - looks[h][0])


def _is_between_sides(looks, analytic: float, noise: float, settings: Settings) -> bool:
    """Whether the gradient lies between the slopes of the two sides, allowing for how they bend within the step."""
    near, nearer = looks[settings.h / 10], looks[settings.h / 100]
    left, _, right = near
    bend = 2 * max(abs(left - nearer[0]), abs(right - nearer[2]))
    slack = settings.rtol * max(abs(left), abs(right)) + noise / (settings.h / 10) + bend
    return min(left, right) - slack <= analytic <= max(left, right) + slack


def _agrees_nearby(line: Line, index: Index, settings: Settings) -> bool:
    """Whether the gradient is right a little way off, where there is no kink.

    Where several kinks meet, as in a network whose units all stand at zero, a right gradient need not lie between the
    two slopes.
    """
    if line.moved is None:
        return False
    other, analytic = line.moved()
    if analytic.shape != other.x.shape:
        return False
    a = float(analytic[index])
    return any(
        _agrees(a, other.entry(index, h)[1], other.noise * settings.h / h, settings)
        for h in (settings.h, settings.h / 10)
    )


def _is_single(line: Line, analytic, rng) -> bool:
    """Whether a gradient that passed has errors of single precision.

    Extrapolation over three steps (Richardson) gives the slope along a direction to about ten digits, and says itself
    how sure it is.
    """
    if analytic.size < 2:
        return False
    # Values that single precision holds exactly are suspect: among float64 numbers one in 2**29 is such.
    suspect = np.array_equal(analytic, analytic.astype(np.float32))
    return any(_errors_stay(line, analytic, rng, 3 if suspect else 20) for _ in range(3 if suspect else 1))


def _errors_stay(line: Line, analytic, rng, margin: float) -> bool:
    """Whether the gradient is off along a random direction by what single precision leaves, at any step."""
    v = _random_direction(analytic.shape, rng) / math.sqrt(analytic.size)
    size = float(np.linalg.norm(analytic * v))
    first, doubt = _extrapolated_error(line, analytic, v, 1e-3)
    if not margin * doubt + 3e-9 * size < abs(first) < 1e-5 * size:
        return False
    # What comes from the curvature or from a kink changes with the step; what comes from rounding the gradient does not.
    again, doubt = _extrapolated_error(line, analytic, v, 1e-4)
    return abs(again - first) < 0.3 * abs(first) + doubt


def _extrapolated_error(line: Line, analytic, v, h: float) -> tuple[float, float]:
    fine, middle, coarse = (line.direction(v, step)[1] for step in (h, 2 * h, 4 * h))
    best, worse = (4 * fine - middle) / 3, (4 * middle - coarse) / 3
    return float(np.vdot(analytic, v)) - best, abs(best - worse) + line.noise / h
