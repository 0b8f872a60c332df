"""What can be seen without knowing the layer: another array in its place, parts never filled in, a sign lost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from course_utils.compare import Cause, axis_names
from course_utils.gradcheck.signatures.evidence import Evidence
from course_utils.gradcheck.signatures.reductions import sums


def plain(evidence: Evidence) -> Cause | None:
    """Look at the gradient's own numbers."""
    if evidence.actual.ndim == 0 or evidence.actual.size < 3:
        return None
    return _another_array(evidence) or _one_number(evidence) or _copied(evidence) or _sign_lost(evidence)


def _another_array(evidence: Evidence) -> Cause | None:
    """The upstream gradient, an argument, another gradient or the output itself, as it is, or a slice of one."""
    problem = evidence.problem
    arrays = {"dout": evidence.dout, **problem.values, **problem.points, "the output of forward": problem.out}
    if problem.kind != "model":
        # A model hands one gradient through many layers; that two of them are alike is no news there.
        # Of two that are both wrong nothing tells which is the copy, or whether they should be alike.
        arrays |= {label: g for label, g in problem.gradients.items() if label in evidence.passed}
    arrays |= {
        f"dout summed over {axis_names(axes)}": summed
        for axes, summed in sums(evidence.dout, evidence.actual.shape)
    }
    for name, array in arrays.items():
        for words, part in _parts(name, array):
            same = part.shape == evidence.actual.shape and np.ptp(part) > 0
            if same and np.allclose(evidence.actual, part, rtol=1e-9, atol=0):
                return Cause("another array", f"{evidence.label} is {words}")
    return None


def _parts(name: str, array: Any) -> Iterator[tuple[str, np.ndarray]]:
    """An array of numbers and its slices along one axis; nothing of anything else."""
    if not (isinstance(array, np.ndarray) and array.dtype.kind in "fiu"):
        return
    yield f"{name} itself", array
    for axis in range(array.ndim):
        for k in range(min(array.shape[axis], 32)):
            yield f"index {k} of {name} along axis {axis}", array.take(k, axis=axis)


def _one_number(evidence: Evidence) -> Cause | None:
    if np.ptp(evidence.actual) == 0 and np.ptp(evidence.expected) > evidence.tolerance:
        return Cause("one number", f"it is the same number everywhere, {evidence.actual.flat[0]:.3g}")
    return None


def offset(evidence: Evidence) -> Cause | None:
    """One number too much everywhere."""
    error = evidence.seen(evidence.actual) - evidence.expected
    if error.size < 3 or np.ptp(evidence.expected) <= 5 * evidence.tolerance:
        return None
    if (
        abs(error.mean()) <= 5 * evidence.tolerance
        or np.max(np.abs(error - error.mean())) > 2 * evidence.tolerance
    ):
        return None
    if not evidence.holds_elsewhere(evidence.actual - error.mean()):
        return None
    return Cause("offset", f"a constant is added: it is {error.mean():+.3g} off everywhere")


def _sign_lost(evidence: Evidence) -> Cause | None:
    expected, used = evidence.expected, evidence.seen(evidence.actual)
    below = expected < -10 * evidence.tolerance
    if below.sum() < 2 or (~below).sum() < 2:
        return None
    if np.all(np.abs(used - np.abs(expected)) <= evidence.tolerance):
        return Cause("sign lost", "its sign is lost: every entry is the absolute value of what it should be")
    kept = used * expected > 0
    if min(kept.sum(), (~kept).sum()) > 2 and np.all(
        np.abs(np.abs(used) - np.abs(expected)) <= evidence.tolerance
    ):
        return Cause(
            "signs", "its sizes are right and some of its signs are not: was an absolute value taken?"
        )
    is_cut = np.all(np.abs(used - np.maximum(expected, 0)) <= evidence.tolerance)
    if is_cut and evidence.holds_elsewhere(evidence.actual, evidence.actual != 0):
        return Cause("cut", "its negative entries are cut to zero; the others are right")
    return None


def _copied(evidence: Evidence) -> Cause | None:
    """Slices along one axis that are copies of other, right ones; or all of them alike."""
    actual = evidence.actual
    for axis, places in enumerate(evidence.places):
        slices = np.moveaxis(actual, axis, 0).reshape(actual.shape[axis], -1)
        if len(slices) < 2 or np.ptp(actual) == 0:
            continue
        if actual.ndim > 1 and np.all(np.ptp(slices, axis=0) <= 1e-12 * np.max(np.abs(slices))):
            return Cause("copied", f"it is the same at every index of axis {axis}")
        wrong = sorted(set(places[evidence.is_wrong].tolist()))
        right = sorted(set(places.tolist()) - set(wrong))
        if slices.shape[1] < 2 or not right:
            continue
        models = [_model(slices, k, right) for k in wrong]
        if wrong and None not in models:
            return Cause(
                "copied", f"along axis {axis}, index {_few(wrong)} is a copy of index {_few(models)}"
            )
    return None


def _model(slices: np.ndarray, k: int, right: list[int]) -> int | None:
    """The right slice of which this one is a copy; where few numbers recur, slices are alike by chance."""
    if not np.any(slices[k]) or 2 * len(np.unique(slices[k])) <= len(slices[k]):
        return None
    return next((j for j in right if np.array_equal(slices[j], slices[k])), None)


def _few(numbers: Iterable[Any]) -> str:
    known = list(map(str, numbers))
    return ", ".join(known[:4]) + (", ..." if len(known) > 4 else "")


def never_filled(evidence: Evidence) -> Cause | None:
    """Zero along whole indices of one axis or several (a border), right elsewhere."""
    wrong = evidence.is_wrong
    zero = evidence.seen(evidence.actual) == 0
    if not wrong.any() or wrong.all() or not np.all(zero[wrong]):
        return None
    inside, told = np.zeros(wrong.size, dtype=bool), []
    for axis, places in enumerate(evidence.places):
        used = np.any(evidence.actual, axis=tuple(i for i in range(evidence.actual.ndim) if i != axis))
        empty = np.flatnonzero(~used)
        here = np.isin(places, empty)
        if np.any(here & wrong & ~inside):
            inside |= here
            told.append(f"index {_few(empty)} of axis {axis}")
    if told and np.all(inside[wrong]) and evidence.holds_elsewhere(evidence.actual, evidence.actual != 0):
        return Cause("never filled", f"it was never filled in at {' and '.join(told)}; the rest is right")
    return None


def diagonal(evidence: Evidence) -> Cause | None:
    """What each output owes to the input in the same place, and nothing of what it owes to others."""
    if evidence.x.ndim == 0 or evidence.x.shape != evidence.dout.shape or len(evidence.wrong) < 3:
        return None
    chosen = sorted(evidence.wrong, key=lambda i: -abs(evidence.actual[i] - evidence.numeric[i]))[:6]
    for index in chosen:
        weights = np.zeros(evidence.dout.shape)
        weights[index] = evidence.dout[index]
        own = evidence.probe.with_weights(weights).entry(index, evidence.h)[1]
        if abs(own - evidence.actual[index]) > evidence.tolerance:
            return None
    return Cause(
        "diagonal", "it is the diagonal of the Jacobian alone: each output also depends on other inputs"
    )
