"""Answers that say nothing: what no check may give marks for, whatever the question is."""

from __future__ import annotations

import copy
import inspect

import numpy as np


def unfilled(*args, **kwargs):
    raise NotImplementedError("this function is not written yet (section 5)")


def nothing(*args, **kwargs):
    return None


def a_pair_of_nothing(*args, **kwargs):
    return None, None


def inputs_back(*args, **kwargs):
    return args


def first_input_back(*args, **kwargs):
    return args[0]


def a_copy_of_the_first_input(*args, **kwargs):
    return np.array(args[0])


def first_input_and_cache(*args, **kwargs):
    return args[0], args


def zeros_like_inputs(*args, **kwargs):
    arrays = [np.zeros_like(a) for a in args if isinstance(a, np.ndarray | float)]
    return (arrays[0], args) if len(arrays) == 1 else tuple(arrays)


def zero_and_cache(*args, **kwargs):
    return np.zeros_like(args[0]), args


def always_a_value_error(*args, **kwargs):
    raise ValueError("no")


class EmptyNet:
    def __init__(self, *args, **kwargs):
        self.params = {}

    def loss(self, X, y=None):
        return 0.0 if y is None else (0.0, {})


EMPTY = (
    unfilled,
    nothing,
    a_pair_of_nothing,
    inputs_back,
    first_input_back,
    a_copy_of_the_first_input,
    first_input_and_cache,
    zeros_like_inputs,
    zero_and_cache,
    always_a_value_error,
    EmptyNet,
)


def constant(value):
    return lambda *args, **kwargs: value


def argument(position):
    """One of the arguments, whatever it is; the last where there are not so many."""

    def back(*args, **kwargs):
        given = [*args, *kwargs.values()]
        return given[min(position, len(given) - 1)] if given else None

    return back


def filled(value, number):
    """A value with each number in it replaced by one and the same."""
    if isinstance(value, dict):
        return {key: filled(item, number) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(filled(item, number) for item in value)
    if isinstance(value, bool | np.bool_):
        return bool(number)
    if isinstance(value, str):
        return "healthy"
    if not isinstance(value, np.ndarray | np.generic | float | int):
        return value
    whole = np.asarray(value).dtype.kind in "iu" and np.isfinite(number)
    array = np.full(np.shape(value), number, dtype=np.asarray(value).dtype if whole else None)
    return array if isinstance(value, np.ndarray) else array[()]


def in_the_right_form(answer, number):
    """What has the form of a right answer, made of one number, and has done nothing; the cache of a layer is right."""
    if inspect.isclass(answer):

        class Filled(answer):
            def __init__(self, *args, **kwargs):
                super().__init__(*args, **kwargs)
                kinds = {name: value.dtype for name, value in self.params.items()}
                self.params = {k: filled(v, number).astype(kinds[k]) for k, v in self.params.items()}

            def loss(self, X, y=None):
                return filled(super().loss(X, y), number)

        return Filled

    def fill(*args, **kwargs):
        idle = [constant(0.5) if inspect.isfunction(a) else copy.deepcopy(a) for a in args]
        found = answer(*idle, **copy.deepcopy(kwargs))
        if "_forward" in answer.__name__ and isinstance(found, tuple):
            return filled(found[0], number), *found[1:]
        return filled(found, number)

    return fill


CONSTANTS = (0, 0.0, 1.0, -1.0, float("nan"), float("inf"), True, False, "healthy", (), [], {})
FILLED_WITH = (0.0, 1.0, 0.5, 1e-3, float("nan"), float("inf"))


def trivial(answer, places):
    """Trivial answers by what they are, for a question whose right answer is `answer`; those of `EMPTY` are not among them.

    Args:
        places: how many arguments it takes, or another part of the question, if that takes more.
    """
    constants = {f"always {value!r}": constant(value) for value in CONSTANTS}
    arguments = {f"argument {position}": argument(position) for position in range(max(places, 1))}
    in_form = {f"{number:g} in the right form": in_the_right_form(answer, number) for number in FILLED_WITH}
    return constants | arguments | in_form


def like(value):
    """An answer in the form of a pair: an array of the first argument's shape, and an empty dict."""
    return lambda *args, **kwargs: (np.full(np.shape(args[0]) if args else (), value), {})


# What is not among `EMPTY` already.
OF_ANOTHER_FORM = {
    "a word": lambda *args, **kwargs: "x",
    "an object": lambda *args, **kwargs: object(),
    "a state of words": lambda *args, **kwargs: (
        "x",
        {"velocity": "x", "cache": None, "m": "x", "v": [], "t": "one"},
    ),
    "nan": like(np.nan),
    "huge numbers": like(1e308),
    "booleans": like(True),
    "whole numbers": like(1),
    "an empty array": lambda *args, **kwargs: (np.zeros((0, 3)), {}),
    "an array of objects": lambda *args, **kwargs: (np.array([None, 1]), {"velocity": np.array([None])}),
    "a list": lambda *args, **kwargs: [1, 2, 3],
    "a dict": lambda *args, **kwargs: {"a": 1},
    "a number": lambda *args, **kwargs: 3,
    "a complex number": lambda *args, **kwargs: 1j,
}
