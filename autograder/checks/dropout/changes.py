"""What the checks of all functions that make new pictures from old ones share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.checks.asking.chance import generator
from autograder.checks.asking.expectations import expect_array
from autograder.verdict.expect import expect
from autograder.verdict.student import Student


class Change:
    """One augmentation function of the student, asked with generators of its kernel.

    Args:
        name: of the function; called as function(X, rng, **settings).
        settings: handed to every call that does not name them.
    """

    def __init__(self, student: Student, rng: np.random.Generator, name: str, **settings: Any):
        self.student = student
        self.rng = rng
        self._name = name
        self._settings = settings

    def __call__(self, X: np.ndarray, seed: int | None = None, **settings: Any) -> np.ndarray:
        """The changed pictures, which must have the shape and dtype of X and be finite."""
        seed = int(self.rng.integers(2**31)) if seed is None else seed
        drawn_from = generator(self.student, seed)
        out = self.student.call(self._name, X, drawn_from, **(self._settings | settings))
        out = expect_array(out, X.shape, "the result")
        expect(
            out.dtype == X.dtype,
            f"pictures of dtype {X.dtype} came back as {out.dtype}; the dtype has to stay",
        )
        return out

    def expect_drawn_from_rng(self, X: np.ndarray) -> None:
        """Fail the case unless the generator decides what becomes of the pictures, and nothing else does."""
        seeds = [int(seed) for seed in self.rng.integers(2**31, size=2)]
        first, again, other = (self(X, seed) for seed in (seeds[0], seeds[0], seeds[1]))
        expect(
            np.array_equal(first, again),
            "the same generator, started twice, gave different pictures: draw from rng and from nothing else",
        )
        expect(not np.array_equal(first, other), "two different generators gave the same pictures")


def pictures(rng: np.random.Generator, *shape: int, low: float = 0.0, high: float = 1.0) -> np.ndarray:
    """Pictures of that shape (N, C, H, W), their numbers drawn uniformly."""
    return rng.uniform(low, high, size=shape)


def as_bytes(X: np.ndarray) -> np.ndarray:
    """Pictures from 0 to 1 as uint8 from 0 to 255."""
    return np.rint(255 * X).astype(np.uint8)


def ask_form(change: Change, works: Callable[[np.ndarray], None], X: np.ndarray) -> None:
    """The cases about dtype, generator and untouched input that all changes share.

    Args:
        works: fails the case unless the change of these pictures is right.
    """
    with change.student.case("uint8 and float32 pictures keep their type"):
        for typed in (as_bytes(X), X.astype(np.float32)):
            works(typed)
    with change.student.case("drawn from the generator that is passed in"):
        works(X)
        change.expect_drawn_from_rng(X)
    with change.student.case("the pictures that came in stay as they were", 0.5):
        works(X)
        change.student.expect_unchanged()


def expect_range(out: np.ndarray, top: int, changes: str) -> None:
    """Fail the case unless changed pictures fill the range from 0 to `top`, and not with its ends alone.

    Args:
        changes: what was strong, as in "shifts".
    """
    expect(
        out.min() == 0 and out.max() == top,
        f"values run from {out.min():.3g} to {out.max():.3g}; after strong {changes}, clipped, from 0 to {top}",
    )
    ends = float(np.mean((out == 0) | (out == top)))
    expect(0.02 < ends < 0.98, f"{ends:.0%} of the numbers lie at the ends of the range")


def scale_of(X: np.ndarray) -> tuple[int, float]:
    """The top of the range of pictures, and how near their numbers can be to what is worked out in double precision."""
    return (255, 1.01) if X.dtype == np.uint8 else (1, 1e-5 if X.dtype == np.float32 else 1e-9)
