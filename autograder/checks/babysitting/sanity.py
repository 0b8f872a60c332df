"""Checks of what is looked at before a training: the first loss, and whether a few examples can be learned."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.checks.asking.advice import advice
from autograder.checks.babysitting.forbidden import STOPPING
from autograder.checks.babysitting.models import broken_model, params_of, twin_models
from autograder.verdict.check import check
from autograder.verdict.expect import expect, expect_close
from autograder.verdict.handle import Handle
from autograder.verdict.student import Student
from course_utils.compare import quoted

# Classes of the model, classes that are named, tolerance (None for the default), and whether that is near enough.
_TOLERANCES = (
    (5, 7, 0.25, True),
    (5, 7, 0.19, True),
    (5, 7, 0.15, False),
    (5, 4, 0.25, True),
    (5, 4, 0.15, False),
    (20, 24, 0.04, False),
    (20, 24, None, True),
    (11, 9, None, True),
    (5, 6, None, False),
    (6, 5, None, False),
)


@dataclass(frozen=True)
class Report:
    """What came back for a model, and what should have.

    Attributes:
        found: the student's report.
        wanted: the reference's.
        model: the student's model, afterwards.
        before: its parameters before.
    """

    found: dict[str, Any]
    wanted: dict[str, Any]
    model: Handle
    before: dict[str, np.ndarray]


class FirstLoss:
    """check_first_loss, the student's beside the reference's, on models that are made alike."""

    def __init__(self, student: Student, reference: SimpleNamespace, rng: np.random.Generator):
        self._student = student
        self._reference = reference
        self._rng = rng

    def ask(
        self,
        C: int = 4,
        num_classes: int | None = None,
        asked: dict[str, Any] | None = None,
        **settings: Any,
    ) -> Report:
        """A report on a model of C classes.

        Args:
            num_classes: that are named to check_first_loss; C by default.
            asked: further arguments of check_first_loss.
            settings: of the model.
        """
        rng = self._rng
        model, twin = twin_models(self._student, seed=int(rng.integers(2**31)), D=6, C=C, **settings)
        X, y = rng.normal(size=(15, 2, 3)), rng.integers(C, size=15)
        classes = C if num_classes is None else num_classes
        before = {name: w.copy() for name, w in twin.params.items()}
        found = self._student.call("check_first_loss", model, X, y, classes, **(asked or {}))
        wanted = self._reference.check_first_loss(twin, X, y, classes, **(asked or {}))
        missing = [key for key in wanted if not isinstance(found, dict) or key not in found]
        expect(not missing, f"a dict with {', '.join(wanted)} is expected, and {missing[:1]} is missing")
        return Report(found, wanted, model, before)

    def expect_key(self, key: str, sentence: str, **settings: Any) -> None:
        """Fail the case, with `sentence` as advice, unless one entry of the report is right."""
        report = self.ask(**settings)
        with advice(sentence):
            expect_close(report.found[key], report.wanted[key], key)

    def expect_works(self) -> None:
        """Fail the case unless both are said where they should be: one alone says nothing."""
        self.expect_ok(True, "the loss is near log C, and regularization makes it larger", C=5)
        why = "the loss is several times log C, and regularization makes it smaller"
        self.expect_ok(False, why, C=5, scale=30.0, sign=-1)

    def expect_ok(self, wanted: bool, why: str, **settings: Any) -> None:
        """Fail the case unless the report says whether the model is in order."""
        report = self.ask(**settings)
        assert report.wanted["ok"] is wanted
        ok = report.found["ok"]
        expect(ok in (True, False) and bool(ok) is wanted, f"ok is {quoted(ok)}, expected {wanted}: {why}")


@check("check_first_loss")
def check_first_loss(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    first = FirstLoss(student, reference, rng)
    with student.case("the loss without regularization", 3):
        for C, reg in ((4, 0.0), (7, 3.0)):
            first.expect_key("loss", "It is asked for with model.reg = 0", C=C, reg=reg, scale=0.3)
    with student.case("what is expected of guessing", 2):
        for C, classes in ((4, 4), (3, 12), (3, 100)):
            first.expect_key("expected", "It is log C, the natural logarithm", C=C, num_classes=classes)
    with student.case("the loss with strong regularization", 2):
        first.expect_key("regularized", "It is asked for with model.reg = strong_reg", reg=2.0, scale=0.2)
        first.expect_key("regularized", "strong_reg is 1000 unless it is given", scale=0.2)
        first.expect_key("regularized", "strong_reg was 7", asked={"strong_reg": 7.0}, reg=1.0, scale=0.2)
    _ask_ok(first, student)
    with student.case("the model stays as it was"):
        for reg in (0.0, 0.7):
            report = first.ask(reg=reg, scale=0.1)
            expect_close(report.found["loss"], report.wanted["loss"], "loss")
            expect_close(report.model.read("reg"), reg, "model.reg afterwards")
            with advice("Only look: the parameters must not move"):
                expect_close(params_of(report.model), report.before, "model.params afterwards")
            student.expect_unchanged()
    with student.case("a model that raises gets its reg back, too", 0.5):
        report = first.ask(reg=0.3)
        expect_close(report.found["loss"], report.wanted["loss"], "loss")
        _expect_reg_back(student)


def _ask_ok(first: FirstLoss, student: Student) -> None:
    """The cases of the report's verdict."""
    with student.case("ok: a network in order", 2):
        first.expect_works()
        first.expect_ok(True, "the loss is near log C, and regularization makes it larger", C=3, reg=50.0)
    with student.case("ok: the loss is too far from log C", 2):
        first.expect_works()
        first.expect_ok(False, "the loss is that of 5 classes, not of 12", C=5, num_classes=12)
        first.expect_ok(False, "the loss is that of 5 classes, not of 3", C=5, num_classes=3)
        why = "the weights are so large that the loss is several times log C"
        first.expect_ok(False, why, C=5, scale=30.0)
    with student.case("ok: regularization that does not make the loss larger", 2):
        first.expect_works()
        first.expect_ok(False, "the loss is the same with and without regularization", C=5, sign=0)
        first.expect_ok(False, "regularization makes the loss smaller", C=5, sign=-1)
    with student.case("tolerance is a share of log C"):
        for C, classes, tolerance, ok in _TOLERANCES:
            asked = {} if tolerance is None else {"tolerance": tolerance}
            off, allowed = abs(np.log(C) / np.log(classes) - 1), asked.get("tolerance", 0.1)
            why = f"log {C} is {off:.1%} off log {classes}, and {allowed:.0%} are allowed"
            first.expect_ok(ok, why, C=C, num_classes=classes, asked=asked)


def _expect_reg_back(student: Student) -> None:
    """Fail the case unless a model's own error comes through, and leaves its reg as it was."""
    model = broken_model(student)
    try:
        student.call("check_first_loss", model, np.ones((3, 2)), np.array([0, 1, 0]), 2)
    except Exception as error:  # the model's own error is what should come back
        expect("no such batch" in str(error), f"the model's own error should come through; instead {error}")
    else:
        expect(False, "a model that raises should not get a report")
    expect_close(model.read("reg"), 0.4, "model.reg afterwards")


@dataclass(frozen=True)
class Overfitted:
    """What came back for a model, what should have, and both models afterwards.

    Attributes:
        found: the student's (accuracy, steps).
        wanted: the reference's.
        model: the student's.
        twin: the reference's.
    """

    found: tuple[Any, Any]
    wanted: tuple[float, int]
    model: Handle
    twin: Any

    def expect_right(self) -> None:
        expect_close(self.found[1], self.wanted[1], "steps")
        expect_close(self.found[0], self.wanted[0], "accuracy")

    def expect_trained(self) -> None:
        """Fail the case unless the model itself was trained, as far as the reference's was."""
        with advice("The model itself is trained, one full batch of the first examples a step, without reg"):
            wanted = self.twin.params
            expect_close(params_of(self.model), wanted, "model.params afterwards", rtol=1e-7, atol=1e-9)


class Overfitting:
    """overfit_small, the student's beside the reference's, on models that are made alike."""

    def __init__(self, student: Student, reference: SimpleNamespace, rng: np.random.Generator):
        self._student = student
        self._reference = reference
        self._rng = rng

    def ask(self, N: int = 60, rate: float = 0.5, reg: float = 0.0, **more: Any) -> Overfitted:
        """A model of three classes on N examples; `more` are further arguments of overfit_small."""
        rng = self._rng
        model, twin = twin_models(self._student, seed=int(rng.integers(2**31)), D=12, C=3, scale=0.5, reg=reg)
        X, y = rng.normal(size=(N, 3, 4)), rng.integers(3, size=N)
        found = self._student.call("overfit_small", model, X, y, rate, returns="accuracy, steps", **more)
        wanted = self._reference.overfit_small(twin, X, y, rate, **more)
        return Overfitted(found, wanted, model, twin)

    def learned(self, **more: int) -> Overfitted:
        """A run that needs a few steps and comes to its end."""
        while True:
            run = self.ask(**more)
            if run.wanted[0] == 1 and run.wanted[1] > 3:
                return run

    def expect_all(self, **how: Any) -> None:
        """Fail the case unless the answer is right and the model is trained."""
        run = self.ask(**how)
        run.expect_right()
        run.expect_trained()


@check("overfit_small", forbids=STOPPING)
def overfit_small(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    overfitting = Overfitting(student, reference, rng)
    few = "One step is one batch of the first 20 examples, and it stops when all of them are right"
    with student.case("twenty examples are learned, and then it stops", 4), advice(few):
        for _ in range(2):
            overfitting.learned(max_steps=2000).expect_right()
    with student.case("the model is trained as described", 3):
        for _ in range(2):
            overfitting.learned(max_steps=2000).expect_trained()
    with student.case("only the first `count` are used", 2), advice("Twenty are used unless count is given"):
        for count in (5, 9):
            overfitting.expect_all(count=count, max_steps=500)
        overfitting.ask(N=11, max_steps=500).expect_right()
    with student.case("it gives up after max_steps", 2):
        for steps in (1, 7):
            overfitting.expect_all(rate=1e-4, max_steps=steps)
        run = overfitting.ask(rate=1e-7)
        with advice("max_steps is 200 unless it is given"):
            run.expect_right()
    without = "model.reg is 0 while these examples are learned"
    with student.case("without regularization", 2), advice(without, student):
        overfitting.expect_all(reg=4.0, max_steps=500)
    with student.case("reg is put back"):
        for reg in (0.0, 2.5):
            run = overfitting.ask(reg=reg, max_steps=300)
            run.expect_right()
            expect_close(run.model.read("reg"), reg, "model.reg afterwards")
    with student.case("X and y stay as they were", 0.5):
        overfitting.ask(max_steps=20).expect_right()
        student.expect_unchanged()
