"""Checks of what is made of several models."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.checks.asking.advice import advice
from autograder.checks.asking.copies import expect_copy
from autograder.checks.asking.inputs import SINGLE, as_single, drawn_until
from autograder.verdict.check import check
from autograder.verdict.expect import expect, expect_close
from autograder.verdict.student import Student


@check("ensemble_predict")
def ensemble_predict(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    def ask(all_scores: list[np.ndarray], X: np.ndarray | None = None) -> tuple[Any, Any]:
        X = rng.normal(size=(len(all_scores[0]), 2, 3)) if X is None else X
        asked: list[int] = []

        def model(number: int) -> Any:
            def scores_of(*args: Any) -> np.ndarray:
                asked.append(number)
                expect(len(args) == 1, "a score function takes X and nothing else")
                expect_close(args[0], X, "what a score function was given", rtol=0, atol=0)
                return all_scores[number]

            return scores_of

        found = student.call(
            "ensemble_predict", [model(k) for k in range(len(all_scores))], X, returns="labels, probabilities"
        )
        expect(
            sorted(set(asked)) == list(range(len(all_scores))),
            f"{len(set(asked))} of {len(all_scores)} score functions were asked",
        )
        return found

    def wanted(all_scores: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        return reference.ensemble_predict([lambda X, s=s: s for s in all_scores], np.zeros(1))

    def drawn(models: int, N: int, C: int, size: float = 2.0) -> list[np.ndarray]:
        """Scores for which averaged scores, votes and products of probabilities give other labels than the mean does."""

        def telling(all_scores: list[np.ndarray]) -> bool:
            labels, probabilities = wanted(all_scores)
            top = np.sort(probabilities, axis=1)
            rivals = [np.sum(all_scores, axis=0)]
            if models > 2:
                rivals.append(np.sum([np.eye(C)[s.argmax(axis=1)] for s in all_scores], axis=0))
            clear = np.min(top[:, -1] - top[:, -2]) > 1e-6
            return clear and all(np.any(r.argmax(axis=1) != labels) for r in rivals)

        return drawn_until(
            lambda: [
                size * rng.normal(size=(N, C)) * rng.uniform(0.3, 3) + rng.normal(size=(N, 1)) * 3
                for _ in range(models)
            ],
            telling,
        )

    with (
        student.case("the mean of the probabilities", 4),
        advice("Each model's softmax, averaged over the models"),
    ):
        for models, N, C in ((3, 9, 4), (5, 12, 6)):
            scores = drawn(models, N, C)
            expect_close(ask(scores)[1], wanted(scores)[1], "probabilities")
    with student.case("the class with the largest mean probability", 3):
        for models, N, C in ((3, 9, 4), (5, 12, 6)):
            scores = drawn(models, N, C)
            labels = ask(scores)[0]
            expect_close(labels, wanted(scores)[0], "labels")
            expect(np.asarray(labels).dtype.kind in "iu", "labels should be whole numbers")
    with student.case("scores as large as 10,000", 2), advice("Subtract each example's largest score first"):
        scores = drawn(3, 9, 4)
        shifts = (np.array([1e4, -1e4])[rng.permutation(np.arange(9) % 2)])[:, None]
        scores = [s + k * shifts for k, s in zip((1, -1, 0.5), scores, strict=True)]
        expect_close(ask(scores)[1], wanted(scores)[1], "probabilities", rtol=1e-7)
        apart = [5e3 * rng.normal(size=(6, 5)) for _ in range(3)]
        expect_close(ask(apart)[1], wanted(apart)[1], "probabilities", rtol=1e-7)
    with student.case("one model, two models, one example"):
        for models, N, C in ((1, 5, 3), (2, 6, 4), (4, 1, 7)):
            scores = [2 * rng.normal(size=(N, C)) for _ in range(models)]
            labels, probabilities = ask(scores)
            expect_close(probabilities, wanted(scores)[1], "probabilities")
            expect_close(labels, wanted(scores)[0], "labels")
    with student.case("single precision", 0.5):
        scores = drawn(3, 9, 4)
        _, probabilities = ask([as_single(s) for s in scores])
        expect_close(probabilities, as_single(wanted(scores)[1]), "probabilities", **SINGLE)
    with student.case("X stays as it was", 0.5):
        scores = drawn(3, 9, 4)
        expect_close(ask(scores)[1], wanted(scores)[1], "probabilities")
        student.expect_unchanged()


@check("average_parameters")
def average_parameters(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    shapes = {"W1": (4, 3), "b1": (3,), "F": (2, 3, 2, 2)}

    def drawn(count: int) -> list[dict]:
        return [{name: rng.normal(size=shape) for name, shape in shapes.items()} for _ in range(count)]

    def expect_right(copies: list[dict], **tolerance: float) -> None:
        found = student.call("average_parameters", copies)
        wanted = reference.average_parameters(copies)
        expect_close(found, wanted, "the average", **tolerance)
        expect(set(found) == set(wanted), f"the average has {sorted(found)}, expected {sorted(wanted)}")

    with student.case("two copies, and five", 4):
        for count in (2, 5):
            expect_right(drawn(count))
    with student.case("a single copy, in arrays of its own"):
        expect_right(drawn(1))
        expect_copy(
            student, lambda params: student.call("average_parameters", [params]), "the average of one copy"
        )
    with student.case("single precision", 0.5):
        copies = [{name: as_single(w) for name, w in params.items()} for params in drawn(4)]
        expect_right(copies, **SINGLE)
    with student.case("the copies stay as they were"):
        for count in (3, 1):
            expect_right(drawn(count))
        student.expect_unchanged()
