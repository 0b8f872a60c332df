"""Learning-rate schedules: plain functions `(t, T, *, learning_rate, ...) -> learning rate of step t`.

t counts steps from 0, T is the number of steps of the whole training. A `Solver` wants `(t, T)` alone, so bind the rest:

    Solver(model, data, schedule=partial(step_decay, learning_rate=0.1, every=500))
"""

from __future__ import annotations

import math
from collections.abc import Callable

Schedule = Callable[[int, int], float]

__all__ = (
    "constant",
    "cosine_restarts",
    "exponential_decay",
    "inverse_time_decay",
    "sqrt_decay",
    "step_decay",
    "warm_up",
)


def constant(t: int, T: int, *, learning_rate: float) -> float:
    """The same rate at every step.

    Args:
        t: the step, counted from 0.
        T: steps of the whole training.
        learning_rate: the rate.
    """
    return learning_rate


def step_decay(t: int, T: int, *, learning_rate: float, every: int, factor: float = 0.5) -> float:
    """Multiply the rate by `factor` after each `every` steps: learning_rate · factor^⌊t / every⌋.

    Args:
        t: the step, counted from 0.
        T: steps of the whole training.
        learning_rate: of the first step.
        every: steps from one fall to the next.
        factor: what the rate is multiplied by.

    Raises:
        ValueError: every is below 1.
    """
    if every < 1:
        raise ValueError(f"every is {every}; it counts steps and must be at least 1")
    return learning_rate * factor ** (t // every)


def exponential_decay(t: int, T: int, *, learning_rate: float, decay: float) -> float:
    """learning_rate · exp(-decay · t).

    Args:
        t: the step, counted from 0.
        T: steps of the whole training.
        learning_rate: of the first step.
        decay: the share lost in a step.
    """
    return learning_rate * math.exp(-decay * t)


def inverse_time_decay(t: int, T: int, *, learning_rate: float, decay: float) -> float:
    """learning_rate / (1 + decay · t): half of it left at step 1 / decay.

    Args:
        t: the step, counted from 0.
        T: steps of the whole training.
        learning_rate: of the first step.
        decay: how fast it falls.
    """
    return learning_rate / (1 + decay * t)


def sqrt_decay(t: int, T: int, *, learning_rate: float) -> float:
    """learning_rate · √(1 - t / T): slow at first, 0 at step T and later.

    Args:
        t: the step, counted from 0.
        T: steps of the whole training.
        learning_rate: of the first step.
    """
    return learning_rate * math.sqrt(max(0.0, 1 - t / T)) if T else learning_rate


def cosine_restarts(
    t: int,
    T: int,
    *,
    learning_rate: float,
    period: int | None = None,
    growth: float = 1.0,
    lowest: float = 0.0,
) -> float:
    """Half a cosine from learning_rate down to lowest, again and again.

    Source: Loshchilov and Hutter 2017, equation 5.

    Args:
        t: the step, counted from 0.
        T: steps of the whole training.
        learning_rate: at each restart.
        period: steps of the first descent; T, so that there is no restart, when not given.
        growth: how many times as long each descent is as the one before, at least 1.
        lowest: where each descent ends.

    Returns:
        The rate: learning_rate at each restart, close to lowest just before.

    Raises:
        ValueError: period or growth is below 1.
    """
    if period is None:
        done = min(1.0, t / max(T, 1))
    elif period < 1 or growth < 1:
        raise ValueError(f"period is {period} and growth {growth}; both must be at least 1")
    elif growth == 1:
        done = t % period / period
    else:
        start, length = 0.0, float(period)
        while t >= start + length:
            start, length = start + length, length * growth
        done = (t - start) / length
    return lowest + 0.5 * (learning_rate - lowest) * (1 + math.cos(math.pi * done))


def warm_up(t: int, T: int, *, schedule: Schedule, steps: int) -> float:
    """Rise in a straight line to another schedule's rate over the first `steps` steps, then follow it.

    Args:
        t: the step, counted from 0.
        T: steps of the whole training.
        schedule: the other one, (t, T) -> learning rate.
        steps: steps of the rise; the first step already has 1 / steps of the rate.
    """
    return schedule(t, T) * min(1.0, (t + 1) / max(steps, 1))
