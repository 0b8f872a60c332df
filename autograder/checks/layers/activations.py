"""Checks of the activations."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from autograder.checks.asking.advice import advice
from autograder.checks.asking.forbidden import NUMERIC_HELPERS
from autograder.checks.asking.inputs import SINGLE, as_single, crossed, mixed
from autograder.checks.asking.layer import Layer
from autograder.verdict.check import check
from autograder.verdict.student import Student


@check("relu_forward")
def relu_forward(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    _check_activation_forward(Layer(student, reference, "relu"), student, rng)


@check("relu_backward", forbids=NUMERIC_HELPERS)
def relu_backward(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    layer = Layer(student, reference, "relu")
    _check_activation_backward(layer, student, rng)
    with student.case("x = 0, where the gradient is 0 by agreement"):
        x = mixed(rng, (3, 4))
        x[1] = 0.0
        layer.expect_gradients(crossed(rng, x), x)


@check("leaky_relu_forward")
def leaky_relu_forward(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    layer = Layer(student, reference, "leaky_relu")
    _check_activation_forward(layer, student, rng)
    _check_alpha_forward(layer, student, rng, (0.02, 0.35))


@check("leaky_relu_backward", forbids=NUMERIC_HELPERS)
def leaky_relu_backward(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    layer = Layer(student, reference, "leaky_relu")
    _check_activation_backward(layer, student, rng)
    _check_alpha_backward(layer, student, rng, (0.02, 0.35))


@check("elu_forward")
def elu_forward(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    layer = Layer(student, reference, "elu")
    _check_activation_forward(layer, student, rng)
    _check_alpha_forward(layer, student, rng, (0.4, 1.7))
    with student.case("x from -1000 to 1000"), advice("exp must not be taken of large positive numbers"):
        layer.expect_out(_with_extremes(rng))


@check("elu_backward", forbids=NUMERIC_HELPERS)
def elu_backward(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    layer = Layer(student, reference, "elu")
    _check_activation_backward(layer, student, rng)
    _check_alpha_backward(layer, student, rng, (0.4, 1.7))
    with student.case("x from -1000 to 1000"), advice("exp must not be taken of large positive numbers"):
        x = _with_extremes(rng)
        layer.expect_gradients(crossed(rng, x), x)


@check("tanh_forward")
def tanh_forward(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    layer = Layer(student, reference, "tanh")
    _check_activation_forward(layer, student, rng)
    with student.case("x from -1000 to 1000", 0.5), advice("exp(1000) is inf, and inf / inf is nan"):
        layer.expect_out(_with_extremes(rng))


@check("tanh_backward", forbids=NUMERIC_HELPERS)
def tanh_backward(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    layer = Layer(student, reference, "tanh")
    _check_activation_backward(layer, student, rng)
    with student.case("x from -1000 to 1000", 0.5), advice("Far out the tanh is flat: its gradient is 0"):
        x = _with_extremes(rng)
        layer.expect_gradients(crossed(rng, x), x)


@check("sigmoid_forward")
def sigmoid_forward(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    layer = Layer(student, reference, "sigmoid")
    _check_activation_forward(layer, student, rng)
    with student.case("x from -1000 to 1000", 2), advice("exp(1000) is inf: let exp see -|x| only"):
        layer.expect_out(_with_extremes(rng))


@check("sigmoid_backward", forbids=NUMERIC_HELPERS)
def sigmoid_backward(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    layer = Layer(student, reference, "sigmoid")
    _check_activation_backward(layer, student, rng)
    with student.case("x from -1000 to 1000"), advice("Far out the sigmoid is flat: its gradient is 0"):
        x = _with_extremes(rng)
        layer.expect_gradients(crossed(rng, x), x)


def _with_extremes(rng: np.random.Generator) -> np.ndarray:
    """Ordinary numbers with ±1000 among them."""
    x = mixed(rng, (3, 4))
    first, second = rng.choice(x.size, size=2, replace=False)
    x.flat[first], x.flat[second] = 1000.0, -1000.0
    return x


def _check_activation_forward(layer: Layer, student: Student, rng: np.random.Generator) -> None:
    with student.case("a batch of vectors", 3):
        layer.expect_out(mixed(rng, (4, 3)))
    with student.case("one, three and four axes"):
        for shape in ((5,), (2, 3, 4), (3, 1, 2, 2)):
            layer.expect_out(mixed(rng, shape))
    with student.case("one example (N = 1)", 0.5):
        layer.expect_out(mixed(rng, (1, 6)))
    with student.case("single precision", 0.5):
        layer.expect_out(as_single(mixed(rng, (4, 3))), **SINGLE)
    with student.case("x is left as it was"):
        layer.expect_out(mixed(rng, (4, 3)))
        student.expect_unchanged()


def _check_activation_backward(layer: Layer, student: Student, rng: np.random.Generator) -> None:
    def draw(*shape: int) -> tuple[np.ndarray, np.ndarray]:
        x = mixed(rng, shape)
        return crossed(rng, x), x

    with student.case("a batch of vectors", 3):
        layer.expect_gradients(*draw(4, 3))
    with student.case("one, three and four axes"):
        for shape in ((5,), (2, 3, 4), (3, 1, 2, 2)):
            layer.expect_gradients(*draw(*shape))
    with student.case("one example (N = 1)", 0.5):
        layer.expect_gradients(*draw(1, 6))
    with student.case("single precision", 0.5):
        layer.expect_gradients(*map(as_single, draw(4, 3)), **SINGLE)
    with student.case("dout and forward's arguments are left as they were"):
        layer.expect_gradients(*draw(4, 3))
        student.expect_unchanged()
    with student.case("backward called twice", 0.5):
        layer.expect_twice(*draw(4, 3))
    with student.case("two layers at once", 0.5):
        dout, x = draw(4, 3)
        layer.expect_own_cache(dout, (x,), (-0.6 * x,), {}, {})
    with student.case(f"the slopes of your own {layer.name}_forward"):
        layer.expect_slopes(*draw(4, 3))


def _check_alpha_forward(
    layer: Layer, student: Student, rng: np.random.Generator, alphas: tuple[float, float]
) -> None:
    with student.case("another alpha", 2):
        for alpha in alphas:
            layer.expect_out(mixed(rng, (4, 3)), alpha=alpha)
    with student.case("alpha as the second argument", 0.5):
        layer.expect_out(mixed(rng, (4, 3)), alphas[1])


def _check_alpha_backward(
    layer: Layer, student: Student, rng: np.random.Generator, alphas: tuple[float, float]
) -> None:
    with student.case("another alpha", 2):
        for alpha in alphas:
            x = mixed(rng, (4, 3))
            layer.expect_gradients(crossed(rng, x), x, alpha=alpha)
    with student.case("two layers with different alpha", 0.5):
        args, other = (mixed(rng, (4, 3)),), (mixed(rng, (4, 3)),)
        first, second = ({"alpha": alpha} for alpha in alphas)
        layer.expect_own_cache(mixed(rng, (4, 3)), args, other, first, second)
