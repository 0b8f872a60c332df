"""Numeric gradients by centred differences."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np


def numeric_gradient(
    f: Callable[[np.ndarray], float], x: np.ndarray, h: float = 1e-5, *, verbose: bool = False
) -> np.ndarray:
    """Gradient of a scalar function by centred differences, (f(x + h) - f(x - h)) / 2h for one entry at a time.

    Args:
        f: maps an array of x's shape to a number.
        x: where to take the gradient, any shape; float64 is changed in place while f runs and restored bit for bit,
            any other float dtype is evaluated on a float64 copy. Where f looks at x itself, not at its argument, x is
            changed in place then, with longer steps and a warning, since its numbers are coarse. A warning also says where f
            looks at neither.
        h: step.
        verbose: whether to print the gradient, entry by entry.

    Returns:
        An array of x's shape, float64.

    Raises:
        TypeError: x does not hold floats or f does not return a single number.
        ValueError: h is no positive number.
    """
    gradient = _gradient(lambda point: _scalar(f(point)), x, h)
    if verbose:
        for index in np.ndindex(gradient.shape):
            print(index, gradient[index])
    return gradient


def numeric_gradient_array(
    f: Callable[[np.ndarray], np.ndarray], x: np.ndarray, df: np.ndarray, h: float = 1e-5
) -> np.ndarray:
    """Gradient of sum(f(x) * df) by centred differences: what a backward pass returns for the upstream gradient df.

    Args:
        f: maps an array of x's shape to an array.
        x: where to take the gradient; see `numeric_gradient`.
        df: upstream gradient, of the shape of f(x).
        h: step.

    Returns:
        An array of x's shape, float64.

    Raises:
        TypeError: x does not hold floats.
        ValueError: df has not the shape of f(x), or h is no positive number.
    """
    df = np.asarray(df, dtype=np.float64)

    def output(point: np.ndarray) -> np.ndarray:
        out = np.array(f(point), dtype=np.float64)
        if out.shape != df.shape:
            raise ValueError(f"df has shape {df.shape}, expected the shape of f(x), {out.shape}")
        return out

    return _gradient(output, x, h, df)


def relative_error(a: np.ndarray, b: np.ndarray) -> float:
    """Largest |a - b| / max(1e-8, |a| + |b|) over all entries; 0 for empty arrays.

    Raises:
        ValueError: the shapes differ.
    """
    a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if a.shape != b.shape:
        raise ValueError(f"relative_error needs two arrays of one shape; they have {a.shape} and {b.shape}")
    if a.size == 0:
        return 0.0
    return float(np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b))))


def _gradient(
    f: Callable[[np.ndarray], np.ndarray | float], x: np.ndarray, h: float, df: np.ndarray | float = 1.0
) -> np.ndarray:
    if isinstance(h, bool) or not (np.isfinite(h) and h > 0):
        raise ValueError(f"the step h is {h}; it must be a positive number such as 1e-5")
    given = np.asarray(x)
    if given.dtype.kind != "f":
        raise TypeError(f"x has dtype {given.dtype}; a numeric gradient needs floats: use x.astype(float)")
    writeable = isinstance(x, np.ndarray) and given.flags.writeable
    in_place = writeable and given.dtype == np.float64
    point = given if in_place else given.astype(np.float64)
    gradient = _sweep(f, point, h, df)
    if writeable and not in_place and not gradient.any():
        gradient = _at_x_itself(f, given, h, df)
    if not gradient.any() and _never_moves(f, point):
        warnings.warn(
            "the gradient is zero since f gives the same wherever x is: it looks at another array, perhaps one that x is a copy "
            "of; hand in the very array that f looks at, or let f use its argument",
            stacklevel=3,
        )
    return gradient


def _never_moves(f: Callable[[np.ndarray], np.ndarray | float], x: np.ndarray) -> bool:
    """Whether f gives the same far away from x, which is changed in place and restored; False where f fails there."""
    kept = x.copy()
    far = 10 * np.random.default_rng(0).normal(size=x.shape) * (1 + np.abs(x))
    try:
        with np.errstate(all="ignore"):
            here = f(x)
            x[...] = kept + far
            there = f(x)
            x[...] = kept - far
            return x.size > 0 and np.array_equal(here, there) and np.array_equal(here, f(x))
    except Exception:
        return False
    finally:
        x[...] = kept


def _at_x_itself(
    f: Callable[[np.ndarray], np.ndarray | float], x: np.ndarray, h: float, df: np.ndarray | float
) -> np.ndarray:
    """The gradient of an f that looks at x and not at its argument, so that a copy told nothing."""
    # The cube root balances what rounding and what bending make of the difference.
    h = max(h, float(np.cbrt(np.finfo(x.dtype).eps)))
    gradient = _sweep(f, x, h, df)
    if gradient.any():
        warnings.warn(
            f"f looks at x itself and not at its argument, and x holds {x.dtype}: steps of {h:.1g} are as good as that allows; "
            "for more digits use float64 (a network with dtype=np.float64), or let f use its argument",
            stacklevel=4,
        )
    return gradient


def _sweep(
    f: Callable[[np.ndarray], np.ndarray | float], x: np.ndarray, h: float, df: np.ndarray | float
) -> np.ndarray:
    """Centred differences by changing x in place, entry by entry; steps grow with an entry, and are as long as they came out."""
    gradient = np.zeros(x.shape)
    relative = x.dtype != np.float64
    for index in np.ndindex(x.shape):
        kept = x[index]
        step = h * max(1.0, abs(float(kept))) if relative else h
        try:
            x[index] = kept + step
            above, rise = float(x[index]), f(x)
            x[index] = kept - step
            below, rise = float(x[index]), rise - f(x)
        finally:
            x[index] = kept
        gradient[index] = np.sum(rise * df) / (above - below)
    return gradient


def _scalar(value: object) -> float:
    array = np.asarray(value)
    if array.size != 1 or array.dtype.kind not in "biuf":
        what = f"an array of shape {array.shape}" if array.size != 1 else type(value).__name__
        raise TypeError(f"f returned {what}; numeric_gradient needs a function that returns a single number")
    return float(array.reshape(()))
