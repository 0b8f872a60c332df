"""Check of the settings with which vanilla and inverted dropout train alike."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from autograder.checks.asking.advice import advice
from autograder.checks.asking.forbidden import NUMERIC_HELPERS
from autograder.checks.asking.inputs import SINGLE, as_single, mixed
from autograder.verdict.check import check
from autograder.verdict.expect import expect_close
from autograder.verdict.student import Student


@check("as_vanilla", forbids=NUMERIC_HELPERS)
def as_vanilla(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    asked = [(0.1, 0.02, 0.5), (0.7, 1.3, 0.8), (0.03, 0.4, 0.25)]

    def expect_part(part: int, shape: tuple[int, ...], rate: float, reg: float, p: float) -> None:
        W = mixed(rng, shape)
        found = student.call("as_vanilla", W, rate, reg, p, returns="V, learning_rate, reg")[part]
        name = ("V", "learning_rate", "reg")[part]
        expect_close(found, reference.as_vanilla(W, rate, reg, p)[part], name, sizes={"p": p, "p²": p * p})

    with student.case("the weights", 3), advice("(x ⊙ m / p)·W and (x ⊙ m)·V are the same scores"):
        for settings in asked:
            expect_part(0, (4, 3), *settings)
    with (
        student.case("the learning rate", 3),
        advice("The gradient of V is p times that of W, and V has to move 1/p times as far"),
    ):
        for settings in asked:
            expect_part(1, (4, 3), *settings)
    with (
        student.case("the price", 3),
        advice("A step takes learning_rate·reg of each: of V and of W the same share"),
    ):
        for settings in asked:
            expect_part(2, (4, 3), *settings)
    with student.case("p = 1, where both are the same, and no price", 0.5):
        for part in range(3):
            expect_part(part, (2, 5), 0.2, 0.0, 0.6)
            expect_part(part, (2, 5), 0.2, 0.3, 1.0)
    with student.case("filters of four axes", 0.5):
        expect_part(0, (2, 3, 4, 5), 0.2, 0.1, 0.6)
    with student.case("W stays as it was, in single precision too", 0.5):
        W = as_single(mixed(rng, (4, 3)))
        V = student.call("as_vanilla", W, 0.1, 0.2, 0.4, returns="V, learning_rate, reg")[0]
        expect_close(V, W / np.float32(0.4), "V", **SINGLE)
        student.expect_unchanged()
