"""Checks of first weights that keep lengths."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.checks.asking.advice import advice, likely
from autograder.checks.asking.chance import SIGMAS, generator
from autograder.verdict.check import check
from autograder.verdict.expect import expect, expect_close
from autograder.verdict.student import Student
from course_utils.compare import CheckFailed, Failure

_DRAWS = 200
_EVENLY = "Multiply each column of Q by the sign of its entry on the diagonal of R"


class Orthogonal:
    """orthogonal_init, asked for one matrix or for many."""

    def __init__(self, student: Student, rng: np.random.Generator):
        self._student = student
        self._rng = rng

    def drawn(self, D: int, M: int, seed: int | None = None) -> np.ndarray:
        """One matrix, whose form is right."""
        seed = int(self._rng.integers(2**31)) if seed is None else seed
        return _formed(self._student.call("orthogonal_init", D, M, generator(self._student, seed)), D, M)

    def many(self, D: int, M: int) -> np.ndarray:
        """Matrices drawn one after the other from one generator, shape (draws, D, M)."""
        source = generator(self._student, int(self._rng.integers(2**31)))
        asked = [self._student.asking("orthogonal_init", D, M, source) for _ in range(_DRAWS)]
        return np.stack([_formed(w, D, M) for w in self._student.ask_each(asked)])

    def expect_orthonormal(self, D: int, M: int) -> None:
        """Fail the case unless columns are orthonormal, or rows where there are fewer of them."""
        w = self.drawn(D, M)
        product, what = (w.T @ w, "WᵀW") if D >= M else (w @ w.T, "WWᵀ")
        size = float(np.mean(np.diag(product)))
        if (
            np.allclose(product, size * np.eye(len(product)), atol=1e-8 * max(size, 1e-30))
            and abs(size - 1) > 1e-8
        ):
            fact = f"{what} for fan_in {D}, fan_out {M} is {size:.4g} times the identity; expected the identity itself"
            raise CheckFailed(
                Failure(fact, what, likely("the weights were scaled: these keep lengths as they are"))
            )
        expect_close(product, np.eye(min(D, M)), f"{what} for fan_in {D}, fan_out {M}", rtol=1e-8, atol=1e-8)

    def expect_evenly_drawn(self, D: int, M: int) -> None:
        """Fail the case unless entries have the moments of evenly drawn orthonormal rows or columns."""
        draws, n = self.many(D, M), max(D, M)
        slack = SIGMAS / np.sqrt(_DRAWS)
        mean, square = draws.mean(axis=0), (draws**2).mean(axis=0)
        worst = np.unravel_index(np.abs(mean).argmax(), mean.shape)
        expect(
            bool(np.abs(mean).max() < slack / np.sqrt(n)),
            f"the entry {tuple(map(int, worst))} of {_DRAWS} matrices of shape {(D, M)} has mean {mean[worst]:.2f}, "
            "expected about 0: not every orthogonal matrix is as likely as any other",
        )
        # Of one coordinate of a unit vector in n dimensions: E[q⁴] = 3/(n(n + 2)), and the square varies by that.
        fourth = 3 / (n * (n + 2))
        spread = np.sqrt(fourth - 1 / n**2)
        expect(
            bool(np.abs(square - 1 / n).max() < slack * spread),
            f"the entries of {_DRAWS} matrices of shape {(D, M)} have mean squares from {square.min():.2f} to "
            f"{square.max():.2f}, expected about {1 / n:.2f} each",
        )
        eighth = 105 / (n * (n + 2) * (n + 4) * (n + 6))
        found = float((draws**4).mean(axis=(1, 2)).mean())
        expect(
            abs(found - fourth) < slack * np.sqrt(eighth - fourth**2),
            f"the fourth powers of the entries have mean {found:.3f}, expected about {fourth:.3f}: the matrices are "
            "not drawn evenly from all orthogonal ones",
        )


def _formed(w: Any, D: int, M: int) -> np.ndarray:
    expect(isinstance(w, np.ndarray) and w.dtype.kind == "f", "the weights must be an array of floats")
    expect(w.shape == (D, M), f"the weights have shape {w.shape}, expected (fan_in, fan_out) = {(D, M)}")
    expect(bool(np.isfinite(w).all()), "the weights hold NaN or inf")
    return w


@check("orthogonal_init")
def orthogonal_init(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    weights = Orthogonal(student, rng)
    with student.case("square matrices", 2):
        for n in (5, 12):
            weights.expect_orthonormal(n, n)
    with student.case("more rows than columns: orthonormal columns", 2):
        for D, M in ((7, 3), (20, 9), (4, 1)):
            weights.expect_orthonormal(D, M)
    with student.case("more columns than rows: orthonormal rows", 2):
        for D, M in ((3, 7), (9, 20), (1, 4)):
            weights.expect_orthonormal(D, M)
    with student.case("drawn evenly", 2), advice(_EVENLY, student):
        weights.expect_evenly_drawn(5, 4)
        weights.expect_evenly_drawn(3, 5)
    with student.case("a single number is 1 or -1", 0.5):
        signs = weights.many(1, 1).ravel()
        expect_close(np.abs(signs), np.ones(_DRAWS), "its absolute value")
        expect(
            abs(signs.mean()) < SIGMAS / np.sqrt(_DRAWS),
            f"it is {signs[0]:.0f} nearly always; both are as likely",
        )
    with student.case("drawn from the generator that is passed in"):
        seeds = [int(seed) for seed in rng.integers(2**31, size=2)]
        first, again, other = (weights.drawn(6, 4, seed) for seed in (seeds[0], seeds[0], seeds[1]))
        expect(np.array_equal(first, again), "the same generator, started twice, gave different weights")
        expect(not np.array_equal(first, other), "two different generators gave the same weights")
