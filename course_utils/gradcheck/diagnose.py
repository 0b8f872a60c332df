"""One best guess at the mistake behind a wrong gradient."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np

from course_utils import compare
from course_utils.compare import Cause, Match
from course_utils.gradcheck.problem import Problem
from course_utils.gradcheck.signatures.assumptions import other_assumption
from course_utils.gradcheck.signatures.elementwise import elementwise, formulas
from course_utils.gradcheck.signatures.evidence import Evidence
from course_utils.gradcheck.signatures.factors import constant
from course_utils.gradcheck.signatures.misread import misread
from course_utils.gradcheck.signatures.normalization import normalization
from course_utils.gradcheck.signatures.plain import diagonal, never_filled, offset, plain
from course_utils.gradcheck.signatures.reductions import (
    beside_regularization,
    extra_factor,
    missing_term,
    right_class,
    swapped,
    wrong_axis,
)
from course_utils.gradcheck.signatures.shortcut import last_relu, shortcut
from course_utils.gradcheck.signatures.spatial import overlaps, routing, shifted

# From the most telling to the least: the first that fits is the guess.
SIGNATURES = (
    offset,
    elementwise,
    right_class,
    extra_factor,
    formulas,
    shortcut,
    last_relu,
    wrong_axis,
    missing_term,
    beside_regularization,
    swapped,
    shifted,
    other_assumption,
    misread,
    normalization,
    never_filled,
    overlaps,
    routing,
    plain,
    diagonal,
)


def diagnose(evidence: Evidence) -> Cause | None:
    """Cause why a gradient of the right shape has wrong values; None when nothing fits."""
    if evidence.broken == "upstream":
        return Cause("upstream", "dout is not used: multiply by the upstream gradient (chain rule)")
    guess = compare.guess_values(evidence.actual, evidence.match(), evidence.problem.numbers())
    if guess and guess.kind in ("factor", compare.UNNAMED_FACTOR):
        return constant(evidence, guess)
    for signature in SIGNATURES if guess is None else ():
        guess = signature(evidence)
        if guess:
            break
    return guess


def diagnose_shape(problem: Problem, name: str, gradient: Any) -> Cause | None:
    """Cause why a gradient has the wrong shape."""
    if gradient is None:
        return Cause("missing", "it was left out")
    if not isinstance(gradient, np.ndarray) or gradient.dtype.kind not in "biuf":
        return None
    point, actual = problem.points[name], np.asarray(gradient, dtype=np.float64)
    if actual.shape == point.shape:
        is_low = gradient.dtype.kind == "f" and gradient.dtype.itemsize < 8
        return Cause("precision", compare.LOW_PRECISION) if is_low else None
    few = _few(problem, name)
    guess = (
        _padding_left(problem, actual, point.shape)
        or _other_argument(problem, name, actual)
        or _all_summed(problem, actual, point.shape)
        or compare.guess_shape(actual, point.shape, few)
    )
    if guess is None and actual.shape == problem.dout.shape and np.allclose(actual, problem.dout, rtol=1e-9):
        return Cause("another array", f"{problem.labels[name]} is dout itself, still in the shape of out")
    guess = guess or _not_repeated(problem, actual, point.shape, few)
    if guess and guess.kind in _BY_SHAPE and not _has_the_values(actual, point.shape, few):
        return None
    return guess


# What a shape alone suggests is told where the numbers say so, too.
_BY_SHAPE = ("sum missing", "spatial sum", "reshape", "transposed")


def _has_the_values(actual: np.ndarray, shape: tuple[int, ...], few: Match | None) -> bool:
    """Whether some sum of the gradient, or another order of its axes, is a multiple of the numeric gradient."""
    if few is None or few.empty:
        return True
    candidates = [actual.reshape(shape)] if actual.size == math.prod(shape) else []
    if actual.ndim <= 4:
        candidates += [
            turned for turned in map(actual.transpose, _orders(actual.ndim)) if turned.shape == shape
        ]
        sums = (actual.sum(axis=axes, keepdims=kept) for axes in _axes(actual.ndim) for kept in (False, True))
        candidates += [summed for summed in sums if summed.shape == shape]
    multiples = (few.at_places(each) for each in candidates)
    return any(few.close(few.expected, _multiple_of(each, few.expected)) for each in multiples)


def _orders(ndim: int) -> list[tuple[int, ...]]:
    return list(itertools.permutations(range(ndim)))


def _axes(ndim: int) -> list[tuple[int, ...]]:
    return [axes for n in range(1, ndim + 1) for axes in itertools.combinations(range(ndim), n)]


def _multiple_of(values: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """The multiple of some values that is nearest to the expected ones."""
    size = float(np.vdot(values, values))
    return values * (float(np.vdot(values, expected)) / size if size else 0.0)


def _padding_left(problem: Problem, actual: np.ndarray, shape: tuple[int, ...]) -> Cause | None:
    if actual.ndim != 4 or len(shape) != 4 or actual.shape[:2] != shape[:2]:
        return None
    if actual.size == 0 and 0 not in shape:
        return Cause(
            "padding", "the slice that cuts off the padding is empty: [pad:-pad] with pad = 0 is [0:0]"
        )
    pads = {v.get("pad") for v in problem.values.values() if isinstance(v, dict)}
    extra = {actual.shape[2] - shape[2], actual.shape[3] - shape[3]}
    if any(pad and extra == {2 * pad} for pad in pads):
        return Cause("padding", "the padding is not cut off")
    return None


def _all_summed(problem: Problem, actual: np.ndarray, shape: tuple[int, ...]) -> Cause | None:
    """A gradient that still has axes of dout, or the wrong ones."""
    dout = problem.dout
    if len(shape) != 1 or dout.ndim < 2 or shape[0] not in dout.shape:
        return None
    if dout.ndim == 3 and shape[0] == dout.shape[-1] and actual.shape[-1:] == shape:
        return _summed_too_little(dout, actual)
    if dout.ndim == 4 and actual.shape == dout.shape:
        return Cause("sum missing", "the sums over the batch and over all positions are missing")
    if dout.ndim == 4 and actual.shape == (dout.shape[0], shape[0]):
        return Cause("sum missing", "the sum over the batch is missing")
    if dout.ndim == 4 and actual.shape == (shape[0], *dout.shape[2:]):
        return Cause("spatial sum", "the sum over all positions (height and width) is missing")
    if dout.ndim == 4 and actual.ndim == 2 and actual.shape[0] == shape[0]:
        return Cause("spatial sum", "the sum over the positions along one axis (height or width) is missing")
    for axis, size in enumerate(dout.shape):
        axes = tuple(i for i in range(dout.ndim) if i != axis)
        if actual.shape == (size,) and size != shape[0]:
            right = tuple(i for i in range(dout.ndim) if i != dout.shape.index(shape[0]))
            words = compare.axis_names(axes), compare.axis_names(right)
            return Cause("wrong axis", f"the sum runs over {words[0]}, it should run over {words[1]}")
    return None


def _not_repeated(
    problem: Problem, actual: np.ndarray, shape: tuple[int, ...], few: Match | None
) -> Cause | None:
    """Right numbers in the shape of out, where forward summed or averaged the last axes away."""
    gone = len(shape) - actual.ndim
    if few is None or gone < 1 or not actual.ndim or not actual.shape == problem.dout.shape == shape[:-gone]:
        return None
    if not few.fits(np.broadcast_to(actual.reshape(*actual.shape, *[1] * gone), shape)):
        return None
    axes = tuple(range(len(shape) - gone, len(shape)))
    text = f"its numbers are right, once for each number of out: repeat them over {compare.axis_names(axes)}"
    return Cause("repeat missing", text)


def _summed_too_little(dout: np.ndarray, actual: np.ndarray) -> Cause | None:
    """Of examples with a sequence each: over which axis the sum is missing, by the values."""
    for done, missing in ((0, 1), (1, 0)):
        summed = dout.sum(axis=done)
        if summed.shape == actual.shape and np.allclose(summed, actual):
            return Cause("sum missing", f"the sum over {compare.axis_names((missing,))} of dout is missing")
    return (
        Cause("sum missing", "the sums over the batch and over axis 1 are missing")
        if actual.shape == dout.shape
        else None
    )


def _other_argument(problem: Problem, name: str, actual: np.ndarray) -> Cause | None:
    """The gradient of another argument, by shape and, at a few entries, by value."""
    for other, label in problem.labels.items():
        if other != name and problem.points[other].shape == actual.shape and actual.size:
            own = problem.gradients[label]
            if isinstance(own, np.ndarray) and own.shape == actual.shape and np.allclose(own, actual):
                # The other one is where it belongs: nothing has changed places.
                continue
            probe = problem.probe(other)
            indices = _spread(actual.shape, 4)
            values = np.array([probe.entry(index, 1e-5)[1] for index in indices])
            used = np.array([actual[index] for index in indices])
            if np.allclose(values, used, rtol=1e-4, atol=1e-8 + 2 * probe.noise / 1e-5):
                return Cause(
                    "swapped",
                    f"{problem.labels[name]} holds the gradient {label}: are they returned in another order?",
                )
    return None


def _few(problem: Problem, name: str) -> Match | None:
    """The numeric gradient at a few entries."""
    point, probe = problem.points[name], problem.probe(name)
    if point.ndim == 0 or point.size == 0:
        return None
    indices = _spread(point.shape, 8)
    values = np.array([probe.entry(index, 1e-5)[1] for index in indices])
    places = tuple(np.array(axis) for axis in zip(*indices, strict=True))
    tolerance = 1e-5 * float(np.max(np.abs(values))) + 2 * probe.noise / 1e-5
    return Match(values, places, tolerance)


def _spread(shape: tuple[int, ...], count: int) -> list[tuple[int, ...]]:
    size = math.prod(shape)
    flat = np.unique(np.linspace(0, size - 1, min(count, size)).astype(int))
    return [tuple(int(i) for i in np.unravel_index(k, shape)) for k in flat]
