"""Says in one sentence how an answer differs from the expected one.

Every comparison a student reads goes through `difference`, so that a wrong shape is named as a wrong shape and a
flipped sign as a flipped sign, wherever it is met.
"""

from __future__ import annotations

import itertools
import math
import numbers

import numpy as np

# A guess is made only when it explains the whole answer this closely.
GUESS_RTOL = 1e-6
FACTORS = {2.0: "twice", 0.5: "half of", 4.0: "four times", 0.25: "a quarter of", 3.0: "three times"}


class CheckFailed(AssertionError):
    """An answer differs from the expected one; the message says how."""


def check_close(
    actual: object, expected: object, name: str, *, rtol: float = 1e-8, atol: float = 1e-12
) -> None:
    """Print "✓ name ..." when `actual` agrees with `expected`, raise `CheckFailed` with the difference otherwise."""
    sentence = difference(actual, expected, name, rtol=rtol, atol=atol)
    if sentence is not None:
        raise CheckFailed(f"✗ {sentence}")
    print(f"✓ {name} is right")


def difference(
    actual: object, expected: object, name: str, *, rtol: float = 1e-8, atol: float = 1e-12
) -> str | None:
    """Say how `actual` differs from `expected`, or return None when they agree.

    actual: anything at all
    expected: an array, a number, or a list, tuple or dict of them
    name: what the answer is called in the sentence, e.g. "dx"
    rtol, atol: |actual - expected| <= atol + rtol * |expected| counts as equal
    Returns one sentence without a full stop, or None. Never raises, whatever `actual` is.
    """
    try:
        with np.errstate(all="ignore"):
            return _difference(actual, expected, name, rtol, atol)
    except Exception as error:
        return f"{name} could not be compared with the expected value ({type(error).__name__})"


def _difference(actual: object, expected: object, name: str, rtol: float, atol: float) -> str | None:
    if isinstance(expected, (list, tuple)):
        return _sequence_difference(actual, expected, name, rtol, atol)
    if isinstance(expected, dict):
        return _dict_difference(actual, expected, name, rtol, atol)
    if expected is None or isinstance(expected, str):
        if type(actual) is type(expected) and actual == expected:
            return None
        return f"{name} is {_kind(actual)}, expected {expected!r}"
    expected = np.asarray(expected)
    if expected.dtype.kind not in "biuf":
        same = isinstance(actual, np.ndarray) and np.array_equal(actual, expected)
        return None if same else f"{name} is not what was expected"
    return structure_problem(actual, expected, name) or value_problem(
        np.asarray(actual), expected, name, rtol, atol
    )


def _sequence_difference(actual, expected, name, rtol, atol) -> str | None:
    if not isinstance(actual, (list, tuple)):
        return f"{name} is {_kind(actual)}, expected a {type(expected).__name__} of {len(expected)}"
    if len(actual) != len(expected):
        return f"{name} has {len(actual)} entries, expected {len(expected)}"
    pairs = enumerate(zip(actual, expected, strict=True))
    found = (_difference(a, e, f"{name}[{i}]", rtol, atol) for i, (a, e) in pairs)
    return next((sentence for sentence in found if sentence), None)


def _dict_difference(actual, expected, name, rtol, atol) -> str | None:
    if not isinstance(actual, dict):
        return f"{name} is {_kind(actual)}, expected a dict with the keys {', '.join(map(repr, expected))}"
    missing = [key for key in expected if key not in actual]
    if missing:
        return f"{name} has no key {missing[0]!r}"
    found = (_difference(actual[key], expected[key], f"{name}[{key!r}]", rtol, atol) for key in expected)
    return next((sentence for sentence in found if sentence), None)


def structure_problem(actual: object, expected: np.ndarray, name: str) -> str | None:
    """Say what is wrong before any value is looked at: kind, shape, dtype, NaN or inf; None when all is well."""
    wanted = _wanted(expected)
    if actual is None:
        return f"{name} is missing (None), expected {wanted}"
    if not isinstance(actual, (np.ndarray, np.generic, numbers.Number)):
        return f"{name} is {_kind(actual)}, expected {wanted}"
    array = np.asarray(actual)
    if array.dtype.kind not in "biuf":
        return f"{name} is {_kind(actual)}, expected {wanted}"
    return (
        _shape_problem(array, expected, name)
        or _dtype_problem(actual, array, expected, name)
        or _finite_problem(array, expected, name)
    )


def value_problem(
    actual: np.ndarray, expected: np.ndarray, name: str, rtol: float, atol: float
) -> str | None:
    """Say which values are wrong, with a guess when the pattern is plain; the shapes must be equal."""
    close = np.isclose(actual, expected, rtol=rtol, atol=atol, equal_nan=True)
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
    guess = guess_values(actual, expected)
    return f"{sentence}: it looks like {guess}" if guess else sentence


def worst_index(actual: np.ndarray, expected: np.ndarray, close: np.ndarray) -> tuple[int, ...]:
    """Index of the largest difference among the entries that are not close."""
    error = np.abs(np.subtract(actual, expected, dtype=np.float64))
    error = np.where(close, -1.0, np.where(np.isnan(error), np.inf, error))
    return tuple(int(i) for i in np.unravel_index(np.argmax(error), error.shape))


def show_index(index: tuple[int, ...]) -> str:
    """An index as one would type it: [2, 1]."""
    return f"[{', '.join(map(str, index))}]"


def two_numbers(a: float, b: float) -> tuple[str, str]:
    """Two different numbers in as few digits as keep them apart."""
    a, b = float(a), float(b)
    for digits in (3, 6, 9, 12):
        shown = f"{a:.{digits}g}", f"{b:.{digits}g}"
        if shown[0] != shown[1]:
            return shown
    return repr(a), repr(b)


def _wanted(expected: np.ndarray) -> str:
    return "a single number" if expected.ndim == 0 else f"an array of shape {expected.shape}"


def _kind(value: object) -> str:
    if value is None:
        return "None"
    if isinstance(value, np.ndarray):
        kinds = {"O": "an array of objects", "c": "an array of complex numbers", "U": "an array of strings"}
        return kinds.get(value.dtype.kind, f"an array of dtype {value.dtype}")
    if isinstance(value, type):
        return f"the class {value.__name__}"
    if callable(value):
        return "a function"
    kind = type(value).__name__
    article = "an" if kind[:1].lower() in "aeiou" else "a"
    length = f" of {len(value)}" if isinstance(value, (list, tuple)) else ""
    return f"{article} {kind}{length}"


def _shape_problem(actual: np.ndarray, expected: np.ndarray, name: str) -> str | None:
    if actual.shape == expected.shape:
        return None
    wanted = "a single number" if expected.ndim == 0 else str(expected.shape)
    given = "is a single number" if actual.ndim == 0 else f"has shape {actual.shape}"
    sentence = f"{name} {given}, expected {wanted}"
    guess = guess_shape(actual, expected)
    return f"{sentence}: it looks like {guess}" if guess else sentence


def _dtype_problem(actual: object, array: np.ndarray, expected: np.ndarray, name: str) -> str | None:
    rank = {"b": 0, "i": 1, "u": 1, "f": 2}
    if expected.dtype.kind not in rank or (not isinstance(actual, (np.ndarray, np.generic))):
        return None
    have, want = array.dtype, expected.dtype
    if rank[have.kind] < rank[want.kind] and expected.ndim:
        return f"{name} holds {'booleans' if have.kind == 'b' else 'whole numbers'} ({have}), expected {want}"
    if have.kind == want.kind == "f" and have.itemsize < want.itemsize:
        return f"{name} has dtype {have}, expected {want}: precision is lost on the way"
    return None


def _finite_problem(actual: np.ndarray, expected: np.ndarray, name: str) -> str | None:
    if actual.dtype.kind != "f" or expected.dtype.kind not in "biuf":
        return None
    agree = (actual == expected) | (np.isnan(actual) & np.isnan(expected))
    bad = ~np.isfinite(actual) & ~agree
    if not bad.any():
        return None
    if actual.ndim == 0:
        return f"{name} is {float(actual)}, expected {float(expected):.6g}"
    place = tuple(int(i) for i in np.argwhere(bad)[0])
    others = int(bad.sum()) - 1
    more = f" and in {others} other place{'s' if others > 1 else ''}" if others else ""
    return f"{name} is {float(actual[place])} at {show_index(place)}{more}, expected {float(expected[place]):.6g}"


def agrees(a: np.ndarray, b: np.ndarray, rtol: float = GUESS_RTOL) -> bool:
    """Whether two arrays are the same up to rtol of the largest value; shapes must be equal, and not empty."""
    if a.shape != b.shape or a.size == 0:
        return False
    scale = np.max(np.abs(b))
    return bool(np.max(np.abs(a - b)) <= rtol * scale)


def guess_shape(actual: np.ndarray, expected: np.ndarray) -> str | None:
    """Name what would give `actual` the expected shape and, where the values say so too, the expected values."""
    a, e = actual.astype(np.float64), expected.astype(np.float64)
    if a.ndim == e.ndim and a.ndim > 1 and a.T.shape == e.shape and agrees(a.T, e):
        return "it is transposed"
    if a.ndim > e.ndim and a.size == e.size and tuple(n for n in a.shape if n != 1) == e.shape:
        return "an axis of length 1 is left over (keepdims?)"
    for axes in _axis_sets(a.ndim):
        summed = a.sum(axis=axes)
        if summed.shape == e.shape and agrees(summed, e):
            return f"the sum over {axis_names(axes)} is missing"
    if a.ndim == e.ndim and a.ndim > 1 and a.T.shape == e.shape:
        return "it is transposed"
    if a.ndim == 2 and e.ndim == 1 and a.shape[1:] == e.shape:
        return "the sum over the batch is missing"
    if a.size == e.size and a.size > 1:
        return "it is not yet in the shape it should have (reshape?)"
    return None


def guess_values(actual: np.ndarray, expected: np.ndarray) -> str | None:
    """Name the one plain mistake that turns all of `expected` into `actual`, or None; the shapes must be equal."""
    a, e = np.asarray(actual, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    if not (np.isfinite(a).all() and np.isfinite(e).all()) or not np.any(e):
        return None
    if not np.any(a):
        return "it was never filled in (it is zero)" if a.ndim else None
    if agrees(a, -e):
        return "the sign is flipped"
    return guess_factor(a, e) or _guess_order(a, e) or _guess_precision(a, e)


def guess_factor(a: np.ndarray, e: np.ndarray) -> str | None:
    """Name the constant by which `a` differs from `e`, or None when there is no such constant."""
    if a.size < 2:
        return None
    factor = float(np.vdot(e, a) / np.vdot(e, e))
    if factor == 0 or not agrees(a, factor * e):
        return None
    size = abs(factor)
    if math.isclose(size, 1, rel_tol=1e-4):
        return None
    sign = "minus " if factor < 0 else ""
    for value, words in FACTORS.items():
        if math.isclose(size, value, rel_tol=1e-6):
            return f"it is {sign}{words} what it should be"
    if size < 1 and math.isclose(1 / size, round(1 / size), rel_tol=1e-6):
        return f"it is {sign}1/{round(1 / size)} of what it should be"
    return f"it is {sign}{size:.6g} times what it should be"


def _guess_order(a: np.ndarray, e: np.ndarray) -> str | None:
    for order in itertools.permutations(range(a.ndim)) if 1 < a.ndim <= 4 else ():
        if order != tuple(range(a.ndim)) and agrees(a.transpose(order), e):
            return "it is transposed" if a.ndim == 2 else f"its axes are in the order {order}"
    for axes in _axis_sets(a.ndim):
        if agrees(np.flip(a, axes), e):
            return f"it runs backwards along {axis_names(axes)}"
    if a.size > 2 and not agrees(a, e) and agrees(np.sort(a, axis=None), np.sort(e, axis=None)):
        return "the right numbers are in the wrong places"
    return None


def _guess_precision(a: np.ndarray, e: np.ndarray) -> str | None:
    scale = np.max(np.abs(e))
    error = np.max(np.abs(a - e)) / scale
    return "it was computed in single precision (float32)" if 1e-9 < error < 1e-6 else None


def _axis_sets(ndim: int) -> list[tuple[int, ...]]:
    return [axes for n in range(1, ndim + 1) for axes in itertools.combinations(range(ndim), n)][:32]


def axis_names(axes: tuple[int, ...]) -> str:
    """Axes in words: "the batch", "axis 1", "axes 0, 2 and 3"."""
    if axes == (0,):
        return "the batch"
    if len(axes) == 1:
        return f"axis {axes[0]}"
    return f"axes {', '.join(map(str, axes[:-1]))} and {axes[-1]}"
