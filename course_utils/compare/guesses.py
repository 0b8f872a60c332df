"""Guesses: the one plain mistake that explains every value that was looked at."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping

import numpy as np

from course_utils.compare.factors import factor_in_words, known_factors, most_direct
from course_utils.compare.failure import Cause
from course_utils.compare.words import axis_names

# A guess is made only when it explains everything that was looked at this closely.
GUESS_RTOL = 1e-6
# Looking for a sum takes a while for each set of axes.
_MOST_AXES = 6
# The kind of cause where the numbers are right and axes of length 1 too many or too few.
KEEPDIMS = "keepdims"
# The kind of cause where a factor is no number that was named.
UNNAMED_FACTOR = "unnamed factor"
LOW_PRECISION = "it was computed in single precision (float32)"
NEARLY = "part of it was computed in single precision (float32), or a small number was added on one way only"


class Match:
    """Values an answer should have, at all places or at some.

    Args:
        expected: the values, any shape; or, with `places`, one value for each place.
        places: an index array for each axis, as np.nonzero returns, or None for all places.
        tolerance: largest difference that counts as equal; GUESS_RTOL of the largest value when not given.
        elsewhere: whether a candidate that fits at these places fits everywhere; asked where it is given.
    """

    def __init__(
        self,
        expected: np.ndarray,
        places: tuple[np.ndarray, ...] | None = None,
        tolerance: float | None = None,
        elsewhere: Callable[[np.ndarray], bool] | None = None,
    ):
        self.expected = np.asarray(expected, dtype=np.float64)
        self.places = places
        self._elsewhere = elsewhere
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
        is_close = self.close(self.at_places(candidate), self.expected)
        return is_close and (self._elsewhere is None or self._elsewhere(candidate))

    def close(self, a: np.ndarray, b: np.ndarray) -> bool:
        """Whether two arrays agree within this match's tolerance."""
        return bool(np.all(np.abs(a - b) <= self.tolerance))


def guess_shape(actual: np.ndarray, shape: tuple[int, ...], match: Match | None = None) -> Cause | None:
    """Name what would give `actual` the expected shape, and where the values say so too, the expected values.

    Args:
        match: the expected values, or None when they are not known.
    """
    a = np.asarray(actual, dtype=np.float64)
    turned = _turns(a, shape)
    if match and any(match.fits(candidate) for candidate in turned):
        return Cause("transposed", "it is transposed")
    if not a.size and all(shape):
        return Cause("empty", "it is empty: a slice such as [pad:-pad] takes nothing where pad is 0")
    if kept := _axes_kept(a.shape, shape):
        # Only with the right values it is all that is wrong.
        kind = KEEPDIMS if match is None or match.fits(a.reshape(shape)) else "axes"
        return Cause(kind, kept)
    for axes in _axis_sets(a.ndim) if match and a.ndim <= _MOST_AXES else ():
        for summed in (a.sum(axis=axes), a.sum(axis=axes, keepdims=True)):
            if match and summed.shape == shape and match.fits(summed):
                return Cause("sum missing", f"the sum over {axis_names(axes)} is missing")
    if match and _cut_short(a, shape, match):
        return Cause("cut short", "it is right as far as it goes, and its end is missing")
    if match and _framed(a, shape, match):
        return Cause("frame", "the padding is still there: cut it off, [pad : pad + H, pad : pad + W]")
    if turned:
        said = "it is transposed" if match is None else "its axes are in another order"
        return Cause("transposed", said)
    if a.ndim == 2 and a.shape[1:] == shape:
        return Cause("sum missing", "the sum over the batch is missing")
    if a.size == math.prod(shape) > 1:
        return Cause("reshape", "it is not yet in the shape it should have (reshape?)")
    return None


def _axes_kept(shape: tuple[int, ...], wanted: tuple[int, ...]) -> str | None:
    """What is said of a shape that is another one but for axes of length 1."""
    if _drops_axes(shape, wanted):
        return f"{_axes_of_one(len(shape) - len(wanted))} left over (keepdims?)"
    if _drops_axes(wanted, shape):
        return f"{_axes_of_one(len(wanted) - len(shape))} missing: sum with keepdims=True, or reshape"
    return None


def _axes_of_one(count: int) -> str:
    return "an axis of length 1 is" if count == 1 else f"{count} axes of length 1 are"


def _drops_axes(longer: tuple[int, ...], shorter: tuple[int, ...]) -> bool:
    """Whether a shape has more axes than another one, and all that it has more are of length 1."""
    return len(longer) > len(shorter) and [n for n in longer if n != 1] == [n for n in shorter if n != 1]


def _cut_short(a: np.ndarray, shape: tuple[int, ...], match: Match) -> bool:
    """Whether the values are the first ones of those that are expected, along one axis or several."""
    if match.places is not None or a.ndim != len(shape) or a.size < 2:
        return False
    if any(have > wanted for have, wanted in zip(a.shape, shape, strict=True)):
        return False
    return Match(match.expected[tuple(map(slice, a.shape))]).fits(a)


def _framed(a: np.ndarray, shape: tuple[int, ...], match: Match) -> bool:
    """Whether the expected values lie in the middle of images that are larger by the same frame on every side."""
    if a.ndim != 4 or len(shape) != 4 or a.shape[:2] != shape[:2]:
        return False
    more = {have - wanted for have, wanted in zip(a.shape[2:], shape[2:], strict=True)}
    frame = min(more) // 2
    inner = a[:, :, frame : frame + shape[2], frame : frame + shape[3]]
    return len(more) == 1 and frame > 0 and match.fits(inner)


def _turns(a: np.ndarray, shape: tuple[int, ...]) -> list[np.ndarray]:
    """Every way to exchange the axes of `a` that gives the shape."""
    orders = itertools.permutations(range(a.ndim)) if 1 < a.ndim == len(shape) <= 4 else ()
    turned = [a.transpose(order) for order in orders if order != tuple(range(a.ndim))]
    return [candidate for candidate in turned if candidate.shape == shape]


def guess_values(actual: np.ndarray, match: Match, sizes: Mapping[str, float] | None = None) -> Cause | None:
    """Name the one plain mistake that explains all values of `actual`, or None.

    Args:
        sizes: names of numbers that a factor may turn out to be, e.g. {"N": 10}.
    """
    a = np.asarray(actual, dtype=np.float64)
    if match.empty or not np.isfinite(a).all():
        return None
    if not np.any(a):
        return Cause("zero", "it was never filled in: it is zero everywhere") if a.ndim else None
    if match.fits(a):
        # So near that nothing but rounding explains it; among such small errors any order of the numbers seems to fit.
        return _guess_precision(a, match)
    if match.fits(-a):
        return Cause("sign", "the sign is flipped")
    return (
        guess_factor(a, match, sizes)
        or _guess_whole(a, match)
        or _guess_precision(a, match)
        or _guess_order(a, match)
    )


def guess_factor(a: np.ndarray, match: Match, sizes: Mapping[str, float] | None = None) -> Cause | None:
    """Name the constant by which `a` differs from the expected values, or None when there is no such constant."""
    factor = constant_factor(a, match, is_named=bool(sizes))
    if factor is None:
        return None
    known = most_direct(factor, known_factors(factor, sizes or {}))
    plain = any(math.isclose(abs(factor), value, rel_tol=1e-5) for value in (2, 0.5))
    return Cause("factor" if known or plain else UNNAMED_FACTOR, factor_in_words(factor, known))


def constant_factor(a: np.ndarray, match: Match, *, is_named: bool = True) -> float | None:
    """The constant by which `a` differs from the expected values, or None when there is no such constant.

    Args:
        is_named: whether there are names for numbers; without, equal expected values need a plain factor, 2 or 1/2.
    """
    found, expected = match.at_places(a), match.expected
    telling = int(np.sum(np.abs(expected) > 10 * match.tolerance))
    factor = float(np.vdot(expected, found) / np.vdot(expected, expected))
    # Of a single number, or of equal ones, any error is a factor; only a plain one says something.
    plain = any(math.isclose(abs(factor), value, rel_tol=1e-6) for value in (2, 0.5))
    equal = np.ptp(expected) <= match.tolerance and not is_named
    if (telling < 2 or equal) and not plain:
        return None
    if factor == 0 or math.isclose(abs(factor), 1, rel_tol=1e-4) or not match.fits(a / factor):
        return None
    return factor


def guess_offset(a: np.ndarray, match: Match) -> Cause | None:
    """Name a term too few or too many: one number everywhere, or one for each channel or column (axis 1)."""
    error = np.asarray(a, dtype=np.float64) - match.expected
    if a.size < 4 or not np.isfinite(error).all():
        return None
    if match.close(error, error.mean()):
        offset = error.flat[0]
        return Cause("offset", f"it is {abs(offset):.3g} too {'large' if offset > 0 else 'small'} everywhere")
    others = tuple(axis for axis in range(a.ndim) if axis != 1)
    if a.ndim > 1 and a.size >= 3 * a.shape[1] and match.close(error, error.mean(axis=others, keepdims=True)):
        what = "column" if a.ndim == 2 else "channel (axis 1)"
        return Cause(
            "offset", f"each {what} is off by a number of its own, the same in all its places (a bias?)"
        )
    return None


def _guess_whole(a: np.ndarray, match: Match) -> Cause | None:
    found, expected = match.at_places(a), match.expected
    if len(np.unique(found)) < 2 or not np.any(expected != np.round(expected)):
        return None
    if any(np.array_equal(found, cut(expected)) for cut in (np.trunc, np.floor, np.round)):
        return Cause("integer", "it was cut to whole numbers (integer division, or an array of integers?)")
    return None


def _guess_order(a: np.ndarray, match: Match) -> Cause | None:
    for order in itertools.permutations(range(a.ndim)) if 1 < a.ndim <= 4 else ():
        turned = a.transpose(order)
        if order != tuple(range(a.ndim)) and turned.shape == a.shape and match.fits(turned):
            text = (
                "it is transposed" if a.ndim == 2 else f"it is transposed, with its axes in the order {order}"
            )
            return Cause("transposed", text)
    for axes in _axis_sets(a.ndim):
        if any(a.shape[axis] > 1 for axis in axes) and match.fits(np.flip(a, axes)):
            along = f" along {axis_names(axes)}" if a.ndim > 1 else ""
            return Cause("flipped", f"it runs backwards{along}")
    moved = match.places is None and a.size > 3 and np.ptp(a - match.expected) > 1e-3 * np.ptp(match.expected)
    if moved and match.fits(_sorted_like(a, match.expected)):
        return Cause("places", f"the right numbers are in the wrong places{_moved_slices(a, match)}")
    return None


def _moved_slices(a: np.ndarray, match: Match) -> str:
    """Which whole slices along one axis have changed places; "" where it is not whole slices."""
    for axis in range(a.ndim) if a.ndim > 1 else ():
        found, expected = (np.moveaxis(each, axis, 0) for each in (a, match.expected))
        n = len(found)
        home = [next((j for j in range(n) if match.close(found[k], expected[j])), None) for k in range(n)]
        moved = [k for k in range(n) if home[k] != k]
        if None not in home and moved:
            return f": along axis {axis}, index {moved[0]} holds what belongs at {home[moved[0]]}"
    return ""


def _guess_precision(a: np.ndarray, match: Match) -> Cause | None:
    """Single precision leaves errors of random sign below 6e-8 a step."""
    error = match.at_places(a) - match.expected
    scale = np.max(np.abs(match.expected))
    largest = np.max(np.abs(error))
    outwards = error * match.expected
    random = all((signed > 0).any() and (signed < 0).any() for signed in (error, outwards))
    if 1e-9 * scale < largest < 1e-6 * scale and random:
        return Cause("precision", LOW_PRECISION if np.array_equal(a, a.astype(np.float32)) else NEARLY)
    return None


def _sorted_like(a: np.ndarray, model: np.ndarray) -> np.ndarray:
    """The numbers of `a` in the order in which those of `model` are."""
    out = np.empty(a.size)
    out[np.argsort(model, axis=None)] = np.sort(a, axis=None)
    return out.reshape(a.shape)


def _axis_sets(ndim: int) -> list[tuple[int, ...]]:
    return [axes for n in range(1, ndim + 1) for axes in itertools.combinations(range(ndim), n)][:32]
