"""Checks of cross-validation, whose rounds are each prepared by their own training part."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.checks.asking.advice import known, told
from autograder.checks.asking.chance import generator
from autograder.checks.babysitting.axes import AXES
from autograder.checks.babysitting.chance import expect_from_rng
from autograder.checks.babysitting.examples import expect_everybody_once, stretched
from autograder.checks.babysitting.preprocessing import turned_to, what_was_done
from autograder.checks.mistakes.preprocessing import Parts, prepared_round
from autograder.checks.mistakes.ratios import spreads
from autograder.verdict.check import check
from autograder.verdict.expect import expect, expect_close
from autograder.verdict.student import Student
from course_utils.compare import CheckFailed

_BY_ITS_OWN = "Each round is prepared by the statistics of its own training part"


@dataclass(frozen=True)
class Asked:
    """One cross-validation.

    Attributes:
        X: all examples.
        y: their labels, each of 0..N-1 once.
        mean: came back, should be that of `scores`.
        std: came back, should be that of `scores`.
        scores: one for each round, as they were handed out.
        rounds: what score was called with: (X_train, y_train, X_val, y_val) of each round.
    """

    X: np.ndarray
    y: np.ndarray
    mean: Any
    std: Any
    scores: np.ndarray
    rounds: list[tuple[Any, ...]]


class CrossValidation:
    """cross_validate, asked with a score that remembers what it was called with."""

    def __init__(self, student: Student, reference: SimpleNamespace, rng: np.random.Generator):
        self._student = student
        self._reference = reference
        self._rng = rng

    def ask(
        self, N: int, k: int, shape: tuple[int, ...] = (3,), seed: int | None = None, **more: Any
    ) -> Asked:
        """A cross-validation of N examples in k folds; `more` is handed on to cross_validate."""
        rng = self._rng
        X = stretched(rng, N, int(np.prod(shape))).reshape(N, *shape) + 6
        y, scores = rng.permutation(N), rng.uniform(size=k + 3)
        rounds: list[tuple[Any, ...]] = []

        def score(*args: Any) -> float:
            rounds.append(args)
            return float(scores[min(len(rounds), len(scores)) - 1])

        seed = int(rng.integers(2**31)) if seed is None else seed
        at_random = generator(self._student, seed)
        mean, std = self._student.call(
            "cross_validate", score, X, y, k, at_random, returns="mean, std", **more
        )
        expect(len(rounds) == k, f"score was called {len(rounds)} times for {k} folds; each fold is one call")
        expect(all(len(args) == 4 for args in rounds), "score takes X_train, y_train, X_val and y_val")
        return Asked(X, y, mean, std, scores[:k], rounds)

    def expect_rounds(self, asked: Asked, method: str = "center") -> None:
        """Fail the case unless each round was prepared from its own training part."""
        N, k, validated = len(asked.X), len(asked.rounds), {}
        for number, (X_train, y_train, X_val, y_val) in enumerate(asked.rounds, 1):
            train, val = (
                _rows(labels, asked.y, name) for name, labels in (("train", y_train), ("val", y_val))
            )
            expect_everybody_once({"train": train, "val": val}, N)
            validated[f"the validation part of round {number}"] = val
            expect(
                len(y_val) < len(y_train) or k < 3,
                f"the validation part of a round has {len(y_val)} of {N} examples in {k} folds: "
                "score takes X_train, y_train, X_val and y_val in this order",
            )
            self._expect_prepared((X_train, X_val), (asked.X[train], asked.X[val]), asked.X, method)
        expect_everybody_once(validated, N)

    def _expect_prepared(self, found: tuple[Any, Any], parts: Parts, X: np.ndarray, method: str) -> None:
        """Fail the case unless both parts of a round were prepared by the statistics of the first.

        Args:
            found: X_train and X_val as score was called with them.
            parts: the same as they are in X.
        """
        wanted = self._reference.preprocess(*parts, method=method)
        turned = turned_to(found, wanted, method)
        for name, actual, expected in zip(("X_train", "X_val"), turned, wanted, strict=True):
            try:
                expect_close(actual, expected, f"{name} of a round", **AXES)
            except CheckFailed as failed:
                mistakes = prepared_round(self._reference.preprocess, parts, X, method)
                did = what_was_done(turned, mistakes, method)
                failure = failed.failure.because(known(did) if did else None)
                raise CheckFailed(failure if did else failure.advised(_BY_ITS_OWN)) from failed


def _rows(labels: Any, y: np.ndarray, name: str) -> np.ndarray:
    """The rows of X that have these labels; fails the case where they are no labels."""
    right = isinstance(labels, np.ndarray) and labels.ndim == 1 and np.isin(labels, y).all()
    expect(bool(right), f"y_{name} of a round should be labels of some examples")
    return np.argsort(y)[labels]


@check("cross_validate")
def cross_validate(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    validation = CrossValidation(student, reference, rng)
    with student.case("the mean of the scores", 2):
        for N, k in ((12, 3), (17, 5), (9, 2), (13, 4), (11, 6)):
            asked = validation.ask(N, k)
            expect_close(asked.mean, asked.scores.mean(), "mean")
    with student.case("the standard deviation of the scores", 2):
        for N, k in ((12, 3), (17, 5), (9, 2), (13, 4), (11, 6)):
            asked = validation.ask(N, k)
            with told(asked.std, partial(spreads, asked.scores)):
                expect_close(asked.std, asked.scores.std(), "std")
    with student.case("each round trains on all other folds, prepared by its own statistics", 4):
        for N, k in ((12, 3), (17, 4)):
            validation.expect_rounds(validation.ask(N, k))
    with student.case("other methods of preprocessing", 2):
        for method in ("normalize", "whiten"):
            validation.expect_rounds(validation.ask(20, 3, method=method), method)
        validation.expect_rounds(validation.ask(12, 3, (2, 2, 3), method="channel"), "channel")
    with student.case("pictures"):
        validation.expect_rounds(validation.ask(11, 2, (2, 2, 2)))
    with student.case("folds are drawn from the generator that is passed in"):
        validation.expect_rounds(validation.ask(14, 3))
        _expect_folds_from_rng(validation, rng)
    with student.case("X and y stay as they were", 0.5):
        validation.expect_rounds(validation.ask(11, 3))
        student.expect_unchanged()


def _expect_folds_from_rng(validation: CrossValidation, rng: np.random.Generator) -> None:
    """Fail the case unless the folds of the same examples go by the generator that is passed in alone."""
    state = rng.bit_generator.state

    def labels(seed: int) -> np.ndarray:
        rng.bit_generator.state = state
        return np.concatenate([y_val for *_, y_val in validation.ask(14, 3, seed=seed).rounds])

    seeds = np.random.default_rng(state["state"]["state"] % 2**32)
    expect_from_rng(labels, seeds, "folds")
