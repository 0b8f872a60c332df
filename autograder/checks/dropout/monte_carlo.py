"""Checks of predictions with dropout left on."""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.checks.asking.advice import advice, told
from autograder.checks.asking.forbidden import NUMERIC_HELPERS
from autograder.checks.mistakes.ratios import spreads
from autograder.verdict.check import check
from autograder.verdict.expect import expect, expect_close
from autograder.verdict.student import Student


@check("mc_dropout_predict", forbids=NUMERIC_HELPERS)
def mc_dropout_predict(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    def ask(count: int, shape: tuple[int, ...] = (4, 3)) -> tuple[tuple[Any, ...], np.ndarray]:
        """What came back, and the answers that were handed out."""
        answers = rng.normal(size=(count + 3, *shape))
        asked: list[tuple[Any, ...]] = []

        def predict(*args: Any) -> np.ndarray:
            asked.append(args)
            return answers[min(len(asked), len(answers)) - 1]

        x = rng.normal(size=(shape[0], 5))
        result = student.call("mc_dropout_predict", predict, x, count, returns="mean, std")
        expect(
            len(asked) == count,
            f"predict was called {len(asked)} times with num_masks = {count}; each mask is one call",
        )
        for args in asked:
            expect(len(args) == 1, "predict takes x and nothing else")
            expect_close(args[0], x, "what predict was given")
        return result, answers[:count]

    with student.case("the mean over the masks", 3):
        for count in (5, 8):
            (mean, _), answers = ask(count)
            expect_close(mean, answers.mean(axis=0), "mean")
    with (
        student.case("the standard deviation over the masks", 3),
        advice("It is taken over the calls, for each example and each class, and divided by num_masks"),
    ):
        for count in (5, 8):
            (_, std), answers = ask(count)
            with told(std, partial(spreads, answers)):
                expect_close(std, answers.std(axis=0), "std")
    with student.case("a single mask", 0.5):
        (mean, std), answers = ask(1)
        expect_close(mean, answers[0], "mean of a single mask")
        expect_close(std, np.zeros_like(answers[0]), "std of a single mask")
    with student.case("a single example, and many classes", 0.5):
        for shape in ((1, 4), (3, 20)):
            (mean, std), answers = ask(6, shape)
            expect_close(mean, answers.mean(axis=0), "mean")
            expect_close(std, answers.std(axis=0), "std")
    with student.case("x stays as it was", 0.5):
        (mean, _), answers = ask(3)
        expect_close(mean, answers.mean(axis=0), "mean")
        student.expect_unchanged()
