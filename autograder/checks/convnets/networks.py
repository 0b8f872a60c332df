"""Checks of the convolutional networks."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.checks.asking.advice import advice
from autograder.checks.asking.forbidden import NUMERIC_HELPERS
from autograder.checks.asking.inputs import SINGLE, as_single, drawn_until
from autograder.checks.asking.network import (
    Net,
    Params,
    expect_dtype,
    expect_first_weights,
    expect_params,
    expect_zero_biases,
)
from autograder.verdict.check import check
from autograder.verdict.expect import expect
from autograder.verdict.student import Student

_REGULARIZATION = "The loss takes 0.5·reg·sum(W²) of every weight array and of no bias; its gradient is reg·W"
# No ReLU and no maximum may change sides within a difference's step.
_CLEAR = 2e-3


def three_layer_shapes(
    input_dim: tuple[int, int, int], F: int, size: int, hidden: int, classes: int
) -> dict[str, tuple[int, ...]]:
    C, H, W = input_dim
    return {
        "W1": (F, C, size, size),
        "b1": (F,),
        "W2": (F * (H // 2) * (W // 2), hidden),
        "b2": (hidden,),
        "W3": (hidden, classes),
        "b3": (classes,),
    }


def lenet_shapes(input_dim: tuple[int, int, int], classes: int) -> dict[str, tuple[int, ...]]:
    C, H, W = input_dim
    places = (((H - 4) // 2 - 4) // 2) * (((W - 4) // 2 - 4) // 2)
    weights = ((6, C, 5, 5), (16, 6, 5, 5), (16 * places, 120), (120, 84), (84, classes))
    shapes: dict[str, tuple[int, ...]] = {}
    for i, shape in enumerate(weights, start=1):
        shapes |= {f"W{i}": shape, f"b{i}": (shape[0] if len(shape) == 4 else shape[1],)}
    return shapes


def _drawn_params(rng: np.random.Generator, shapes: dict[str, tuple[int, ...]]) -> Params:
    """Weights so large that every layer says something, and so small that none drowns the others."""
    return {
        name: rng.normal(size=shape) * (1.5 / np.sqrt(_fan_in(shape)) if name[0] == "W" else 0.5)
        for name, shape in shapes.items()
    }


def _fan_in(shape: tuple[int, ...]) -> int:
    return int(np.prod(shape[1:])) if len(shape) == 4 else shape[0]


@check("ThreeLayerConvNet", forbids=NUMERIC_HELPERS)
def ThreeLayerConvNet(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    # input_dim, filters, their size, hidden units, classes
    usual = ((3, 6, 8), 4, 3, 5, 4)

    def options(sizes: tuple) -> dict[str, Any]:
        names = ("input_dim", "num_filters", "filter_size", "hidden_dim", "num_classes")
        return dict(zip(names, sizes, strict=True))

    def pair(sizes: tuple, params: Params, reg: float = 0.0, precision: str = "float64") -> Net:
        # Types travel as handles: the student's code gets np.float64 itself, not its name.
        dtype = student.run(f"result = np.{precision}")
        return Net(
            student.call("ThreeLayerConvNet", **options(sizes), reg=reg, dtype=dtype),
            reference.ThreeLayerConvNet(**options(sizes), reg=reg, dtype=np.float64),
            params,
        )

    def draw(sizes: tuple, N: int) -> tuple[Params, np.ndarray, np.ndarray]:
        params = _drawn_params(rng, three_layer_shapes(*sizes))
        return params, rng.normal(size=(N, *sizes[0])), rng.integers(sizes[-1], size=N)

    with student.case("names, shapes and types of the parameters"):
        for sizes, precision in ((usual, "float64"), (((2, 4, 10), 3, 5, 6, 2), "float32")):
            dtype = student.run(f"result = np.{precision}")
            net = student.call("ThreeLayerConvNet", **options(sizes), dtype=dtype)
            expect_dtype(expect_params(net, three_layer_shapes(*sizes)), precision)
    with student.case("the first parameters"):
        sizes = ((3, 8, 6), 30, 5, 50, 40)
        params = expect_params(student.call("ThreeLayerConvNet", *sizes, 0.3), three_layer_shapes(*sizes))
        expect_first_weights(params, 0.3)
        expect_zero_biases(params)
    with student.case("the defaults", 0.5):
        params = expect_params(
            student.call("ThreeLayerConvNet"), three_layer_shapes((3, 32, 32), 32, 7, 100, 10)
        )
        expect_first_weights(params, 1e-3)
        expect_zero_biases(params)
        expect_dtype(params, "float32")
    with (
        student.case("the scores, when there are no labels", 2),
        advice("conv - ReLU - 2×2 max pool - affine - ReLU - affine, and nothing behind the last", student),
    ):
        params, X, _ = draw(usual, 3)
        pair(usual, params).expect_scores(X)
    with student.case("filters of one pixel and of five"):
        for sizes in (((2, 4, 6), 3, 1, 5, 4), ((2, 6, 8), 3, 5, 6, 4)):
            params, X, y = draw(sizes, 2)
            pair(sizes, params).expect_scores(X)
            pair(sizes, params).expect_grads(X, y)
    with student.case("the loss without regularization"):
        params, X, y = draw(usual, 3)
        pair(usual, params).expect_loss(X, y)
    with student.case("the gradients without regularization", 3):
        params, X, y = draw(usual, 3)
        pair(usual, params).expect_grads(X, y)
    with student.case("one image, one channel, one filter"):
        for sizes, N in ((usual, 1), (((1, 4, 6), 3, 3, 5, 4), 3), (((2, 4, 6), 1, 3, 5, 4), 3)):
            params, X, y = draw(sizes, N)
            pair(sizes, params).expect_scores(X)
            pair(sizes, params).expect_grads(X, y)
    with student.case("the loss with regularization"), advice(_REGULARIZATION, student):
        params, X, y = draw(usual, 3)
        for reg in (0.0, 0.7, 3.0):
            pair(usual, params, reg).expect_loss(X, y)
    with student.case("the gradients with regularization", 2), advice(_REGULARIZATION, student):
        params, X, y = draw(usual, 3)
        pair(usual, params, 0.7).expect_grads(X, y)
    with student.case("single precision"):
        params, X, y = draw(usual, 3)
        single = {name: as_single(value) for name, value in params.items()}
        asked = pair(usual, single, 0.1, "float32")
        asked.expect_scores(as_single(X), **SINGLE)
        asked.expect_loss(as_single(X), y, **SINGLE)
        asked.expect_grads(as_single(X), y, **SINGLE)
    with student.case("loss changes nothing and remembers nothing", 0.5):
        params, X, y = draw(usual, 4)
        pair(usual, params, 0.7).expect_unmoved(X, y)
        student.expect_unchanged()
    with student.case("the slopes of your own loss"):
        small = ((2, 4, 6), 2, 3, 3, 3)
        params, X, y = drawn_until(lambda: draw(small, 2), lambda found: _clear_of_kinks(*found[:2]))
        pair(small, params, 0.3).expect_slopes(X, y)


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


@check("LeNet5", forbids=NUMERIC_HELPERS)
def LeNet5(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    usual = ((2, 18, 20), 4)

    def pair(
        input_dim: tuple, classes: int, params: Params, reg: float = 0.0, precision: str = "float64"
    ) -> Net:
        sizes = {"input_dim": input_dim, "num_classes": classes, "reg": reg}
        dtype = student.run(f"result = np.{precision}")
        return Net(
            student.call("LeNet5", **sizes, dtype=dtype), reference.LeNet5(**sizes, dtype=np.float64), params
        )

    def draw(input_dim: tuple, classes: int, N: int) -> tuple[Params, np.ndarray, np.ndarray]:
        params = _drawn_params(rng, lenet_shapes(input_dim, classes))
        return params, rng.normal(size=(N, *input_dim)), rng.integers(classes, size=N)

    with student.case("names, shapes and types of the parameters"):
        for input_dim, classes, precision in (
            ((2, 16, 20), 3, "float64"),
            ((3, 24, 18), 7, "float32"),
            ((1, 18, 24), 4, "float32"),
        ):
            dtype = student.run(f"result = np.{precision}")
            net = student.call("LeNet5", input_dim=input_dim, num_classes=classes, dtype=dtype)
            expect_dtype(expect_params(net, lenet_shapes(input_dim, classes)), precision)
    with student.case("the first parameters"):
        params = expect_params(student.call("LeNet5", (3, 20, 24), 30), lenet_shapes((3, 20, 24), 30))
        for name, value in params.items():
            if name[0] == "W":
                expect_first_weights({name: value}, 1 / np.sqrt(_fan_in(value.shape)))
        expect_zero_biases(params)
    with student.case("the defaults", 0.5):
        net = student.call("LeNet5")
        params = expect_params(net, lenet_shapes((1, 32, 32), 10))
        expect_dtype(params, "float32")
        expect(sum(value.size for value in params.values()) == 61_706, "LeNet-5 has 61,706 parameters")
    with (
        student.case("the scores, when there are no labels", 3),
        advice(
            "tanh comes behind each of the layers 1 to 4 and before the average pools; nothing behind layer 5"
        ),
    ):
        params, X, _ = draw(*usual, 3)
        pair(*usual, params).expect_scores(X)
    with student.case("the loss without regularization"):
        params, X, y = draw(*usual, 3)
        pair(*usual, params).expect_loss(X, y)
    with student.case("the gradients without regularization", 3):
        params, X, y = draw(*usual, 3)
        pair(*usual, params).expect_grads(X, y)
    with student.case("one image; other sizes"):
        for sizes, N in ((((1, 16, 24), 3), 1), (((3, 20, 16), 5), 2)):
            params, X, y = draw(*sizes, N)
            pair(*sizes, params).expect_scores(X)
            pair(*sizes, params).expect_grads(X, y)
    with student.case("the loss with regularization"), advice(_REGULARIZATION, student):
        params, X, y = draw(*usual, 3)
        for reg in (0.0, 0.7):
            pair(*usual, params, reg).expect_loss(X, y)
    with student.case("the gradients with regularization"), advice(_REGULARIZATION, student):
        params, X, y = draw(*usual, 3)
        pair(*usual, params, 0.7).expect_grads(X, y)
    with student.case("single precision"):
        params, X, y = draw(*usual, 3)
        single = {name: as_single(value) for name, value in params.items()}
        asked = pair(*usual, single, 0.1, "float32")
        asked.expect_scores(as_single(X), **SINGLE)
        asked.expect_loss(as_single(X), y, **SINGLE)
        asked.expect_grads(as_single(X), y, **SINGLE)
    with student.case("loss changes nothing and remembers nothing", 0.5):
        params, X, y = draw(*usual, 3)
        pair(*usual, params, 0.7).expect_unmoved(X, y)
        student.expect_unchanged()
