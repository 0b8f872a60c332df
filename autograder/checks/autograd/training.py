"""Checks of batch normalization made of Tensors, and of a step of gradient descent."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.checks.asking.advice import advice, told
from autograder.checks.asking.forbidden import NUMERIC_HELPERS
from autograder.checks.asking.inputs import mixed
from autograder.checks.autograd.machine import Expression, Machine, expect_grad, expect_object
from autograder.checks.mistakes.known import Values
from autograder.verdict.check import check
from autograder.verdict.expect import expect, expect_close
from autograder.verdict.handle import Handle
from autograder.verdict.student import Student

Array = np.ndarray


@check("batchnorm", forbids=NUMERIC_HELPERS)
def batchnorm(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    machine = Machine(student, reference, rng)

    def ask(x: Array, eps: float | None = None) -> None:
        settings: dict[str, Any] = {} if eps is None else {"eps": eps}
        arrays = x, mixed(rng, x.shape[1:]), mixed(rng, x.shape[1:])
        leaves = [machine.leaf(value) for value in arrays]
        out = expect_object(student.call("batchnorm", *leaves, **settings), "batchnorm")
        _expect_output(out, *arrays, eps or 1e-5)
        dout = machine.drawn(x)
        out.backward(dout)
        _expect_slopes(leaves, *arrays[:2], dout, eps or 1e-5)

    with student.case("a batch, and its gradients", 4):
        ask(2.0 * mixed(rng, (6, 4)) + 3.0)
        ask(mixed(rng, (5, 3)) - 1.0)
    with student.case("eps, inside the root"), advice("Divide by the root of variance + eps"):
        ask(3e-3 * mixed(rng, (5, 3)))
        ask(mixed(rng, (4, 2)), eps=0.3)
    with student.case("two examples, and one feature", 0.5):
        ask(mixed(rng, (2, 3)) + rng.normal(size=3))
        ask(mixed(rng, (7, 1)))
    with student.case("what went in stays as it was", 0.5):
        x = mixed(rng, (4, 3))
        leaves = [machine.leaf(value) for value in (x, mixed(rng, (3,)), mixed(rng, (3,)))]
        expect_object(student.call("batchnorm", *leaves), "batchnorm").backward(machine.drawn(x))
        expect_close(leaves[0].read("data"), x, "x.data, afterwards,")
        ask(x)


def _expect_output(out: Handle, x: Array, gamma: Array, beta: Array, eps: float) -> None:
    centred = x - x.mean(axis=0)
    variance = x.var(axis=0)
    value = out.read("data")
    with told(
        value,
        lambda: {
            "the variance is divided by N - 1; it is the mean of the squares": (
                gamma * centred / np.sqrt(x.var(axis=0, ddof=1) + eps) + beta
            ),
            "eps stands outside the root": gamma * centred / (np.sqrt(variance) + eps) + beta,
            "eps is left out": gamma * centred / np.sqrt(variance) + beta,
            "the variance stands where its root belongs": gamma * centred / (variance + eps) + beta,
        },
    ):
        expect_close(value, gamma * centred / np.sqrt(variance + eps) + beta, "the output")


def _expect_slopes(leaves: list[Handle], x: Array, gamma: Array, dout: Array, eps: float) -> None:
    """Fail the case unless the gradients are those that notebook 2 derives."""
    root = np.sqrt(x.var(axis=0) + eps)
    normalized, upstream = (x - x.mean(axis=0)) / root, dout * gamma
    by_mean = upstream.mean(axis=0)
    by_variance = normalized * (upstream * normalized).mean(axis=0)
    dx = leaves[0].read("grad")
    expect(dx is not None, "x.grad is None: no gradient has arrived")
    mistakes: Values = {
        "the path through the mean is cut: it was taken as plain numbers": (upstream - by_variance) / root,
        "the path through the variance is cut: it was taken as plain numbers": (upstream - by_mean) / root,
        "the paths through mean and variance are cut: they were taken as plain numbers": upstream / root,
    }
    with told(dx, lambda: mistakes):
        expect_close(dx, (upstream - by_mean - by_variance) / root, "x.grad", rtol=1e-7, atol=1e-10)
    expect_grad(leaves[1], (dout * normalized).sum(axis=0), "gamma.grad")
    expect_grad(leaves[2], dout.sum(axis=0), "beta.grad")


_LOSS = Expression("a, b: (a * a * a).sum() + (b * a).sum()", "the loss")
_KNOWN = "t: [len(t.parents), bool(t.requires_grad)]"


class Descent:
    """Two parameters of the student's, of the loss sum(a³) + sum(b·a), and a third that no loss depends on."""

    def __init__(self, machine: Machine, rng: np.random.Generator):
        self.machine = machine
        self.values = [mixed(rng, (3,)), mixed(rng, (2, 3)), mixed(rng, (2,))]
        self.params = [machine.leaf(value) for value in self.values]

    def loss(self) -> Handle:
        """The loss, computed from the parameters as they are."""
        return self.machine.compute(_LOSS, *self.params[:2])

    def step(self, learning_rate: float, name: str = "after the step") -> None:
        """Take a step, and fail the case unless value and parameters are right."""
        a, b, _ = self.values
        value = self.machine.student.call("gradient_step", self.loss(), self.params, learning_rate)
        expect(not isinstance(value, Handle), "gradient_step must return the loss as a plain number")
        expect_close(value, float(np.sum(a**3) + np.sum(b * a)), "the loss that is returned")
        slopes = 3 * a**2 + b.sum(axis=0), np.broadcast_to(a, b.shape)
        self.values[:2] = [v - learning_rate * slope for v, slope in zip((a, b), slopes, strict=True)]
        for which, param, right in zip(("first", "second"), self.params, self.values[:2], strict=False):
            expect_close(param.read("data"), right, f"data of the {which} parameter {name}")

    def earlier(self) -> None:
        """Leave gradients of an earlier backward in the parameters."""
        self.loss().backward()


@check("gradient_step", forbids=NUMERIC_HELPERS)
def gradient_step(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    machine = Machine(student, reference, rng)
    with student.case("the loss, and the parameters after a step", 3):
        Descent(machine, rng).step(0.1)
        Descent(machine, rng).step(float(rng.uniform(0.01, 0.05)))
    with student.case("gradients of before do not count", 2), advice("Clear the gradients before backward"):
        descent = Descent(machine, rng)
        descent.earlier()
        descent.step(0.05)
        descent.step(0.02, "after a second step")
    with student.case("a parameter that the loss does not depend on"):
        descent = Descent(machine, rng)
        machine.compute(Expression("a: (a * a).sum()", "another loss"), descent.params[2]).backward()
        descent.step(0.1)
        unused = descent.params[2].read("data")
        expect_close(unused, descent.values[2], "data of a parameter that the loss does not depend on")
    with student.case("parameters stay leaves, and get no other shape"):
        descent = Descent(machine, rng)
        descent.step(0.1)
        for param, value in zip(descent.params, descent.values, strict=True):
            known = machine.ask(Expression(_KNOWN, "a parameter"), param)
            expect(known == [0, True], "after the step a parameter has no parents and requires a gradient")
            expect(np.shape(param.read("data")) == value.shape, "data keeps its shape")
        descent.step(0.05, "after a second step")
