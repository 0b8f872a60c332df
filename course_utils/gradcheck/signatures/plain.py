"""What can be seen without knowing the layer: another array in its place, parts never filled in, a sign lost."""

from __future__ import annotations

import numpy as np

from course_utils.compare import Cause
from course_utils.gradcheck.signatures.evidence import Evidence


def plain(evidence: Evidence) -> Cause | None:
    """Look at the gradient's own numbers."""
    if evidence.actual.ndim == 0 or evidence.actual.size < 3:
        return None
    return (
        _another_array(evidence) or _one_number(evidence) or _sign_lost(evidence) or _never_filled(evidence)
    )


def _another_array(evidence: Evidence) -> Cause | None:
    """The upstream gradient, an argument or the output itself, as it is."""
    arrays = {"dout": evidence.dout, **evidence.problem.points, "the output of forward": evidence.problem.out}
    for name, array in arrays.items():
        same = array.shape == evidence.actual.shape and np.ptp(array) > 0
        if same and np.allclose(evidence.actual, array, rtol=1e-9, atol=0):
            return Cause("another array", f"{evidence.label} is {name} itself")
    return None


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
    return Cause("offset", f"a constant is added: it is {error.mean():+.3g} off everywhere")


def _sign_lost(evidence: Evidence) -> Cause | None:
    expected, used = evidence.expected, evidence.seen(evidence.actual)
    below = expected < -10 * evidence.tolerance
    if below.sum() < 2 or (~below).sum() < 2:
        return None
    if np.all(np.abs(used - np.abs(expected)) <= evidence.tolerance):
        return Cause("sign lost", "its sign is lost: every entry is the absolute value of what it should be")
    if np.all(np.abs(used - np.maximum(expected, 0)) <= evidence.tolerance):
        return Cause("cut", "its negative entries are cut to zero; the others are right")
    return None


def _never_filled(evidence: Evidence) -> Cause | None:
    """Zero along whole indices of one axis, right elsewhere."""
    wrong = evidence.is_wrong
    zero = evidence.seen(evidence.actual) == 0
    if not wrong.any() or wrong.all() or not np.all(zero[wrong]):
        return None
    for axis, places in enumerate(evidence.places):
        empty = [
            k for k in range(evidence.actual.shape[axis]) if not np.any(evidence.actual.take(k, axis=axis))
        ]
        inside = np.isin(places, empty)
        if empty and len(empty) < evidence.actual.shape[axis] and np.all(inside[wrong]):
            where = ", ".join(map(str, empty[:4])) + (", ..." if len(empty) > 4 else "")
            return Cause(
                "never filled", f"it was never filled in at index {where} of axis {axis}; the rest is right"
            )
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
