"""Checks of splitting examples into parts and into folds."""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.checks.asking.advice import advice
from autograder.checks.asking.chance import generator
from autograder.checks.asking.expectations import expect_value_error
from autograder.checks.babysitting.chance import expect_from_rng, expect_scattered
from autograder.checks.babysitting.examples import expect_everybody_once, expect_who_is_who, numbered
from autograder.verdict.check import check
from autograder.verdict.expect import expect
from autograder.verdict.student import Student
from course_utils.compare import CheckFailed

_PARTS = ("train", "val", "test")


class Splits:
    """Asks split_data for parts of examples that tell who is who."""

    def __init__(self, student: Student, rng: np.random.Generator):
        self._student = student
        self._rng = rng

    def ask(
        self, X: np.ndarray, y: np.ndarray, num_val: int, num_test: int, seed: int | None = None
    ) -> dict[str, Any]:
        """The parts by name, in whatever state; a generator of another seed decides unless one is given."""
        seed = int(self._rng.integers(2**31)) if seed is None else seed
        data = self._student.call("split_data", X, y, num_val, num_test, generator(self._student, seed))
        keys = [f"{kind}_{part}" for part in _PARTS for kind in "Xy"]
        missing = [key for key in keys if not isinstance(data, dict) or key not in data]
        expect(not missing, f"a dict with {', '.join(keys)} is expected, and {missing[:1]} is missing")
        return data

    def expect_right(self, N: int, num_val: int, num_test: int, *shape: int) -> dict[str, np.ndarray]:
        """The rows of each part; fails the case unless everybody is in one part, and all are of the right size."""
        X, y = numbered(self._rng, N, *shape)
        data = self.ask(X, y, num_val, num_test)
        for part, size in zip(_PARTS, (N - num_val - num_test, num_val, num_test), strict=True):
            found = np.shape(data[f"y_{part}"])
            expect(found == (size,), f"y_{part} has shape {found}, expected ({size},)")
        rows = rows_of_parts(data, X, y)
        expect_everybody_once(rows, N)
        return rows

    def expect_refused(self, *sizes: tuple[int, int]) -> None:
        """Fail the case unless parts of ten examples that are too large are answered with a ValueError.

        Args:
            sizes: of the validation and the test part.
        """
        X, y = numbered(self._rng, 10, 2)

        def ask(num_val: int, num_test: int) -> Any:
            at_random = generator(self._student, 0)
            return self._student.call("split_data", X, y, num_val, num_test, at_random, returns="")

        for num_val, num_test in sizes:
            expect_value_error(partial(ask, num_val, num_test), f"{num_val} + {num_test} of 10 examples")


def rows_of_parts(data: dict[str, Any], X: np.ndarray, y: np.ndarray) -> dict[str, np.ndarray]:
    """The rows of X that each part holds; fails the case unless each example still has its label."""
    return {part: expect_who_is_who(data[f"X_{part}"], data[f"y_{part}"], X, y, part) for part in _PARTS}


@check("split_data")
def split_data(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    splits = Splits(student, rng)
    with student.case("everybody in exactly one part, with the right label", 4):
        for sizes in ((30, 7, 4), (19, 3, 8)):
            splits.expect_right(*sizes, 3)
    with student.case("decided by chance", 3):
        rows = splits.expect_right(1200, 400, 300, 1)
        for part in ("val", "test"):
            expect_scattered(rows[part], 1200, f"the examples of the {part} part")
    with student.case("drawn from the generator that is passed in", 2):
        splits.expect_right(30, 7, 4, 2)
        X, y = numbered(rng, 30, 2)
        expect_from_rng(lambda seed: splits.ask(X, y, 9, 5, seed)["y_train"], rng, "parts")
        expect_from_rng(lambda seed: splits.ask(X, y, 9, 5, seed)["y_val"], rng, "parts")
    with student.case("parts without examples, and a single one left for training"):
        for sizes in ((9, 0, 4), (9, 4, 0), (9, 0, 0), (9, 5, 3)):
            splits.expect_right(*sizes, 2)
    with student.case("pictures of bytes"):
        X, y = rng.integers(256, size=(12, 3, 4, 5)).astype(np.uint8), rng.permutation(12)
        data = splits.ask(X, y, 4, 3)
        rows_of_parts(data, X, y)
        expect(all(data[f"X_{part}"].dtype == np.uint8 for part in _PARTS), "bytes should stay bytes (uint8)")
    with student.case("nothing left for training raises ValueError"):
        splits.expect_right(9, 5, 3, 2)
        splits.expect_refused((6, 4), (10, 0), (0, 10), (7, 9))
    with student.case("X and y stay as they were", 0.5):
        splits.expect_right(20, 4, 5, 2, 3)
        student.expect_unchanged()


class Folds:
    """Asks kfold_splits for the rounds of a cross-validation."""

    def __init__(self, student: Student, rng: np.random.Generator):
        self._student = student
        self._rng = rng

    def ask(self, N: int, k: int, seed: int | None = None) -> list[tuple[np.ndarray, np.ndarray]]:
        """(train, val) of each round; a generator of another seed decides unless one is given."""
        seed = int(self._rng.integers(2**31)) if seed is None else seed
        splits = self.ask_plainly(N, k, seed)
        expect(
            isinstance(splits, list | tuple) and len(splits) == k,
            f"a list of {k} pairs (train, val) is expected",
        )
        return [_pair(pair, number, N) for number, pair in enumerate(splits, 1)]

    def ask_plainly(self, N: int, k: int, seed: int = 0) -> Any:
        """Whatever kfold_splits returns."""
        return self._student.call("kfold_splits", N, k, generator(self._student, seed), returns="")

    def expect_right(self, N: int, k: int) -> list[tuple[np.ndarray, np.ndarray]]:
        """The rounds; fails the case unless each example is validated once, in folds of nearly equal size."""
        splits = self.ask(N, k)
        for number, (train, val) in enumerate(splits, 1):
            with advice(f"In round {number} of {k}, train is everybody who is not in val"):
                expect_everybody_once({"train": train, "val": val}, N)
        with advice("Over all rounds each example is validated exactly once"):
            expect_everybody_once(
                {f"the val of round {number}": val for number, (_, val) in enumerate(splits, 1)}, N
            )
        sizes = sorted(len(val) for _, val in splits)
        expect(
            sizes[-1] - sizes[0] <= 1,
            f"{N} examples in {k} folds have sizes {sizes}; they may differ by one at most",
        )
        return splits


@check("kfold_splits")
def kfold_splits(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    folds = Folds(student, rng)
    with student.case("folds that fit exactly", 3):
        for N, k in ((12, 3), (20, 5)):
            folds.expect_right(N, k)
    with student.case("folds that do not fit exactly", 3):
        for N, k in ((11, 3), (14, 4), (23, 6)):
            folds.expect_right(N, k)
    with student.case("as many folds as examples, and two"):
        for N, k in ((5, 5), (2, 2), (7, 2)):
            folds.expect_right(N, k)
    with student.case("decided by chance", 2):
        for _, val in folds.expect_right(1200, 3):
            expect_scattered(val, 1200, "the examples of a fold")
    with student.case("drawn from the generator that is passed in"):
        folds.expect_right(15, 4)
        expect_from_rng(lambda seed: np.concatenate([val for _, val in folds.ask(15, 4, seed)]), rng, "folds")
    with student.case("an impossible number of folds raises ValueError"):
        folds.expect_right(6, 3)
        for N, k in ((6, 1), (6, 0), (6, 7), (1, 2), (6, -2)):
            expect_value_error(partial(folds.ask_plainly, N, k), f"{N} examples in {k} folds")


def _pair(pair: Any, number: int, N: int) -> tuple[np.ndarray, np.ndarray]:
    """Train and val of one round as arrays of indices; anything else fails with a sentence."""
    expect(isinstance(pair, list | tuple) and len(pair) == 2, f"round {number} should be a pair (train, val)")
    found = []
    for name, indices in zip(("train", "val"), pair, strict=True):
        try:
            indices = np.asarray(indices)
        except ValueError:
            raise CheckFailed(f"{name} of round {number} is no array of indices") from None
        right = indices.ndim == 1 and indices.dtype.kind in "iu" and bool(indices.size)
        expect(right, f"{name} of round {number} is no array of whole numbers with one axis")
        expect(
            bool(indices.min() >= 0 and indices.max() < N),
            f"{name} of round {number} holds {indices.max()}: indices go from 0 to {N - 1}",
        )
        found.append(indices)
    return found[0], found[1]
