"""The check of the convolutional network of three layers."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from autograder.checks.asking.advice import advice
from autograder.checks.asking.forbidden import NUMERIC_HELPERS
from autograder.checks.asking.inputs import drawn_until
from autograder.checks.asking.parameters import Params, expect_dtype, expect_first_weights, expect_zero_biases
from autograder.checks.convnets.networks import REGULARIZATION, ConvNets, Shapes
from autograder.verdict.check import check
from autograder.verdict.student import Student

# No ReLU and no maximum may change sides within a difference's step.
_CLEAR = 2e-3


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


def _three_layer_nets(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> ConvNets:
    options = ("input_dim", "num_filters", "filter_size", "hidden_dim", "num_classes")
    return ConvNets(student, reference, rng, "ThreeLayerConvNet", options, three_layer_shapes)


def _three_layer_params(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    nets = _three_layer_nets(student, reference, rng)
    with student.case("names, shapes and types of the parameters"):
        nets.expect_params((3, 6, 8), 4, 3, 5, 4, precision="float64")
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


@check("ThreeLayerConvNet", forbids=NUMERIC_HELPERS, first=_three_layer_params)
def ThreeLayerConvNet(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    nets = _three_layer_nets(student, reference, rng)
    usual = ((3, 6, 8), 4, 3, 5, 4)
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
    with student.case("the loss with regularization"), advice(REGULARIZATION, student):
        nets.expect_loss(*usual, regs=(0.0, 0.7, 3.0))
    with student.case("the gradients with regularization", 2), advice(REGULARIZATION, student):
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
