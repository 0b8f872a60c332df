"""Says how an answer differs from the expected one.

Every comparison a student reads goes through `difference`, so that a wrong shape is named as a wrong shape and a
flipped sign as a flipped sign, wherever it is met.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from course_utils.compare.closeness import close_values
from course_utils.compare.failure import CheckFailed, Failure
from course_utils.compare.guesses import Match, guess_offset, guess_values
from course_utils.compare.structure import structure_problem
from course_utils.compare.words import kind_of, show_index, two_numbers, worst_index


@dataclass(frozen=True)
class Tolerance:
    """What counts as equal, and names of numbers that a wrong factor may turn out to be."""

    rtol: float
    atol: float
    sizes: Mapping[str, float] | None = None


def check_close(
    actual: object,
    expected: object,
    name: str,
    *,
    rtol: float = 1e-8,
    atol: float = 1e-12,
    sizes: Mapping[str, float] | None = None,
) -> None:
    """Print "✓ name ..." when `actual` agrees with `expected`, raise `CheckFailed` with the difference otherwise.

    The arguments are those of `difference`; guesses are those of the gradient checker, from the same table.
    """
    failure = difference(actual, expected, name, rtol=rtol, atol=atol, sizes=sizes)
    if failure is not None:
        raise CheckFailed(replace(failure, fact=f"✗ {failure.fact}"))
    print(f"✓ {name} is right")


def difference(
    actual: object,
    expected: object,
    name: str,
    *,
    rtol: float = 1e-8,
    atol: float = 1e-12,
    sizes: Mapping[str, float] | None = None,
) -> Failure | None:
    """Say how `actual` differs from `expected`, or return None when they agree.

    Args:
        actual: anything at all.
        expected: an array, a number, or a list, tuple or dict of them; any mapping passes for a dict.
        name: what the answer is called in the sentence, e.g. "dx".
        rtol: |actual - expected| <= atol + rtol * |expected| counts as equal.
        atol: see `rtol`.
        sizes: names of numbers that a wrong factor may turn out to be, e.g. {"N": 10} for a batch of ten.

    Returns:
        A Failure, or None. Never raises, whatever `actual` is.
    """
    try:
        with np.errstate(all="ignore"):
            return _difference(actual, expected, name, Tolerance(rtol, atol, sizes))
    except Exception as error:
        return Failure(f"{name} could not be compared with the expected value ({type(error).__name__})", name)


def _difference(actual: object, expected: object, name: str, tolerance: Tolerance) -> Failure | None:
    if isinstance(expected, (list, tuple)):
        return _sequence_difference(actual, expected, name, tolerance)
    if isinstance(expected, dict):
        return _dict_difference(actual, expected, name, tolerance)
    if expected is None or isinstance(expected, str):
        if type(actual) is type(expected) and actual == expected:
            return None
        return Failure(f"{name} is {kind_of(actual)}, expected {expected!r}", name)
    expected = np.asarray(expected)
    if expected.dtype.kind not in "biuf":
        same = isinstance(actual, np.ndarray) and np.array_equal(actual, expected)
        return None if same else Failure(f"{name} is not what was expected", name)
    return structure_problem(actual, expected, name) or value_problem(
        np.asarray(actual), expected, name, tolerance
    )


def _sequence_difference(
    actual: object, expected: Sequence[Any], name: str, tolerance: Tolerance
) -> Failure | None:
    if not isinstance(actual, (list, tuple)):
        wanted = f"a {type(expected).__name__} of {len(expected)}"
        return Failure(f"{name} is {kind_of(actual)}, expected {wanted}", name)
    if len(actual) != len(expected):
        return Failure(f"{name} has {len(actual)} entries, expected {len(expected)}", name)
    pairs = enumerate(zip(actual, expected, strict=True))
    found = (_difference(a, e, f"{name}[{i}]", tolerance) for i, (a, e) in pairs)
    return next((failure for failure in found if failure), None)


def _dict_difference(
    actual: object, expected: Mapping[Any, Any], name: str, tolerance: Tolerance
) -> Failure | None:
    if not isinstance(actual, Mapping):
        wanted = f"a dict with the keys {', '.join(map(repr, expected))}"
        return Failure(f"{name} is {kind_of(actual)}, expected {wanted}", name)
    missing = [key for key in expected if key not in actual]
    if missing:
        return Failure(f"{name} has no key {missing[0]!r}", name)
    found = (_difference(actual[key], expected[key], f"{name}[{key!r}]", tolerance) for key in expected)
    return next((failure for failure in found if failure), None)


def value_problem(
    actual: np.ndarray, expected: np.ndarray, name: str, tolerance: Tolerance
) -> Failure | None:
    """Say which values are wrong, with a guess when the pattern is plain; the shapes must be equal."""
    close = close_values(actual, expected, tolerance.rtol, tolerance.atol)
    if close.all():
        return None
    worst = worst_index(actual, expected, close)
    values = two_numbers(actual[worst], expected[worst])
    if actual.ndim == 0:
        sentence = f"{name} is {values[0]}, expected {values[1]}"
    else:
        count = f"{(~close).sum()} of {close.size} values"
        place = f"at {show_index(worst)} it is {values[0]}, expected {values[1]}"
        sentence = f"{name} is wrong in {count}, {place}"
    if actual.ndim == 0 and actual.dtype.kind in "iu" and expected.dtype.kind in "iu":
        return Failure(sentence, name)  # a count that is off has not been multiplied by anything
    match = Match(expected)
    cause = guess_values(actual, match, tolerance.sizes) or guess_offset(actual, match)
    return Failure(sentence, name, cause)
