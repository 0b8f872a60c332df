"""Checks of vanilla dropout, which scales at test time."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from autograder.checks.asking.advice import advice, told
from autograder.checks.asking.chance import expect_drawn_alone, expect_share
from autograder.checks.asking.forbidden import NUMERIC_HELPERS
from autograder.checks.asking.inputs import SINGLE, as_single, mixed
from autograder.checks.dropout.masks import expect_mask
from autograder.checks.mistakes.dropout import predicted
from autograder.verdict.check import check
from autograder.verdict.expect import expect, expect_close
from autograder.verdict.student import Student


@check("dropout_vanilla_predict", forbids=NUMERIC_HELPERS)
def dropout_vanilla_predict(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    _ask_training(student, rng)
    _ask_test_time(student, rng)


def _ask_training(student: Student, rng: np.random.Generator) -> None:
    def ask(shape: tuple[int, ...], p: float) -> tuple[np.ndarray, np.ndarray]:
        x = mixed(rng, shape)
        return expect_mask(student.call("dropout_vanilla_train", x, p), x, 1.0, p), x

    def works() -> None:
        expect_share(ask((60, 50), 0.6)[0], 0.6)

    with student.case("what is kept is not scaled", 3):
        for p in (0.25, 0.8):
            kept, _ = ask((60, 50), p)
            expect(
                bool(kept.any() and not kept.all()),
                f"with p = {p} some numbers are kept and some are dropped",
            )
    with student.case("p is the probability of keeping", 3):
        for p in (0.25, 0.8):
            expect_share(ask((60, 50), p)[0], p)
    with student.case("every number is drawn on its own", 2):
        expect_drawn_alone(ask((60, 50), 0.4)[0])
        works()
    with student.case("three and four axes"):
        works()
        for shape in ((20, 10, 15), (10, 3, 12, 10)):
            kept, _ = ask(shape, 0.3)
            expect_share(kept, 0.3)
            expect_drawn_alone(kept)
    with student.case("with p = 1 everything stays", 0.5):
        works()
        expect(bool(ask((9, 8), 1.0)[0].all()), "with p = 1 nothing may be dropped")
    with student.case("every call draws anew", 0.5):
        works()
        x = mixed(rng, (30, 20))
        first, again = (student.call("dropout_vanilla_train", x, 0.5) for _ in range(2))
        expect(not np.array_equal(first, again), "two calls dropped the very same numbers")
    with student.case("x stays as it was", 0.5):
        works()
        student.expect_unchanged()


def _ask_test_time(student: Student, rng: np.random.Generator) -> None:
    rule = "At test time nothing is dropped, and everything is multiplied by p"

    def expect_scaled(shape: tuple[int, ...], p: float) -> None:
        x = mixed(rng, shape)
        out = student.call("dropout_vanilla_predict", x, p)
        with told(out, lambda: predicted(x, p)):
            expect_close(out, p * x, "out")

    with student.case("at test time everything is scaled by p", 3), advice(rule):
        for p in (0.3, 0.8):
            expect_scaled((5, 4), p)
    with student.case("at test time, p = 1 and small p"), advice(rule):
        for p in (1.0, 0.05):
            expect_scaled((5, 4), p)
    with student.case("at test time, one, three and four axes"), advice(rule):
        for shape in ((7,), (2, 3, 4), (2, 3, 4, 5)):
            expect_scaled(shape, 0.6)
    with student.case("at test time x stays as it was, in single precision too", 0.5):
        expect_scaled((5, 4), 0.4)
        x = as_single(mixed(rng, (5, 4)))
        out = student.call("dropout_vanilla_predict", x, 0.4)
        expect_close(out, np.float32(0.4) * x, "out", **SINGLE)
        student.expect_unchanged()
