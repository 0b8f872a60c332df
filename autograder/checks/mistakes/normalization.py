"""What well-known mistakes in normalization give."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from autograder.checks.mistakes.known import Values

# What eps is where the dict does not say.
EPS = 1e-5
_OTHER_EPS = (1e-8, 1e-7, 1e-6, 1e-4, 1e-3, 1e-2)
_OTHER_MOMENTA = (0.5, 0.8, 0.95, 0.99, 0.999)
_ALL_TOGETHER = "all numbers were normalized together"
# What was made of x_hat, gamma and beta instead of gamma·x_hat + beta.
_AFFINE_FORGOTTEN: dict[str, Callable[..., np.ndarray]] = {
    "gamma was forgotten": lambda x_hat, gamma, beta: x_hat + beta,
    "beta was forgotten": lambda x_hat, gamma, beta: gamma * x_hat,
    "gamma and beta were forgotten": lambda x_hat, gamma, beta: x_hat,
}


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
    mean, var = x.mean(axis=axes, keepdims=True), x.var(axis=axes, keepdims=True)
    n = x.size / var.size
    divisors = _divisors(var, eps)
    if n > 1:
        did = "the variance was divided by one less than the number of values (ddof=1)"
        divisors[did] = np.sqrt(var * n / (n - 1) + eps)
        divisors["the variance was not divided by the number of values"] = np.sqrt(var * n + eps)
    if x.ndim == 2 and x.size // n != n - 1:  # else it looks like ddof=1
        did = f"the variance was divided by the length of the other axis: it is the mean over axis {axes}"
        divisors[did] = np.sqrt(var * n * n / x.size + eps)
    did = "the variance was taken without subtracting the mean first: it is the mean of (x - mean)²"
    divisors[did] = np.sqrt((x**2).mean(axis=axes, keepdims=True) + eps)
    outs = _outs(x, mean, np.sqrt(var + eps), divisors, gamma, beta)
    return {"x itself was scaled and shifted: it is gamma · x_hat + beta": gamma * x + beta, **outs}


def test_mode_outs(
    x: np.ndarray,
    gamma: np.ndarray,
    beta: np.ndarray,
    running: tuple[np.ndarray, np.ndarray],
    axes: Any,
    eps: float,
) -> Values:
    """Mistakes in test mode, which goes by the running averages.

    Args:
        x, gamma, beta: as of `scaled_outs`.
        running: mean and variance, with as many axes.
        axes: those of the batch's own mean and variance.
    """
    (mean, var), std = running, np.sqrt(running[1] + eps)
    own_mean, own_std = x.mean(axis=axes, keepdims=True), _std(x, axes, eps)
    by_running = "test mode goes by running_mean and running_var"
    outs = _outs(x, mean, std, _divisors(var, eps, "running_var"), gamma, beta)
    return {
        f"the batch was normalized by its own mean and variance; {by_running}": gamma
        * ((x - own_mean) / own_std)
        + beta,
        f"the batch's own mean was subtracted; {by_running}": gamma * ((x - own_mean) / std) + beta,
        f"it was divided by the batch's own standard deviation; {by_running}": gamma * ((x - mean) / own_std)
        + beta,
        f"nothing was normalized; {by_running}": gamma * x + beta,
        **outs,
    }


def _divisors(var: np.ndarray, eps: float, name: str = "var") -> dict[str, np.ndarray]:
    """What was divided by instead of sqrt(var + eps), by what was done."""
    others = {f"eps is {n:g} where none is passed in, and should be 1e-5": n for n in _OTHER_EPS}
    return {
        f"eps stands outside the root: it is sqrt({name} + eps)": np.sqrt(var) + eps,
        f"eps is missing, or far too small: it is sqrt({name} + eps), with eps = 1e-5 unless it is given": (
            np.sqrt(var)
        ),
        f"the root was forgotten: divide by sqrt({name} + eps)": var + eps,
        f"the root and eps were forgotten: divide by sqrt({name} + eps)": var,
        f"the root was taken twice: {name} is a variance, divide by sqrt({name} + eps)": np.sqrt(
            np.sqrt(var) + eps
        ),
        "the numbers were not divided by their standard deviation": np.ones_like(var),
        **{
            did: np.sqrt(var + other)
            for did, other in (others if eps == EPS else {"eps is 1e-5 whatever is passed in": EPS}).items()
        },
    }


def _outs(
    x: np.ndarray,
    mean: np.ndarray,
    std: np.ndarray,
    divisors: Mapping[str, np.ndarray],
    gamma: np.ndarray,
    beta: np.ndarray,
) -> Values:
    """One mistake or two: in what was divided by, and in what came after."""
    centred = x - mean
    right = gamma * (centred / std) + beta
    outs = {
        "the mean was not subtracted": gamma * (x / std) + beta,
        "gamma and beta were swapped": beta * (centred / std) + gamma,
        "beta was multiplied by gamma, too: it is gamma · x_hat + beta": gamma * (centred / std + beta),
    }
    outs |= {did: gamma * (centred / divisor) + beta for did, divisor in divisors.items()}
    for second, affine in _AFFINE_FORGOTTEN.items():
        if np.array_equal(affine(centred / std, gamma, beta), right):
            continue
        outs[second] = affine(centred / std, gamma, beta)
        for first, divisor in divisors.items():
            outs[f"{second}, and {first}"] = affine(centred / divisor, gamma, beta)
    return outs


def running_averages(
    name: str,
    old: np.ndarray,
    statistics: Mapping[str, np.ndarray],
    n: int,
    momentum: float | None,
    eps: float,
) -> Values:
    """Mistakes in one step of a running average.

    Args:
        name: "running_mean" or "running_var".
        old: the average before the step.
        statistics: of the batch, by the same names.
        n: how many values each of them is made of.
        momentum: as bn_param gives it, None where it does not.
    """
    m, new = 0.9 if momentum is None else momentum, statistics[name]

    def step(new: np.ndarray, kept: float = m, added: float | None = None) -> np.ndarray:
        return kept * old + (1 - kept if added is None else added) * new

    values = {
        "momentum and (1 - momentum) were swapped: momentum is what is kept of the old average": step(
            new, 1 - m
        ),
        "the batch's statistic was not multiplied by (1 - momentum)": step(new, added=1.0),
        "the old average was not multiplied by momentum": step(new, 1.0, 1 - m),
        "the old average was forgotten: it is momentum · old + (1 - momentum) · new": new,
        "it was not updated: write the new average into bn_param": old,
        "mean and variance were swapped": step(next(v for k, v in statistics.items() if k != name)),
    }
    if name == "running_var":
        values |= {
            "eps went into the running average: it is added only under the root": step(new + eps),
            "the standard deviation was averaged: it is the variance": step(np.sqrt(new)),
            "the root sqrt(var + eps) was averaged: it is the variance": step(np.sqrt(new + eps)),
        }
        if n > 1:
            did = "the variance was divided by N - 1: the batch's is divided by N, here too"
            values[did] = step(new * n / (n - 1))
    if momentum is None:
        others = (other for other in _OTHER_MOMENTA if other != m)
        return values | {
            f"momentum is {other:g} where bn_param does not say, and should be 0.9": step(new, other)
            for other in others
        }
    return values | {"momentum is 0.9 whatever bn_param says": step(new, 0.9)}
