"""What well-known mistakes in learning-rate schedules and running averages give; a schedule's takes what the schedule takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from autograder.checks.mistakes.known import Values

# (t, learning_rate, ...) -> the rate of step t
Schedule = Callable[..., float]


def _cosine(t: float, rate: float, length: float, lowest: float = 0.0, pi: float = np.pi) -> float:
    return float(lowest + 0.5 * (rate - lowest) * (1 + np.cos(pi * t / length)))


def _cycle(t: float, period: float, growth: float) -> tuple[float, float]:
    """(steps since the last restart, length of this cycle)."""
    length = period
    while t >= length:
        t, length = t - length, length * growth
    return t, length


def _restarting(one_cycle: Callable[[float, float, float, float], float]) -> Schedule:
    """A schedule that restarts rightly; one_cycle takes steps done, length, learning rate and lowest rate."""
    return lambda t, rate, period, growth=1, lowest=0.0: one_cycle(*_cycle(t, period, growth), rate, lowest)


_DROPS = "the rate drops at the steps every, 2·every, 3·every, ..."

SCHEDULES: Mapping[str, Mapping[str, Schedule]] = {
    "step_decay": {
        f"the power is t / every, with a fraction: it is t // every, {_DROPS}": (
            lambda t, rate, every, factor=0.5: rate * factor ** (t / every)
        ),
        f"the rate dropped once and no more: {_DROPS}": (
            lambda t, rate, every, factor=0.5: rate * (factor if t >= every else 1)
        ),
        "each drop comes one step early": (
            lambda t, rate, every, factor=0.5: rate * factor ** ((t + 1) // every)
        ),
        "each drop comes one step late": (
            lambda t, rate, every, factor=0.5: rate * factor ** ((t - 1) // every)
        ),
        "the rate drops at a single step and comes back: it stays down": (
            lambda t, rate, every, factor=0.5: rate * (factor if t and t % every == 0 else 1)
        ),
        "factor was not used: it is 0.5 whatever is passed in": (
            lambda t, rate, every, factor=0.5: rate * 0.5 ** (t // every)
        ),
        "the rate was divided by the factor: it is multiplied by it": (
            lambda t, rate, every, factor=0.5: rate / factor ** (t // every)
        ),
        "factor was multiplied with t // every: it is factor ** (t // every)": (
            lambda t, rate, every, factor=0.5: rate * factor * (t // every)
        ),
        "the remainder t % every was taken: it is t // every": (
            lambda t, rate, every, factor=0.5: rate * factor ** (t % every)
        ),
    },
    "exponential_decay": {
        "the rate grows: the exponent is -decay · t": lambda t, rate, decay: rate * np.exp(decay * t),
        "decay ** t was taken: it is exp(-decay · t)": lambda t, rate, decay: rate * decay**t,
        "(1 - decay) ** t was taken: it is exp(-decay · t)": lambda t, rate, decay: rate * (1 - decay) ** t,
        "t was divided by decay: the exponent is -decay · t": lambda t, rate, decay: (
            rate * np.exp(-t / decay)
        ),
        "the learning rate was left out: it is what exp(-decay · t) is multiplied with": (
            lambda t, rate, decay: np.exp(-decay * t)
        ),
        "a power of 2 was taken: it is exp(-decay · t)": lambda t, rate, decay: rate * 2 ** (-decay * t),
        "t was counted from 1: the first step has t = 0": lambda t, rate, decay: (
            rate * np.exp(-decay * (t + 1))
        ),
        "t stands behind exp: it belongs into the exponent": lambda t, rate, decay: rate * np.exp(-decay) * t,
        "this were inverse-time decay: the rate falls like exp(-decay · t)": lambda t, rate, decay: (
            rate / (1 + decay * t)
        ),
    },
    "inverse_time_decay": {
        "the brackets were forgotten: it is learning_rate / (1 + decay · t)": (
            lambda t, rate, decay: rate / 1 + decay * t
        ),
        "(1 + decay) was multiplied by t: it is 1 + decay · t": lambda t, rate, decay: (
            rate / ((1 + decay) * t)
        ),
        "t was divided by decay: it is 1 + decay · t": lambda t, rate, decay: rate / (1 + t / decay),
        "the 1 + was forgotten: it is 1 + decay · t": lambda t, rate, decay: rate / (decay * t),
        "the root was taken: it is learning_rate / (1 + decay · t)": (
            lambda t, rate, decay: rate / np.sqrt(1 + decay * t)
        ),
        "(1 + decay) ** t was taken: it is 1 + decay · t": lambda t, rate, decay: rate / (1 + decay) ** t,
        "the sign is wrong: it is 1 + decay · t": lambda t, rate, decay: rate / (1 - decay * t),
        "t was counted from 1: the first step has t = 0": lambda t, rate, decay: rate / (1 + decay * (t + 1)),
        "the rate was multiplied: it is divided by 1 + decay · t": lambda t, rate, decay: (
            rate * (1 + decay * t)
        ),
        "this were exponential decay: the rate falls like 1 / (1 + decay · t)": lambda t, rate, decay: (
            rate * np.exp(-decay * t)
        ),
    },
    "sqrt_decay": {
        "the root was forgotten: it is √(1 - t / T)": lambda t, rate, T: rate * max(0.0, 1 - t / T),
        "the root was taken of t / T alone: it is √(1 - t / T)": (
            lambda t, rate, T: rate * (1 - np.sqrt(min(t / T, 1)))
        ),
        "this were 1 / √(t + 1): the rate falls like √(1 - t / T)": lambda t, rate, T: rate / np.sqrt(t + 1),
        "the square was taken: it is √(1 - t / T)": lambda t, rate, T: rate * max(0.0, 1 - t / T) ** 2,
        "t // T is 0 up to step T: it is t / T": lambda t, rate, T: rate * np.sqrt(max(0.0, 1 - t // T)),
        "the root was taken of the learning rate, too": (
            lambda t, rate, T: np.sqrt(rate * max(0.0, 1 - t / T))
        ),
        "the rate grows: it is √(1 - t / T), not √(t / T)": lambda t, rate, T: rate * np.sqrt(t / T),
    },
    "cosine_restarts": {
        "there is no restart: the cosine goes on and comes up again": (
            lambda t, rate, period, growth=1, lowest=0.0: _cosine(t, rate, period, lowest)
        ),
        "there is no restart: the rate stays at its lowest": (
            lambda t, rate, period, growth=1, lowest=0.0: _cosine(min(t, period), rate, period, lowest)
        ),
        "the half was forgotten: it is (1 + cos(π · done)) / 2": _restarting(
            lambda t, length, rate, lowest: lowest + 2 * (_cosine(t, rate, length, lowest) - lowest)
        ),
        "lowest was not used: the cosine runs down to it": _restarting(
            lambda t, length, rate, lowest: _cosine(t, rate, length)
        ),
        "lowest was added to the whole learning rate: the cosine runs from learning_rate - lowest": _restarting(
            lambda t, length, rate, lowest: lowest + _cosine(t, rate, length)
        ),
        "growth was not used: each cycle is growth times as long as the one before": (
            lambda t, rate, period, growth=1, lowest=0.0: _cosine(t % period, rate, period, lowest)
        ),
        "a whole turn was taken: the cosine runs over half a turn, π · done": _restarting(
            lambda t, length, rate, lowest: _cosine(t, rate, length, lowest, 2 * np.pi)
        ),
        "degrees were taken: np.cos wants π · done": _restarting(
            lambda t, length, rate, lowest: _cosine(t, rate, length, lowest, 180)
        ),
        "the cycle is one step short: done is t / period": _restarting(
            lambda t, length, rate, lowest: _cosine(t, rate, length - 1, lowest)
        ),
        "the rate rises within a cycle: it starts at learning_rate and falls": _restarting(
            lambda t, length, rate, lowest: rate + lowest - _cosine(t, rate, length, lowest)
        ),
    },
}


def average_mistakes(average: np.ndarray, value: np.ndarray, decay: float) -> Values:
    """What comes instead of decay · average + (1 - decay) · value."""
    others = (other for other in (0.9, 0.99, 0.995, 0.999) if other != decay)
    return {
        "decay and (1 - decay) were swapped: decay is the share of the old average": (
            (1 - decay) * average + decay * value
        ),
        "the factor (1 - decay) of the parameters is missing": decay * average + value,
        "the parameters came back: the old average was not used": value,
        "the old average came back: the parameters were not used": average,
        "the mean of average and parameters was taken, whatever decay is": (average + value) / 2,
        **{
            f"decay is {other:g}, whatever is passed in or the default says": other * average
            + (1 - other) * value
            for other in others
        },
    }
