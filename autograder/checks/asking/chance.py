"""What checks of random layers and changes share: properties that chance may not excuse."""

from __future__ import annotations

import math

import numpy as np

from autograder.checks.asking.advice import likely
from autograder.checks.mistakes.dropout import DREW_NORMAL, DROPS_WITH_P
from autograder.verdict.expect import expect
from autograder.verdict.handle import Handle
from autograder.verdict.student import Student
from course_utils.compare import Cause, CheckFailed, Failure

# How many standard errors a statistic may be off: a false alarm in about 1e11.
SIGMAS = 7.0
P_DROPS = likely(DROPS_WITH_P)


def generator(student: Student, seed: int) -> Handle:
    """A numpy.random.Generator in the student's kernel."""
    return student.run_with_next(f"result = np.random.default_rng({int(seed)})")


def expect_share(kept: np.ndarray, p: float, what: str = "numbers") -> None:
    """Fail the case unless a share of p is kept, up to chance.

    Args:
        kept: boolean, of any shape, each entry drawn on its own.
        p: the probability of keeping.
        what: what is kept or dropped.
    """
    share = float(kept.mean())
    sentence = f"with p = {p} a share of {share:.1%} of the {what} was kept, expected about {p:.0%}"
    if abs(share - p) > SIGMAS * _error(kept, p) + 1e-12:
        if 0 < share < 1:  # numbers that share a draw give such a share by chance
            expect_drawn_alone(kept, what)
        raise CheckFailed(Failure(sentence, what, _why(kept, p)))


def _why(kept: np.ndarray, p: float) -> Cause | None:
    """The known mistake that keeps such a share, if there is one."""
    if looks_turned(kept, p):
        return P_DROPS
    below_p = (1 + math.erf(p / math.sqrt(2))) / 2  # of standard normal numbers
    return likely(DREW_NORMAL) if abs(float(kept.mean()) - below_p) <= 3 * _error(kept, p) else None


def looks_turned(kept: np.ndarray, p: float) -> bool:
    """Whether a share of 1 - p is kept, and not one of p: p was taken for the probability of dropping."""
    share, error = float(kept.mean()), _error(kept, p)
    return abs(share - (1 - p)) <= 3 * error < SIGMAS * error < abs(share - p)


def _error(kept: np.ndarray, p: float) -> float:
    """The standard error of a share of p."""
    return float(np.sqrt(p * (1 - p) / kept.size))


def expect_drawn_alone(kept: np.ndarray, what: str = "numbers") -> None:
    """Fail the case when neighbours along an axis are kept or dropped together.

    Args:
        kept: boolean, of any shape.
        what: what is kept or dropped.
    """
    expect(bool(kept.any() and not kept.all()), f"all {what} were kept, or all were dropped")
    for axis in range(kept.ndim):
        if kept.shape[axis] == 1:
            continue
        along = np.moveaxis(kept, axis, 0).astype(np.float64)
        one, next_one = along[:-1].ravel(), along[1:].ravel()
        together = correlation(one, next_one)
        expect(
            abs(together) < SIGMAS / np.sqrt(one.size) + 0.02,
            f"neighbouring {what} along axis {axis} are not dropped independently "
            f"(correlation {together:.2f}): every number needs a draw of its own",
        )


def correlation(a: np.ndarray, b: np.ndarray) -> float:
    """Correlation of two samples, both of shape (n,); 1 where one of them is constant."""
    if a.std() == 0 or b.std() == 0:
        return 1.0
    return float(np.mean((a - a.mean()) * (b - b.mean())) / (a.std() * b.std()))


def expect_fills(values: np.ndarray, low: float, high: float, what: str, slack: float = 1e-6) -> None:
    """Fail the case unless a few hundred uniform draws stay in [low, high] and come near both ends.

    Args:
        values: one for each picture, shape (N,).
        what: what was drawn.
        slack: how far values may lie outside.
    """
    expect(
        values.min() >= low - slack and values.max() <= high + slack,
        f"{what} runs from {values.min():.3g} to {values.max():.3g}, expected from {low:.3g} to {high:.3g}",
    )
    margin = 0.2 * (high - low)
    expect(
        values.min() <= low + margin and values.max() >= high - margin,
        f"{what} runs only from {values.min():.3g} to {values.max():.3g} in {values.size} pictures; "
        f"it should be uniform from {low:.3g} to {high:.3g}, drawn for each picture on its own",
    )
