"""Checks of what is forgotten: gradients, the graph, and results that are computed again."""

from __future__ import annotations

from contextlib import suppress
from types import SimpleNamespace

import numpy as np

from autograder.checks.asking.advice import advice
from autograder.checks.asking.forbidden import NUMERIC_HELPERS
from autograder.checks.asking.inputs import mixed
from autograder.checks.autograd.machine import Expression, Machine, expect_grad, expect_object
from autograder.verdict.check import check
from autograder.verdict.expect import expect, expect_close
from autograder.verdict.handle import Handle
from autograder.verdict.refusals import StudentError
from autograder.verdict.student import Student
from course_utils.compare import CheckFailed


@check("zero_grad", forbids=NUMERIC_HELPERS)
def zero_grad(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    machine = Machine(student, reference, rng)

    def ask(form: str, count: int) -> None:
        values = [mixed(rng, (3,)) for _ in range(count + 1)]
        leaves = [machine.leaf(value) for value in values]
        out = machine.compute(Expression("*t: sum(x * x for x in t)", "a sum of squares"), *leaves)
        dout = machine.drawn(values[0])
        out.backward(dout)
        student.call("zero_grad", student.send(student.run(_FORMS).asking(form, *leaves[1:])))
        for leaf in leaves[1:]:
            expect(leaf.read("grad") is None, "after zero_grad the grad of each of the tensors is None")
        expect_grad(leaves[0], 2 * values[0] * dout, "grad of a tensor that was not named")
        out.backward(dout)
        expect_grad(leaves[-1], 2 * values[-1] * dout, "the next gradient of a tensor that was named")
        expect_close(leaves[-1].read("data"), values[-1], "data of a tensor that was named")

    with student.case("a list of tensors", 3):
        ask("as_list", 3)
        ask("as_list", 1)
    with student.case("any iterable"):
        ask("as_generator", 4)
    with student.case("tensors that have no gradient yet", 0.5):
        fresh = machine.leaf(mixed(rng, (2,)))
        student.call("zero_grad", student.send(student.run(_FORMS).asking("as_list", fresh)))
        expect(fresh.read("grad") is None, "grad stays None where it was None")
        ask("as_list", 2)


_FORMS = """
class Kept:
    def __init__(self, tensors):
        self.tensors = tensors
    def __iter__(self):
        return iter(self.tensors)
class Forms:
    def as_list(self, *tensors):
        return Kept(tensors)
    def as_generator(self, *tensors):
        return (tensor for tensor in tensors)
result = Forms()
"""

# `with` stands in the kernel: the student's object is entered and left as Python does it.
_BLOCKS = """
class Blocks:
    def inside(self, manager, f, *tensors):
        with manager:
            return f(*tensors)
    def nested(self, manager, inner, f, *tensors):
        with manager:
            with inner:
                pass
            return f(*tensors)
    def raising(self, manager):
        with manager:
            raise KeyError("on purpose")
result = Blocks()
"""
_PRODUCT = "a, b: (a * b).tanh() + a"


class Blocks:
    """Blocks under the student's `no_grad`."""

    def __init__(self, machine: Machine, rng: np.random.Generator):
        self.machine = machine
        self._made = machine.student.run(_BLOCKS)
        self._function = machine.student.run(f"result = lambda {_PRODUCT}")
        self.arrays = mixed(rng, (3,)), mixed(rng, (3,))
        _record_again(machine)
        self.leaves = [machine.leaf(a) for a in self.arrays]

    def manager(self) -> Handle:
        made = self.machine.student.call("no_grad", as_handle=True)
        expect(isinstance(made, Handle), "no_grad() must give something that `with` can enter and leave")
        return made

    def expect_silent(self, block: str, managers: int) -> None:
        """Fail the case unless what is computed inside is right and remembers nothing."""
        entered = [self.manager() for _ in range(managers)]
        out = self.machine.student.send(self._made.asking(block, *entered, self._function, *self.leaves))
        out = expect_object(out, "an expression inside no_grad")
        a, b = self.arrays
        expect_close(out.read("data"), np.tanh(a * b) + a, "what is computed inside")
        facts = self.machine.ask(
            Expression("d: [len(d.parents), bool(d.requires_grad)]", "a result of inside"), out
        )
        expect(facts[0] == 0, "what is computed inside must have no parents")
        expect(facts[1] is False, "what is computed inside must require no gradient")

    def expect_recorded(self) -> None:
        """Fail the case unless recording goes on outside, with right gradients."""
        out = self.machine.compute(Expression(_PRODUCT), *self.leaves)
        [parents] = self.machine.ask(Expression("d: [len(d.parents)]", "a result of outside"), out)
        expect(
            parents > 0, "outside again, a result must have parents: __exit__ puts back what __enter__ found"
        )
        self.machine.expect(_PRODUCT, *self.arrays)

    def expect_error_passes(self) -> None:
        """Fail the case unless an error of inside comes out."""
        try:
            self._made.raising(self.manager())
        except StudentError as error:
            expect(
                error.raised == "KeyError",
                f"an error inside the block must come out as it is; instead {error}",
            )
        else:
            expect(False, "an error inside the block was swallowed: __exit__ must not return True")


def _record_again(machine: Machine) -> None:
    """Switch recording on by hand, so that a wrong no_grad costs no other case and no other question."""
    with suppress(CheckFailed):
        machine.ask(
            Expression("a: setattr(type(a), 'recording', True)", "Tensor.recording = True"), machine.leaf(0.0)
        )


@check("no_grad", forbids=NUMERIC_HELPERS)
def no_grad(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    machine = Machine(student, reference, rng)
    with student.case("nothing is recorded inside", 3):
        Blocks(machine, rng).expect_silent("inside", 1)
    with student.case("afterwards all is as before", 3):
        blocks = Blocks(machine, rng)
        blocks.expect_silent("inside", 1)
        blocks.expect_recorded()
    with student.case("one block inside another"), advice("Put back what was there before, not always True"):
        blocks = Blocks(machine, rng)
        blocks.expect_silent("nested", 2)
        blocks.expect_recorded()
    with student.case("after an error, too"):
        blocks = Blocks(machine, rng)
        blocks.expect_silent("inside", 1)
        blocks.expect_error_passes()
        blocks.expect_recorded()
    _record_again(machine)


_COUNTED = """
class Block:
    def __init__(self, w, b):
        self.w, self.b, self.calls = w, b, 0
    def forward(self, x):
        self.calls += 1
        return ((x @ self.w + self.b).tanh() * 2.0).exp().reshape(5, 2, 1)
    def size(self, out):
        seen, waiting = {}, [out]
        while waiting:
            node = waiting.pop()
            if id(node) not in seen:
                seen[id(node)] = node
                waiting.extend(node.parents)
        return len(seen)
    def counted(self):
        return self.calls
    def function(self):
        return self.forward
result = lambda w, b: Block(w, b)
"""
_BODY = "x, w, b: ((x @ w + b).tanh() * 2.0).exp().reshape(5, 2, 1)"


class Checkpoint:
    """The student's `checkpointed` on a block with parameters.

    Args:
        asks: whether x requires a gradient.
    """

    def __init__(self, machine: Machine, rng: np.random.Generator, asks: bool = True):
        self.machine = machine
        self.asks = asks
        self.arrays = rng.normal(size=(5, 3)), 0.5 * rng.normal(size=(3, 2)), rng.normal(size=2)
        self.x = machine.leaf(self.arrays[0], requires_grad=asks)
        self.params = [machine.leaf(a) for a in self.arrays[1:]]
        make = machine.student.run(_COUNTED)
        self.block = machine.student.send(make.asking("__call__", *self.params))
        self._f = self.block.function()

    def compute(self, x: Handle) -> Handle:
        """f(x), checkpointed."""
        return expect_object(self.machine.student.call("checkpointed", self._f, x), "checkpointed")

    def expect(self, times: int = 1) -> None:
        """Fail the case unless value and gradients are as without checkpointing, after so many calls of backward."""
        here = [
            self.machine.leaf_here(a, requires_grad=asks)
            for a, asks in zip(self.arrays, (self.asks, True, True), strict=True)
        ]
        double = Expression("x: x * 2.0")
        right = Expression(_BODY).here(double.here(here[0]), *here[1:])
        out = self.compute(self.machine.compute(double, self.x))
        expect_close(out.read("data"), right.data, "the value")
        for _ in range(times):
            dout = self.machine.drawn(right.data)
            right.backward(dout)
            out.backward(dout)
        if self.asks:
            expect_grad(self.x, here[0].grad, "x.grad")
        for name, leaf, tensor in zip("wb", self.params, here[1:], strict=True):
            expect_grad(leaf, tensor.grad, f"{name}.grad, of a parameter that f uses,")


@check("checkpointed", forbids=NUMERIC_HELPERS)
def checkpointed(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    machine = Machine(student, reference, rng)
    with student.case("value and gradients as without it", 3):
        Checkpoint(machine, rng).expect()
    with student.case("x that requires no gradient: the parameters still get theirs", 2):
        Checkpoint(machine, rng, asks=False).expect()
    with student.case("what f computed is forgotten", 2):
        one = Checkpoint(machine, rng)
        one.expect()
        size = one.block.size(one.compute(one.x))
        expect(
            size <= 3, f"the graph holds {size} tensors; only the result and x (or a stand-in) should be left"
        )
    with student.case("f is computed once forwards, and once more for each backward"):
        one = Checkpoint(machine, rng)
        one.expect()
        calls = one.block.counted()
        expect(calls == 2, f"f was called {calls} times for one forward and one backward pass; 2 are needed")
    with student.case("backward called twice", 0.5):
        Checkpoint(machine, rng).expect(times=2)
    with student.case("inside no_grad nothing is recorded", 0.5):
        one = Checkpoint(machine, rng)
        one.expect()
        manager = student.call("no_grad", as_handle=True)
        student.send(manager.asking("__enter__"))
        try:
            inside = one.compute(one.x)
        finally:
            student.send(manager.asking("__exit__", None, None, None))
        facts = machine.ask(Expression("d: [len(d.parents), bool(d.requires_grad)]", "the result"), inside)
        expect(facts[0] == 0 and facts[1] is False, "inside no_grad the result must have no parents")
