"""Checks of residual blocks: the way forward, and what both ways ask."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.checks.asking.advice import advice
from autograder.checks.asking.forbidden import NUMERIC_HELPERS
from autograder.checks.asking.inputs import SINGLE, as_double, as_single, mixed
from autograder.checks.asking.layer import Layer
from autograder.checks.mistakes.known import Results, Values
from autograder.verdict.asked import Asked
from autograder.verdict.check import check
from autograder.verdict.expect import expect, expect_close
from autograder.verdict.student import Student
from course_utils.compare import listed, quoted

_WIRING = "relu(F(x) + shortcut) with F = conv - batch norm - ReLU - conv - batch norm; the shortcut is x, or its projection"


class Block(Layer):
    """A residual block of one kind, its parameters one after the other in place of the dict that functions take.

    `args` are x and then the arrays of params.

    Args:
        projection: whether it has one.
        stride: of the block.
        entries: of the dict of each batch normalization, besides its mode.
    """

    def __init__(
        self, student: Student, reference: SimpleNamespace, projection: bool, stride: int = 1, **entries: Any
    ):
        self.stride, self._entries = stride, entries
        kinds = range(1, 4 if projection else 3)
        self.names = [f"{name}{k}" for k in kinds for name in ("W", "gamma", "beta")]
        self._original = reference
        adapted = SimpleNamespace(
            residual_block_forward=self._reference_forward, residual_block_backward=self._reference_backward
        )
        super().__init__(student, adapted, "residual_block", ", ".join(["dx", *self.names]))

    def dicts(self) -> list[dict[str, Any]]:
        """A fresh dict for each batch normalization."""
        return [{"mode": "train", **self._entries} for _ in range(3)]

    def forward_call(self, *args: Any, **kwargs: Any) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        """The call, with the parameters in a dict."""
        x, *values = args
        return f"{self.name}_forward", (x, self._named(values), self.stride, self.dicts()), kwargs

    def _named(self, values: Any) -> dict[str, np.ndarray]:
        return dict(zip(self.names, values, strict=True))

    def _reference_forward(self, x: np.ndarray, *values: np.ndarray) -> Any:
        return self._original.residual_block_forward(x, self._named(values), self.stride, self.dicts())

    def _reference_backward(self, dout: np.ndarray, cache: Any) -> list[np.ndarray]:
        dx, grads = self._original.residual_block_backward(dout, cache)
        return [dx, *(grads[name] for name in self.names)]

    def _going_back(self, dout: Any, cache: Any) -> Asked:
        return self._student.calling("residual_block_backward", dout, cache, returns="dx, grads")

    def _as_list(self, gradients: Any) -> list[Any]:
        dx, grads = gradients
        expect(
            isinstance(grads, Mapping),
            f"grads must be a dict by the names of params, and {quoted(grads)} came",
        )
        expect(
            set(grads) == set(self.names),
            f"grads holds {listed(grads)}; expected {', '.join(self.names)}, as params",
        )
        return [dx, *(grads[name] for name in self.names)]

    def _sizes(self, dout: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, float]:
        return {"N": float(len(args[0]))}

    def expect_grads(self, dout: np.ndarray, *args: np.ndarray) -> None:
        """Fail the case unless the gradients of all parameters are right, whatever dx is."""
        expected = self.expected_gradients(dout, *args)

        def expect_each(actual: list[Any], _: object) -> None:
            for name, mine, right in list(zip(self.gradients, actual, expected, strict=True))[1:]:
                expect_close(mine, right, name)

        self._expect_by_cache(expect_each, dout, args, {})

    def parts(self, *args: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """What goes into the first ReLU, F(x), and the shortcut, by the reference's layers."""
        x, params, (first, second, third) = args[0], self._named(args[1:]), self.dicts()

        def normalized(x: np.ndarray, k: int, stride: int, pad: int, bn: dict[str, Any]) -> np.ndarray:
            own = (params[f"W{k}"], params[f"gamma{k}"], params[f"beta{k}"])
            out, _ = self._original.conv_bn_forward(x, *own, {"stride": stride, "pad": pad}, bn)
            return out

        hidden = normalized(x, 1, self.stride, 1, first)
        change = normalized(np.maximum(hidden, 0), 2, 1, 1, second)
        return hidden, change, normalized(x, 3, self.stride, 0, third) if "W3" in params else x

    def mistaken_outs(self, *args: Any) -> Values:
        _, change, shortcut = self.parts(*map(as_double, args))
        alone = np.maximum(change, 0)
        return {
            "the ReLU behind the sum is missing": change + shortcut,
            "the shortcut is missing: what comes out is relu(F(x))": alone,
            "the ReLU stands in front of the sum: what comes out is relu(F(x)) + shortcut": alone + shortcut,
            "the shortcut was taken off; it is added": np.maximum(change - shortcut, 0),
            "the change is missing: what comes out is relu(shortcut)": np.maximum(shortcut, 0),
        }

    def mistaken_gradients(self, dout: np.ndarray, *args: Any) -> Results:
        _, cache = self._reference_forward(*args)
        dx, _ = self._original.residual_block_backward(dout, cache)
        found: dict[str, np.ndarray] = {}
        if "W3" not in self.names:
            _, change, shortcut = self.parts(*args)
            dsum = dout * (change + shortcut > 0)
            found = {
                "the shortcut's part is missing: x was used twice, and both gradients add": dx - dsum,
                "dout itself took the shortcut; it goes back through the last ReLU first": dx - dsum + dout,
                "the way through the layers is missing: only the shortcut's part came back": dsum,
            }
        return {"dx": found}


def drawn_args(
    rng: np.random.Generator, block: Block, shape: tuple[int, int, int, int], F: int, spread: float = 1.0
) -> tuple[np.ndarray, ...]:
    """x and the parameters of a block with F filters."""
    values: list[np.ndarray] = []
    for name in block.names:
        C, size = (F if name[-1] == "2" else shape[1]), (1 if name[-1] == "3" else 3)
        if name[0] == "W":
            values.append(spread * rng.normal(size=(F, C, size, size)) / np.sqrt(C * size))
        else:
            values.append(mixed(rng, (F,)) if name[0] == "g" else rng.normal(size=F))
    return rng.normal(size=shape), *values


class State:
    """The dicts of a block's batch normalizations in the student's kernel, and their counterparts here."""

    def __init__(self, student: Student, reference: SimpleNamespace, entries: list[dict[str, Any]]):
        self._student, self._reference = student, reference
        self._handles = [student.run("result = {}") for _ in entries]
        self.wanted = [dict(each) for each in entries]
        for handle, each in zip(self._handles, entries, strict=True):
            handle.update(each)

    def expect_out(self, block: Block, args: tuple[np.ndarray, ...]) -> None:
        """Fail the case unless out and all running averages are the reference's."""
        x, params = args[0], dict(zip(block.names, args[1:], strict=True))
        out, _ = self._student.call("residual_block_forward", x, params, block.stride, self._handles)
        wanted, _ = self._reference.residual_block_forward(x, params, block.stride, self.wanted)
        expect_close(out, wanted, "out")
        for k, (handle, right) in enumerate(zip(self._handles, self.wanted, strict=True)):
            found = handle.copy()
            for name in ("running_mean", "running_var"):
                expect(
                    (name in found) == (name in right),
                    f"bn_params[{k}] {'holds no' if name in right else 'should hold no'} {name!r} after the forward pass",
                )
                if name in right:
                    expect_close(found[name], right[name], f"bn_params[{k}][{name!r}]")


@check("residual_block_forward", forbids=NUMERIC_HELPERS)
def residual_block_forward(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    def block(projection: bool, stride: int = 1, **entries: Any) -> Block:
        return Block(student, reference, projection, stride, **entries)

    def expect_out(kind: Block, shape: tuple[int, int, int, int], F: int, **more: Any) -> None:
        kind.expect_out(*drawn_args(rng, kind, shape, F), **more)

    def averages(F: int) -> dict[str, Any]:
        return {"running_mean": rng.normal(size=F), "running_var": rng.uniform(0.5, 3, size=F)}

    with student.case("a block without a projection", 3), advice(_WIRING, student):
        expect_out(block(False), (3, 4, 5, 6), 4)
        expect_out(block(False), (2, 3, 4, 3), 3)
    with student.case("a projection to other channels", 2), advice(_WIRING, student):
        expect_out(block(True), (3, 4, 5, 6), 3)
        expect_out(block(True), (2, 3, 4, 5), 5)
    with student.case("a projection with a stride", 2), advice(_WIRING, student):
        for stride, shape in ((2, (3, 4, 6, 8)), (2, (2, 3, 5, 7)), (3, (3, 2, 7, 6))):
            expect_out(block(True, stride), shape, 4)
    with student.case("a projection although nothing changes"):
        expect_out(block(True), (3, 4, 5, 6), 4)
    with student.case("eps = 0.1 of each normalization", 0.5):
        expect_out(block(True, 2, eps=0.1), (3, 4, 5, 6), 3)
    with student.case("running averages, each normalization's in its own dict"):
        for projection in (True, False):
            state = State(student, reference, [{"mode": "train", "momentum": m} for m in (0.8, 0.6, 0.3)])
            for N in (2, 3):
                kind = block(projection, 2 if projection else 1)
                state.expect_out(kind, drawn_args(rng, kind, (N, 4, 5, 6), 4))
    with student.case("test mode"):
        kind = block(True, 2)
        state = State(student, reference, [{"mode": "test", **averages(5)} for _ in range(3)])
        for N in (3, 1):
            state.expect_out(kind, drawn_args(rng, kind, (N, 4, 5, 6), 5))
    with student.case("two dicts for a block without a projection", 0.5):
        kind = block(False)
        State(student, reference, 2 * [{"mode": "train"}]).expect_out(
            kind, drawn_args(rng, kind, (3, 4, 5, 6), 4)
        )
    with student.case("single precision", 0.5):
        kind = block(True, 2)
        kind.expect_out(*map(as_single, drawn_args(rng, kind, (3, 4, 5, 6), 3)), **SINGLE)
    with student.case("x and params stay as they were", 0.5):
        for kind in (block(True, 2), block(False)):
            expect_out(kind, (3, 4, 5, 6), 4)
        _expect_arguments_kept(student, reference, rng)


def _expect_arguments_kept(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    """Fail the case when x or params were changed; the dicts of batch normalization may be."""
    kind = Block(student, reference, True, 2)
    args = drawn_args(rng, kind, (3, 4, 5, 6), 3)
    dicts = [student.run("result = {'mode': 'train'}") for _ in range(3)]
    student.changed.clear()
    student.call("residual_block_forward", args[0], dict(zip(kind.names, args[1:], strict=True)), 2, dicts)
    student.expect_unchanged()
