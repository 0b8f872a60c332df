"""Checks of preprocessing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.checks.asking.advice import advice, known
from autograder.checks.asking.expectations import expect_value_error
from autograder.checks.asking.inputs import SINGLE, as_single
from autograder.checks.babysitting.axes import AXES, fitting_signs
from autograder.checks.babysitting.examples import stretched
from autograder.checks.mistakes.preprocessing import Parts, prepared_parts
from autograder.verdict.check import check
from autograder.verdict.expect import expect, expect_close
from autograder.verdict.student import Student
from course_utils.compare import CheckFailed, difference

METHODS = ("center", "channel", "normalize", "pca", "whiten")
# Methods whose columns may come with either sign.
_OF_EITHER_SIGN = ("pca", "whiten")


def turned_to(found: Sequence[Any], wanted: Sequence[Any], method: str) -> list[Any]:
    """Each column with the sign that fits the training part, the same sign in all parts, where signs are free."""
    if method not in _OF_EITHER_SIGN:
        return list(found)
    first = found[0]
    if not isinstance(first, np.ndarray) or first.shape != wanted[0].shape or first.dtype.kind != "f":
        return list(found)
    signs = fitting_signs(first, wanted[0])
    return [
        part * signs if isinstance(part, np.ndarray) and part.shape[1:] == signs.shape else part
        for part in found
    ]


def what_was_done(found: Sequence[Any], mistakes: Mapping[str, Parts], method: str) -> str | None:
    """The first mistake that gives all the parts that were found."""
    for did, parts in mistakes.items():
        if difference(turned_to(found, parts, method), list(parts), "", **AXES) is None:
            return did
    return None


class Preparation:
    """The student's preprocess, compared part by part; what it did with statistics is named where it is wrong."""

    def __init__(self, student: Student, reference: SimpleNamespace):
        self._student = student
        self._reference = reference

    def ask(self, *parts: np.ndarray, **method: Any) -> Any:
        return self._student.call("preprocess", *parts, returns="", **method)

    def expect_right(self, method: str, *parts: np.ndarray, **more: Any) -> None:
        """Fail the case unless all parts are prepared by the statistics of the first one."""
        self._student.changed.clear()
        self.compare(self.ask(*parts, method=method, **more), method, parts, **more)

    def compare(self, found: Any, method: str, parts: Parts, **more: Any) -> None:
        expect(
            isinstance(found, tuple | list) and len(found) == len(parts),
            f"a tuple of {len(parts)} arrays is expected, one for each part that was handed in",
        )
        wanted = self._reference.preprocess(*parts, method=method, **more)
        found = turned_to(found, wanted, method)
        for number, (actual, expected) in enumerate(zip(found, wanted, strict=True)):
            name = "X_train" if number == 0 else f"part {number + 1}"
            try:
                expect_close(actual, expected, f"{method}: {name}", **AXES)
            except CheckFailed as failed:
                mistakes = prepared_parts(self._reference.preprocess, parts, method, more)
                did = what_was_done(found, mistakes, method)
                raise CheckFailed(failed.failure.because(known(did)) if did else failed.failure) from failed

    def expect_in_single_precision(self, method: str, *parts: np.ndarray) -> None:
        found = self.ask(*map(as_single, parts), method=method)
        wanted = tuple(map(as_single, self._reference.preprocess(*parts, method=method)))
        expect_close(found, wanted, method, **SINGLE)


class DrawnParts:
    """Draws training, validation and test parts; the later ones lie elsewhere and scatter otherwise."""

    def __init__(self, rng: np.random.Generator):
        self._rng = rng

    def rows(self, *sizes: int) -> list[np.ndarray]:
        """Parts of three features."""
        rng = self._rng
        first = stretched(rng, sizes[0], 3) + rng.normal(size=3) * 5
        others = [rng.normal(size=(N, 3)) * rng.uniform(2, 4) + rng.normal(size=3) * 9 for N in sizes[1:]]
        return [first, *others]

    def pictures(self, *sizes: int) -> list[np.ndarray]:
        """Parts of shape (N, 2, 3, 4)."""
        rng = self._rng
        spread = rng.uniform(0.5, 3, size=(2, 3, 4))
        return [
            rng.normal(size=(N, 2, 3, 4)) * spread * (k + 1) + rng.normal(size=(2, 3, 4)) * 5
            for k, N in enumerate(sizes)
        ]

    def mixed_pictures(self, N: int) -> np.ndarray:
        """Pictures (N, 2, 2, 2) whose pixels hang together."""
        return stretched(self._rng, N, 8).reshape(N, 2, 2, 2) + self._rng.normal(size=(2, 2, 2))

    def bytes(self, N: int) -> np.ndarray:
        return self._rng.integers(256, size=(N, 2, 3, 3)).astype(np.uint8)


@check("preprocess")
def preprocess(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    preparation, drawn = Preparation(student, reference), DrawnParts(rng)
    for method in ("center", "normalize"):
        with student.case(method, 2):
            preparation.expect_right(method, drawn.rows(15)[0])
            preparation.expect_right(method, drawn.pictures(9)[0])
    with student.case("channel"):
        preparation.expect_right("channel", drawn.pictures(9)[0])
    for method in ("pca", "whiten"):
        with student.case(method, 2):
            preparation.expect_right(method, drawn.rows(15)[0])
            preparation.expect_right(method, drawn.mixed_pictures(20))
    _ask_other_parts(preparation, drawn, student, rng)
    _ask_eps(preparation, drawn, student)
    with student.case("bytes"):
        X, other = drawn.bytes(12), drawn.bytes(5)
        for method in ("center", "channel", "normalize"):
            preparation.expect_right(method, X, other)
    with student.case("center is what happens when no method is named", 0.5):
        parts = drawn.rows(8, 3)
        preparation.compare(preparation.ask(*parts), "center", parts)
    with student.case("an unknown method raises ValueError", 0.5):
        preparation.expect_right("center", *drawn.rows(8, 3))
        for method in ("centre", "PCA", ""):
            ask = partial(preparation.ask, drawn.rows(8)[0], method=method)
            expect_value_error(ask, f"method {method!r}")
    with student.case("single precision", 0.5):
        parts = drawn.rows(30, 8)
        for method in ("center", "normalize"):
            preparation.expect_in_single_precision(method, *parts)
    with student.case("all parts stay as they were"):
        for method in METHODS:
            preparation.expect_right(method, *drawn.pictures(30, 4))
            student.expect_unchanged()


def _ask_other_parts(
    preparation: Preparation, drawn: DrawnParts, student: Student, rng: np.random.Generator
) -> None:
    """The cases of parts that are prepared by the statistics of another one."""
    with student.case("validation and test parts get the statistics of the training part", 4):
        for method in METHODS:
            parts = drawn.pictures(9, 5, 4) if method == "channel" else drawn.rows(15, 6, 4)
            preparation.expect_right(method, *parts)
    with student.case("validation pictures of all methods"):
        for method in ("center", "normalize"):
            preparation.expect_right(method, *drawn.pictures(9, 5))
        for method in ("pca", "whiten"):
            preparation.expect_right(method, drawn.mixed_pictures(20), rng.normal(size=(3, 2, 2, 2)))


def _ask_eps(preparation: Preparation, drawn: DrawnParts, student: Student) -> None:
    """The cases where the divisor may be close to zero."""
    with (
        student.case("eps is added inside the root"),
        advice("Divide by sqrt(variance + eps); eps is 1e-5 unless it is given", student),
    ):
        for method in ("normalize", "whiten"):
            preparation.expect_right(method, *drawn.rows(15, 5), eps=0.3)
            preparation.expect_right(method, 0.01 * drawn.rows(15)[0])
    with student.case("a feature that never varies", 0.5):
        first = drawn.rows(15)[0]
        first[:, 1] = 7.0
        preparation.expect_right("normalize", first, drawn.rows(3)[0])
