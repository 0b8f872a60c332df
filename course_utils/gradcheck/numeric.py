"""Numeric gradients by centred differences."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def numeric_gradient(f: Callable[[np.ndarray], float], x: np.ndarray, h: float = 1e-5) -> np.ndarray:
    """Gradient of a scalar function by centred differences, (f(x + h) - f(x - h)) / 2h for one entry at a time.

    Args:
        f: maps an array of x's shape to a number.
        x: where to take the gradient, any shape; float64 is changed in place while f runs and restored bit for bit,
            any other float dtype is evaluated on a float64 copy.
        h: step.

    Returns:
        An array of x's shape, float64.

    Raises:
        TypeError: x does not hold floats or f does not return a single number.
        ValueError: h is no positive number.
    """
    return _sweep(lambda point: _scalar(f(point)), x, h)


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

    return _sweep(output, x, h, df)


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


def _sweep(
    f: Callable[[np.ndarray], np.ndarray | float], x: np.ndarray, h: float, df: np.ndarray | float = 1.0
) -> np.ndarray:
    if not (np.isfinite(h) and h > 0):
        raise ValueError(f"the step h is {h}; it must be a positive number such as 1e-5")
    given = np.asarray(x)
    if given.dtype.kind != "f":
        raise TypeError(f"x has dtype {given.dtype}; a numeric gradient needs floats: use x.astype(float)")
    in_place = given is x and given.dtype == np.float64 and given.flags.writeable
    x = given if in_place else given.astype(np.float64)
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        kept = x[index]
        above, below = kept + h, kept - h
        try:
            x[index] = above
            rise = f(x)
            x[index] = below
            rise = rise - f(x)
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
