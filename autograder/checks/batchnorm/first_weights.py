"""Checks of first weights."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.checks.asking.advice import likely
from autograder.checks.asking.chance import SIGMAS, generator
from autograder.checks.asking.expectations import expect_value_error
from autograder.checks.asking.forbidden import NUMERIC_HELPERS
from autograder.verdict.check import check
from autograder.verdict.expect import expect
from autograder.verdict.student import Student
from course_utils.compare import CheckFailed, Failure


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
            if abs(w.std() / wanted - 1) >= slack:
                is_number = formula == f"{wanted:.4g}"
                fact = (
                    f"the weights for fan_in {D}, fan_out {M} have standard deviation {w.std():.4g}, "
                    f"expected {formula if is_number else f'{formula} = {wanted:.4g}'}"
                )
                did = _drawn_as(w, scheme, wanted)
                raise CheckFailed(Failure(fact, "the weights", likely(did) if did else None))
            expect(
                abs(w.mean()) < SIGMAS * wanted / np.sqrt(w.size),
                f"the weights have mean {w.mean():.3g}, expected about 0",
            )


def _drawn_as(w: np.ndarray, scheme: str, scale: float) -> str:
    """How weights of another standard deviation were drawn, where that is known; else nothing."""
    (D, M), slack = w.shape, SIGMAS / np.sqrt(2 * w.size)
    ends = float(w.min()), float(w.max())
    for low, high in ((0, 1), (-1, 1), (-0.5, 0.5)):
        # Of so many numbers, uniform ones come within a thousandth of both ends, and normal ones go beyond.
        if np.allclose(ends, (low * scale, high * scale), rtol=0, atol=2e-3 * scale):
            return (
                f"the numbers were drawn uniformly, from {low:g} to {high:g} times the scale; they are normal"
            )
    scales = {"nothing was scaled: the numbers have standard deviation 1": 1.0}
    if scheme != "small":
        gain = {"xavier": 1, "he": 2}[scheme]
        scales |= {
            "the root was forgotten": gain / D,
            "fan_out was taken for fan_in": np.sqrt(gain / M),
            "the mean of fan_in and fan_out was taken for fan_in": np.sqrt(2 * gain / (D + M)),
            "the sum of fan_in and fan_out was taken for fan_in": np.sqrt(gain / (D + M)),
            "the weights were multiplied by the root of fan_in; they are divided by it": np.sqrt(gain * D),
            "1 stood where He's 2 belongs" if gain == 2 else "2 stood where Xavier's 1 belongs": np.sqrt(
                (3 - gain) / D
            ),
            "the scale of small weights was taken": 0.01,
        }
    near = [did for did, std in scales.items() if abs(w.std() / std - 1) < slack]
    return near[0] if len(near) == 1 else ""


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
