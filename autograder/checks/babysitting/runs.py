"""Checks of what is looked at before and during a training."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.checks.asking.advice import advice
from autograder.checks.asking.inputs import SINGLE, as_single
from autograder.verdict.check import check
from autograder.verdict.expect import expect, expect_close
from autograder.verdict.student import Handle, Student

_STOPPING = (
    "course_utils.training.stopping.has_diverged",
    "course_utils.training.stopping.update_ratio",
)

# A linear softmax model, made alike in the student's kernel and here; it counts what it is asked.
_MODEL = """
class LinearModel:
    def __init__(self):
        rng = np.random.default_rng({seed})
        self.params = {{"W": {scale} * rng.normal(size=({D}, {C})), "b": {scale} * rng.normal(size={C})}}
        self.reg = {reg}
        self.passes = 0

    def loss(self, X, y=None):
        rows = X.reshape(len(X), -1)
        scores = rows @ self.params["W"] + self.params["b"]
        if y is None:
            return scores
        self.passes += 1
        exp = np.exp(scores - scores.max(axis=1, keepdims=True))
        p = exp / exp.sum(axis=1, keepdims=True)
        loss = -np.mean(np.log(p[np.arange(len(y)), y])) + {sign} * 0.5 * self.reg * np.sum(self.params["W"] ** 2)
        p[np.arange(len(y)), y] -= 1
        grads = {{"W": rows.T @ p / len(y) + self.reg * self.params["W"], "b": p.sum(axis=0) / len(y)}}
        return loss, grads

result = LinearModel()
"""


def twin_models(student: Student, **settings: Any) -> tuple[Handle, Any]:
    """The same model in the student's kernel and in this process."""
    source = _MODEL.format(**{"scale": 1e-3, "reg": 0.0, "sign": 1} | settings)
    scope: dict[str, Any] = {"np": np}
    exec(compile(source, "<model>", "exec"), scope)
    return student.run(source), scope["result"]


def _params(model: Handle) -> dict:
    return model.read("params")


@check("check_first_loss")
def check_first_loss(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    def ask(C: int = 4, num_classes: int | None = None, **settings: Any) -> SimpleNamespace:
        """The student's report beside the reference's, and the student's model afterwards."""
        more = {name: settings.pop(name) for name in ("strong_reg", "tolerance") if name in settings}
        model, twin = twin_models(student, seed=int(rng.integers(2**31)), D=6, C=C, **settings)
        X, y = rng.normal(size=(15, 2, 3)), rng.integers(C, size=15)
        classes = C if num_classes is None else num_classes
        before = {name: w.copy() for name, w in twin.params.items()}
        found = student.call("check_first_loss", model, X, y, classes, **more)
        wanted = reference.check_first_loss(twin, X, y, classes, **more)
        missing = [key for key in wanted if not isinstance(found, dict) or key not in found]
        expect(not missing, f"a dict with {', '.join(wanted)} is expected, and {missing[:1]} is missing")
        return SimpleNamespace(found=found, wanted=wanted, model=model, before=before)

    def expect_key(key: str, sentence: str, **settings: Any) -> None:
        run = ask(**settings)
        with advice(sentence):
            expect_close(run.found[key], run.wanted[key], key)

    def expect_ok(wanted: bool, why: str, **settings: Any) -> None:
        run = ask(**settings)
        assert run.wanted["ok"] is wanted
        expect(
            run.found["ok"] in (True, False) and bool(run.found["ok"]) is wanted,
            f"ok is {run.found['ok']!r}, expected {wanted}: {why}",
        )

    with student.case("the loss without regularization", 3):
        for C, reg in ((4, 0.0), (7, 3.0)):
            expect_key("loss", "It is asked for with model.reg = 0", C=C, reg=reg, scale=0.3)
    with student.case("what is expected of guessing", 2):
        for C, classes in ((4, 4), (3, 12), (3, 100)):
            expect_key("expected", "It is log C, the natural logarithm", C=C, num_classes=classes)
    with student.case("the loss with strong regularization", 2):
        expect_key("regularized", "It is asked for with model.reg = strong_reg", reg=2.0, scale=0.2)
        expect_key("regularized", "strong_reg is 1000 unless it is given", scale=0.2)
        expect_key("regularized", "strong_reg was 7", reg=1.0, scale=0.2, strong_reg=7.0)
    with student.case("ok: a network in order", 2):
        expect_ok(True, "the loss is near log C, and regularization makes it larger", C=5)
        expect_ok(True, "the loss is near log C, and regularization makes it larger", C=3, reg=50.0)
    with student.case("ok: the loss is too far from log C", 2):
        expect_ok(False, "the loss is that of 5 classes, not of 12", C=5, num_classes=12)
        expect_ok(False, "the loss is that of 5 classes, not of 3", C=5, num_classes=3)
        expect_ok(False, "the weights are so large that the loss is several times log C", C=5, scale=30.0)
    with student.case("ok: regularization that does not make the loss larger", 2):
        expect_ok(False, "the loss is the same with and without regularization", C=5, sign=0)
        expect_ok(False, "regularization makes the loss smaller", C=5, sign=-1)
    with student.case("tolerance is a share of log C"):
        for C, classes, tolerance, ok in _TOLERANCES:
            off, more = (
                abs(np.log(C) / np.log(classes) - 1),
                {} if tolerance is None else {"tolerance": tolerance},
            )
            why = f"log {C} is {off:.1%} off log {classes}, and {0.1 if tolerance is None else tolerance:.0%} are allowed"
            expect_ok(ok, why, C=C, num_classes=classes, **more)
    with student.case("the model stays as it was"):
        for reg in (0.0, 0.7):
            run = ask(reg=reg, scale=0.1)
            expect_close(run.found["loss"], run.wanted["loss"], "loss")
            expect_close(run.model.read("reg"), reg, "model.reg afterwards")
            with advice("Only look: the parameters must not move"):
                expect_close(_params(run.model), run.before, "model.params afterwards")
            student.expect_unchanged()
    with student.case("a model that raises gets its reg back, too", 0.5):
        run = ask(reg=0.3)
        expect_close(run.found["loss"], run.wanted["loss"], "loss")
        model = student.run(_BROKEN)
        try:
            student.call("check_first_loss", model, np.ones((3, 2)), np.array([0, 1, 0]), 2)
        except Exception as error:  # the model's own error is what should come back
            expect(
                "no such batch" in str(error), f"the model's own error should come through; instead {error}"
            )
        else:
            expect(False, "a model that raises should not get a report")
        expect_close(model.read("reg"), 0.4, "model.reg afterwards")


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

_BROKEN = """
class BrokenModel:
    params, reg = {}, 0.4

    def loss(self, X, y=None):
        if self.reg > 1:
            raise ValueError("no such batch")
        return 0.7, {}

result = BrokenModel()
"""


@check("overfit_small", forbids=_STOPPING)
def overfit_small(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    def ask(N: int = 60, rate: float = 0.5, **settings: Any) -> SimpleNamespace:
        """What came back beside what the reference gives, and both models afterwards."""
        more = {name: settings.pop(name) for name in ("max_steps", "count") if name in settings}
        settings = {"D": 12, "C": 3, "scale": 0.5} | settings
        model, twin = twin_models(student, seed=int(rng.integers(2**31)), **settings)
        X, y = rng.normal(size=(N, 3, 4)), rng.integers(3, size=N)
        found = student.call("overfit_small", model, X, y, rate, returns="accuracy, steps", **more)
        wanted = reference.overfit_small(twin, X, y, rate, **more)
        return SimpleNamespace(found=found, wanted=wanted, model=model, twin=twin)

    def expect_right(run: SimpleNamespace) -> None:
        expect_close(run.found[1], run.wanted[1], "steps")
        expect_close(run.found[0], run.wanted[0], "accuracy")

    def expect_trained(run: SimpleNamespace) -> None:
        with advice("The model itself is trained, one full batch of the first examples a step, without reg"):
            expect_close(_params(run.model), run.twin.params, "model.params afterwards", rtol=1e-7, atol=1e-9)

    def learned(**settings: Any) -> SimpleNamespace:
        """A run that needs a few steps and comes to its end."""
        while True:
            run = ask(**settings)
            if run.wanted[0] == 1 and run.wanted[1] > 3:
                return run

    with student.case("twenty examples are learned, and then it stops", 4):
        for _ in range(2):
            expect_right(learned(max_steps=2000))
    with student.case("the model is trained as described", 3):
        for _ in range(2):
            expect_trained(learned(max_steps=2000))
    with student.case("only the first `count` are used", 2), advice("Twenty are used unless count is given"):
        for count in (5, 9):
            run = ask(count=count, max_steps=500)
            expect_right(run)
            expect_trained(run)
        run = ask(N=11, max_steps=500)
        expect_right(run)
    with student.case("it gives up after max_steps", 2):
        for steps in (1, 7):
            run = ask(rate=1e-4, max_steps=steps)
            expect_right(run)
            expect_trained(run)
        run = ask(rate=1e-7)
        with advice("max_steps is 200 unless it is given"):
            expect_right(run)
    with student.case("without regularization", 2):
        run = ask(reg=4.0, max_steps=500)
        expect_right(run)
        expect_trained(run)
    with student.case("reg is put back"):
        for reg in (0.0, 2.5):
            run = ask(reg=reg, max_steps=300)
            expect_right(run)
            expect_close(run.model.read("reg"), reg, "model.reg afterwards")
    with student.case("X and y stay as they were", 0.5):
        expect_right(ask(max_steps=20))
        student.expect_unchanged()


@check("should_stop", forbids=_STOPPING)
def should_stop(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    def expect_answer(losses: Any, wanted: bool, why: str, **more: Any) -> None:
        found = student.call("should_stop", losses, **more)
        shown = [float(f"{loss:.3g}") for loss in losses]
        expect(
            isinstance(found, bool | np.bool_) and bool(found) is wanted,
            f"should_stop({shown}{', factor=' + str(more['factor']) if more else ''}) is {found!r}, expected {wanted}: {why}",
        )

    def works() -> None:
        first = float(rng.uniform(1, 3))
        expect_answer([first, 3.2 * first], True, "the last loss is more than three times the first")
        expect_answer([first, 2.8 * first], False, "the last loss is less than three times the first")

    with student.case("more than three times the first loss", 3):
        works()
        first = float(rng.uniform(1, 3))
        expect_answer([first, 0.3, 0.4, 3.1 * first], True, "the first loss counts, not the smallest")
        expect_answer([first, 0.2, 0.3, 0.9], False, "compared with the first loss, not with a later one")
        expect_answer([2.0, 1.0, 6.0], False, "exactly three times is not more than three times")
    with student.case("only the last loss counts", 2):
        works()
        first = float(rng.uniform(1, 3))
        expect_answer([first, 8 * first, 0.5 * first], False, "it has come down again")
        expect_answer([first, first, first, 5 * first], True, "the last one is five times the first")
        expect_answer([first, np.nan, 0.9 * first], False, "an earlier loss was NaN, the last one is not")
        expect_answer(
            [first, np.inf, 0.9 * first], False, "an earlier loss was infinite, the last one is not"
        )
    with student.case("NaN", 3):
        works()
        expect_answer([2.3, 2.1, np.nan], True, "the loss is NaN")
        expect_answer([np.nan], True, "the loss is NaN")
        expect_answer([np.nan, np.nan, np.nan], True, "the loss is NaN")
    with student.case("infinity", 2):
        works()
        expect_answer([2.3, np.inf], True, "the loss is infinite")
        expect_answer([2.3, -np.inf], True, "the loss is infinite")
        expect_answer([np.inf, np.inf], True, "the loss is infinite")
    with student.case("another factor"):
        expect_answer([1.0, 4.0], False, "4 is not more than 5 times 1", factor=5.0)
        expect_answer([1.0, 2.0], True, "2 is more than 1.5 times 1", factor=1.5)
        expect_answer([1.0, 2.0], False, "exactly twice is not more than twice", factor=2.0)
    with student.case("one loss, or none yet"):
        works()
        expect_answer([2.3], False, "one loss is no reason")
        expect_answer([], False, "there is no loss yet")
    with student.case("an array of losses", 0.5):
        works()
        expect_answer(np.array([1.0, 3.5]), True, "an array is as good as a list")
        expect_answer(np.array([1.0, 2.5]), False, "an array is as good as a list")
        expect_answer(np.array([]), False, "there is no loss yet")
        student.expect_unchanged()


@check("update_ratio", forbids=_STOPPING)
def update_ratio(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    def drawn(**shapes: tuple[int, ...]) -> tuple[dict, dict]:
        before = {name: rng.normal(size=shape) for name, shape in shapes.items()}
        after = {
            name: w + 1e-3 * rng.uniform(0.5, 2) * rng.normal(size=w.shape) for name, w in before.items()
        }
        return before, after

    def expect_right(before: dict, after: dict, **tolerance: float) -> None:
        found = student.call("update_ratio", before, after)
        wanted = reference.update_ratio(before, after)
        expect_close(found, wanted, "the ratios", **tolerance)
        extra = sorted(set(found) - set(wanted))
        expect(not extra, f"{extra} were zero before the update: they have no ratio and are left out")

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
