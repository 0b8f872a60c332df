"""Checks of what is made of several models."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, Unpack

import numpy as np

from autograder.checks.asking.advice import advice
from autograder.checks.asking.copies import expect_copy
from autograder.checks.asking.inputs import SINGLE, Tolerances, as_single, drawn_until
from autograder.verdict.check import check
from autograder.verdict.expect import expect, expect_close
from autograder.verdict.student import Student
from course_utils.compare import listed


class Ensemble:
    """ensemble_predict, the student's beside the reference's, for models whose scores are the check's choice.

    Scores are a list of arrays (N, C), one for each model.
    """

    def __init__(self, student: Student, reference: SimpleNamespace, rng: np.random.Generator):
        self._student = student
        self._reference = reference
        self._rng = rng

    def ask(self, all_scores: list[np.ndarray]) -> tuple[Any, Any]:
        """(labels, probabilities) of the student's, who has to ask every model, with X and nothing else."""
        X = self._rng.normal(size=(len(all_scores[0]), 2, 3))
        asked: list[int] = []

        def model(number: int) -> Callable[..., np.ndarray]:
            def scores_of(*args: Any) -> np.ndarray:
                asked.append(number)
                expect(len(args) == 1, "a score function takes X and nothing else")
                expect_close(args[0], X, "what a score function was given", rtol=0, atol=0)
                return all_scores[number]

            return scores_of

        models = [model(k) for k in range(len(all_scores))]
        found = self._student.call("ensemble_predict", models, X, returns="labels, probabilities")
        expect(
            sorted(set(asked)) == list(range(len(all_scores))),
            f"{len(set(asked))} of {len(all_scores)} score functions were asked",
        )
        return found

    def wanted(self, all_scores: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """(labels, probabilities) of the reference's."""
        return self._reference.ensemble_predict([lambda X, s=s: s for s in all_scores], np.zeros(1))

    def telling_scores(self, models: int, N: int, C: int) -> list[np.ndarray]:
        """Scores for which averaged scores, votes and products of probabilities give other labels than the mean does."""

        def drawn() -> np.ndarray:
            rng = self._rng
            return 2.0 * rng.normal(size=(N, C)) * rng.uniform(0.3, 3) + rng.normal(size=(N, 1)) * 3

        def telling(all_scores: list[np.ndarray]) -> bool:
            labels, probabilities = self.wanted(all_scores)
            top = np.sort(probabilities, axis=1)
            rivals = [np.sum(all_scores, axis=0)]
            if models > 2:
                rivals.append(np.sum([np.eye(C)[s.argmax(axis=1)] for s in all_scores], axis=0))
            clear = np.min(top[:, -1] - top[:, -2]) > 1e-6
            return clear and all(np.any(r.argmax(axis=1) != labels) for r in rivals)

        return drawn_until(lambda: [drawn() for _ in range(models)], telling)

    def expect_probabilities(self, all_scores: list[np.ndarray], rtol: float = 1e-8) -> None:
        expect_close(self.ask(all_scores)[1], self.wanted(all_scores)[1], "probabilities", rtol=rtol)


@check("ensemble_predict")
def ensemble_predict(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    ensemble = Ensemble(student, reference, rng)
    with (
        student.case("the mean of the probabilities", 4),
        advice("Each model's softmax, averaged over the models"),
    ):
        for models, N, C in ((3, 9, 4), (5, 12, 6)):
            ensemble.expect_probabilities(ensemble.telling_scores(models, N, C))
    with student.case("the class with the largest mean probability", 3):
        for models, N, C in ((3, 9, 4), (5, 12, 6)):
            scores = ensemble.telling_scores(models, N, C)
            labels = ensemble.ask(scores)[0]
            expect_close(labels, ensemble.wanted(scores)[0], "labels")
            expect(np.asarray(labels).dtype.kind in "iu", "labels should be whole numbers")
    with student.case("scores as large as 10,000", 2), advice("Subtract each example's largest score first"):
        scores = ensemble.telling_scores(3, 9, 4)
        shifts = (np.array([1e4, -1e4])[rng.permutation(np.arange(9) % 2)])[:, None]
        shifted = [s + k * shifts for k, s in zip((1, -1, 0.5), scores, strict=True)]
        ensemble.expect_probabilities(shifted, rtol=1e-7)
        ensemble.expect_probabilities([5e3 * rng.normal(size=(6, 5)) for _ in range(3)], rtol=1e-7)
    with student.case("one model, two models, one example"):
        for models, N, C in ((1, 5, 3), (2, 6, 4), (4, 1, 7)):
            scores = [2 * rng.normal(size=(N, C)) for _ in range(models)]
            labels, probabilities = ensemble.ask(scores)
            expect_close(probabilities, ensemble.wanted(scores)[1], "probabilities")
            expect_close(labels, ensemble.wanted(scores)[0], "labels")
    with student.case("single precision", 0.5):
        scores = ensemble.telling_scores(3, 9, 4)
        _, probabilities = ensemble.ask([as_single(s) for s in scores])
        expect_close(probabilities, as_single(ensemble.wanted(scores)[1]), "probabilities", **SINGLE)
    with student.case("X stays as it was", 0.5):
        ensemble.expect_probabilities(ensemble.telling_scores(3, 9, 4))
        student.expect_unchanged()


@check("average_parameters")
def average_parameters(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    shapes = {"W1": (4, 3), "b1": (3,), "F": (2, 3, 2, 2)}

    def drawn(count: int) -> list[dict[str, Any]]:
        return [{name: rng.normal(size=shape) for name, shape in shapes.items()} for _ in range(count)]

    def expect_right(copies: list[dict[str, Any]], **tolerances: Unpack[Tolerances]) -> None:
        found = student.call("average_parameters", copies)
        wanted = reference.average_parameters(copies)
        expect_close(found, wanted, "the average", sizes={"the number of copies": len(copies)}, **tolerances)
        expect(set(found) == set(wanted), f"the average has {listed(found)}; expected {listed(wanted)}")

    with student.case("two copies, and five", 4):
        for count in (2, 5):
            expect_right(drawn(count))
    with student.case("a single copy, in arrays of its own"):
        expect_right(drawn(1))
        expect_copy(student, "average_parameters", "the average of one copy", wrapped=True)
    with student.case("single precision", 0.5):
        copies = [{name: as_single(w) for name, w in params.items()} for params in drawn(4)]
        expect_right(copies, **SINGLE)
    with student.case("the copies stay as they were"):
        for count in (3, 1):
            expect_right(drawn(count))
        student.expect_unchanged()
