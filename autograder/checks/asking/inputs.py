"""Inputs that say something, and how closely answers in single precision or by differences can agree."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypedDict

import numpy as np


class Tolerances(TypedDict, total=False):
    """How closely an answer has to agree, as `expect_close` takes it."""

    rtol: float
    atol: float


# Single precision keeps about seven digits; sums of a few dozen terms lose one or two of them.
SINGLE: Tolerances = {"rtol": 5e-4, "atol": 5e-5}
# Centred differences with h = 1e-5 of values near 1 are off by about 1e-10, by 1e-9 where third derivatives are large.
NUMERIC: Tolerances = {"rtol": 1e-6, "atol": 1e-7}


def mixed(
    rng: np.random.Generator, shape: tuple[int, ...], low: float = 0.2, high: float = 2.0
) -> np.ndarray:
    """Numbers of both signs, as many of each, none closer to zero than `low`, so that no kink at zero is near."""
    x = rng.uniform(low, high, size=shape)
    x.flat[rng.permutation(x.size)[: x.size // 2]] *= -1
    return x


def crossed(rng: np.random.Generator, x: np.ndarray) -> np.ndarray:
    """An upstream gradient of x's shape: where x is positive it has both signs, and where x is negative too."""
    dout = rng.uniform(0.2, 2.0, size=x.shape)
    for side in (np.flatnonzero(x > 0), np.flatnonzero(x <= 0)):
        dout.flat[rng.permutation(side)[: len(side) // 2]] *= -1
    return dout


def another(args: tuple[Any, ...]) -> tuple[Any, ...]:
    """Other arguments of the same function: numbers of the other sign, and one example more where there are several axes."""
    first, *more = (-0.7 * value if isinstance(value, float | np.ndarray) else value for value in args)
    if isinstance(first, np.ndarray) and first.ndim > 1:
        first = np.concatenate([first, first[:1]])
    return first, *more


def drawn_until(draw: Callable[[], Any], good: Callable[[Any], bool]) -> Any:
    """The first draw that is good.

    Args:
        draw: makes another one each time.
        good: whether it will do.
    """
    while True:
        found = draw()
        if good(found):
            return found


def as_single(value: Any) -> Any:
    """Arrays and numbers of double precision in single precision, everything else as it is."""
    if isinstance(value, np.ndarray) and value.dtype == np.float64:
        return value.astype(np.float32)
    return np.float32(value) if isinstance(value, float) else value


def as_double(value: Any) -> Any:
    """float32 arrays as float64, everything else as it is."""
    if isinstance(value, np.ndarray) and value.dtype == np.float32:
        return value.astype(np.float64)
    return value


def slope(
    f: Callable[[list[np.ndarray]], Sequence[Any]], x: Any, dout: Any = 1.0, h: float = 1e-5
) -> np.ndarray:
    """Gradient of sum(f(x) * dout) by centred differences.

    The course's own `numeric_gradient_array` may be forbidden while a check asks in this very process.

    Args:
        f: given arrays of x's shape, returns for each one of dout's shape; asked once, for all of them.
        x: an array or a number.
        dout: upstream gradient.
        h: the step to each side.

    Returns:
        The gradient, of x's shape, in double precision.
    """
    x = np.array(x, dtype=np.float64)
    gradient = np.zeros_like(x)
    places = [*np.ndindex(x.shape)]
    points = [_moved(x, place, step) for place in places for step in (h, -h)]
    values = [np.asarray(value, dtype=np.float64) for value in f(points)]
    for k, place in enumerate(places):
        rise = values[2 * k] - values[2 * k + 1]
        gradient[place] = np.sum(rise * dout) / (points[2 * k][place] - points[2 * k + 1][place])
    return gradient


def _moved(x: np.ndarray, place: tuple[int, ...], step: float) -> np.ndarray:
    moved = x.copy()
    moved[place] += step
    return moved
