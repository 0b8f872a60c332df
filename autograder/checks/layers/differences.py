"""Checks of the numeric gradient."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.checks.asking.advice import advice, told
from autograder.checks.asking.forbidden import NUMERIC_HELPERS
from autograder.checks.asking.inputs import drawn_until, mixed
from autograder.checks.mistakes.known import Values
from autograder.verdict.check import check
from autograder.verdict.expect import expect_close
from autograder.verdict.student import Student
from course_utils.compare import CheckFailed


@check("numeric_gradient", forbids=NUMERIC_HELPERS)
def numeric_gradient(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    with student.case("a function of one axis", 2):
        a = mixed(rng, (4,))
        _expect_gradient(student, lambda x: np.sum(a * x) * x[0] + x[1] ** 2 * x[2], mixed(rng, (4,)))
    with student.case("a function of three axes", 2):
        a = mixed(rng, (2, 3, 4))
        _expect_gradient(
            student, lambda x: np.sum(np.sin(a * x)) + x[0, 1, 2] * x[1, 2, 3], mixed(rng, a.shape)
        )
    with student.case("centred differences", 3):
        # For a cubic the centred difference with step h is the slope plus h², the one-sided one is not.
        _expect_gradient(
            student, lambda x: np.sum(x) ** 3, rng.uniform(0.2, 1.0, size=(1, 3)), h=0.25, rtol=1e-8
        )
    with student.case("the step h that was asked for"):
        x = rng.uniform(0.2, 1.0, size=(1, 2))
        _expect_gradient(student, lambda x: np.sum(x) ** 5, x, h=0.5, rtol=1e-8)
        _expect_gradient(student, lambda x: np.sum(x) ** 5, x, h=0.125, rtol=1e-8)
    with student.case("the step h when none is asked for"):
        # |x| has a kink: how far from it the difference still sees both sides tells the step.
        x = np.array([4e-6, -4e-6, 1.6e-5, -1.6e-5])
        _expect_gradient(student, lambda x: np.sum(np.abs(x)), x, rtol=1e-4)
    with student.case("x afterwards"):
        x = _awkward_to_restore(rng)
        _expect_gradient(student, lambda x: np.sum(x) ** 2, x, h=0.1, rtol=1e-8)
        with advice("Keep each old number and put it back: x - h + h is not always x"):
            student.expect_unchanged()
    with student.case("one number, in an array of shape (1, 1)", 0.5):
        _expect_gradient(student, lambda x: x[0, 0] ** 2, rng.uniform(1.0, 2.0, size=(1, 1)))


def _expect_gradient(
    student: Student,
    f: Callable[[np.ndarray], float],
    x: np.ndarray,
    h: float | None = None,
    rtol: float = 1e-6,
) -> None:
    points: list[np.ndarray] = []

    def watched(*args: object) -> float:
        point = args[0] if len(args) == 1 else None
        if not isinstance(point, np.ndarray) or point.shape != x.shape:
            return float("nan")
        points.append(point)
        return float(f(point))

    given: dict[str, Any] = {} if h is None else {"h": h}
    grad, step = student.call("numeric_gradient", watched, x, **given), 1e-5 if h is None else h
    expected = _centred(f, x, step)
    try:
        with told(grad, lambda: _mistakes(expected, step)):
            expect_close(grad, expected, "the gradient", rtol=rtol, atol=1e-7)
    except CheckFailed as failed:
        seen = _seen(points, x, step)
        raise CheckFailed(failed.failure.because(None).advised(seen) if seen else failed.failure) from failed


def _mistakes(expected: np.ndarray, h: float) -> Values:
    """What comes of a difference that is divided by something else, by what was done."""
    rule = "it is divided by (2 * h)"
    return {
        f"the difference was divided by h alone: {rule}, since the points lie 2·h apart": 2 * expected,
        f"the difference was not divided: {rule}": 2 * h * expected,
        f"the difference was divided by 2 alone: {rule}": h * expected,
        "/ 2 * h divides by 2 and multiplies with h: put brackets round (2 * h)": h * h * expected,
    }


def _centred(f: Callable[[np.ndarray], float], x: np.ndarray, h: float) -> np.ndarray:
    grad = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        above, below = x.copy(), x.copy()
        above[index] += h
        below[index] -= h
        grad[index] = (f(above) - f(below)) / (2 * h)
    return grad


def _seen(points: list[np.ndarray], x: np.ndarray, h: float) -> str:
    """What the points at which f was called say about the mistake; "" where they are the right ones."""
    if not points:
        return "f was never called with an array of x's shape"
    moves = [point - x for point in points]
    many = [np.count_nonzero(move) > 1 for move in moves]
    if many[0]:
        return "Several numbers of x moved at once, before f was first called: move one number at a time"
    if any(many):
        return "f was called where more than one number of x had moved: put each back before the next"
    ahead, behind = (sum(bool((sign * move > 0).any()) for move in moves) for sign in (1, -1))
    if not ahead or not behind:
        side = "behind" if not behind else "ahead of"
        return f"f was never called {side} x: take a step to both sides"
    steps = np.array([np.abs(move).max() for move in moves])
    if np.ptp(steps) < 1e-3 * h and abs(steps[0] - h) > 1e-3 * h:
        return f"x was moved by {steps[0]:.3g}, whatever h is: here it is {h:g}"
    return ""


def _awkward_to_restore(rng: np.random.Generator) -> np.ndarray:
    """Numbers that stepping there and back with h = 0.1 does not restore, in whichever order one steps."""

    def all_differ(x: np.ndarray) -> bool:
        h = 0.1
        ways = (x + h - 2 * h + h, x - h + 2 * h - h, x + h - h, x - h + h)
        return all((way != x).any() for way in ways)

    return drawn_until(lambda: mixed(rng, (2, 2)), all_differ)
