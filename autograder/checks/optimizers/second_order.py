"""Checks of Newton's step and of L-BFGS."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Unpack

import numpy as np

from autograder.checks.asking.advice import advice, likely, told
from autograder.checks.asking.inputs import SINGLE, Tolerances, as_double, as_single, drawn_until, mixed
from autograder.checks.mistakes.second_order import LBFGS, Pairs, inverse_hessian, newton_mistakes
from autograder.checks.optimizers.forbidden import LIBRARY
from autograder.verdict.check import check
from autograder.verdict.expect import expect_close
from autograder.verdict.student import Student
from course_utils.compare import CheckFailed, Failure

# Solving and inverting a matrix of condition 100 cost two digits, and recursions of a few steps another one or two.
_SOLVED: Tolerances = {"rtol": 1e-8, "atol": 1e-10}


def _hessian(rng: np.random.Generator, eigenvalues: list[float]) -> np.ndarray:
    """A symmetric matrix with these eigenvalues in a random frame."""
    frame, _ = np.linalg.qr(rng.normal(size=(len(eigenvalues),) * 2))
    H = frame @ np.diag(eigenvalues) @ frame.T
    return (H + H.T) / 2


@check("newton_step", forbids=LIBRARY)
def newton_step(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    def drawn(*eigenvalues: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return mixed(rng, (len(eigenvalues),)), mixed(rng, (len(eigenvalues),)), _hessian(rng, [*eigenvalues])

    def expect_step(
        w: np.ndarray, dw: np.ndarray, H: np.ndarray, *damping: float, **tolerances: Unpack[Tolerances]
    ) -> None:
        found = student.call("newton_step", w, dw, H, *damping)
        double = reference.newton_step(as_double(w), as_double(dw), as_double(H), *damping)
        wanted = as_single(double) if w.dtype == np.float32 else double
        with told(found, lambda: newton_mistakes(as_double(w), as_double(dw), as_double(H), *damping)):
            expect_close(found, wanted, "next_w", **(tolerances or _SOLVED))

    rule = "next_w = w - p, where p solves (H + damping · I) p = dw"
    with student.case("a step in two dimensions", 2), advice(rule):
        expect_step(*drawn(0.5, 4.0))
    with student.case("a step in more dimensions", 2), advice(rule):
        expect_step(*drawn(0.3, 1.0, 2.0, 5.0, 9.0))
    with (
        student.case("one step reaches the bottom of any bowl", 2),
        advice("On a quadratic bowl Newton's step ends exactly at the minimum"),
    ):
        bottom, H, w = mixed(rng, (4,)), _hessian(rng, [0.1, 0.7, 3.0, 10.0]), mixed(rng, (4,))
        expect_close(student.call("newton_step", w, H @ (w - bottom), H), bottom, "next_w", **_SOLVED)
    with student.case("a saddle: the step goes to its critical point", 1), advice(rule):
        expect_step(*drawn(-2.0, 0.5, 3.0))
    with (
        student.case("damping", 2),
        advice("damping is added to the diagonal of H, and to nothing else"),
    ):
        for damping in (0.5, 3.0, 100.0):
            expect_step(*drawn(0.4, 2.0, 6.0), damping)
    with student.case("damping of a Hessian that is singular"), advice("H + damping · I can be solved"):
        expect_step(*drawn(0.0, 1.0, 4.0), 0.5)
    with student.case("a single parameter"):
        expect_step(*drawn(2.5))
        expect_step(*drawn(2.5), 0.7)
    with student.case("single precision", 0.5):
        expect_step(*map(as_single, drawn(1.0, 2.0, 4.0)), **SINGLE)
    with student.case("dw and H stay as they were", 0.5):
        for damping in (0.0, 0.5):
            expect_step(*drawn(0.5, 2.0, 4.0), damping)
            student.changed.discard("the first argument of newton_step")
            student.expect_unchanged()


def drawn_pairs(rng: np.random.Generator, D: int, count: int) -> Pairs:
    """Steps and changes of the gradient on a curved surface: s·y > 0, not all from one quadratic."""

    def drawn() -> tuple[np.ndarray, np.ndarray]:
        s = mixed(rng, (D,))
        return s, _hessian(rng, list(rng.uniform(0.5, 5.0, size=D))) @ s

    return [drawn_until(drawn, lambda pair: pair[0] @ pair[1] > 0.1) for _ in range(count)]


@check("lbfgs_direction", forbids=LIBRARY)
def lbfgs_direction(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    def expect_direction(dw: np.ndarray, pairs: Pairs, **tolerances: Unpack[Tolerances]) -> None:
        found = student.call("lbfgs_direction", dw, [s for s, _ in pairs], [y for _, y in pairs])
        double = [(as_double(s), as_double(y)) for s, y in pairs]
        wanted = -inverse_hessian(len(dw), double) @ as_double(dw)
        wanted = as_single(wanted) if dw.dtype == np.float32 else wanted
        try:
            expect_close(found, wanted, "the direction", **(tolerances or _SOLVED))
        except CheckFailed as failed:
            raise CheckFailed(_explained(failed.failure, found, as_double(dw), double)) from failed

    with student.case("no pair yet: straight downhill"), advice("Without pairs the direction is -dw"):
        found = student.call("lbfgs_direction", dw := mixed(rng, (5,)), [], [])
        expect_close(found, -dw, "the direction")
    with student.case("one pair", 2):
        expect_direction(mixed(rng, (4,)), drawn_pairs(rng, 4, 1))
    with student.case("two pairs: their order counts", 2):
        expect_direction(mixed(rng, (5,)), drawn_pairs(rng, 5, 2))
    with student.case("five pairs", 3):
        expect_direction(mixed(rng, (8,)), drawn_pairs(rng, 8, 5))
    with student.case("more pairs than parameters"):
        expect_direction(mixed(rng, (3,)), drawn_pairs(rng, 3, 6))
    with student.case("a single parameter: the direction is Newton's"):
        s = mixed(rng, (1,))
        expect_direction(mixed(rng, (1,)), [(s, 2.5 * s)])
    with (
        student.case("the newest pair is explained", 1),
        advice("For dw = y of the newest pair the direction is -s: so the curvature last seen is met"),
    ):
        pairs = drawn_pairs(rng, 6, 3)
        s, y = pairs[-1]
        found = student.call("lbfgs_direction", y, [s for s, _ in pairs], [y for _, y in pairs])
        expect_close(found, -s, "the direction", **_SOLVED)
    with student.case("single precision", 0.5):
        pairs = [(as_single(s), as_single(y)) for s, y in drawn_pairs(rng, 4, 2)]
        expect_direction(as_single(mixed(rng, (4,))), pairs, **SINGLE)
    with student.case("dw and the pairs stay as they were", 0.5):
        for count in (0, 3):
            expect_direction(mixed(rng, (4,)), drawn_pairs(rng, 4, count))
            student.expect_unchanged()


def _explained(failure: Failure, found: object, dw: np.ndarray, pairs: Pairs) -> Failure:
    """The failure with the named mistake that gives the same direction, or with the recipe in general."""
    # With a single parameter most mistakes give the same number, or the right one.
    for sentence, direction in LBFGS.items() if pairs and len(dw) > 1 else ():
        wanted = direction(dw, pairs)
        if isinstance(found, np.ndarray) and found.shape == wanted.shape and np.allclose(found, wanted):
            return failure.because(likely(sentence))
    few = "one pair" if len(pairs) == 1 else "two pairs"
    return failure.advised(f"Do {few} of length 2 by hand and print every alpha and beta")
