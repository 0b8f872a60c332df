"""Checks of the training step."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, Unpack

import numpy as np

from autograder.checks.asking.advice import advice, told
from autograder.checks.asking.inputs import SINGLE, Tolerances, as_single
from autograder.checks.asking.parameters import Params
from autograder.checks.mistakes.known import Values
from autograder.checks.mistakes.networks import step_mistakes
from autograder.verdict.check import check
from autograder.verdict.expect import expect, expect_close
from autograder.verdict.handle import Handle
from autograder.verdict.student import Student

# A model whose loss and gradients are plain sums, so that a step can be checked without any network of the student's.
# Each gradient depends on all parameters: one that is asked for when others have moved already is another.
_TOY_MODEL = """
class ToyModel:
    def __init__(self):
        self.params = {}

    def loss(self, X, y=None):
        if y is None:
            return X
        pull, push = float(np.sum(X)), float(np.sum(y))
        total = sum(float(np.sum(param)) for param in self.params.values())
        value, grads = pull + total**2 / 2, {}
        for i, name in enumerate(self.params):
            value = value + float(np.sum(self.params[name] ** 2)) * (i + 1)
            grads[name] = (2 * (i + 1) * self.params[name] + pull * (i + 2) - push + total).astype(self.params[name].dtype)
        return value, grads

result = ToyModel()
"""


class ToyTraining:
    """Steps of a toy model in the student's kernel, and what they should make of its parameters.

    Args:
        X, y: the batch of every step.
    """

    def __init__(self, student: Student, X: np.ndarray, y: np.ndarray):
        self._student = student
        self.X = X
        self.y = y

    def model(self, params: Params) -> Handle:
        """The toy model with these parameters."""
        toy = self._student.run(_TOY_MODEL)
        toy.write_items("params", params)
        return toy

    def step(self, toy: Handle, rate: float) -> Any:
        """What the student's step returns."""
        return self._student.call("train_step", toy, self.X, self.y, rate)

    def expected_loss(self, params: Params) -> float:
        """The toy model's loss of the batch."""
        pull = float(np.sum(self.X))
        squares = sum(float(np.sum(p**2)) * (i + 1) for i, p in enumerate(params.values()))
        return pull + squares + _total(params) ** 2 / 2

    def gradients(self, params: Params) -> Params:
        """The toy model's gradients."""
        pull, push = float(np.sum(self.X)), float(np.sum(self.y))
        return {
            name: (2 * (i + 1) * value + pull * (i + 2) - push + _total(params)).astype(value.dtype)
            for i, (name, value) in enumerate(params.items())
        }

    def stepped(self, params: Params, rate: float) -> Params:
        """The parameters after one right step."""
        gradients = self.gradients(params)
        return {name: value - rate * gradients[name] for name, value in params.items()}

    def expect_step(
        self, params: Params, rate: float, steps: int = 1, **tolerances: Unpack[Tolerances]
    ) -> None:
        """Fail the case unless a number of steps, one after the other, gives the right parameters."""
        toy, wanted = self.model(params), params
        for _ in range(steps):
            self.step(toy, rate)
            wanted = self.stepped(wanted, rate)
        found = toy.read("params")
        expect(isinstance(found, dict), "model.params must still be a dict after a step")
        after = "one step" if steps == 1 else f"{steps} steps"

        def compare(name: str) -> None:
            with told(found[name], lambda: self._mistakes(params, name, rate) if steps == 1 else {}):
                expect_close(found[name], wanted[name], f"params[{name!r}] after {after}", **tolerances)

        for name in params:
            expect(name in found, f"model.params has lost {name!r}")
            compare(name)

    def _mistakes(self, params: Params, name: str, rate: float) -> Values:
        twice = self.stepped(self.stepped(params, rate), rate)[name]
        one_by_one = {
            "the gradients were worked out anew after a parameter had moved: call loss once": (
                self._one_by_one(params, rate)[name]
            )
        }
        return one_by_one | step_mistakes(
            params[name], self.gradients(params)[name], twice, rate, len(self.X)
        )

    def _one_by_one(self, params: Params, rate: float) -> Params:
        """The parameters where each moves by the gradients at where those before it have come."""
        moved = dict(params)
        for name in params:
            moved[name] = self.stepped(moved, rate)[name]
        return moved


def _total(params: Params) -> float:
    return sum(float(np.sum(param)) for param in params.values())


@check("train_step")
def train_step(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    toy = ToyTraining(student, rng.uniform(0.5, 1.5, size=(3, 2)), rng.integers(1, 4, size=3))

    def draw() -> Params:
        return {"W1": rng.normal(size=(2, 3)), "b1": rng.normal(size=3), "gamma": rng.normal(size=(1, 2, 2))}

    with student.case("one step", 3):
        toy.expect_step(draw(), 0.125)
    with student.case("another learning rate"):
        toy.expect_step(draw(), 0.01)
        toy.expect_step(draw(), 1.5)
    with student.case("three steps, one after the other"):
        toy.expect_step(draw(), 0.03, steps=3)
    with (
        student.case("the loss that is returned", 2),
        advice("It is the loss of the batch before the update"),
    ):
        for params in (draw() for _ in range(6)):
            expect_close(toy.step(toy.model(params), 0.125), toy.expected_loss(params), "the returned loss")
    with student.case("the batch is left as it was", 0.5):
        toy.expect_step(draw(), 0.125)
        student.expect_unchanged()
    with student.case("parameters in single precision", 0.5):
        toy.expect_step({name: as_single(value) for name, value in draw().items()}, 0.125, **SINGLE)
