"""Checks of penalties on weights."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from autograder.checks.asking.advice import advice
from autograder.checks.asking.forbidden import NUMERIC_HELPERS
from autograder.checks.asking.inputs import NUMERIC, SINGLE, as_double, as_single, mixed, slope
from autograder.verdict.check import check
from autograder.verdict.expect import expect_close
from autograder.verdict.student import Student


def _ask_penalty(
    student: Student,
    reference: SimpleNamespace,
    rng: np.random.Generator,
    name: str,
    strengths: list[tuple],
    rule: str,
) -> None:
    """The cases that the penalties share; each entry of strengths is one call's further arguments."""

    def both(W: np.ndarray, *strength: float) -> tuple[list, list]:
        found = student.call(name, W, *strength, returns="loss, dW")
        return list(found), list(getattr(reference, name)(as_double(W), *strength))

    def expect_part(part: int, W: np.ndarray, *strength: float, **tolerance: float) -> None:
        found, wanted = both(W, *strength)
        single = W.dtype == np.float32
        expect_close(
            found[part],
            as_single(wanted[part]) if single else wanted[part],
            ("loss", "dW")[part],
            sizes={"reg": strength[0]} if len(strength) == 1 else None,
            **tolerance,
        )

    with student.case("the penalty", 3), advice(rule):
        for strength in strengths:
            expect_part(0, mixed(rng, (5, 3)), *strength)
    with student.case("its gradient", 3), advice(rule):
        for strength in strengths:
            expect_part(1, mixed(rng, (5, 3)), *strength)
    with student.case("weights of one and of four axes"), advice(rule):
        for shape in ((6,), (2, 3, 2, 4)):
            for part in (0, 1):
                expect_part(part, mixed(rng, shape), *strengths[0])
    with student.case("weights that are exactly zero"), advice(rule):
        W = mixed(rng, (4, 5))
        W[rng.random(W.shape) < 0.4] = 0
        W[0, 0] = 1.5
        for part in (0, 1):
            expect_part(part, W, *strengths[0])
    with student.case("the gradient is the slope of your own penalty"), advice(rule):
        W = mixed(rng, (3, 4))
        found, wanted = both(W, *strengths[-1])
        expect_close(found[0], wanted[0], "loss")
        slopes = slope(lambda at: student.call(name, at, *strengths[-1], returns="loss, dW")[0], W)
        expect_close(found[1], slopes, "dW", **NUMERIC)
    with student.case("W stays as it was, in single precision too", 0.5):
        for W in (mixed(rng, (3, 4)), as_single(mixed(rng, (3, 4)))):
            for part in (0, 1):
                expect_part(part, W, *strengths[0], **SINGLE)
        student.expect_unchanged()


@check("l2_regularization", forbids=NUMERIC_HELPERS)
def l2_regularization(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    rule = "The penalty is 0.5·reg·sum(W²), so its gradient is reg·W"
    _ask_penalty(student, reference, rng, "l2_regularization", [(0.7,), (3.0,)], rule)


@check("l1_regularization", forbids=NUMERIC_HELPERS)
def l1_regularization(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    rule = "The penalty is reg·sum(|W|), so its gradient is reg·sign(W), and 0 where W is 0"
    _ask_penalty(student, reference, rng, "l1_regularization", [(0.7,), (3.0,)], rule)


@check("elastic_net", forbids=NUMERIC_HELPERS)
def elastic_net(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    rule = "The penalty is l1·sum(|W|) + 0.5·l2·sum(W²), with the arguments in the order W, l1, l2"
    _ask_penalty(student, reference, rng, "elastic_net", [(0.7, 0.3), (0.2, 1.9)], rule)


@check("max_norm", forbids=NUMERIC_HELPERS)
def max_norm(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    def columns(D: int, *lengths: float) -> np.ndarray:
        W = rng.normal(size=(D, len(lengths)))
        return W / np.linalg.norm(W, axis=0) * np.array(lengths)

    def expect_limited(W: np.ndarray, c: float, **tolerance: float) -> None:
        wanted = reference.max_norm(as_double(W), c)
        found = student.call("max_norm", W, c)
        expect_close(
            found, as_single(wanted) if W.dtype == np.float32 else wanted, "the weights", **tolerance
        )

    with (
        student.case("columns that are too long", 3),
        advice("A column longer than c is scaled to length c, whatever the others are"),
    ):
        expect_limited(columns(4, 3.0, 5.0, 2.5), 2.0)
    with (
        student.case("long and short columns together", 3),
        advice("Columns no longer than c stay as they are"),
    ):
        expect_limited(columns(6, 0.3, 4.0, 1.9, 2.1), 2.0)
        expect_limited(columns(3, 0.3, 0.7, 0.2, 0.6, 9.0), 0.5)
    with student.case("square matrices: columns are the units"):
        expect_limited(columns(4, 0.3, 4.0, 1.0, 7.0), 2.0)
    with (
        student.case("a column of zeros", 0.5),
        advice("A column of zeros has nothing to scale: no 0 / 0", student),
    ):
        expect_limited(columns(4, 0.0, 4.0, 1.0), 2.0)
    with student.case("one weight to a column", 0.5):
        expect_limited(columns(1, 3.0, 0.5, 4.0), 1.5)
    with student.case("W stays as it was, in single precision too"):
        expect_limited(columns(5, 3.0, 0.5), 1.0)
        expect_limited(as_single(columns(5, 3.0, 0.5)), 1.0, **SINGLE)
        student.expect_unchanged()
