"""Checks of the convolutional networks."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.checks.asking.advice import advice
from autograder.checks.asking.forbidden import NUMERIC_HELPERS
from autograder.checks.asking.inputs import SINGLE, as_single, drawn_until
from autograder.checks.asking.network import (
    Net,
    Params,
    expect_drawn,
    expect_dtype,
    expect_first_weights,
    expect_params,
    expect_zero_biases,
)
from autograder.checks.mistakes.passes import replaced_passes
from autograder.verdict.check import check
from autograder.verdict.expect import expect
from autograder.verdict.student import Student

_REGULARIZATION = "The loss takes 0.5·reg·sum(W²) of every weight array and of no bias; its gradient is reg·W"
# No ReLU and no maximum may change sides within a difference's step.
_CLEAR = 2e-3

Shapes = dict[str, tuple[int, ...]]


class ConvNet(Net):
    """A convolutional network of the student, and the reference's."""

    def passes(self, X: np.ndarray, y: np.ndarray) -> dict[str, tuple[float, Params]]:
        """What networks give whose layers between the convolutions and the loss stand or pass back another way."""
        return replaced_passes(self.reference, X, y)


class ConvNets:
    """Builds networks of the student and the reference alike, with random parameters and batches.

    Args:
        name: of the class.
        options: names of the constructor's sizes; the first is input_dim, the last num_classes.
        shapes: makes the parameters' shapes from those sizes.
    """

    def __init__(
        self,
        student: Student,
        reference: SimpleNamespace,
        rng: np.random.Generator,
        name: str,
        options: tuple[str, ...],
        shapes: Callable[..., Shapes],
    ):
        self._student = student
        self._reference = getattr(reference, name)
        self._rng = rng
        self._name = name
        self._options = options
        self._shapes = shapes

    def expect_params(self, *sizes: Any, precision: str) -> None:
        """Fail the case unless the parameters of a new network have the right names, shapes and type."""
        dtype = np.dtype(precision).type
        net = self._student.call(self._name, **self._named(sizes), dtype=dtype)
        params = expect_params(net, self._shapes(*sizes))
        expect_dtype(params, precision)
        expect_drawn(params)

    def first_params(self, *sizes: Any, **more: Any) -> Params:
        """Parameters of a new network of these sizes; `more` are further arguments of its constructor."""
        net = self._student.call(self._name, **self._named(sizes), **more)
        return expect_params(net, self._shapes(*sizes))

    def default_params(self, *sizes: Any) -> Params:
        """Parameters of a network of which nothing is said, and which should have these sizes."""
        return expect_params(self._student.call(self._name), self._shapes(*sizes))

    def draw(self, *sizes: Any, N: int) -> tuple[Params, np.ndarray, np.ndarray]:
        """Parameters, a batch of N images, and its labels."""
        params = _drawn_params(self._rng, self._shapes(*sizes))
        return params, self._rng.normal(size=(N, *sizes[0])), self._rng.integers(sizes[-1], size=N)

    def pair(self, *sizes: Any, params: Params, reg: float = 0.0, precision: str = "float64") -> ConvNet:
        """The student's network beside the reference's, both with these parameters."""
        options = self._named(sizes) | {"reg": reg}
        dtype = np.dtype(precision).type
        return ConvNet(
            self._student.call(self._name, **options, dtype=dtype),
            self._reference(**options, dtype=np.float64),
            params,
        )

    def expect_scores(self, *sizes: Any, N: int) -> None:
        params, X, _ = self.draw(*sizes, N=N)
        self.pair(*sizes, params=params).expect_scores(X)

    def expect_loss(self, *sizes: Any, regs: tuple[float, ...] = (0.0,)) -> None:
        """Fail the case unless the loss of a batch is right for each strength of regularization."""
        params, X, y = self.draw(*sizes, N=3)
        for reg in regs:
            self.pair(*sizes, params=params, reg=reg).expect_loss(X, y)

    def expect_grads(self, *sizes: Any, reg: float = 0.0) -> None:
        params, X, y = self.draw(*sizes, N=3)
        self.pair(*sizes, params=params, reg=reg).expect_grads(X, y)

    def expect_both_ways(self, *sizes: Any, N: int) -> None:
        """Fail the case unless the scores and the gradients of a batch are right."""
        params, X, y = self.draw(*sizes, N=N)
        self.pair(*sizes, params=params).expect_scores(X)
        self.pair(*sizes, params=params).expect_grads(X, y)

    def expect_in_single_precision(self, *sizes: Any) -> None:
        params, X, y = self.draw(*sizes, N=3)
        single = {name: as_single(value) for name, value in params.items()}
        net = self.pair(*sizes, params=single, reg=0.1, precision="float32")
        net.expect_scores(as_single(X), **SINGLE)
        net.expect_loss(as_single(X), y, **SINGLE)
        net.expect_grads(as_single(X), y, **SINGLE)

    def expect_unmoved(self, *sizes: Any, N: int) -> None:
        """Fail the case when a loss changes what it is given, or depends on the call before."""
        params, X, y = self.draw(*sizes, N=N)
        self.pair(*sizes, params=params, reg=0.7).expect_unmoved(X, y)
        self._student.expect_unchanged()

    def _named(self, sizes: tuple[Any, ...]) -> dict[str, Any]:
        return dict(zip(self._options, sizes, strict=True))


def _drawn_params(rng: np.random.Generator, shapes: Shapes) -> Params:
    """Weights so large that every layer says something, and so small that none drowns the others."""
    return {
        name: rng.normal(size=shape) * (1.5 / np.sqrt(_fan_in(shape)) if name[0] == "W" else 0.5)
        for name, shape in shapes.items()
    }


def _fan_in(shape: tuple[int, ...]) -> int:
    return int(np.prod(shape[1:])) if len(shape) == 4 else shape[0]


def _other_scales(shape: tuple[int, ...]) -> dict[str, float]:
    """Scales of first weights that are taken for 1/√fan_in."""
    fan_in, fan_out = _fan_in(shape), shape[0] if len(shape) == 4 else shape[1]
    found = {
        "the root was forgotten": 1 / fan_in,
        "2 was taken for 1, as in √(2/fan_in)": np.sqrt(2 / fan_in),
        "fan_out was taken for fan_in": 1 / np.sqrt(fan_out),
    }
    if len(shape) == 4:
        found["fan_in was taken without the channels: a filter reads C·HH·WW numbers"] = 1 / np.sqrt(
            np.prod(shape[2:])
        )
        found["fan_in was taken for the channels alone: a filter reads C·HH·WW numbers"] = 1 / np.sqrt(
            shape[1]
        )
    return found


def three_layer_shapes(
    input_dim: tuple[int, int, int], F: int, size: int, hidden: int, classes: int
) -> Shapes:
    C, H, W = input_dim
    return {
        "W1": (F, C, size, size),
        "b1": (F,),
        "W2": (F * (H // 2) * (W // 2), hidden),
        "b2": (hidden,),
        "W3": (hidden, classes),
        "b3": (classes,),
    }


@check("ThreeLayerConvNet", forbids=NUMERIC_HELPERS)
def ThreeLayerConvNet(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    options = ("input_dim", "num_filters", "filter_size", "hidden_dim", "num_classes")
    nets = ConvNets(student, reference, rng, "ThreeLayerConvNet", options, three_layer_shapes)
    usual = ((3, 6, 8), 4, 3, 5, 4)
    with student.case("names, shapes and types of the parameters"):
        nets.expect_params(*usual, precision="float64")
        nets.expect_params((2, 4, 10), 3, 5, 6, 2, precision="float32")
    with student.case("the first parameters"):
        sizes = ((3, 8, 6), 30, 5, 50, 40)
        params = nets.first_params(*sizes, weight_scale=0.3)
        expect_first_weights(params, 0.3)
        expect_zero_biases(params)
    with student.case("the defaults", 0.5):
        params = nets.default_params((3, 32, 32), 32, 7, 100, 10)
        expect_first_weights(params, 1e-3)
        expect_zero_biases(params)
        expect_dtype(params, "float32")
    with (
        student.case("the scores, when there are no labels", 2),
        advice("conv - ReLU - 2×2 max pool - affine - ReLU - affine, and nothing behind the last", student),
    ):
        nets.expect_scores(*usual, N=3)
    with student.case("filters of one pixel and of five"):
        nets.expect_both_ways((2, 4, 6), 3, 1, 5, 4, N=2)
        nets.expect_both_ways((2, 6, 8), 3, 5, 6, 4, N=2)
    with student.case("the loss without regularization"):
        nets.expect_loss(*usual)
    with student.case("the gradients without regularization", 3):
        nets.expect_grads(*usual)
    with student.case("one image, one channel, one filter"):
        nets.expect_both_ways(*usual, N=1)
        nets.expect_both_ways((1, 4, 6), 3, 3, 5, 4, N=3)
        nets.expect_both_ways((2, 4, 6), 1, 3, 5, 4, N=3)
    with student.case("the loss with regularization"), advice(_REGULARIZATION, student):
        nets.expect_loss(*usual, regs=(0.0, 0.7, 3.0))
    with student.case("the gradients with regularization", 2), advice(_REGULARIZATION, student):
        nets.expect_grads(*usual, reg=0.7)
    with student.case("single precision"):
        nets.expect_in_single_precision(*usual)
    with student.case("loss changes nothing and remembers nothing", 0.5):
        nets.expect_unmoved(*usual, N=4)
    with student.case("the slopes of your own loss"):
        small = ((2, 4, 6), 2, 3, 3, 3)
        params, X, y = drawn_until(lambda: nets.draw(*small, N=2), lambda found: _clear_of_kinks(*found[:2]))
        nets.pair(*small, params=params, reg=0.3).expect_slopes(X, y)


def _clear_of_kinks(params: Params, X: np.ndarray) -> bool:
    """Whether every ReLU is clearly open or shut, and every maximum clearly won."""
    W, b = params["W1"], params["b1"]
    pad = W.shape[2] // 2
    padded = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, W.shape[2:], axis=(2, 3))
    sums = np.einsum("nchwij,fcij->nfhw", windows, W) + b[:, None, None]
    N, F, H, width = sums.shape
    pools = sums.reshape(N, F, H // 2, 2, width // 2, 2).transpose(0, 1, 2, 4, 3, 5)
    pools = np.sort(pools.reshape(N, F, H // 2, width // 2, 4))
    won = pools[..., 3] - pools[..., 2]
    hidden = np.maximum(pools[..., 3], 0).reshape(N, -1) @ params["W2"] + params["b2"]
    return min(np.abs(sums).min(), won.min(), np.abs(hidden).min()) > _CLEAR


def lenet_shapes(input_dim: tuple[int, int, int], classes: int) -> Shapes:
    C, H, W = input_dim
    places = (((H - 4) // 2 - 4) // 2) * (((W - 4) // 2 - 4) // 2)
    weights = ((6, C, 5, 5), (16, 6, 5, 5), (16 * places, 120), (120, 84), (84, classes))
    shapes: Shapes = {}
    for i, shape in enumerate(weights, start=1):
        shapes |= {f"W{i}": shape, f"b{i}": (shape[0] if len(shape) == 4 else shape[1],)}
    return shapes


@check("LeNet5", forbids=NUMERIC_HELPERS)
def LeNet5(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    nets = ConvNets(student, reference, rng, "LeNet5", ("input_dim", "num_classes"), lenet_shapes)
    usual = ((2, 16, 20), 4)
    with student.case("names, shapes and types of the parameters"):
        nets.expect_params((2, 16, 20), 3, precision="float64")
        nets.expect_params((3, 24, 16), 7, precision="float32")
        nets.expect_params((1, 20, 24), 4, precision="float32")
    with student.case("the first parameters"):
        params = nets.first_params((3, 20, 24), 30)
        for name, value in params.items():
            if name[0] == "W":
                fan_in = _fan_in(value.shape)
                called = f"1/√fan_in with fan_in = {fan_in}"
                expect_first_weights({name: value}, 1 / np.sqrt(fan_in), called, _other_scales(value.shape))
        expect_zero_biases(params)
    with student.case("the defaults", 0.5):
        params = nets.default_params((1, 32, 32), 10)
        expect_dtype(params, "float32")
        expect_drawn(params)
        expect(sum(value.size for value in params.values()) == 61_706, "LeNet-5 has 61,706 parameters")
    with (
        student.case("the scores, when there are no labels", 3),
        advice(
            "tanh comes behind each of the layers 1 to 4 and before the average pools; nothing behind layer 5"
        ),
    ):
        nets.expect_scores(*usual, N=3)
    with student.case("the loss without regularization"):
        nets.expect_loss(*usual)
    with student.case("the gradients without regularization", 3):
        nets.expect_grads(*usual)
    with student.case("one image; other sizes"):
        nets.expect_both_ways((1, 16, 24), 3, N=1)
        nets.expect_both_ways((3, 20, 16), 5, N=2)
    with student.case("the loss with regularization"), advice(_REGULARIZATION, student):
        nets.expect_loss(*usual, regs=(0.0, 0.7))
    with student.case("the gradients with regularization"), advice(_REGULARIZATION, student):
        nets.expect_grads(*usual, reg=0.7)
    with student.case("single precision"):
        nets.expect_in_single_precision(*usual)
    with student.case("loss changes nothing and remembers nothing", 0.5):
        nets.expect_unmoved(*usual, N=3)
