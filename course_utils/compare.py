"""Says in one sentence how an answer differs from the expected one.

Every comparison a student reads goes through `difference`, so that a wrong shape is named as a wrong shape and a
flipped sign as a flipped sign, wherever it is met.
"""

from __future__ import annotations

import itertools
import math
import numbers
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

# A guess is made only when it explains everything that was looked at this closely.
GUESS_RTOL = 1e-6
LOW_PRECISION = "it was computed in single precision (float32)"
NEARLY = "part of it was computed in single precision (float32), or a small number was added on one way only"


@dataclass(frozen=True)
class Rules:
    """What counts as equal, and names of numbers that a wrong factor may turn out to be."""

    rtol: float
    atol: float
    sizes: Mapping[str, float] | None = None


@dataclass(frozen=True)
class Guess:
    """A best guess at a mistake.

    kind: one of a few words, the same for the same mistake wherever it is met, e.g. "sign"
    text: completes "it looks like ..."
    evidence: sentences that support it
    """

    kind: str
    text: str
    evidence: tuple[str, ...] = ()


class Match:
    """Values an answer should have, at all places or at some.

    expected: the values, any shape; or, with `places`, one value for each place
    places: an index array for each axis, as np.nonzero returns, or None for all places
    tolerance: largest difference that counts as equal; GUESS_RTOL of the largest value when not given
    """

    def __init__(
        self,
        expected: np.ndarray,
        places: tuple[np.ndarray, ...] | None = None,
        tolerance: float | None = None,
    ):
        self.expected = np.asarray(expected, dtype=np.float64)
        self.places = places
        scale = float(np.max(np.abs(self.expected), initial=0.0))
        self.tolerance = GUESS_RTOL * scale if tolerance is None else tolerance
        self.empty = scale <= self.tolerance or not np.isfinite(scale)

    def at_places(self, candidate: np.ndarray) -> np.ndarray:
        """The candidate's values where there is something to compare with."""
        return candidate if self.places is None else candidate[self.places]

    def fits(self, candidate: np.ndarray) -> bool:
        """Whether the candidate has the expected values; never true where all of them are zero."""
        if self.empty or (self.places is None and candidate.shape != self.expected.shape):
            return False
        return self.close(self.at_places(candidate), self.expected)

    def close(self, a: np.ndarray, b: np.ndarray) -> bool:
        """Whether two arrays agree within this match's tolerance."""
        return bool(np.all(np.abs(a - b) <= self.tolerance))


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
    actual: object,
    expected: object,
    name: str,
    *,
    rtol: float = 1e-8,
    atol: float = 1e-12,
    sizes: Mapping[str, float] | None = None,
) -> str | None:
    """Say how `actual` differs from `expected`, or return None when they agree.

    actual: anything at all
    expected: an array, a number, or a list, tuple or dict of them
    name: what the answer is called in the sentence, e.g. "dx"
    rtol, atol: |actual - expected| <= atol + rtol * |expected| counts as equal
    sizes: names of numbers that a wrong factor may turn out to be, e.g. {"N": 10} for a batch of ten
    Returns one sentence without a full stop, or None. Never raises, whatever `actual` is.
    """
    try:
        with np.errstate(all="ignore"):
            return _difference(actual, expected, name, Rules(rtol, atol, sizes))
    except Exception as error:
        return f"{name} could not be compared with the expected value ({type(error).__name__})"


def _difference(actual: object, expected: object, name: str, rules: Rules) -> str | None:
    if isinstance(expected, (list, tuple)):
        return _sequence_difference(actual, expected, name, rules)
    if isinstance(expected, dict):
        return _dict_difference(actual, expected, name, rules)
    if expected is None or isinstance(expected, str):
        if type(actual) is type(expected) and actual == expected:
            return None
        return f"{name} is {kind_of(actual)}, expected {expected!r}"
    expected = np.asarray(expected)
    if expected.dtype.kind not in "biuf":
        same = isinstance(actual, np.ndarray) and np.array_equal(actual, expected)
        return None if same else f"{name} is not what was expected"
    return structure_problem(actual, expected, name) or value_problem(
        np.asarray(actual), expected, name, rules
    )


def _sequence_difference(actual, expected, name, rules) -> str | None:
    if not isinstance(actual, (list, tuple)):
        return f"{name} is {kind_of(actual)}, expected a {type(expected).__name__} of {len(expected)}"
    if len(actual) != len(expected):
        return f"{name} has {len(actual)} entries, expected {len(expected)}"
    pairs = enumerate(zip(actual, expected, strict=True))
    found = (_difference(a, e, f"{name}[{i}]", rules) for i, (a, e) in pairs)
    return next((sentence for sentence in found if sentence), None)


def _dict_difference(actual, expected, name, rules) -> str | None:
    if not isinstance(actual, dict):
        return f"{name} is {kind_of(actual)}, expected a dict with the keys {', '.join(map(repr, expected))}"
    missing = [key for key in expected if key not in actual]
    if missing:
        return f"{name} has no key {missing[0]!r}"
    found = (_difference(actual[key], expected[key], f"{name}[{key!r}]", rules) for key in expected)
    return next((sentence for sentence in found if sentence), None)


def structure_problem(actual: object, expected: np.ndarray, name: str) -> str | None:
    """Say what is wrong before any value is looked at: kind, shape, dtype, NaN or inf; None when all is well."""
    wanted = _wanted(expected)
    if actual is None:
        return f"{name} is missing (None), expected {wanted}"
    if not isinstance(actual, (np.ndarray, np.generic, numbers.Number)):
        return f"{name} is {kind_of(actual)}, expected {wanted}"
    array = np.asarray(actual)
    if array.dtype.kind not in "biuf":
        return f"{name} is {kind_of(actual)}, expected {wanted}"
    return (
        _shape_problem(array, expected, name)
        or _dtype_problem(actual, array, expected, name)
        or _finite_problem(array, expected, name)
    )


def value_problem(actual: np.ndarray, expected: np.ndarray, name: str, rules: Rules) -> str | None:
    """Say which values are wrong, with a guess when the pattern is plain; the shapes must be equal."""
    close = np.isclose(actual, expected, rtol=rules.rtol, atol=rules.atol, equal_nan=True)
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
        return sentence  # a count that is off has not been multiplied by anything
    match = Match(expected)
    guess = guess_values(actual, match, rules.sizes) or _guess_offset(actual, match)
    return f"{sentence}: it looks like {guess.text}" if guess else sentence


def worst_index(actual: np.ndarray, expected: np.ndarray, close: np.ndarray) -> tuple[int, ...]:
    """Index of the largest difference among the entries that are not close."""
    error = np.abs(np.subtract(actual, expected, dtype=np.float64))
    error = np.where(close, -1.0, np.where(np.isnan(error), np.inf, error))
    return tuple(int(i) for i in np.unravel_index(np.argmax(error), error.shape))


def show_index(index: tuple[int, ...]) -> str:
    """An index as one would type it: [2, 1]."""
    return f"[{', '.join(map(str, index))}]"


def two_numbers(a: float, b: float) -> tuple[str, str]:
    """Two different numbers in as few digits as keep them apart; counts in full."""
    if all(isinstance(number, int | np.integer) for number in (a, b)):
        return str(a), str(b)
    a, b = float(a), float(b)
    for digits in (3, 6, 9, 12):
        shown = f"{a:.{digits}g}", f"{b:.{digits}g}"
        if shown[0] != shown[1]:
            return shown
    return repr(a), repr(b)


def _wanted(expected: np.ndarray) -> str:
    return "a single number" if expected.ndim == 0 else f"an array of shape {expected.shape}"


def kind_of(value: object) -> str:
    """What a value is, in words, such as "a list of 3"; a value that stayed in a kernel is called what it is there."""
    if value is None:
        return "None"
    if isinstance(value, np.ndarray):
        kinds = {"O": "an array of objects", "c": "an array of complex numbers", "U": "an array of strings"}
        return kinds.get(value.dtype.kind, f"an array of dtype {value.dtype}")
    if isinstance(value, complex | np.complexfloating):
        return "a complex number"
    if isinstance(value, type):
        return f"the class {value.__name__}"
    if callable(value):
        return "a function"
    there = getattr(value, "_type", None)
    kind = there if isinstance(there, str) else type(value).__name__
    article = "an" if kind[:1].lower() in "aeiou" else "a"
    length = f" of {len(value)}" if isinstance(value, (list, tuple)) else ""
    return f"{article} {kind}{length}"


def _shape_problem(actual: np.ndarray, expected: np.ndarray, name: str) -> str | None:
    if actual.shape == expected.shape:
        return None
    wanted = "a single number" if expected.ndim == 0 else str(expected.shape)
    given = "is a single number" if actual.ndim == 0 else f"has shape {actual.shape}"
    sentence = f"{name} {given}, expected {wanted}"
    guess = guess_shape(actual, expected.shape, Match(expected))
    return f"{sentence}: it looks like {guess.text}" if guess else sentence


def _dtype_problem(actual: object, array: np.ndarray, expected: np.ndarray, name: str) -> str | None:
    rank = {"b": 0, "i": 1, "u": 1, "f": 2}
    if expected.dtype.kind not in rank or (not isinstance(actual, (np.ndarray, np.generic))):
        return None
    have, want = array.dtype, expected.dtype
    if rank[have.kind] < rank[want.kind] and expected.ndim:
        return f"{name} holds {'booleans' if have.kind == 'b' else 'whole numbers'} ({have}), expected {want}"
    if have.kind == want.kind == "f" and have.itemsize < want.itemsize:
        return f"{name} has dtype {have}, expected {want}: it looks like {LOW_PRECISION}"
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


def guess_shape(actual: np.ndarray, shape: tuple[int, ...], match: Match | None = None) -> Guess | None:
    """Name what would give `actual` the expected shape, and where the values say so too, the expected values.

    match: the expected values, or None when they are not known
    """
    a = np.asarray(actual, dtype=np.float64)
    turned = _turns(a, shape)
    if match and any(match.fits(candidate) for candidate in turned):
        return Guess("transposed", "it is transposed")
    if a.ndim > len(shape) and tuple(n for n in a.shape if n != 1) == shape:
        return Guess("keepdims", "an axis of length 1 is left over (keepdims?)")
    for axes in _axis_sets(a.ndim) if match else ():
        for summed in (a.sum(axis=axes), a.sum(axis=axes, keepdims=True)):
            if summed.shape == shape and match.fits(summed):
                return Guess("sum missing", f"the sum over {axis_names(axes)} is missing")
    if turned:
        return Guess("transposed", "it is transposed")
    if a.ndim == 2 and a.shape[1:] == shape:
        return Guess("sum missing", "the sum over the batch is missing")
    if a.size == math.prod(shape) > 1:
        return Guess("reshape", "it is not yet in the shape it should have (reshape?)")
    return None


def _turns(a: np.ndarray, shape: tuple[int, ...]) -> list[np.ndarray]:
    """Every way to exchange the axes of `a` that gives the shape."""
    orders = itertools.permutations(range(a.ndim)) if 1 < a.ndim == len(shape) <= 4 else ()
    turned = [a.transpose(order) for order in orders if order != tuple(range(a.ndim))]
    return [candidate for candidate in turned if candidate.shape == shape]


def guess_values(actual: np.ndarray, match: Match, sizes: Mapping[str, float] | None = None) -> Guess | None:
    """Name the one plain mistake that explains all values of `actual`, or None.

    sizes: names of numbers that a factor may turn out to be, e.g. {"N": 10}
    """
    a = np.asarray(actual, dtype=np.float64)
    if match.empty or not np.isfinite(a).all():
        return None
    if not np.any(a):
        return Guess("zero", "it was never filled in: it is zero everywhere") if a.ndim else None
    if match.fits(a):
        # So near that nothing but rounding explains it; among such small errors any order of the numbers seems to fit.
        return _guess_precision(a, match)
    if match.fits(-a):
        return Guess("sign", "the sign is flipped")
    return (
        guess_factor(a, match, sizes)
        or _guess_whole(a, match)
        or _guess_precision(a, match)
        or _guess_order(a, match)
    )


def guess_factor(a: np.ndarray, match: Match, sizes: Mapping[str, float] | None = None) -> Guess | None:
    """Name the constant by which `a` differs from the expected values, or None when there is no such constant."""
    found, expected = match.at_places(a), match.expected
    telling = int(np.sum(np.abs(expected) > 10 * match.tolerance))
    factor = float(np.vdot(expected, found) / np.vdot(expected, expected))
    # Of a single number, or of equal ones, any error is a factor; only a plain one says something.
    plain = any(math.isclose(abs(factor), value, rel_tol=1e-6) for value in (2, 0.5))
    equal = np.ptp(expected) <= match.tolerance and not sizes
    if (telling < 2 or equal) and not plain:
        return None
    if factor == 0 or math.isclose(abs(factor), 1, rel_tol=1e-4) or not match.fits(a / factor):
        return None
    return Guess("factor", _factor_in_words(factor, sizes or {}))


def _factor_in_words(factor: float, sizes: Mapping[str, float]) -> str:
    size, sign = abs(factor), ", with the sign flipped" if factor < 0 else ""
    for ratio, is_larger in ((size, True), (1 / size, False)):
        for power, sup in ((1, ""), (2, "²")):
            names = [f"{name}{sup}" for name, value in sizes.items() if _is_power(ratio, value, power)]
            if names:
                return _size_in_words(names, ratio, is_larger) + sign
    for name, value in sizes.items():
        alone = value > 2 and value - 1 not in sizes.values()
        if alone and math.isclose(size, value / (value - 1), rel_tol=1e-9):
            return f"it was divided by {name} - 1 = {value - 1:g} instead of {name} = {value:g}{sign}"
    if math.isclose(size, 2, rel_tol=1e-5):
        return f"it is doubled{sign}"
    if math.isclose(size, 0.5, rel_tol=1e-5):
        return f"it is halved{sign}"
    if size < 1 and math.isclose(1 / size, round(1 / size), rel_tol=1e-5):
        return f"it is {round(1 / size)} times too small everywhere{sign}"
    return f"it is {size:.6g} times what it should be everywhere{sign}"


def _is_power(ratio: float, value: float, power: int) -> bool:
    """Squares only of numbers below one: probabilities, which more than one layer may have been divided by."""
    return 0 < value < (1 if power > 1 else math.inf) and math.isclose(ratio, value**power, rel_tol=1e-5)


def _size_in_words(names: list[str], value: float, is_larger: bool) -> str:
    """A factor that is a known number, or one over it; several numbers may have this value."""
    equal, either = f"{' = '.join(names)} = {value:g}", " or ".join(names)
    if value < 1:
        done, undone = ("multiplied", "divided") if is_larger else ("divided", "multiplied")
        return f"it is {done} by {equal} once too often (or not {undone} by it)"
    plain = {True: "doubled, ", False: "halved, "}[is_larger] if math.isclose(value, 2, rel_tol=1e-5) else ""
    if is_larger:
        return f"it is {plain}{equal} times too large (is a division by {either} missing?)"
    return f"it is {plain}{equal} times too small (divided by {either} once too often?)"


def _guess_offset(a: np.ndarray, match: Match) -> Guess | None:
    """Name a term too few or too many: one number everywhere, or one for each channel or column (axis 1)."""
    error = np.asarray(a, dtype=np.float64) - match.expected
    if a.size < 4 or not np.isfinite(error).all():
        return None
    if match.close(error, error.mean()):
        offset = error.flat[0]
        return Guess("offset", f"it is {abs(offset):.3g} too {'large' if offset > 0 else 'small'} everywhere")
    others = tuple(axis for axis in range(a.ndim) if axis != 1)
    if a.ndim > 1 and a.size >= 3 * a.shape[1] and match.close(error, error.mean(axis=others, keepdims=True)):
        what = "column" if a.ndim == 2 else "channel (axis 1)"
        return Guess(
            "offset", f"each {what} is off by a number of its own, the same in all its places (a bias?)"
        )
    return None


def _guess_whole(a: np.ndarray, match: Match) -> Guess | None:
    found = match.at_places(a)
    near = np.all(np.abs(found - match.expected) < 1 + match.tolerance)
    if (
        a.size > 1
        and near
        and np.all(a == np.round(a))
        and np.any(match.expected != np.round(match.expected))
    ):
        return Guess("integer", "it was cut to whole numbers (integer division, or an array of integers?)")
    return None


def _guess_order(a: np.ndarray, match: Match) -> Guess | None:
    for order in itertools.permutations(range(a.ndim)) if 1 < a.ndim <= 4 else ():
        turned = a.transpose(order)
        if order != tuple(range(a.ndim)) and turned.shape == a.shape and match.fits(turned):
            text = (
                "it is transposed" if a.ndim == 2 else f"it is transposed, with its axes in the order {order}"
            )
            return Guess("transposed", text)
    for axes in _axis_sets(a.ndim):
        if any(a.shape[axis] > 1 for axis in axes) and match.fits(np.flip(a, axes)):
            along = f" along {axis_names(axes)}" if a.ndim > 1 else ""
            return Guess("flipped", f"it runs backwards{along}")
    moved = match.places is None and a.size > 3 and np.ptp(a - match.expected) > 1e-3 * np.ptp(match.expected)
    if moved and match.fits(_sorted_like(a, match.expected)):
        return Guess("places", "the right numbers are in the wrong places")
    return None


def _guess_precision(a: np.ndarray, match: Match) -> Guess | None:
    """Single precision leaves errors of random sign below 6e-8 a step."""
    error = match.at_places(a) - match.expected
    scale = np.max(np.abs(match.expected))
    largest = np.max(np.abs(error))
    outwards = error * match.expected
    random = all((signed > 0).any() and (signed < 0).any() for signed in (error, outwards))
    if 1e-9 * scale < largest < 1e-6 * scale and random:
        return Guess("precision", LOW_PRECISION if np.array_equal(a, a.astype(np.float32)) else NEARLY)
    return None


def _sorted_like(a: np.ndarray, model: np.ndarray) -> np.ndarray:
    """The numbers of `a` in the order in which those of `model` are."""
    out = np.empty(a.size)
    out[np.argsort(model, axis=None)] = np.sort(a, axis=None)
    return out.reshape(a.shape)


def _axis_sets(ndim: int) -> list[tuple[int, ...]]:
    return [axes for n in range(1, ndim + 1) for axes in itertools.combinations(range(ndim), n)][:32]


def axis_names(axes: tuple[int, ...]) -> str:
    """Axes in words: "the batch", "axis 1", "axes 0, 2 and 3"."""
    if axes == (0,):
        return "the batch"
    if len(axes) == 1:
        return f"axis {axes[0]}"
    return f"axes {', '.join(map(str, axes[:-1]))} and {axes[-1]}"
