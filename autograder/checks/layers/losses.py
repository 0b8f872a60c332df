"""Checks of the losses."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, Unpack

import numpy as np

from autograder.checks.asking.advice import advice, note, told
from autograder.checks.asking.forbidden import NUMERIC_HELPERS
from autograder.checks.asking.inputs import (
    NUMERIC,
    SINGLE,
    Tolerances,
    as_double,
    as_single,
    drawn_until,
    slope,
)
from autograder.checks.mistakes.known import known_mistakes
from autograder.verdict.check import check
from autograder.verdict.expect import expect_close
from autograder.verdict.student import Student
from course_utils.compare import difference
from course_utils.gradcheck.sizes import named_numbers

_LOSS, _GRADIENT = "loss", "dx"


class Loss:
    """A loss function, the student's beside the reference's."""

    def __init__(self, student: Student, reference: SimpleNamespace, name: str):
        self._student = student
        self._reference = getattr(reference, name)
        self.name = name

    def __call__(self, x: np.ndarray, y: np.ndarray) -> list[Any]:
        return list(self._student.call(self.name, x, y, returns="loss, dx"))

    def expect(
        self,
        x: np.ndarray,
        y: np.ndarray,
        only: str | None = None,
        **tolerances: Unpack[Tolerances],
    ) -> None:
        """Fail the case unless loss and gradient, or the one named `only`, are the reference's."""

        def compare(name: str, actual: Any, wanted: Any) -> None:
            with told(actual, lambda: known_mistakes(self.name, as_double(x), y)[name]):
                expect_close(actual, wanted, name, sizes=named_numbers({"x": x}), **tolerances)

        expected = self._reference(as_double(x), y)
        expected = [as_single(part) for part in expected] if x.dtype == np.float32 else expected
        for name, actual, wanted in zip((_LOSS, _GRADIENT), self(x, y), expected, strict=True):
            if only in (None, name):
                compare(name, actual, wanted)

    def expect_slopes(self, x: np.ndarray, y: np.ndarray) -> None:
        """Fail the case unless dx is the slope of the student's own loss; where that is not right, the reference's."""
        loss, dx = self(x, y)
        if difference(loss, self._reference(x, y)[0], _LOSS):
            self.expect(x, y, only=_GRADIENT)
            return
        with note("Compared with the numeric gradient of your own loss"):
            asked = self._student.asking
            slopes = slope(
                lambda points: self._student.ask_each([asked(self.name, at, y) for at in points]), x
            )
            expect_close(dx, slopes, _GRADIENT, sizes=named_numbers({"x": x}), **NUMERIC)


def _check_loss(
    loss: Loss, student: Student, draw: Callable[[int, int], tuple[np.ndarray, np.ndarray]]
) -> None:
    """Cases that every loss shares; `draw(N, C)` gives scores and labels at which it is smooth."""
    for name in (_LOSS, _GRADIENT):
        with student.case(f"the {'loss' if name == _LOSS else 'gradient'} of a batch", 3):
            loss.expect(*draw(4, 3), only=name)
            loss.expect(*draw(5, 7), only=name)
    with student.case("as many examples as classes"):
        loss.expect(*draw(4, 4))
    with student.case("two classes", 0.5):
        loss.expect(*draw(3, 2))
    with student.case("one example (N = 1)", 0.5):
        loss.expect(*draw(1, 5))
    with student.case("single precision", 0.5):
        x, y = draw(4, 3)
        loss.expect(as_single(x), y, **SINGLE)
    with student.case("x and y are left as they were"):
        loss.expect(*draw(4, 3))
        student.expect_unchanged()
    with student.case("the same question twice", 0.5):
        x, y = draw(4, 3)
        loss.expect(x, y)
        loss.expect(*draw(7, 3))
        loss.expect(x, y)
    with student.case("the slopes of your own loss"):
        loss.expect_slopes(*draw(4, 3))


@check("softmax_loss", forbids=NUMERIC_HELPERS)
def softmax_loss(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    def draw(N: int, C: int) -> tuple[np.ndarray, np.ndarray]:
        return rng.normal(scale=2.0, size=(N, C)), rng.integers(C, size=N)

    loss = Loss(student, reference, "softmax_loss")
    _check_loss(loss, student, draw)
    with student.case("scores around 10,000"), advice("Subtract each row's largest score before exp"):
        x, y = draw(4, 3)
        loss.expect(x + 1e4, y, rtol=1e-7)
    with (
        student.case("scores around -10,000, each row at its own height"),
        advice("Subtract each row's own maximum"),
    ):
        x, y = draw(4, 3)
        loss.expect(x + np.array([[-1e4], [0.0], [2e3], [-3e3]]), y, rtol=1e-7)
    with (
        student.case("a right class that is far behind"),
        advice("Its probability is 0 to the computer, and log(0) is -inf: take the log on paper first"),
    ):
        x, y = draw(4, 3)
        x[np.arange(2), y[:2]] -= np.array([1e3, 1e4])
        loss.expect(x, y)
    with student.case("2,000 classes", 0.5):
        loss.expect(*draw(2, 2000))


@check("svm_loss", forbids=NUMERIC_HELPERS)
def svm_loss(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    def draw(N: int, C: int) -> tuple[np.ndarray, np.ndarray]:
        """Some margins kept and some broken, none by a hair."""

        def smooth(found: tuple[np.ndarray, np.ndarray]) -> bool:
            margins = _margins(*found)
            wrong = np.delete(margins.ravel(), np.arange(N) * C + found[1])
            both = (wrong > 0).any() and ((wrong < 0).any() or C == 2)
            return bool(both and np.abs(wrong).min() > 1e-3)

        return drawn_until(lambda: (rng.normal(scale=2.0, size=(N, C)), rng.integers(C, size=N)), smooth)

    loss = Loss(student, reference, "svm_loss")
    _check_loss(loss, student, draw)
    with student.case("an example that no class comes near"):
        x, y = draw(4, 3)
        x[1, y[1]] += 100.0
        loss.expect(x, y)
    with student.case("an example whose every margin is broken"):
        x, y = draw(4, 3)
        x[2, y[2]] -= 100.0
        loss.expect(x, y)
    with student.case("scores around 10,000", 0.5):
        x, y = draw(4, 3)
        loss.expect(x + np.array([[1e4], [-1e4], [0.0], [5e3]]), y)


def _margins(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return x - x[np.arange(len(y)), y][:, None] + 1
