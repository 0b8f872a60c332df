"""What well-known mistakes in normalization give."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.checks.mistakes.known import Values

# normalization; `axes` are those of the mean, gamma and beta have x's number of axes


def standardized(x: np.ndarray, axes: Any, eps: float = 1e-5, shape: tuple | None = None) -> np.ndarray:
    """`x` with mean 0 and variance 1 over `axes`, which are counted after a reshape to `shape`."""
    parts = x.reshape(shape or x.shape)
    return ((parts - parts.mean(axis=axes, keepdims=True)) / _std(parts, axes, eps)).reshape(x.shape)


def _std(x: np.ndarray, axes: Any, eps: float) -> np.ndarray:
    return np.sqrt(x.var(axis=axes, keepdims=True) + eps)


def scaled_outs(x: np.ndarray, gamma: np.ndarray, beta: np.ndarray, axes: Any, eps: float) -> Values:
    """Mistakes that have nothing to do with the choice of axes."""
    centred, std = x - x.mean(axis=axes, keepdims=True), _std(x, axes, eps)
    n = x.size / std.size
    x_hat = centred / std
    spread = x.std(axis=axes, keepdims=True)
    mistakes = {
        "eps stands outside the root: it is sqrt(var + eps)": gamma * centred / (spread + eps) + beta,
        "eps is missing, or far too small: it is sqrt(var + eps), with eps = 1e-5 unless it is given": (
            gamma * centred / spread + beta
        ),
        "the root was forgotten: divide by the standard deviation sqrt(var + eps)": gamma * centred / std**2
        + beta,
        "the numbers were not divided by their standard deviation": gamma * centred + beta,
        "the mean was not subtracted": gamma * x / std + beta,
        "gamma was forgotten": x_hat + beta,
        "beta was forgotten": gamma * x_hat,
        "gamma and beta were swapped": beta * x_hat + gamma,
    }
    if n > 1:
        mistakes["the variance was divided by one less than the number of values (ddof=1)"] = (
            gamma * centred / np.sqrt(spread**2 * n / (n - 1) + eps) + beta
        )
    for other in (1e-6, 1e-4, 1e-3, 1e-2):
        if eps == 1e-5:
            mistakes[f"eps is {other:g} where none is passed in, and should be 1e-5"] = (
                gamma * centred / _std(x, axes, other) + beta
            )
    if eps != 1e-5:
        mistakes["eps is 1e-5 whatever is passed in"] = gamma * centred / _std(x, axes, 1e-5) + beta
    return mistakes


def scaled_dx(dout: np.ndarray, x: np.ndarray, gamma: np.ndarray, axes: Any, eps: float) -> Values:
    """Mistakes on the way back to x, whatever the axes."""

    def mean(values: np.ndarray) -> np.ndarray:
        return values.mean(axis=axes, keepdims=True)

    centred, std = x - mean(x), _std(x, axes, eps)

    def dx(
        scaled: np.ndarray, std: np.ndarray = std, by_mean: float = 1.0, by_var: float = 1.0
    ) -> np.ndarray:
        x_hat = centred / std
        return (scaled - by_mean * mean(scaled) - by_var * x_hat * mean(scaled * x_hat)) / std

    d = dout * gamma
    spread = x.std(axis=axes, keepdims=True)
    return {
        "the path through the variance was forgotten": dx(d, by_var=0),
        "the path through the mean was forgotten": dx(d, by_mean=0),
        "the paths through the mean and the variance were forgotten": d / std,
        "the path through the variance counts twice": dx(d, by_var=2),
        "the path through the mean has the wrong sign": dx(d, by_mean=-1),
        "the path through the variance has the wrong sign": dx(d, by_var=-1),
        "gamma was forgotten: dout reaches x_hat multiplied by gamma": dx(dout),
        "gamma came after the statistics: dout is multiplied by gamma first": gamma * dx(dout),
        "it was divided by the variance; divide by the standard deviation": dx(d) / std,
        "it was multiplied by the standard deviation; divide by it": dx(d) * std**2,
        "eps is missing in what dx is divided by, in backward or already in the std that forward kept": dx(
            d, spread
        ),
        "eps stands outside the root on the way back: divide by sqrt(var + eps)": dx(d, spread + eps),
        "eps is missing in the last division: divide by sqrt(var + eps)": dx(d) * std / spread,
        "eps stands outside the root in the last division: divide by sqrt(var + eps)": dx(d)
        * std
        / (spread + eps),
        "dout was forgotten": dx(gamma * np.ones_like(dout)),
    }
