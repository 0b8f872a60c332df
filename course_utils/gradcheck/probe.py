"""Outputs of a function near a point: slopes along entries and directions, and how noisy they are.

Sources: Press et al., Numerical Recipes, section 5.7 (steps and errors of differences); J. Moré and S. Wild,
"Estimating computational noise", SIAM J. Sci. Comput. 33 (2011), for the measured noise.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from course_utils.gradcheck.settings import EPS

# Rounding of a few hundred operations adds up like a random walk: a few dozen times one rounding.
ROUNDING_FACTOR = 50.0
Index = tuple[int, ...]
# Left, centred and right slope.
Slopes = tuple[float, float, float]


class Probe:
    """The outputs of a function of one array at points near a given one, with every evaluation counted.

    `moved`, where it is set, returns the same probe a little way off and the gradient under test there; `gradient_noise`
    returns by how much rounding moves an entry of that gradient.

    Args:
        evaluate: maps an array to the function's outputs, float64.
        x: the point, float64.
        centre: the outputs at the point.
        weights: what the outputs are weighted with (the upstream gradient).
        eps: relative rounding of the function's numbers.
    """

    def __init__(
        self,
        evaluate: Callable[[np.ndarray], np.ndarray],
        x: np.ndarray,
        centre: np.ndarray,
        weights: np.ndarray,
        eps: float = EPS,
    ) -> None:
        self._evaluate = evaluate
        self.x = x
        self.centre = centre
        self.weights = weights
        self.evaluations = 0
        self.parent: Probe | None = None
        self.moved: Callable[[], tuple[Probe, np.ndarray]] | None = None
        self.gradient_noise: Callable[[], float] | None = None
        self._eps = eps
        # Bounds that hold in double precision are too wide to see anything in single.
        rounding = ROUNDING_FACTOR if eps == EPS else 5.0
        self.noise = eps * rounding * float(np.linalg.norm(centre * weights))
        self._measured = eps > EPS

    def at(self, point: np.ndarray) -> np.ndarray:
        """Outputs at another point."""
        self.evaluations += 1
        if self.parent is not None:
            self.parent.evaluations += 1
        # Next to the edge of a domain some points lie beyond it; what comes back there is seen to be no number.
        with np.errstate(all="ignore"):
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

    def _slopes(self, above: np.ndarray, below: np.ndarray, up: float, down: float) -> Slopes:
        high, low = self.at(above), self.at(below)
        right, left = self.rise(high, self.centre) / up, self.rise(self.centre, low) / down
        return left, self.rise(high, low) / (up + down), right

    def with_weights(self, weights: np.ndarray) -> Probe:
        """The same outputs with other weights; what it costs is counted here."""
        probe = Probe(self._evaluate, self.x, self.centre, weights, self._eps)
        probe.parent = self
        return probe

    def measure_noise(self) -> None:
        """Raise the noise level to what neighbouring values show (Moré and Wild's ECnoise); once."""
        if not self._measured:
            self._measured = True
            # A kink looks like noise; it is seldom on both sides, and never when it lies exactly at the point.
            levels = [level for level in map(self._noise_towards, (1, -1)) if math.isfinite(level)]
            self.noise = max(self.noise, 10 * min(levels, default=0.0))

    @property
    def is_rough(self) -> bool:
        """Whether neighbouring outputs differ by far more than rounding: then differences tell nothing of a slope."""
        largest = float(np.max(np.abs(self.x), initial=1e-3)) * float(np.linalg.norm(self.weights))
        return self.noise > 1e-5 * float(np.linalg.norm(self.centre * self.weights)) + 1e-9 * largest

    def _noise_towards(self, side: int) -> float:
        # No two entries move alike: many functions do not change at all when all entries do.
        pattern = np.cos(1.0 + np.arange(self.x.size)).reshape(self.x.shape)
        size = np.abs(self.x)
        # Of small numbers a thousandth at most, so that none crosses the edge of a domain; of zeros all there is.
        step = np.minimum(1e-9 * np.maximum(1.0, size), np.where(size, 1e-4 * size, 1e-9)) * side * pattern
        values = np.array([self.rise(self.at(self.x + k * step), self.centre) for k in range(1, 8)])
        levels = []
        for k in range(1, 7):
            values = np.diff(values)
            gamma = math.factorial(k) ** 2 / math.factorial(2 * k)
            levels.append(math.sqrt(gamma * float(np.mean(values**2))))
        # A smooth slope fades from the higher differences; what does not fade is noise.
        return sorted(levels[3:])[1]


def random_direction(shape: Index, rng: np.random.Generator) -> np.ndarray:
    """Draw a direction: no entry is close to zero, and no two are alike, so that no two errors cancel."""
    return rng.uniform(0.5, 1.5, size=shape) * rng.choice([-1.0, 1.0], size=shape)
