"""Checks of forward mode."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from autograder.checks.asking.advice import note
from autograder.checks.asking.forbidden import NUMERIC_HELPERS
from autograder.checks.asking.inputs import mixed
from autograder.checks.autograd.machine import Machine
from autograder.verdict.check import check
from autograder.verdict.expect import expect, expect_close
from autograder.verdict.student import Student

M = (3, 4)
_CASES: dict[str, tuple[float, list[str]]] = {
    "sums, differences, products, quotients": (
        2,
        ["x + x", "x - x * x", "x * x * x", "x / (x * x + 1.0)", "-x"],
    ),
    "numbers and arrays on either side": (
        1,
        [
            "2.0 * x + 1.0",
            "1.0 / x",
            "x / 4.0 - 3.0",
            "x ** 3",
            "2.0 ** x",
            "np.linspace(-1, 2, 4) * x",
            "3.0 - x",
        ],
    ),
    "functions of each number": (
        2,
        ["x.exp()", "x.tanh()", "x.relu()", "x.sigmoid()", "(x * x).log()", "(x.tanh() * x).exp()"],
    ),
    "sums, means and maxima": (
        1.5,
        [
            "x.sum()",
            "x.sum(axis=0)",
            "x.mean(axis=1, keepdims=True)",
            "x.max(axis=1)",
            "x.max(axis=0, keepdims=True)",
            "x.max()",
        ],
    ),
    "other shapes, and places": (
        1,
        ["x.reshape(2, 6)", "x.T", "x[[0, 2, 2]]", "x[1:, 0]", "x.reshape(3, 2, 2).transpose(2, 0, 1)"],
    ),
    "matrix products": (
        1.5,
        ["x @ x.T", "x @ np.arange(8.0).reshape(4, 2)", "np.arange(6.0).reshape(2, 3) @ x", "x @ x[0]"],
    ),
    "what broadcasting repeats": (
        1.5,
        [
            "x + x[0]",
            "x * x.sum(axis=1, keepdims=True)",
            "x[0, 0] * np.ones((2, 3))",
            "x[0] - x[:, :1]",
            "x[0] + np.ones((3, 4))",
            "np.ones((3, 4)) / x[:, :1]",
        ],
    ),
}


class Forward:
    """The student's `jvp`, against one backward pass of the reference for each output."""

    def __init__(self, student: Student, reference: SimpleNamespace, rng: np.random.Generator):
        self._machine = Machine(student, reference, rng)
        self._student = student
        self._reference = reference
        self._rng = rng

    def expect(self, text: str) -> None:
        """Fail the case unless value and change of an expression of x are right."""
        x, v = mixed(self._rng, M), self._rng.normal(size=M)
        value, change = self._student.call(
            "jvp", self._student.run(f"result = lambda x: {text}"), x, v, returns="f(x), J v"
        )
        wanted = self._by_reference(text, x, v)
        expect_close(value, wanted[0], f"the value of `{text}`")
        expect_close(change, wanted[1], f"J v of `{text}`", rtol=1e-11)

    def _by_reference(self, text: str, x: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Value and J v, one backward pass for each output."""
        leaf = self._machine.leaf_here(x)
        out = eval(text, {"np": np, "x": leaf})
        changes = np.zeros(out.data.shape)
        for place in np.ndindex(out.data.shape):
            leaf.grad, upstream = None, np.zeros(out.data.shape)
            upstream[place] = 1.0
            out.backward(upstream)
            changes[place] = np.sum(leaf.grad * v)
        return out.data, changes

    def expect_with_tensors(self) -> None:
        """Fail the case unless f may use Tensors on either side of its argument."""
        w, b = mixed(self._rng, (4, 2)), mixed(self._rng, (3, 1))
        x, v = mixed(self._rng, M), self._rng.normal(size=M)
        leaves = self._machine.leaf(w), self._machine.leaf(b)
        make = self._student.run(
            "result = lambda w, b: (lambda x: (x @ w).tanh() + b * x.sum(axis=1, keepdims=True))"
        )
        f = self._student.send(make.asking("__call__", *leaves))
        value, change = self._student.call("jvp", f, x, v, returns="f(x), J v")
        inner = np.tanh(x @ w)
        sums = [a.sum(axis=1, keepdims=True) for a in (x, v)]
        expect_close(
            value, inner + b * sums[0], "the value of (x @ w).tanh() + b * x.sum(axis=1, keepdims=True)"
        )
        expect_close(change, (1 - inner**2) * (v @ w) + b * sums[1], "its J v")
        for leaf in leaves:
            expect(leaf.read("grad") is None, "jvp goes forwards: no tensor gets a grad")


_COUNTED = """
class Counted:
    calls = 0
    def f(self, x):
        self.calls += 1
        return x * x
    def counted(self):
        return self.calls
    def function(self):
        return self.f
result = Counted()
"""


@check("jvp", forbids=NUMERIC_HELPERS)
def jvp(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    forward = Forward(student, reference, rng)
    for title, (weight, texts) in _CASES.items():
        with student.case(title, weight):
            for text in texts:
                forward.expect(text)
    with student.case("Tensors beside x"), note("f used Tensors of your notebook on both sides of x"):
        forward.expect_with_tensors()
    with student.case("one pass", 0.5):
        counted, x, v = student.run(_COUNTED), mixed(rng, M), rng.normal(size=M)
        _, change = student.call("jvp", counted.function(), x, v, returns="f(x), J v")
        expect_close(change, 2 * x * v, "J v of `x * x`")
        calls = counted.counted()
        expect(calls == 1, f"f was called {calls} times; forward mode needs one pass")
    with student.case("x and v stay as they were", 0.5):
        forward.expect("x * x + x")
        student.expect_unchanged()
