"""Checks of the numeric gradient."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.checks.asking.advice import advice
from autograder.checks.asking.forbidden import NUMERIC_HELPERS
from autograder.checks.asking.inputs import drawn_until, mixed
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
            student, lambda x: np.sum(x) ** 3, rng.uniform(0.2, 1.0, size=(3, 2)), h=0.25, rtol=1e-8
        )
    with student.case("the step h that was asked for"):
        x = rng.uniform(0.2, 1.0, size=(2, 3))
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
    grad = student.call("numeric_gradient", watched, x, **given)
    expected = _centred(f, x, 1e-5 if h is None else h)
    try:
        expect_close(grad, expected, "the gradient", rtol=rtol, atol=1e-7)
    except CheckFailed as failed:
        raise CheckFailed(failed.failure.advised(*_seen(points, x))) from failed


def _centred(f: Callable[[np.ndarray], float], x: np.ndarray, h: float) -> np.ndarray:
    grad = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        above, below = x.copy(), x.copy()
        above[index] += h
        below[index] -= h
        grad[index] = (f(above) - f(below)) / (2 * h)
    return grad


def _seen(points: list[np.ndarray], x: np.ndarray) -> tuple[str, ...]:
    """What the points at which f was called say about the mistake."""
    if not points:
        return ("f was never called with an array of x's shape",)
    moves = [point - x for point in points]
    if any(np.count_nonzero(move) > 1 for move in moves):
        return ("f was called where more than one number of x had moved: put each back before the next",)
    ahead, behind = (sum(bool((sign * move > 0).any()) for move in moves) for sign in (1, -1))
    if not ahead or not behind:
        side = "behind" if not behind else "ahead of"
        return (f"f was never called {side} x: take a step to both sides",)
    return ()


def _awkward_to_restore(rng: np.random.Generator) -> np.ndarray:
    """Numbers that stepping there and back with h = 0.1 does not restore, in whichever order one steps."""

    def all_differ(x: np.ndarray) -> bool:
        h = 0.1
        ways = (x + h - 2 * h + h, x - h + 2 * h - h, x + h - h, x - h + h)
        return all((way != x).any() for way in ways)

    return drawn_until(lambda: mixed(rng, (3, 4)), all_differ)
