"""Checks of penalties on weights."""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace
from typing import Any, Unpack

import numpy as np

from autograder.checks.asking.advice import advice, told
from autograder.checks.asking.forbidden import NUMERIC_HELPERS
from autograder.checks.asking.inputs import NUMERIC, SINGLE, Tolerances, as_double, as_single, mixed, slope
from autograder.checks.mistakes.known import known_mistakes
from autograder.verdict.check import check
from autograder.verdict.expect import expect_close
from autograder.verdict.student import Student


class Penalty:
    """A penalty on weights, the student's beside the reference's.

    Args:
        name: of its function, called as function(W, *strength).
    """

    def __init__(self, student: Student, reference: SimpleNamespace, name: str):
        self._student = student
        self._reference = getattr(reference, name)
        self._name = name

    def __call__(self, W: np.ndarray, *strength: float) -> list[Any]:
        """(loss, dW) of the student."""
        return list(self._student.call(self._name, W, *strength, returns="loss, dW"))

    def expect_part(
        self, part: int, W: np.ndarray, *strength: float, **tolerances: Unpack[Tolerances]
    ) -> None:
        """Fail the case unless the loss (part 0) or its gradient (part 1) is the reference's."""
        found, wanted = self(W, *strength)[part], self._reference(as_double(W), *strength)[part]
        expect_close(
            found,
            as_single(wanted) if W.dtype == np.float32 else wanted,
            ("loss", "dW")[part],
            sizes={"reg": strength[0]} if len(strength) == 1 else None,
            **tolerances,
        )

    def expect_slopes(self, W: np.ndarray, *strength: float) -> None:
        """Fail the case unless the gradient is the slope of the student's own penalty, which must be right."""
        loss, dW = self(W, *strength)
        expect_close(loss, self._reference(W, *strength)[0], "loss")
        expect_close(dW, slope(partial(self._losses, strength), W), "dW", **NUMERIC)

    def _losses(self, strength: tuple[float, ...], points: list[np.ndarray]) -> list[Any]:
        return self._student.ask_each([self._student.asking(self._name, at, *strength) for at in points])


def _ask_penalty(
    student: Student,
    penalty: Penalty,
    rng: np.random.Generator,
    strengths: list[tuple[Any, ...]],
    rule: str,
    of: str = "",
) -> None:
    """The cases that the penalties share.

    Args:
        strengths: each entry is one call's further arguments.
        of: begins each title, where a question has several penalties.
    """
    with student.case(f"{of}the penalty", 3), advice(rule):
        for strength in strengths:
            penalty.expect_part(0, mixed(rng, (5, 3)), *strength)
    with student.case(f"{of}its gradient", 3), advice(rule):
        for strength in strengths:
            penalty.expect_part(1, mixed(rng, (5, 3)), *strength)
    with student.case(f"{of}weights of one and of four axes"), advice(rule):
        for shape in ((6,), (2, 3, 2, 4)):
            for part in (0, 1):
                penalty.expect_part(part, mixed(rng, shape), *strengths[0])
    with student.case(f"{of}weights that are exactly zero"), advice(rule):
        W = mixed(rng, (4, 5))
        W[rng.random(W.shape) < 0.4] = 0
        W[0, 0] = 1.5
        for part in (0, 1):
            penalty.expect_part(part, W, *strengths[0])
    with student.case(f"{of}the gradient is the slope of your own penalty"), advice(rule):
        penalty.expect_slopes(mixed(rng, (3, 4)), *strengths[-1])
    with student.case(f"{of}W stays as it was, in single precision too", 0.5):
        for W in (mixed(rng, (3, 4)), as_single(mixed(rng, (3, 4)))):
            for part in (0, 1):
                penalty.expect_part(part, W, *strengths[0], **SINGLE)
        student.expect_unchanged()


@check("l2_regularization", forbids=NUMERIC_HELPERS)
def l2_regularization(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    penalty = Penalty(student, reference, "l2_regularization")
    rule = "The penalty is 0.5·reg·sum(W²), so its gradient is reg·W"
    _ask_penalty(student, penalty, rng, [(0.7,), (3.0,)], rule)


@check("elastic_net", forbids=NUMERIC_HELPERS)
def elastic_net(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    penalty = Penalty(student, reference, "l1_regularization")
    rule = "The penalty is reg·sum(|W|), so its gradient is reg·sign(W), and 0 where W is 0"
    _ask_penalty(student, penalty, rng, [(0.7,), (3.0,)], rule, of="L1: ")
    penalty = Penalty(student, reference, "elastic_net")
    rule = "The penalty is l1·sum(|W|) + 0.5·l2·sum(W²), with the arguments in the order W, l1, l2"
    _ask_penalty(student, penalty, rng, [(0.7, 0.3), (0.2, 1.9)], rule, of="elastic net: ")


def _expect_weights(
    student: Student,
    reference: SimpleNamespace,
    name: str,
    W: np.ndarray,
    amount: float,
    **tolerances: Unpack[Tolerances],
) -> None:
    """Fail the case unless the function of this name makes of the weights what the reference makes."""
    wanted = getattr(reference, name)(as_double(W), amount)
    found = student.call(name, W, amount)
    with told(found, lambda: known_mistakes(name, as_double(W), amount)["weights"]):
        expected = as_single(wanted) if W.dtype == np.float32 else wanted
        expect_close(found, expected, "the weights", **tolerances)


@check("max_norm", forbids=NUMERIC_HELPERS)
def max_norm(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    def columns(D: int, *lengths: float) -> np.ndarray:
        W = rng.normal(size=(D, len(lengths)))
        return W / np.linalg.norm(W, axis=0) * np.array(lengths)

    expect_limited = partial(_expect_weights, student, reference, "max_norm")

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


@check("soft_threshold", forbids=NUMERIC_HELPERS)
def soft_threshold(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    expect_moved = partial(_expect_weights, student, reference, "soft_threshold")

    with (
        student.case("weights that are further from zero than amount", 3),
        advice("A positive weight becomes smaller by amount, a negative one larger by amount"),
    ):
        for amount in (0.15, 0.4):
            expect_moved(mixed(rng, (5, 3), low=0.5), amount)
    with (
        student.case("weights that are nearer: exactly zero", 3),
        advice(
            "Whatever is not further from zero than amount becomes exactly zero, and never changes its sign"
        ),
    ):
        for amount in (1.1, 0.7):
            expect_moved(mixed(rng, (6, 5)), amount)
    with student.case("weights of one and of four axes"):
        for shape in ((9,), (2, 3, 2, 4)):
            expect_moved(mixed(rng, shape), 0.9)
    with student.case("weights that are zero, and an amount of zero", 0.5):
        W = mixed(rng, (4, 5))
        W[::2, 1] = 0
        for amount in (0.6, 0.0):
            expect_moved(W, amount)
    with student.case("W stays as it was, in single precision too", 0.5):
        expect_moved(mixed(rng, (3, 4)), 0.8)
        expect_moved(as_single(mixed(rng, (3, 4))), 0.8, **SINGLE)
        student.expect_unchanged()
