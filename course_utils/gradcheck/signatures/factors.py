"""A gradient that is off by a constant: which number is it?"""

from __future__ import annotations

import math

import numpy as np

from course_utils import compare
from course_utils.compare import Cause
from course_utils.gradcheck.signatures.evidence import Evidence
from course_utils.gradcheck.sizes import named_numbers


def constant(evidence: Evidence, guess: Cause) -> Cause:
    """The guess at a factor with all names that the number has, here and, where that can be asked, with more examples."""
    factor = compare.constant_factor(evidence.actual, evidence.match())
    if factor is None:
        return guess
    known = compare.known_factors(factor, evidence.problem.numbers())
    other, numbers = _with_more_examples(evidence)
    if other is not None:
        again = compare.known_factors(other, numbers)
        known = [each for each in known if any(each.same_as(one) for one in again)]
    if other is None or math.isclose(factor, other, rel_tol=1e-4):
        # Nothing tells a plain 2 from the root of 4.
        two = compare.most_direct(factor, known) if not any(each.is_plain for each in known) else known
        known = two if math.isclose(max(abs(factor), 1 / abs(factor)), 2, rel_tol=1e-4) else known
    return Cause("factor", compare.factor_in_words(factor, known))


def _with_more_examples(evidence: Evidence) -> tuple[float | None, dict[str, float]]:
    """The factor where there are twice as many examples, and the numbers there; None where it cannot be had."""
    problem = evidence.problem
    if problem.with_more_examples is None:
        return None, {}
    there, gradients = problem.with_more_examples
    try:
        gradient = np.asarray(gradients[evidence.label], dtype=np.float64)
        one, two = (
            float(np.vdot(gradient, v)) / slope
            for v, slope, tolerance in there.slopes[evidence.label]
            if abs(slope) > 100 * tolerance
        )
    except Exception:
        # A layer need not take other sizes, and a wrong one may give anything there.
        return None, {}
    if not math.isclose(one, two, rel_tol=1e-3) or not one:
        return None, {}
    return one, named_numbers({**problem.values, **there.replaced}, there.dout)
