"""Checks of first weights."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.checks.asking.chance import SIGMAS, generator
from autograder.checks.asking.expectations import expect_value_error
from autograder.checks.asking.forbidden import NUMERIC_HELPERS
from autograder.verdict.check import check
from autograder.verdict.expect import expect
from autograder.verdict.student import Student


class Weights:
    """Weights that the student has drawn, and what they must be like."""

    def __init__(self, student: Student):
        self._student = student

    def drawn(self, D: int, M: int, scheme: str, *more: Any) -> np.ndarray:
        """Weights of shape (D, M).

        Args:
            more: the generator that they are drawn from, or nothing.
        """
        w = self._student.call("init_weights", D, M, scheme, *more)
        expect(isinstance(w, np.ndarray) and w.dtype.kind == "f", "the weights must be an array of floats")
        expect(w.shape == (D, M), f"the weights have shape {w.shape}, expected (fan_in, fan_out) = {(D, M)}")
        expect(bool(np.isfinite(w).all()), "the weights hold NaN or inf")
        expect(
            w.size < 2 or bool(np.ptp(w) > 0), f"all weights are {w.flat[0]:.3g}: each is drawn on its own"
        )
        return w

    def expect_scale(self, scheme: str, std: Callable[[int], float], formula: str) -> None:
        """Fail the case unless weights have mean 0 and the right standard deviation, up to chance.

        Args:
            std: the standard deviation for a fan-in.
            formula: the same in words.
        """
        for D, M in ((50, 400), (400, 60)):
            w, wanted = self.drawn(D, M, scheme), std(D)
            slack = SIGMAS / np.sqrt(2 * w.size)
            expect(
                abs(w.std() / wanted - 1) < slack,
                f"the weights for fan_in {D}, fan_out {M} have standard deviation {w.std():.4g}, "
                f"expected {formula} = {wanted:.4g}",
            )
            expect(
                abs(w.mean()) < SIGMAS * wanted / np.sqrt(w.size),
                f"the weights have mean {w.mean():.3g}, expected about 0",
            )


@check("init_weights", forbids=NUMERIC_HELPERS)
def init_weights(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    seeds = rng.integers(2**31, size=8)
    weights = Weights(student)
    with student.case("small weights", 2):
        weights.expect_scale("small", lambda D: 0.01, "0.01")
    with student.case("Xavier weights", 3):
        weights.expect_scale("xavier", lambda D: np.sqrt(1 / D), "sqrt(1 / fan_in)")
    with student.case("He weights", 3):
        weights.expect_scale("he", lambda D: np.sqrt(2 / D), "sqrt(2 / fan_in)")
    with student.case("a normal distribution, each weight drawn on its own"):
        w = weights.drawn(150, 140, "he")
        farthest = np.abs(w).max() / w.std()
        expect(
            farthest > 2.5,
            f"no weight is more than {farthest:.2g} standard deviations from 0: is this a normal distribution?",
        )
        sample = w.ravel()[:1000]
        expect(len(np.unique(sample)) > 900, "weights repeat; each should be drawn on its own")
    with student.case("drawn from the generator that is passed in"):
        for scheme in ("small", "xavier", "he"):
            first, again, other = (
                weights.drawn(7, 5, scheme, generator(student, seed))
                for seed in (seeds[0], seeds[0], seeds[1])
            )
            expect(np.array_equal(first, again), "the same generator, started twice, gave different weights")
            expect(not np.array_equal(first, other), "two different generators gave the same weights")
    with student.case("fresh weights in every call, where no generator is passed", 0.5):
        first, again = (weights.drawn(7, 5, "xavier") for _ in range(2))
        expect(not np.array_equal(first, again), "two calls gave the same weights")
    with student.case("an unknown scheme raises ValueError", 0.5):
        weights.drawn(3, 4, "he")
        expect_value_error(lambda: student.call("init_weights", 3, 4, "best"), 'scheme "best"')
