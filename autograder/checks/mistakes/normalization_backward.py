"""What well-known mistakes give on the way back through a normalization."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from autograder.checks.mistakes.known import Results, Values


def scaled_dx(dout: np.ndarray, x: np.ndarray, gamma: np.ndarray, axes: Any, eps: float) -> Values:
    """Mistakes on the way back to x that have nothing to do with the choice of axes.

    Args:
        dout, x: of one shape.
        gamma: with as many axes as the statistics need.
        axes: those of the mean and the variance.
    """
    d, spread = dout * gamma, x.std(axis=axes, keepdims=True)
    std = np.sqrt(spread**2 + eps)
    dx = partial(_dx, x=x, axes=axes, std=std)
    return {
        **_of_paths(d, x, axes, std),
        "gamma was forgotten: dout reaches x_hat multiplied by gamma": dx(dout),
        "gamma came after the statistics: dout is multiplied by gamma first": gamma * dx(dout),
        "it was divided by the variance; divide by the standard deviation": dx(d) / std,
        "it was multiplied by the standard deviation; divide by it": dx(d) * std**2,
        "the last division by the standard deviation was forgotten": dx(d) * std,
        "eps is missing in what dx is divided by, in backward or already in the std that forward kept": dx(
            d, std=spread
        ),
        "eps stands outside the root on the way back: divide by sqrt(var + eps)": dx(d, std=spread + eps),
        "eps is missing in the last division: divide by sqrt(var + eps)": dx(d) * std / spread,
        "eps stands outside the root in the last division: divide by sqrt(var + eps)": dx(d)
        * std
        / (spread + eps),
        "dout was forgotten": dx(gamma * np.ones_like(dout)),
    }


def _of_paths(d: np.ndarray, x: np.ndarray, axes: Any, std: np.ndarray) -> Values:
    """Mistakes in the ways through the mean and the variance, for the gradient `d` of x_hat."""
    n, dx = x.size / std.size, partial(_dx, d, x, axes, std)
    by_x = x / std
    paths = {
        "the path through the variance was forgotten": dx(by_var=0),
        "the path through the mean was forgotten": dx(by_mean=0),
        "the paths through the mean and the variance were forgotten": d / std,
        "the path through the variance counts twice": dx(by_var=2),
        "the path through the variance counts half: var is a mean of squares, whose slope has a 2": dx(
            by_var=0.5
        ),
        "the path through the mean has the wrong sign": dx(by_mean=-1),
        "the path through the variance has the wrong sign": dx(by_var=-1),
        "the path through the mean was not divided by the number of values": dx(by_mean=n),
        "the path through the variance was not divided by the number of values": dx(by_var=n),
        "neither path, through the mean and through the variance, was divided by the number of values": dx(
            by_mean=n, by_var=n
        ),
        "x_hat is missing at the end of the path through the variance": dx(ends=np.ones_like(x)),
        "x - mean stands for x_hat in the path through the variance, or its power of (var + eps) is -1/2: it is -3/2": (
            dx(by_var=std**2)
        ),
        "the power of (var + eps) in the path through the variance is -1: it is -3/2": dx(by_var=std),
        "x was taken for x - mean at the end of the path through the variance": dx(ends=by_x),
        "x was taken for x - mean at the start of the path through the variance": dx(starts=by_x),
        "x was taken for x - mean in the path through the variance": dx(starts=by_x, ends=by_x),
        "x was taken for x_hat in the path through the variance": dx(starts=x, ends=x),
    }
    if x.ndim == 2:
        m, other = x.size / n, 1 - axes
        paths[f"the means on the way back were taken over axis {other}: they go over axis {axes}"] = dx(
            mean_axes=other
        )
        paths["N and D were swapped: the means go over N and D the other way round"] = dx(
            by_mean=n / m, by_var=n / m
        )
        if m != n - 1 > 0:  # else it looks like N and D swapped
            paths["the means on the way back were divided by one less than the number of values"] = dx(
                by_mean=n / (n - 1), by_var=n / (n - 1)
            )
    return paths


def _dx(
    d: np.ndarray,
    x: np.ndarray,
    axes: Any,
    std: np.ndarray,
    *,
    by_mean: float = 1.0,
    by_var: Any = 1.0,
    starts: np.ndarray | None = None,
    ends: np.ndarray | None = None,
    mean_axes: Any = None,
) -> np.ndarray:
    """dx with one thing changed; by_mean and by_var are what the paths through mean and variance are multiplied by."""

    def mean(values: np.ndarray) -> np.ndarray:
        return values.mean(axis=axes if mean_axes is None else mean_axes, keepdims=True)

    x_hat = (x - x.mean(axis=axes, keepdims=True)) / std
    starts, ends = (x_hat if factor is None else factor for factor in (starts, ends))
    return (d - by_mean * mean(d) - by_var * ends * mean(d * starts)) / std


def of_gamma_and_beta(
    dout: np.ndarray, x: np.ndarray, gamma: np.ndarray, axes: Any, eps: float, shape: tuple[int, ...]
) -> Results:
    """Mistakes in dgamma and dbeta; arguments as of `scaled_dx`.

    Args:
        shape: of gamma and beta as the student gets them.
    """
    centred = x - x.mean(axis=axes, keepdims=True)
    var = x.var(axis=axes, keepdims=True)
    x_hat = centred / np.sqrt(var + eps)
    lengths = (1,) * (x.ndim - gamma.ndim) + gamma.shape
    summed_axes = tuple(axis for axis, length in enumerate(lengths) if length == 1 < x.shape[axis])

    def total(values: np.ndarray) -> np.ndarray:
        return values.sum(axis=summed_axes).reshape(shape)

    scale = total(np.ones_like(dout)) * 0 + gamma.reshape(shape)
    of_one = "dgamma is the sum of dout·x_hat, over all but the features"
    return {
        "dgamma": {
            "it is dbeta, the sum of dout; dgamma is the sum of dout·x_hat": total(dout),
            f"x was taken for x_hat: {of_one}": total(dout * x),
            f"x - mean was taken for x_hat: {of_one}": total(dout * centred),
            f"gamma is a factor too many: {of_one}": scale * total(dout * x_hat),
            "eps is missing in x_hat: it is divided by sqrt(var + eps)": total(
                dout * (centred / np.sqrt(var))
            ),
            "eps stands outside the root in x_hat: it is divided by sqrt(var + eps)": total(
                dout * (centred / (np.sqrt(var) + eps))
            ),
            **_wrongly_summed("dgamma", dout * x_hat),
        },
        "dbeta": {
            "it is dgamma; backward returns dx, dgamma, dbeta": total(dout * x_hat),
            "gamma is a factor too many: dbeta is the sum of dout": scale * total(dout),
            **_wrongly_summed("dbeta", dout),
        },
    }


def _wrongly_summed(name: str, terms: np.ndarray) -> Values:
    values = {f"everything was summed up to one number: {name} has one for each feature": terms.sum()}
    if terms.ndim == 2:
        over = f"it was summed over the features (axis 1): {name} sums over the batch (axis 0)"
        values |= {over: terms.sum(axis=1)}
    return values
