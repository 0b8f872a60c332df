"""Planted answers: learning-rate schedules."""

import math

import numpy as np

from answers import right, wrong

PART = (0.0, 0.985)


def _plant(function, *answers):
    both = function in ("exponential_decay", "inverse_time_decay")
    question = "inverse_time_decay" if both else function
    for name, reason, answer in answers:
        answer.__name__, answer.__module__ = f"{function}_{name}" if both else name, __name__
        part = {"function": function}
        (wrong(question, reason, earns=PART, **part) if reason else right(question, **part))(answer)


def _step_with_a_loop(t, learning_rate, every, factor=0.5):
    for step in range(1, t + 1):
        if step % every == 0:
            learning_rate *= factor
    return learning_rate


_plant(
    "step_decay",
    (
        "drops_a_step_late",
        "at the boundaries",
        lambda t, learning_rate, every, factor=0.5: learning_rate * factor ** (max(t - 1, 0) // every),
    ),
    (
        "drops_a_step_early",
        "at the boundaries",
        lambda t, learning_rate, every, factor=0.5: learning_rate * factor ** ((t + 1) // every),
    ),
    (
        "decays_smoothly",
        "first drop",
        lambda t, learning_rate, every, factor=0.5: learning_rate * factor ** (t / every),
    ),
    (
        "rounds_the_power",
        "first drop|boundaries",
        lambda t, learning_rate, every, factor=0.5: learning_rate * factor ** round(t / every),
    ),
    (
        "halves_always",
        "other factors",
        lambda t, learning_rate, every, factor=0.5: learning_rate * 0.5 ** (t // every),
    ),
    (
        "drops_once",
        "boundaries",
        lambda t, learning_rate, every, factor=0.5: learning_rate * (factor if t >= every else 1),
    ),
    (
        "multiplies_by_the_count",
        "first drop|boundaries",
        lambda t, learning_rate, every, factor=0.5: learning_rate * factor * (t // every),
    ),
    (
        "another_default_factor",
        "boundaries",
        lambda t, learning_rate, every, factor=0.1: learning_rate * factor ** (t // every),
    ),
    ("renamed_arguments", "arguments by name", lambda t, lr, every, drop=0.5: lr * drop ** (t // every)),
    (
        "as_text",
        "step_decay",
        lambda t, learning_rate, every, factor=0.5: f"{learning_rate * factor ** (t // every)}",
    ),
    ("with_a_loop", None, _step_with_a_loop),
    (
        "by_floor",
        None,
        lambda t, learning_rate, every, factor=0.5: learning_rate * math.pow(factor, math.floor(t / every)),
    ),
    (
        "by_divmod",
        None,
        lambda t, learning_rate, every, factor=0.5: np.float64(learning_rate) * factor ** divmod(t, every)[0],
    ),
)

_plant(
    "exponential_decay",
    ("grows", "the rate grows", lambda t, learning_rate, decay: learning_rate * np.exp(decay * t)),
    (
        "power_of_the_decay",
        r"decay \*\* t was taken",
        lambda t, learning_rate, decay: learning_rate * decay**t,
    ),
    (
        "by_one_minus",
        r"\(1 - decay\) \*\* t was taken",
        lambda t, learning_rate, decay: learning_rate * (1 - decay) ** t,
    ),
    (
        "power_of_two",
        "a power of 2 was taken",
        lambda t, learning_rate, decay: learning_rate * 2.0 ** (-decay * t),
    ),
    ("rate_left_out", "the learning rate was left out", lambda t, learning_rate, decay: np.exp(-decay * t)),
    (
        "time_left_out",
        "later steps|full rate",
        lambda t, learning_rate, decay: learning_rate * np.exp(-decay),
    ),
    (
        "counts_from_one",
        "full rate",
        lambda t, learning_rate, decay: learning_rate * np.exp(-decay * (t + 1)),
    ),
    ("subtracts", "later steps", lambda t, learning_rate, decay: learning_rate - decay * t),
    ("by_math", None, lambda t, learning_rate, decay: learning_rate * math.exp(-decay * t)),
    ("by_division", None, lambda t, learning_rate, decay: learning_rate / np.exp(decay * t)),
    ("by_power", None, lambda t, learning_rate, decay: learning_rate * math.e ** (-(decay * t))),
    ("in_one_exponent", None, lambda t, learning_rate, decay: np.exp(np.log(learning_rate) - decay * t)),
)

_plant(
    "inverse_time_decay",
    ("without_the_one", "full rate", lambda t, learning_rate, decay: learning_rate / max(decay * t, 1e-12)),
    ("multiplies", "later steps", lambda t, learning_rate, decay: learning_rate * (1 + decay * t)),
    (
        "exponential",
        "this were exponential decay",
        lambda t, learning_rate, decay: learning_rate * np.exp(-decay * t),
    ),
    ("root", "the root was taken", lambda t, learning_rate, decay: learning_rate / np.sqrt(1 + decay * t)),
    ("square", "later steps", lambda t, learning_rate, decay: learning_rate / (1 + decay * t) ** 2),
    ("counts_from_one", "full rate", lambda t, learning_rate, decay: learning_rate / (1 + decay * (t + 1))),
    ("adds_the_decay", "full rate|later", lambda t, learning_rate, decay: learning_rate / (1 + decay + t)),
    (
        "precedence",
        "the brackets were forgotten",
        lambda t, learning_rate, decay: learning_rate / 1 + decay * t,
    ),
    (
        "by_the_inverse",
        None,
        lambda t, learning_rate, decay: 1 / (1 / learning_rate + decay * t / learning_rate),
    ),
    ("by_power", None, lambda t, learning_rate, decay: learning_rate * (1.0 + decay * t) ** -1),
    ("by_numpy", None, lambda t, learning_rate, decay: np.divide(learning_rate, 1 + np.multiply(decay, t))),
)

_plant(
    "sqrt_decay",
    (
        "nan_beyond_the_end",
        "beyond it",
        lambda t, learning_rate, T: learning_rate * np.sqrt(1 - np.float64(t) / T),
    ),
    ("linear", "the root was forgotten", lambda t, learning_rate, T: learning_rate * max(0.0, 1 - t / T)),
    ("square", "the square was taken", lambda t, learning_rate, T: learning_rate * max(0.0, 1 - t / T) ** 2),
    (
        "one_minus_the_root",
        "on the way",
        lambda t, learning_rate, T: learning_rate * max(0.0, 1 - np.sqrt(t / T)),
    ),
    (
        "counts_from_one",
        "full rate",
        lambda t, learning_rate, T: learning_rate * np.sqrt(max(0.0, 1 - (t + 1) / T)),
    ),
    (
        "ends_a_step_early",
        "on the way",
        lambda t, learning_rate, T: learning_rate * np.sqrt(max(0.0, 1 - t / (T - 1))),
    ),
    (
        "whole_division",
        "t // T is 0 up to step T",
        lambda t, learning_rate, T: learning_rate * np.sqrt(max(0, 1 - t // T)),
    ),
    (
        "root_of_the_rate",
        "sqrt_decay",
        lambda t, learning_rate, T: np.sqrt(learning_rate * max(0.0, 1 - t / T)),
    ),
    (
        "raises_at_the_end",
        "raised ZeroDivisionError",
        lambda t, learning_rate, T: learning_rate * (1 - t / T) / (1 - t / T) ** 0.5 if t <= T else 0.0,
    ),
    ("by_clip", None, lambda t, learning_rate, T: learning_rate * np.sqrt(np.clip(1 - t / T, 0, 1))),
    ("by_condition", None, lambda t, learning_rate, T: learning_rate * ((T - t) / T) ** 0.5 if t < T else 0),
    ("by_minimum", None, lambda t, learning_rate, T: learning_rate * math.sqrt(1 - min(t, T) / T)),
)


def _cosine(
    rate=lambda done, high, low: low + 0.5 * (high - low) * (1 + np.cos(np.pi * done)),
    length=lambda period, growth, cycle: period * growth**cycle,
    over=lambda t, length: t >= length,
    done=lambda t, length: t / length,
):
    def cosine_restarts(t, learning_rate, period, growth=1, lowest=0.0):
        cycle = 0
        while over(t, length(period, growth, cycle)):
            t -= length(period, growth, cycle)
            cycle += 1
        return rate(done(t, length(period, growth, cycle)), learning_rate, lowest)

    return cosine_restarts


def _cosine_by_the_logarithm(t, learning_rate, period, growth=1, lowest=0.0):
    if growth == 1:
        s, length = t % period, period
    else:
        cycle = int(math.log(t / period * (growth - 1) + 1, growth) + 1e-9)
        length = period * growth**cycle
        s = t - period * (growth**cycle - 1) // (growth - 1)
    return lowest + (learning_rate - lowest) * (1 + math.cos(math.pi * s / length)) / 2


def _cosine_by_a_rounded_logarithm(t, learning_rate, period, growth=1, lowest=0.0):
    if growth == 1:
        s, length = t % period, period
    else:
        cycle = int(np.log(1 + t * (growth - 1) / period) / np.log(growth))
        length = period * growth**cycle
        s = t - period * (growth**cycle - 1) // (growth - 1)
    return lowest + (learning_rate - lowest) * (1 + math.cos(math.pi * s / length)) / 2


def _cosine_by_half_angles(t, learning_rate, period, growth=1, lowest=0.0):
    start, end = 0, period
    while t >= end:
        start, end = end, end + growth * (end - start)
    return lowest + (learning_rate - lowest) * np.cos(0.5 * np.pi * (t - start) / (end - start)) ** 2


def _cosine_recursive(t, learning_rate, period, growth=1, lowest=0.0):
    if t >= period:
        return _cosine_recursive(t - period, learning_rate, period * growth, growth, lowest)
    share = 0.5 + 0.5 * math.cos(t / period * math.pi)
    return (1 - share) * lowest + share * learning_rate


_plant(
    "cosine_restarts",
    ("never_restarts", "there is no restart", _cosine(over=lambda t, length: False)),
    ("restarts_a_step_late", "restarts", _cosine(over=lambda t, length: t > length)),
    ("never_grows", "cycles that grow", _cosine(length=lambda period, growth, cycle: period)),
    (
        "grows_by_adding",
        "cycles that grow",
        _cosine(length=lambda period, growth, cycle: period * (1 + (growth - 1) * cycle)),
    ),
    (
        "ignores_the_lowest",
        "lowest",
        _cosine(lambda done, high, low: 0.5 * high * (1 + np.cos(np.pi * done))),
    ),
    (
        "adds_the_lowest",
        "lowest",
        _cosine(lambda done, high, low: low + 0.5 * high * (1 + np.cos(np.pi * done))),
    ),
    (
        "whole_wave",
        "a whole turn was taken",
        _cosine(lambda done, high, low: low + 0.5 * (high - low) * (1 + np.cos(2 * np.pi * done))),
    ),
    (
        "not_halved",
        "the half was forgotten",
        _cosine(lambda done, high, low: low + (high - low) * (1 + np.cos(np.pi * done))),
    ),
    (
        "upside_down",
        "the rate rises within a cycle",
        _cosine(lambda done, high, low: low + 0.5 * (high - low) * (1 - np.cos(np.pi * done))),
    ),
    (
        "in_degrees",
        "degrees were taken",
        _cosine(lambda done, high, low: low + 0.5 * (high - low) * (1 + np.cos(180 * done))),
    ),
    ("reaches_the_lowest", "first descent|restarts", _cosine(done=lambda t, length: t / max(length - 1, 1))),
    ("linear", "first descent", _cosine(lambda done, high, low: low + (high - low) * (1 - done))),
    ("by_a_rounded_logarithm", "cycles that grow", _cosine_by_a_rounded_logarithm),
    ("by_the_logarithm", None, _cosine_by_the_logarithm),
    ("by_half_angles", None, _cosine_by_half_angles),
    ("recursive", None, _cosine_recursive),
)
