"""What is wrong with an answer before any value is looked at: kind, shape, dtype, NaN or inf."""

from __future__ import annotations

import numbers

import numpy as np

from course_utils.compare.failure import Cause, Failure
from course_utils.compare.guesses import LOW_PRECISION, Match, guess_shape
from course_utils.compare.words import kind_of, show_index, wanted_in_words

# Looking for a reason takes several times an array's memory.
_MOST_GUESSED = 10**6


def structure_problem(actual: object, expected: np.ndarray, name: str) -> Failure | None:
    """Say what is wrong before any value is looked at: kind, shape, dtype, NaN or inf; None when all is well."""
    wanted = wanted_in_words(expected)
    if actual is None:
        return Failure(f"{name} is missing (None), expected {wanted}", name)
    if not isinstance(actual, (np.ndarray, np.generic, numbers.Number)):
        return Failure(f"{name} is {kind_of(actual)}, expected {wanted}", name)
    array = np.asarray(actual)
    if array.dtype.kind not in "biuf":
        return Failure(f"{name} is {kind_of(actual)}, expected {wanted}", name)
    return (
        _shape_problem(array, expected, name)
        or _dtype_problem(actual, array, expected, name)
        or _finite_problem(array, expected, name)
    )


def _shape_problem(actual: np.ndarray, expected: np.ndarray, name: str) -> Failure | None:
    if actual.shape == expected.shape:
        return None
    wanted = "a single number" if expected.ndim == 0 else str(expected.shape)
    given = "is a single number" if actual.ndim == 0 else f"has shape {actual.shape}"
    sentence = f"{name} {given}, expected {wanted}"
    if actual.size > _MOST_GUESSED:
        return Failure(sentence, name)
    return Failure(sentence, name, guess_shape(actual, expected.shape, Match(expected)))


def _dtype_problem(actual: object, array: np.ndarray, expected: np.ndarray, name: str) -> Failure | None:
    rank = {"b": 0, "i": 1, "u": 1, "f": 2}
    if expected.dtype.kind not in rank or (not isinstance(actual, (np.ndarray, np.generic))):
        return None
    have, want = array.dtype, expected.dtype
    if rank[have.kind] < rank[want.kind] and expected.ndim:
        kind = "booleans" if have.kind == "b" else "whole numbers"
        return Failure(f"{name} holds {kind} ({have}), expected {want}", name)
    if have.kind == want.kind == "f" and have.itemsize < want.itemsize:
        cause = Cause("precision", LOW_PRECISION)
        return Failure(f"{name} has dtype {have}, expected {want}", name, cause)
    return None


def _finite_problem(actual: np.ndarray, expected: np.ndarray, name: str) -> Failure | None:
    if actual.dtype.kind != "f" or expected.dtype.kind not in "biuf":
        return None
    bad = ~np.isfinite(actual)
    if bad.any():
        bad &= (actual != expected) & ~(np.isnan(actual) & np.isnan(expected))
    if not bad.any():
        return None
    if actual.ndim == 0:
        return Failure(f"{name} is {float(actual)}, expected {float(expected):.6g}", name)
    place = tuple(int(i) for i in np.argwhere(bad)[0])
    others = int(bad.sum()) - 1
    more = f" and in {others} other place{'s' if others > 1 else ''}" if others else ""
    where = f"{float(actual[place])} at {show_index(place)}{more}"
    return Failure(f"{name} is {where}, expected {float(expected[place]):.6g}", name)
