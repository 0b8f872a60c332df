"""The check of LeNet-5."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from autograder.checks.asking.advice import advice
from autograder.checks.asking.forbidden import NUMERIC_HELPERS
from autograder.checks.asking.parameters import (
    expect_drawn,
    expect_dtype,
    expect_first_weights,
    expect_zero_biases,
)
from autograder.checks.convnets.networks import REGULARIZATION, ConvNets, Shapes, fan_in_of
from autograder.verdict.check import check
from autograder.verdict.expect import expect
from autograder.verdict.student import Student


def lenet_shapes(input_dim: tuple[int, int, int], classes: int) -> Shapes:
    C, H, W = input_dim
    places = (((H - 4) // 2 - 4) // 2) * (((W - 4) // 2 - 4) // 2)
    weights = ((6, C, 5, 5), (16, 6, 5, 5), (16 * places, 120), (120, 84), (84, classes))
    shapes: Shapes = {}
    for i, shape in enumerate(weights, start=1):
        shapes |= {f"W{i}": shape, f"b{i}": (shape[0] if len(shape) == 4 else shape[1],)}
    return shapes


def _lenets(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> ConvNets:
    return ConvNets(student, reference, rng, "LeNet5", ("input_dim", "num_classes"), lenet_shapes)


def _lenet_params(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    nets = _lenets(student, reference, rng)
    with student.case("names, shapes and types of the parameters"):
        nets.expect_params((2, 16, 20), 3, precision="float64")
        nets.expect_params((3, 24, 16), 7, precision="float32")
        nets.expect_params((1, 20, 24), 4, precision="float32")
    with student.case("the first parameters"):
        params = nets.first_params((3, 20, 24), 30)
        for name, value in params.items():
            if name[0] == "W":
                fan_in = fan_in_of(value.shape)
                called = f"1/√fan_in with fan_in = {fan_in}"
                expect_first_weights({name: value}, 1 / np.sqrt(fan_in), called, _other_scales(value.shape))
        expect_zero_biases(params)
    with student.case("the defaults", 0.5):
        params = nets.default_params((1, 32, 32), 10)
        expect_dtype(params, "float32")
        expect_drawn(params)
        expect(sum(value.size for value in params.values()) == 61_706, "LeNet-5 has 61,706 parameters")


@check("LeNet5", forbids=NUMERIC_HELPERS, first=_lenet_params)
def LeNet5(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    nets = _lenets(student, reference, rng)
    usual = ((2, 16, 20), 4)
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
    with student.case("the loss with regularization"), advice(REGULARIZATION, student):
        nets.expect_loss(*usual, regs=(0.0, 0.7))
    with student.case("the gradients with regularization"), advice(REGULARIZATION, student):
        nets.expect_grads(*usual, reg=0.7)
    with student.case("single precision"):
        nets.expect_in_single_precision(*usual)
    with student.case("loss changes nothing and remembers nothing", 0.5):
        nets.expect_unmoved(*usual, N=3)


def _other_scales(shape: tuple[int, ...]) -> dict[str, float]:
    """Scales of first weights that are taken for 1/√fan_in."""
    fan_in, fan_out = fan_in_of(shape), shape[0] if len(shape) == 4 else shape[1]
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
