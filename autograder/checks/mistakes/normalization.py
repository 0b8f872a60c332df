"""What well-known mistakes in normalization give."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.checks.mistakes.known import Results, Values

# What eps is where the dict does not say.
EPS = 1e-5
_OTHER_EPS = (1e-6, 1e-4, 1e-3, 1e-2)
_ALL_TOGETHER = "all numbers were normalized together"


def standardized(
    x: np.ndarray, axes: Any, eps: float = EPS, shape: tuple[Any, ...] | None = None
) -> np.ndarray:
    """`x` with mean 0 and variance 1 over `axes`, which are counted after a reshape to `shape`."""
    parts = x.reshape(shape or x.shape)
    return ((parts - parts.mean(axis=axes, keepdims=True)) / _std(parts, axes, eps)).reshape(x.shape)


def _std(x: np.ndarray, axes: Any, eps: float) -> np.ndarray:
    return np.sqrt(x.var(axis=axes, keepdims=True) + eps)


def batch_mixed_up(x: np.ndarray, eps: float) -> Values:
    """`x` of shape (N, D), which batch normalization standardizes over N, standardized over other axes."""
    return {
        _ALL_TOGETHER: standardized(x, None, eps),
        "each example was normalized by itself; mean and variance are those of a feature, over the batch": (
            standardized(x, 1, eps)
        ),
    }


def layer_mixed_up(x: np.ndarray, eps: float) -> Values:
    """`x` of shape (N, D), which layer normalization standardizes over D, standardized over other axes."""
    return {
        _ALL_TOGETHER: standardized(x, None, eps),
        "each feature was normalized over the batch; mean and variance are those of an example": (
            standardized(x, 0, eps)
        ),
    }


def scaled_outs(x: np.ndarray, gamma: np.ndarray, beta: np.ndarray, axes: Any, eps: float) -> Values:
    """Mistakes on the way forward that have nothing to do with the choice of axes.

    Args:
        x, gamma, beta: with as many axes as the statistics need.
        axes: those of the mean and the variance.
    """
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
    others = {f"eps is {n:g} where none is passed in, and should be 1e-5": n for n in _OTHER_EPS}
    for did, other in (others if eps == EPS else {"eps is 1e-5 whatever is passed in": EPS}).items():
        mistakes[did] = gamma * centred / _std(x, axes, other) + beta
    return mistakes


def scaled_dx(dout: np.ndarray, x: np.ndarray, gamma: np.ndarray, axes: Any, eps: float) -> Values:
    """Mistakes on the way back to x that have nothing to do with the choice of axes; arguments as forward."""

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


def swapped(dgamma: np.ndarray, dbeta: np.ndarray) -> Results:
    """The right gradients of gamma and beta, each in the place of the other."""
    return {
        "dgamma": {"it is dbeta, the sum of dout; dgamma is the sum of dout·x_hat": dbeta},
        "dbeta": {"it is dgamma; backward returns dx, dgamma, dbeta": dgamma},
    }
