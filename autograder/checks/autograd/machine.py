"""Expressions of Tensors, the student's beside the reference's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.checks.asking.advice import told
from autograder.verdict.expect import expect, expect_close
from autograder.verdict.handle import Handle
from autograder.verdict.student import Student

Array = np.ndarray


class Expression:
    """An expression of Tensors, as text that the kernel and the grader each read for themselves.

    Args:
        text: names of the Tensors, a colon, the expression: "a, b: a * b + a".
        shown: what is said of it, where it is not the expression itself.
    """

    def __init__(self, text: str, shown: str = ""):
        names, _, formula = text.partition(":")
        self.text = text
        self.names = [name.strip() for name in names.split(",")]
        self.shown = shown or formula.strip()

    def here(self, *values: Any) -> Any:
        """Its value for the reference's Tensors."""
        return _read(self.text)(*values)


@cache
def _read(text: str) -> Callable[..., Any]:
    made: Callable[..., Any] = eval(f"lambda {text}", {"np": np})
    return made


class Machine:
    """The student's Tensors beside the reference's.

    Args:
        rng: draws the upstream gradients.
    """

    def __init__(self, student: Student, reference: SimpleNamespace, rng: np.random.Generator):
        self.student = student
        self.reference = reference
        self._rng = rng

    def leaf(self, data: Any, requires_grad: bool = True) -> Handle:
        """A Tensor of the student's that was given, not computed."""
        return expect_object(self.student.call("Tensor", data, requires_grad=requires_grad), "Tensor(...)")

    def leaf_here(self, data: Any, requires_grad: bool = True) -> Any:
        """The same of the reference's."""
        return self.reference.Tensor(data, requires_grad=requires_grad)

    def ask(self, expression: Expression, *values: Any) -> Any:
        """What an expression gives in the kernel."""
        function = self.student.run(f"result = lambda {expression.text}")
        asked = replace(function.asking("__call__", *values), label=f"`{expression.shown}`")
        return self.student.send(asked)

    def compute(self, expression: Expression, *values: Any) -> Handle:
        """The Tensor that an expression gives in the kernel."""
        return expect_object(self.ask(expression, *values), f"`{expression.shown}`")

    def drawn(self, like: Any) -> Array:
        """An upstream gradient for a result of that shape."""
        return self._rng.uniform(0.5, 2.0, size=np.shape(like)) * self._rng.choice(
            [-1.0, 1.0], np.shape(like)
        )

    def expect(self, expression: Expression | str, *arrays: Array, alone: bool = False) -> None:
        """Fail the case unless an expression of leaves has the reference's value and gradients.

        Args:
            alone: backward gets no gradient; the result is one number.
        """
        expression = Expression(expression) if isinstance(expression, str) else expression
        leaves, wanted = [self.leaf(a) for a in arrays], [self.leaf_here(a) for a in arrays]
        out, right = self.compute(expression, *leaves), expression.here(*wanted)
        upstream = () if alone else (self.drawn(right.data),)
        right.backward(*upstream)
        with np.errstate(all="ignore"):
            expect_close(out.read("data"), right.data, f"the value of `{expression.shown}`")
        out.backward(*upstream)
        for name, leaf, tensor in zip(expression.names, leaves, wanted, strict=True):
            expect_grad(leaf, tensor.grad, f"{name}.grad after backward of `{expression.shown}`")


def expect_object(made: Any, what: str) -> Handle:
    """What must be an object of the student's, not data."""
    expect(isinstance(made, Handle), f"{what} must give a Tensor, not one {type(made).__name__}")
    return made


def expect_grad(leaf: Handle, wanted: Array, name: str) -> None:
    """Fail the case unless a Tensor's gradient is the right one."""
    grad = leaf.read("grad")
    expect(grad is not None, f"{name} is None: no gradient has arrived")
    with told(grad, lambda: {"it is twice too large: some share has been counted twice": 2 * wanted}):
        expect_close(grad, wanted, name)
