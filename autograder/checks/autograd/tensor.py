"""Checks of the Tensor: its operations, and the way its gradients travel."""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.checks.asking.advice import advice, told
from autograder.checks.asking.expectations import expect_value_error
from autograder.checks.asking.forbidden import NUMERIC_HELPERS
from autograder.checks.asking.inputs import mixed
from autograder.checks.autograd.machine import Expression, Machine, expect_grad
from autograder.verdict.check import check
from autograder.verdict.expect import expect, expect_close
from autograder.verdict.handle import Handle
from autograder.verdict.student import Student

M, V, N = (3, 4), (4,), (4, 2)
# By case: its weight, and expressions with the shapes of what they take.
_OPERATIONS: dict[str, tuple[float, list[tuple[Any, ...]]]] = {
    "a sum, a difference, a product, a quotient": (
        3,
        [
            ("a, b: a + b", M, M),
            ("a, b: a - b", M, M),
            ("a, b: a * b", M, M),
            ("a, b: a / b", M, M),
            ("a: -a", M),
        ],
    ),
    "numbers and arrays on either side": (
        1,
        [
            ("a: 2.0 - a", M),
            ("a: a / 4", M),
            ("a: 3 / a", M),
            ("a: a ** 3", M),
            ("a: 2.0 ** a", M),
            ("a: np.linspace(-1, 2, 4) * a", M),
            ("a: a - np.linspace(-1, 2, 4)", M),
            ("a: np.ones((2, 3)) @ a", M),
        ],
    ),
    "functions of each number": (
        1.5,
        [(f"a: a.{name}()", M) for name in ("exp", "tanh", "relu", "sigmoid")] + [("a: (a * a).log()", M)],
    ),
    "sums, means and maxima": (
        1,
        [
            ("a: a.sum()", M),
            ("a: a.sum(axis=0)", M),
            ("a: a.mean(axis=1, keepdims=True)", M),
            ("a: a.max(axis=-1)", M),
            ("a: a.mean()", M),
        ],
    ),
    "matrix products": (
        1,
        [("a, b: a @ b", M, N), ("a, b: a @ b", V, N), ("a, b: a @ b", M, V), ("a, b: a @ b", (5, 3, 4), N)],
    ),
    "other shapes, and places": (
        1,
        [
            ("a: a.reshape(2, 6)", M),
            ("a: a.T", M),
            ("a: a.transpose(1, 2, 0)", (2, 3, 4)),
            ("a: a[1:, 0]", M),
            ("a: a[[0, 2, 2]]", M),
            ("a: a[a.data > 0]", M),
        ],
    ),
    "what broadcasting repeated": (
        2,
        [
            ("a, b: a + b", M, V),
            ("a, b: a * b", (3, 1), (1, 4)),
            ("a, b: a - b", (), M),
            ("a, b: a / b", (2, 1, 3), (4, 1)),
        ],
    ),
    "a tensor that is used several times": (
        3,
        [
            ("a: a * a + a", M),
            ("a, b: (a + b) * a - b", M, V),
            ("a: a + a", M),
            ("a: (lambda b: b * (b + a).tanh() - b)(a * 2.0)", M),
            ("a: (lambda b: (lambda c: c * b + c)(b.exp() + b))(a * 0.3)", M),
        ],
    ),
}
# Of positive numbers relu changes nothing.
_CHAIN = Expression("a: (t := a, [t := t.relu() for _ in range(4000)])[1][-1]", "4,000 times relu of a")
_REMEMBERS = """out, a, b: [
    len(out.parents) == 2 and out.parents[0] is a and out.parents[1] is b, isinstance(out.parents, tuple),
    a.parents == (), bool(out.requires_grad), out.grad is None and a.grad is None, str(a.data.dtype) == "float64"
]"""
_SAID = (
    "parents of a * b must be (a, b), those very tensors",
    "parents must be a tuple",
    "a tensor that was given has no parents: ()",
    "what was computed from a tensor that requires a gradient requires one, too",
    "grad is None before backward",
    "data is float64, whatever came in",
)


@check("Tensor", forbids=NUMERIC_HELPERS)
def Tensor(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    machine = Machine(student, reference, rng)
    for title, (weight, asked) in _OPERATIONS.items():
        with student.case(title, weight):
            for text, *shapes in asked:
                machine.expect(text, *(np.asarray(mixed(rng, shape)) for shape in shapes))
    with student.case("a result of one number needs no upstream gradient"):
        machine.expect("a, b: (a * b).sum()", mixed(rng, M), mixed(rng, V), alone=True)
        machine.expect("a: (a * a).sum(axis=0, keepdims=True)", mixed(rng, (4, 1)), alone=True)
    with student.case("gradients add up over calls of backward", 2):
        _expect_adding(machine, rng)
    with student.case("tensors that require no gradient", 1.5):
        _expect_constants(machine, rng)
    with student.case("what a result remembers"):
        a, b = machine.leaf(rng.integers(1, 9, size=2)), machine.leaf(rng.normal(size=2), requires_grad=False)
        out = machine.compute(Expression("a, b: a * b"), a, b)
        for holds, sentence in zip(
            machine.ask(Expression(_REMEMBERS, "a * b"), out, a, b), _SAID, strict=True
        ):
            expect(holds is True, sentence)
    with student.case("what cannot be done is a ValueError"):
        _expect_refusals(machine, rng)
    with student.case("each gradient is an array of its own", 0.5):
        _expect_own_memory(machine, rng)
    with student.case("arrays without numbers", 0.5):
        machine.expect("a, b: a.sum(axis=0) * b + b", np.zeros((0, 3)), mixed(rng, (3,)))
        machine.expect("a, b: a * b", np.zeros((0, 3)), mixed(rng, (1, 3)))
        machine.expect("a: a * a", mixed(rng, (3,)))
    with student.case("a chain of 4,000 steps"):
        _expect_deep(machine, np.abs(mixed(rng, (2,))))


def _expect_deep(machine: Machine, a: np.ndarray) -> None:
    leaf, dout = machine.leaf(a), machine.drawn(a)
    out = machine.compute(_CHAIN, leaf)
    expect_close(out.read("data"), a, "the value after 4,000 times relu")
    out.backward(dout)
    expect_grad(leaf, dout, "a.grad after backward of 4,000 steps")


def _expect_adding(machine: Machine, rng: np.random.Generator) -> None:
    first, second = Expression("a, b: (a * b).tanh() * a"), Expression("a, b: a - b * b")
    arrays = mixed(rng, M), mixed(rng, V)
    leaves, wanted = [machine.leaf(a) for a in arrays], [machine.leaf_here(a) for a in arrays]
    results = [(machine.compute(e, *leaves), e.here(*wanted)) for e in (first, second)]
    for which, said in (
        (0, "one backward"),
        (0, "a second backward of the same graph"),
        (1, "one of another graph"),
    ):
        out, right = results[which]
        dout = machine.drawn(right.data)
        before = [None if tensor.grad is None else tensor.grad.copy() for tensor in wanted]
        right.backward(dout)
        out.backward(dout)
        for name, leaf, tensor, old in zip("ab", leaves, wanted, before, strict=True):
            last = tensor.grad if old is None else tensor.grad - old
            grad = leaf.read("grad")
            with (
                advice("Hand on only what has arrived in this call, and add it to grad"),
                told(grad, partial(dict, [("the gradients of earlier calls are lost", last)])),
            ):
                expect_close(grad, tensor.grad, f"{name}.grad after {said}")


def _expect_constants(machine: Machine, rng: np.random.Generator) -> None:
    x, y = rng.normal(size=M), rng.normal(size=V)
    leaf, constant = machine.leaf(x), machine.leaf(y, requires_grad=False)
    out = machine.compute(Expression("a, c: (c * 2.0) * a + c"), leaf, constant)
    dout = machine.drawn(x)
    out.backward(dout)
    expect_grad(leaf, 2.0 * y * dout, "a.grad after backward of `(c * 2.0) * a + c`, where c requires none,")
    expect(constant.read("grad") is None, "a tensor that requires no gradient must keep grad = None")
    doubled = machine.compute(Expression("c: c * 2.0"), constant)
    facts = machine.ask(Expression("d: [bool(d.requires_grad), len(d.parents)]", "c * 2.0"), doubled)
    expect(facts[0] is False, "what was computed from tensors that require no gradient requires none")
    expect(facts[1] == 0, "where nothing requires a gradient no parents are kept")


def _expect_refusals(machine: Machine, rng: np.random.Generator) -> None:
    machine.expect("a: a * 3.0", mixed(rng, V))
    leaf, constant = machine.leaf(mixed(rng, V)), machine.leaf(mixed(rng, ()), requires_grad=False)
    out = machine.compute(Expression("a: a * 3.0"), leaf)
    expect_value_error(out.backward, "backward of a tensor of shape (4,) without a gradient")
    for shape in ((3,), (1,), (4, 1), ()):
        expect_value_error(
            partial(out.backward, np.ones(shape)),
            f"backward of shape (4,) with a gradient of shape {shape}",
        )
    expect_value_error(constant.backward, "backward of a tensor that requires no gradient")
    expect(leaf.read("grad") is None, "a backward that is refused must leave grad as it was")


_SCALED = Expression("a, b, d: [a.grad.__imul__(0.0), b.grad, d][1:]", "a.grad *= 0")


def _expect_own_memory(machine: Machine, rng: np.random.Generator) -> None:
    for text in ("a, b: a + b", "a, b: (a + b).reshape(4, 3).T"):
        expression, arrays = Expression(text), (mixed(rng, M), mixed(rng, M))
        leaves, wanted = [machine.leaf(a) for a in arrays], [machine.leaf_here(a) for a in arrays]
        out, right = machine.compute(expression, *leaves), expression.here(*wanted)
        dout = machine.drawn(right.data)
        kept = _kept(machine, dout)
        right.backward(dout)
        out.backward(kept)
        expect_grad(leaves[0], wanted[0].grad, f"a.grad after backward of `{expression.shown}`")
        other, upstream = machine.ask(_SCALED, *leaves, kept)
        expect_close(other, wanted[1].grad, "b.grad, after a.grad was set to 0 in place,")
        expect_close(upstream, dout, f"{_GIVEN}, after a.grad was set to 0 in place,")
    _expect_own_gradient(machine, rng)


_GIVEN = "the gradient that backward was given"


def _expect_own_gradient(machine: Machine, rng: np.random.Generator) -> None:
    """Fail the case unless backward of a leaf itself takes the numbers it is given, and not the array."""
    whole = rng.integers(1, 9, size=3)
    first, second = (machine.leaf(mixed(rng, (3,))) for _ in range(2))
    first.backward(_kept(machine, whole))
    expect_grad(first, whole.astype(float), "grad after backward of the tensor itself, given whole numbers,")
    kind = machine.ask(Expression("a: str(a.grad.dtype)", "a.grad.dtype"), first)
    expect(kind == "float64", f"grad has dtype {kind}, expected float64")
    kept = _kept(machine, 0.5 * whole)
    second.backward(kept)
    _, upstream = machine.ask(_SCALED, second, first, kept)
    expect_close(upstream, 0.5 * whole, f"{_GIVEN}, after grad was set to 0 in place,")


def _kept(machine: Machine, numbers: np.ndarray) -> Handle:
    """An array that stays in the kernel, so that it shows when somebody shares it."""
    return machine.student.run(f"result = np.array({numbers.tolist()!r})")
