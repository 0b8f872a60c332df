"""Checks of residual networks."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.checks.asking.advice import advice
from autograder.checks.asking.forbidden import NUMERIC_HELPERS
from autograder.checks.asking.inputs import SINGLE, as_single
from autograder.checks.asking.network import Net
from autograder.checks.asking.parameters import (
    Params,
    expect_drawn,
    expect_dtype,
    expect_first_weights,
    expect_object,
    expect_params,
    expect_zero_biases,
)
from autograder.verdict.check import check
from autograder.verdict.expect import expect
from autograder.verdict.student import Student
from course_utils.compare import quoted

_REGULARIZATION = "The loss takes 0.5·reg·sum(W²) of every weight array, projections too, and of nothing else; its gradient is reg·W"
_TEST_MODE = (
    "Without labels every normalization goes by its running averages, which each loss with labels moves on"
)

Sizes = tuple[tuple[int, int, int], tuple[int, ...], int, int]  # input_dim, num_filters, blocks, num_classes
_USUAL: Sizes = ((2, 6, 5), (3, 4), 2, 4)
_SMALL: Sizes = ((2, 4, 5), (3, 4), 1, 4)


def strides(sizes: Sizes) -> list[int]:
    """The stride of each block."""
    _, num_filters, blocks, _ = sizes
    return [2 if stage and not block else 1 for stage in range(len(num_filters)) for block in range(blocks)]


def shapes(sizes: Sizes) -> dict[str, tuple[int, ...]]:
    """The parameters' shapes, by name."""
    (channels, _, _), num_filters, blocks, classes = sizes
    found: dict[str, tuple[int, ...]] = {}

    def add(number: int | str, F: int, C: int, size: int) -> None:
        found.update({f"W{number}": (F, C, size, size), f"gamma{number}": (F,), f"beta{number}": (F,)})

    add(1, num_filters[0], channels, 3)
    channels = num_filters[0]
    for k, stride in enumerate(strides(sizes), start=1):
        F = num_filters[(k - 1) // blocks]
        add(2 * k, F, channels, 3)
        add(2 * k + 1, F, F, 3)
        if stride != 1 or channels != F:
            add(f"{2 * k}_skip", F, channels, 1)
        channels = F
    last = 2 * len(strides(sizes)) + 2
    return found | {f"W{last}": (channels, classes), f"b{last}": (classes,)}


class ResNets:
    """Builds networks of the student and the reference alike, with random parameters and batches."""

    def __init__(self, student: Student, reference: SimpleNamespace, rng: np.random.Generator):
        self._student, self._reference, self._rng = student, reference.ResNet, rng

    def new(self, sizes: Sizes, **more: Any) -> Any:
        """A network of the student."""
        return self._student.call("ResNet", **_named(sizes), **more)

    def expect_params(self, sizes: Sizes, precision: str = "float32") -> Params:
        """The parameters of a new network, which must have the right names, shapes and type."""
        params = expect_params(self.new(sizes, dtype=np.dtype(precision).type), shapes(sizes))
        expect_dtype(params, precision)
        expect_drawn(params)
        return params

    def expect_strides(self, sizes: Sizes) -> None:
        """Fail the case unless strides are those of the blocks."""
        found = expect_object(self.new(sizes)).read("strides")
        whole = isinstance(found, list | tuple) and list(found) == strides(sizes)
        expect(whole, f"strides of {_said(sizes)} should be {strides(sizes)}, and {quoted(found)} came")

    def draw(self, sizes: Sizes, N: int = 4) -> tuple[Params, np.ndarray, np.ndarray]:
        """Parameters, a batch of N pictures, and its labels."""
        params = {}
        for name, shape in shapes(sizes).items():
            params[name] = self._rng.normal(size=shape)
            if name[0] == "W":
                params[name] *= 1.5 / np.sqrt(_fan_in(shape))
            elif name[0] == "g":
                params[name] += np.sign(params[name])
        return params, self._rng.normal(size=(N, *sizes[0])), self._rng.integers(sizes[3], size=N)

    def pair(self, sizes: Sizes, params: Params, reg: float = 0.0, precision: str = "float64") -> Net:
        """The student's network beside the reference's, both with these parameters."""
        net = self.new(sizes, reg=reg, dtype=np.dtype(precision).type)
        return Net(net, self._reference(**_named(sizes), reg=reg, dtype=np.float64), params)

    def expect_loss(self, sizes: Sizes, reg: float = 0.0, N: int = 4) -> None:
        params, X, y = self.draw(sizes, N)
        self.pair(sizes, params, reg).expect_loss(X, y)

    def expect_grads(self, sizes: Sizes, reg: float = 0.0, N: int = 4) -> None:
        params, X, y = self.draw(sizes, N)
        self.pair(sizes, params, reg).expect_grads(X, y)

    def expect_trained_scores(self, sizes: Sizes, batches: int) -> None:
        """Fail the case unless scores are right when running averages have seen so many batches."""
        params, X, y = self.draw(sizes, 5)
        net = self.pair(sizes, params)
        net.train(*[(X + k, y) for k in range(batches)])
        net.expect_scores(X)
        net.expect_scores(X[:1])
        net.expect_scores(X)


def _named(sizes: Sizes) -> dict[str, Any]:
    return dict(zip(("input_dim", "num_filters", "blocks", "num_classes"), sizes, strict=True))


def _said(sizes: Sizes) -> str:
    return f"num_filters={sizes[1]} and blocks={sizes[2]}"


def _fan_in(shape: tuple[int, ...]) -> int:
    return int(np.prod(shape[1:])) if len(shape) == 4 else shape[0]


@check("ResNet", forbids=NUMERIC_HELPERS)
def ResNet(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    nets = ResNets(student, reference, rng)
    _ask_parameters(student, reference, nets)
    with student.case("the loss without regularization", 2):
        nets.expect_loss(_USUAL)
    with student.case("the gradients without regularization", 3):
        nets.expect_grads(_USUAL)
    with student.case("one stage, one block; three stages"):
        for sizes in (((2, 4, 5), (3,), 1, 3), ((1, 5, 6), (2, 4, 3), 1, 3), ((2, 4, 4), (3, 3), 1, 2)):
            nets.expect_grads(sizes)
            nets.expect_loss(sizes)
    with student.case("the scores, when there are no labels", 2), advice(_TEST_MODE, student):
        for batches in (1, 3):
            nets.expect_trained_scores(_USUAL, batches)
    with student.case("scores come first, then a loss"):
        params, X, y = nets.draw(_SMALL)
        net = nets.pair(_SMALL, params)
        net.expect_scores(X)
        net.expect_loss(X, y)
        net.expect_grads(X, y)
    with student.case("the loss with regularization"), advice(_REGULARIZATION, student):
        nets.expect_loss(_SMALL, reg=0.7)
    with student.case("the gradients with regularization"), advice(_REGULARIZATION, student):
        nets.expect_grads(_SMALL, reg=0.7)
    with student.case("single precision"):
        params, X, y = nets.draw(_SMALL)
        net = nets.pair(_SMALL, {name: as_single(value) for name, value in params.items()}, 0.1, "float32")
        net.expect_loss(as_single(X), y, **SINGLE)
        net.expect_grads(as_single(X), y, rtol=5e-3, atol=5e-4)
    with student.case("loss changes neither parameters nor the batch, and two networks share nothing", 0.5):
        params, X, y = nets.draw(_SMALL)
        net, other = nets.pair(_SMALL, params, 0.7), nets.pair(_SMALL, nets.draw(_SMALL)[0])
        net.train((X, y))
        other.train((X + 1, y))
        net.expect_unmoved(X, y)
        student.expect_unchanged()


def _ask_parameters(student: Student, reference: SimpleNamespace, nets: ResNets) -> None:
    """What a new network holds."""
    with student.case("names, shapes and types of the parameters; strides", 2):
        for sizes in (_USUAL, ((1, 8, 8), (5, 3, 6), 1, 3), ((3, 4, 4), (4, 4), 3, 5)):
            nets.expect_strides(sizes)
        nets.expect_params(_USUAL, "float64")
        nets.expect_params(((1, 8, 8), (5, 3, 6), 1, 3))
        nets.expect_params(((3, 4, 4), (4, 4), 3, 5))
        nets.expect_params(((4, 4, 4), (4,), 1, 2))
    with student.case("the first parameters"):
        params = nets.expect_params(((3, 8, 8), (24, 20), 1, 200))
        for name, value in params.items():
            if name[0] == "W":
                fan_in = _fan_in(value.shape)
                others = {
                    "1 was taken for 2, as in √(1/fan_in)": np.sqrt(1 / fan_in),
                    "the root was forgotten": 2 / fan_in,
                }
                called = f"√(2/fan_in) with fan_in = {fan_in}"
                expect_first_weights({name: value}, np.sqrt(2 / fan_in), called, others)
            elif name[0] == "g":
                expect(
                    bool(np.all(value == 1)), f"{name} should start at one, and starts at {value.flat[0]:.3g}"
                )
        expect_zero_biases(params)
    with student.case("the defaults", 0.5):
        params = expect_params(student.call("ResNet"), shapes(((3, 32, 32), (16, 32, 64), 3, 10)))
        expect_dtype(params, "float32")
        expect_drawn(params)
        sizes = _SMALL
        some, X, y = nets.draw(sizes)
        plain = Net(
            nets.new(sizes, dtype=np.float64), reference.ResNet(**_named(sizes), dtype=np.float64), some
        )
        plain.expect_loss(X, y)
