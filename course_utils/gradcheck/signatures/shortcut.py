"""Layers that end in a sum with their own input, and perhaps a ReLU: out = relu(F(x) + x)."""

from __future__ import annotations

import numpy as np

from course_utils.compare import Cause, axis_names
from course_utils.gradcheck.signatures.elementwise import is_elementwise
from course_utils.gradcheck.signatures.evidence import Evidence
from course_utils.gradcheck.signatures.reductions import sums


def shortcut(evidence: Evidence) -> Cause | None:
    """What came past the layers is missing, or all that came, or it came by the wrong way."""
    if evidence.x.ndim < 2 or evidence.x.shape != evidence.dout.shape or is_elementwise(evidence):
        return None
    past, stopped = behind_relu(evidence), evidence.dout * (evidence.problem.out == 0)
    if past is not evidence.dout and np.allclose(evidence.actual, past, rtol=1e-9):
        text = "the way through the layers is missing: what came past them, from out straight to x, is all there is"
        return Cause("shortcut", text)
    if _is(evidence, evidence.actual + past):
        return Cause("shortcut", "what comes past the layers is missing: x is used twice, and gradients add")
    if _is(evidence, evidence.actual + past / 2):
        return Cause("shortcut", "of what comes past the layers one half is missing: gradients add, whole")
    if stopped.any() and _is(evidence, evidence.actual - stopped):
        text = "dout comes past the layers as it is: first it goes back through the ReLU behind the sum"
        return Cause("shortcut", text)
    return None


def last_relu(evidence: Evidence) -> Cause | None:
    """A sum over dout as if there were no ReLU behind what was added."""
    past = behind_relu(evidence)
    if past is evidence.dout:
        return None
    right = dict(sums(past, evidence.actual.shape))
    for axes, summed in sums(evidence.dout, evidence.actual.shape):
        if np.allclose(evidence.actual, summed, rtol=1e-9) and _is(evidence, right[axes]):
            text = (
                f"dout is summed over {axis_names(axes)} as it is: first it goes back through the last ReLU"
            )
            return Cause("mask", text)
    return None


def behind_relu(evidence: Evidence) -> np.ndarray:
    """The upstream gradient in front of the ReLU that forward ends in; dout itself where it ends in none."""
    out = evidence.problem.out
    ends_in_relu = out.shape == evidence.dout.shape and out.ndim and np.any(out == 0) and np.all(out >= 0)
    return evidence.dout * (out > 0) if ends_in_relu else evidence.dout


def _is(evidence: Evidence, candidate: np.ndarray) -> bool:
    return evidence.match().fits(candidate)
