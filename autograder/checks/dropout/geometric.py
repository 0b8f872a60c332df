"""Check of the mean that the scaled pass of dropout is."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from autograder.checks.asking.advice import advice, told
from autograder.checks.asking.forbidden import NUMERIC_HELPERS
from autograder.verdict.check import check
from autograder.verdict.expect import expect_close
from autograder.verdict.student import Student


def _mistakes(probabilities: np.ndarray, weights: np.ndarray) -> dict[str, np.ndarray]:
    logs = np.log(probabilities)
    mean = np.exp(np.tensordot(weights, logs, axes=1))
    equal = np.exp(logs.mean(axis=0))
    return {
        "the mean was not made to add up to 1": mean,
        "the usual mean of the probabilities was taken": np.tensordot(weights, probabilities, axes=1),
        "all models were given the same weight": equal / equal.sum(axis=1, keepdims=True),
    }


@check("normalized_geometric_mean", forbids=NUMERIC_HELPERS)
def normalized_geometric_mean(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    def expect_mean(K: int, N: int, C: int, *, equal: bool = False, sharp: float = 1.0) -> None:
        raw = rng.uniform(0.05, 1.0, size=(K, N, C)) ** sharp
        probabilities = raw / raw.sum(axis=2, keepdims=True)
        share = np.ones(K) if equal else rng.uniform(0.2, 3.0, size=K)
        weights = share / share.sum()
        found = student.call("normalized_geometric_mean", probabilities, weights)
        with told(found, lambda: {} if equal or K == 1 else _mistakes(probabilities, weights)):
            expect_close(found, reference.normalized_geometric_mean(probabilities, weights), "the mean")

    with (
        student.case("models of different weights", 3),
        advice(
            "It is the exponential of the weighted sum of the logarithms, divided by its sum over the classes"
        ),
    ):
        for sizes in ((5, 4, 3), (3, 2, 6)):
            expect_mean(*sizes)
    with student.case("models of equal weight"):
        for sizes in ((4, 3, 5), (2, 6, 3)):
            expect_mean(*sizes, equal=True)
    with student.case("as many models as examples and classes", 0.5):
        expect_mean(3, 3, 3)
    with student.case("a single model, a single example", 0.5):
        expect_mean(1, 4, 3)
        expect_mean(6, 1, 4)
    with (
        student.case("a thousand models that are very sure", 0.5),
        advice(
            "A product of a thousand small numbers is 0: take each to its weight first, or add logarithms",
            student,
        ),
    ):
        expect_mean(1000, 2, 3, sharp=12.0)
    with student.case("the arguments stay as they were", 0.5):
        expect_mean(4, 3, 2)
        student.expect_unchanged()
