"""Checks of layers and of layers in a row."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.checks.asking.chance import SIGMAS, generator
from autograder.checks.asking.forbidden import NUMERIC_HELPERS
from autograder.checks.asking.inputs import mixed
from autograder.checks.autograd.machine import Expression, Machine, expect_grad, expect_object
from autograder.verdict.check import check
from autograder.verdict.expect import expect, expect_close
from autograder.verdict.handle import Handle
from autograder.verdict.student import Student

_CALL = Expression("layer, x: layer(x)", "layer(x)")


class Layer:
    """One `Linear` of the student's.

    Args:
        seed: of the generator that it draws from; another each time where none is given.

    Attributes:
        first: the first numbers of w and b.
    """

    def __init__(
        self, machine: Machine, rng: np.random.Generator, n_in: int, n_out: int, seed: int | None = None
    ):
        self.machine = machine
        self._rng = rng
        drawn_from = generator(machine.student, int(rng.integers(2**31)) if seed is None else seed)
        made = machine.student.call("Linear", n_in, n_out, drawn_from)
        self.made = expect_object(made, "Linear(n_in, n_out, rng)")
        self.w, self.b = (expect_object(self.made.read(name), f"Linear's {name}") for name in "wb")
        for name, tensor, shape in (("w", self.w, (n_in, n_out)), ("b", self.b, (n_out,))):
            found = np.shape(tensor.read("data"))
            expect(found == shape, f"{name} has shape {found}, expected {shape}")
            expect(bool(tensor.read("requires_grad")), f"{name} must require a gradient")
        self.first = [np.array(tensor.read("data")) for tensor in (self.w, self.b)]

    def expect_right(self, N: int, as_array: bool = False) -> None:
        """Fail the case unless outputs and gradients are those of x @ w + b, for a bias that is not 0."""
        w, b = self.first[0], mixed(self._rng, self.first[1].shape)
        self.machine.ask(
            Expression("t, value: t.data.__setitem__(slice(None), value)", "b.data[:] = ..."), self.b, b
        )
        x, dout = mixed(self._rng, (N, len(w))), mixed(self._rng, (N, len(b)))
        inputs: Any = x if as_array else self.machine.leaf(x)
        out = self.machine.compute(_CALL, self.made, inputs)
        expect_close(out.read("data"), x @ w + b, "layer(x)")
        out.backward(dout)
        expect_grad(self.w, x.T @ dout, "w.grad")
        expect_grad(self.b, dout.sum(axis=0), "b.grad")
        if not as_array:
            expect_grad(inputs, dout @ w.T, "x.grad")


def _same(machine: Machine, holder: Handle, wanted: list[Handle]) -> list[bool]:
    """Of each of the holder's parameters whether it is the very object that is wanted; empty where the number is another."""
    text = "holder, *wanted: (lambda found: [a is b for a, b in zip(found, wanted)] if len(found) == len(wanted) else [])(list(holder.parameters()))"
    found = machine.ask(Expression(text, "parameters()"), holder, *wanted)
    expect(isinstance(found, list), "parameters() must give a list of Tensors")
    return found


@check("Linear", forbids=NUMERIC_HELPERS)
def Linear(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    machine = Machine(student, reference, rng)
    with student.case("x @ w + b and its gradients", 3):
        Layer(machine, rng, 4, 3).expect_right(5)
        Layer(machine, rng, 2, 5).expect_right(1)
    with student.case("x may be an array"):
        Layer(machine, rng, 3, 2).expect_right(4, as_array=True)
    with student.case("parameters: w and b themselves", 2):
        layer = Layer(machine, rng, 3, 2)
        expect(
            _same(machine, layer.made, [layer.w, layer.b]) == [True, True],
            "parameters() must give [w, b], those very Tensors",
        )
    with student.case("He's first weights, and biases of 0", 2):
        for n_in, n_out in ((50, 300), (400, 30)):
            layer = Layer(machine, rng, n_in, n_out)
            w, b = layer.first
            wanted, error = np.sqrt(2 / n_in), SIGMAS / np.sqrt(2 * w.size)
            expect(
                abs(w.std() / wanted - 1) < error,
                f"w has standard deviation {w.std():.3g}, expected √(2/n_in) = {wanted:.3g}",
            )
            expect(
                abs(w.mean()) < SIGMAS * wanted / np.sqrt(w.size),
                f"w has mean {w.mean():.3g}, expected about 0",
            )
            tails = float(np.mean(np.abs(w) > 2 * wanted))
            expect(0.02 < tails < 0.08, "w is not drawn from a normal distribution")
            expect(not b.any(), "b must be 0 at first")
    with student.case("drawn from the generator that is passed in"):
        seeds = [int(seed) for seed in rng.integers(2**31, size=2)]
        one, again, other = (
            Layer(machine, rng, 4, 3, seed).first[0] for seed in (seeds[0], seeds[0], seeds[1])
        )
        expect(np.array_equal(one, again), "the same generator, started twice, gave different weights")
        expect(not np.array_equal(one, other), "two different generators gave the same weights")


_LAYERS = """
class Scale:
    def __init__(self, w):
        self.w = w
    def __call__(self, x):
        return x * self.w
    def parameters(self):
        return [self.w]
class Layers:
    def scale(self, w):
        return Scale(w)
    def tanh(self):
        return lambda x: x.tanh()
result = Layers()
"""


class Row:
    """Layers in a row: of each parameter a layer that multiplies by it, and tanh behind all but the last.

    Args:
        nested: the last two stand in a Sequential of their own.
    """

    def __init__(self, machine: Machine, rng: np.random.Generator, count: int, nested: bool = False):
        self.machine = machine
        made = machine.student.run(_LAYERS)
        self.values = [mixed(rng, (3,)) for _ in range(count)]
        self.params = [machine.leaf(value) for value in self.values]
        self.x = mixed(rng, (4, 3))
        layers = [made.scale(self.params[0])]
        for param in self.params[1:]:
            layers += [made.tanh(), made.scale(param)]
        if nested:
            layers = [*layers[:-2], self._sequential(layers[-2:])]
        self.made = self._sequential(layers)

    def _sequential(self, layers: list[Handle]) -> Handle:
        return expect_object(self.machine.student.call("Sequential", *layers), "Sequential(...)")

    def expect_right(self) -> None:
        """Fail the case unless the outputs are those of one layer after the other, and gradients reach them all."""
        wanted = self.machine.reference.Tensor(self.x)
        here = [self.machine.leaf_here(value) for value in self.values]
        for k, param in enumerate(here):
            wanted = wanted.tanh() * param if k else wanted * param
        out = self.machine.compute(_CALL, self.made, self.machine.leaf(self.x))
        expect_close(out.read("data"), wanted.data, "net(x)")
        dout = self.machine.drawn(self.x)
        wanted.backward(dout)
        out.backward(dout)
        for k, (param, tensor) in enumerate(zip(self.params, here, strict=True)):
            expect_grad(param, tensor.grad, f"the gradient of parameter {k}")

    def expect_parameters(self) -> None:
        """Fail the case unless the parameters are those of all layers, in order."""
        same = _same(self.machine, self.made, self.params)
        expect(
            bool(same),
            f"parameters() must give {len(self.params)} Tensors here, one of each layer that has some",
        )
        expect(all(same), "parameters() must give the layers' very Tensors, in the order of the layers")


@check("Sequential", forbids=NUMERIC_HELPERS)
def Sequential(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    machine = Machine(student, reference, rng)
    with student.case("one layer after the other", 3):
        Row(machine, rng, 2).expect_right()
        Row(machine, rng, 4).expect_right()
        Row(machine, rng, 1).expect_right()
    with student.case("the parameters of all layers, in order", 3):
        Row(machine, rng, 3).expect_parameters()
        Row(machine, rng, 1).expect_parameters()
    with student.case("a Sequential inside another"):
        row = Row(machine, rng, 3, nested=True)
        row.expect_right()
        row.expect_parameters()
    with student.case("the same twice: nothing is used up", 0.5):
        row = Row(machine, rng, 3)
        row.expect_parameters()
        row.expect_parameters()
        machine.compute(_CALL, row.made, machine.leaf(row.x))
        row.expect_right()
    with student.case("no layer at all", 0.5):
        Row(machine, rng, 2).expect_right()
        empty = expect_object(student.call("Sequential"), "Sequential()")
        x = machine.leaf(mixed(rng, (2, 3)))
        expect(
            machine.ask(Expression("net, x: net(x) is x", "net(x)"), empty, x) is True,
            "without layers, net(x) is x",
        )
        expect(
            machine.ask(Expression("net: len(list(net.parameters()))", "parameters()"), empty) == 0,
            "and it has no parameters",
        )
