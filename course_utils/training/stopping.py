"""When a training should end before its time, and what most likely went wrong."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

__all__ = (
    "diagnose_divergence",
    "diagnose_non_finite",
    "has_diverged",
    "is_lost",
    "keeps_rising",
    "update_ratio",
)

# About a thousandth is healthy; first weights that are tiny may see more, but an update as large as its weights is too much.
_HIGH_RATIO = 1.0


@dataclass(frozen=True)
class StopReason:
    """Why a training ended.

    Attributes:
        kind: "finished", "patience", "diverged", "non-finite" or "asked".
        step: the step, counted from 0, after or at which it ended.
        message: a sentence for the reader.
    """

    kind: str
    step: int
    message: str

    def __str__(self) -> str:
        return self.message


def has_diverged(losses: Sequence[float], ratio: float = 3.0) -> bool:
    """Whether the last loss is more than `ratio` times the first."""
    return losses[-1] > ratio * losses[0]


def keeps_rising(losses: Sequence[float], window: int, ratio: float) -> bool:
    """Whether the median of the last `window` losses is more than `ratio` times that of the first ones, and more than before.

    One batch says little: a first one may be lucky, one may be an accident, and a good training may rise before it falls.
    """
    if len(losses) < 2 * window:
        return False
    first, before, last = _medians(losses, window)
    return last > ratio * first and last > before


def _medians(losses: Sequence[float], window: int) -> tuple[float, float, float]:
    """Median losses of the first window, of the last but one and of the last."""
    parts = losses[:window], losses[-2 * window : -window], losses[-window:]
    first, before, last = (float(np.median(part)) for part in parts)
    return first, before, last


def update_ratio(update: np.ndarray, size: float) -> float:
    """‖update‖ / ‖w‖, about 1e-3 in a healthy training.

    Args:
        update: what was added to the parameter w.
        size: ‖w‖ before.

    Returns:
        The ratio; NaN where size is 0, as that of biases is at first.
    """
    return float(np.linalg.norm(update)) / size if size else math.nan


def diagnose_divergence(
    losses: Sequence[float], window: int, learning_rate: float, ratios: Mapping[str, float]
) -> str:
    """Say in one or two sentences why a loss keeps rising.

    Args:
        losses: of all steps so far.
        window: how many of them were judged together.
        learning_rate: of the last step.
        ratios: update ratios measured last, by parameter.
    """
    first, _, last = _medians(losses, window)
    times = last / first if first else math.inf
    said = (
        f"Stopped at step {len(losses) - 1}: the loss keeps rising, in the last {window} steps it was "
        f"{last:.3g}, {times:.3g} times that of the first {window}. "
    )
    return said + _rate_too_high(learning_rate, ratios)


def is_lost(params: Mapping[str, np.ndarray], grads: Mapping[str, np.ndarray]) -> bool:
    """Whether a parameter or a gradient is not finite, so that no later step can be good again."""
    return any(not _is_finite(arrays[name]) for arrays in (params, grads) for name in params)


def diagnose_non_finite(
    losses: Sequence[float],
    learning_rate: float,
    ratios: Mapping[str, float],
    params: Mapping[str, np.ndarray],
    grads: Mapping[str, np.ndarray],
    X: np.ndarray,
) -> str:
    """Say what is no longer finite and the likely cause, from the evidence at hand; the text begins within a sentence.

    Args:
        losses: of all steps, the last of which brought NaN or inf in the loss or a gradient.
        learning_rate: of that step.
        ratios: update ratios measured last, by parameter.
        params: the parameters at that step, before its update.
        grads: their gradients at that step.
        X: the batch of that step.
    """
    loss, bad_params = losses[-1], _non_finite(params)
    what = (
        f"the gradient of {_listed(_non_finite(grads))} is not finite"
        if math.isfinite(loss)
        else f"the loss is {loss}"
    )
    said = f"{what}. "
    if not _is_finite(X):
        return (
            said
            + "The batch itself holds NaN or inf: look at the data and its preprocessing (a division by a standard deviation of 0?)."
        )
    if bad_params:
        return said + _first_the_parameters(losses, learning_rate, ratios, bad_params)
    return said + _first_the_loss(losses, learning_rate, ratios, params, X)


def _first_the_parameters(
    losses: Sequence[float], learning_rate: float, ratios: Mapping[str, float], bad: Sequence[str]
) -> str:
    step, names = len(losses) - 1, _listed(bad)
    if step == 0:
        return f"{names} was not finite before the first step: look at the initialization."
    whole = _finite(losses)
    grew = bool(whole) and whole[-1] > 1.5 * min(whole)
    said = f"{names} went non-finite first, in the update of step {step - 1}. "
    if grew or _largest(ratios)[1] > _HIGH_RATIO:
        return said + _grown(whole, grew) + _rate_too_high(learning_rate, ratios)
    return said + (
        "The loss had not grown before, so a gradient itself became NaN or inf: look for 0/0, the log or root of 0 "
        "or an overflowing exp in the backward pass of that parameter."
    )


def _first_the_loss(
    losses: Sequence[float],
    learning_rate: float,
    ratios: Mapping[str, float],
    params: Mapping[str, np.ndarray],
    X: np.ndarray,
) -> str:
    before = _finite(losses)
    if not before:
        cause = "the first scores are too large (initial weights too large, or data not scaled)"
    elif before[-1] > 1.5 * min(before) or _largest(ratios)[1] > _HIGH_RATIO:
        return "All parameters are still finite. " + _rate_too_high(learning_rate, ratios)
    else:
        cause = "a probability became 0"
    largest = max((float(np.abs(w).max()) for w in params.values() if w.size), default=0.0)
    return (
        f"All parameters are still finite (largest {largest:.3g}, largest input {float(np.abs(X).max()):.3g}), so the loss made it: "
        f"most likely the log of 0 or an overflowing exp, because {cause}. Subtract the largest score of each row before exp."
    )


def _grown(losses: Sequence[float], grew: bool) -> str:
    return f"Before, the loss had grown from {min(losses):.3g} to {losses[-1]:.3g}. " if grew else ""


def _rate_too_high(learning_rate: float, ratios: Mapping[str, float]) -> str:
    name, ratio = _largest(ratios)
    seen = (
        f" (an update moved {name} by {ratio:.1g} of its size, and 1e-3 is healthy)" if ratio > 0.01 else ""
    )
    return f"The learning rate, {learning_rate:.3g}, is most likely too high{seen}: try a tenth of it."


def _largest(ratios: Mapping[str, float]) -> tuple[str, float]:
    known = {name: ratio for name, ratio in ratios.items() if not math.isnan(ratio)}
    return max(known.items(), key=lambda item: item[1], default=("", 0.0))


def _finite(losses: Sequence[float]) -> list[float]:
    return [value for value in losses[:-1] if math.isfinite(value)]


def _non_finite(arrays: Mapping[str, np.ndarray]) -> list[str]:
    return [name for name, array in arrays.items() if not _is_finite(array)]


def _is_finite(array: np.ndarray) -> bool:
    return bool(np.isfinite(array).all())


def _listed(names: Sequence[str]) -> str:
    return " and ".join(names) if len(names) < 3 else f"{', '.join(names[:-1])} and {names[-1]}"
