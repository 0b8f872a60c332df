"""Checks of what is looked at during a training: whether to stop, and how large the updates are."""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace
from typing import Any, Unpack

import numpy as np

from autograder.checks.asking.advice import advice, told
from autograder.checks.asking.inputs import SINGLE, Tolerances, as_single
from autograder.checks.babysitting.forbidden import STOPPING
from autograder.checks.mistakes.ratios import ratios
from autograder.verdict.check import check
from autograder.verdict.expect import expect, expect_close
from autograder.verdict.student import Student
from course_utils.compare import listed, quoted


class Stopping:
    """Asks should_stop about losses."""

    def __init__(self, student: Student, rng: np.random.Generator):
        self._student = student
        self._rng = rng

    def first_loss(self) -> float:
        return float(self._rng.uniform(1, 3))

    def expect(self, losses: Any, wanted: bool, why: str, **factor: Any) -> None:
        found = self._student.call("should_stop", losses, **factor)
        shown = [float(f"{loss:.3g}") for loss in losses]
        more = "".join(f", {name}={value}" for name, value in factor.items())
        expect(
            isinstance(found, bool | np.bool_) and bool(found) is wanted,
            f"should_stop({shown}{more}) is {quoted(found)}, expected {wanted}: {why}",
        )

    def expect_works(self) -> None:
        """Fail the case unless both answers are given where they should be: one alone says nothing."""
        first = self.first_loss()
        self.expect([first, 3.2 * first], True, "the last loss is more than three times the first")
        self.expect([first, 2.8 * first], False, "the last loss is less than three times the first")


@check("should_stop", forbids=STOPPING)
def should_stop(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    stopping = Stopping(student, rng)
    with student.case("more than three times the first loss", 3):
        stopping.expect_works()
        first = stopping.first_loss()
        stopping.expect([first, 0.3, 0.4, 3.1 * first], True, "the first loss counts, not the smallest")
        stopping.expect([first, 0.2, 0.3, 0.9], False, "compared with the first loss, not with a later one")
        stopping.expect([2.0, 1.0, 6.0], False, "exactly three times is not more than three times")
    with student.case("only the last loss counts", 2):
        stopping.expect_works()
        first = stopping.first_loss()
        stopping.expect([first, 8 * first, 0.5 * first], False, "it has come down again")
        stopping.expect([first, first, first, 5 * first], True, "the last one is five times the first")
        was_nan = "an earlier loss was NaN, the last one is not"
        stopping.expect([first, np.nan, 0.9 * first], False, was_nan)
        was_infinite = "an earlier loss was infinite, the last one is not"
        stopping.expect([first, np.inf, 0.9 * first], False, was_infinite)
    _ask_not_finite(stopping, student)
    with student.case("another factor"):
        stopping.expect([1.0, 4.0], False, "4 is not more than 5 times 1", factor=5.0)
        stopping.expect([1.0, 2.0], True, "2 is more than 1.5 times 1", factor=1.5)
        stopping.expect([1.0, 2.0], False, "exactly twice is not more than twice", factor=2.0)
    with student.case("one loss, or none yet"):
        stopping.expect_works()
        stopping.expect([2.3], False, "one loss is no reason")
        stopping.expect([], False, "there is no loss yet")
    with student.case("an array of losses", 0.5):
        stopping.expect_works()
        stopping.expect(np.array([1.0, 3.5]), True, "an array is as good as a list")
        stopping.expect(np.array([1.0, 2.5]), False, "an array is as good as a list")
        stopping.expect(np.array([]), False, "there is no loss yet")
        student.expect_unchanged()


def _ask_not_finite(stopping: Stopping, student: Student) -> None:
    """The cases of a last loss that is no number any more."""
    with student.case("NaN", 3):
        stopping.expect_works()
        for losses in ([2.3, 2.1, np.nan], [np.nan], [np.nan, np.nan, np.nan]):
            stopping.expect(losses, True, "the loss is NaN")
    with student.case("infinity", 2):
        stopping.expect_works()
        for losses in ([2.3, np.inf], [2.3, -np.inf], [np.inf, np.inf]):
            stopping.expect(losses, True, "the loss is infinite")


@check("update_ratio", forbids=STOPPING)
def update_ratio(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    def drawn(**shapes: tuple[int, ...]) -> tuple[dict[str, Any], dict[str, Any]]:
        before = {name: rng.normal(size=shape) for name, shape in shapes.items()}
        after = {
            name: w + 1e-3 * rng.uniform(0.5, 2) * rng.normal(size=w.shape) for name, w in before.items()
        }
        return before, after

    def expect_right(before: dict[str, Any], after: dict[str, Any], **tolerances: Unpack[Tolerances]) -> None:
        found = student.call("update_ratio", before, after)
        wanted = reference.update_ratio(before, after)
        for name in wanted.keys() & (found if isinstance(found, dict) else {}):
            with told(found[name], partial(ratios, before[name], after[name])):
                expect_close(found[name], wanted[name], f"the ratios[{name!r}]", **tolerances)
        expect_close(found, wanted, "the ratios", **tolerances)
        extra = [key for key in found if key not in wanted]
        expect(not extra, f"{listed(extra)} were zero before the update: they have no ratio and are left out")

    with student.case("a matrix and a bias", 3):
        for _ in range(2):
            expect_right(*drawn(W1=(5, 4), b1=(4,)))
    with student.case("the size before the update counts", 2), advice("Divide by the norm of before"):
        before, after = drawn(W=(4, 3))
        expect_right(before, {"W": after["W"] * 3})
        expect_right(before, {"W": np.zeros((4, 3))})
    with student.case("filters with four axes", 2), advice("All numbers of an array are one vector"):
        expect_right(*drawn(F=(4, 3, 2, 5), W=(3, 1)))
    with student.case("parameters that were zero are left out", 2):
        before, after = drawn(W=(4, 3), b=(3,), gamma=(2,))
        expect_right(before | {"b": np.zeros(3)}, after)
        expect_right({"W": np.zeros((4, 3))}, {"W": after["W"]})
        some = before["W"] * (np.arange(12).reshape(4, 3) % 3 > 0)
        with advice("Left out is what is zero in all its places"):
            expect_right(before | {"W": some, "gamma": np.array([1.0, -1.0])}, after)
    with student.case("parameters that did not move", 0.5):
        before, after = drawn(W=(4, 3), b=(3,))
        expect_right(before, after | {"b": before["b"].copy()})
    with student.case("very small and single precision weights", 0.5):
        before, after = drawn(W=(6, 5))
        expect_right({"W": 1e-20 * before["W"]}, {"W": 1e-20 * after["W"]})
        expect_right({"W": as_single(before["W"])}, {"W": as_single(1.1 * before["W"])}, **SINGLE)
    with student.case("both dicts stay as they were", 0.5):
        expect_right(*drawn(W=(4, 3)))
        student.expect_unchanged()
