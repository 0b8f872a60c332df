"""Checks of the affine layer, the activations and maxout."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.checks.asking.advice import advice
from autograder.checks.asking.forbidden import NUMERIC_HELPERS
from autograder.checks.asking.inputs import SINGLE, as_single, crossed, drawn_until, mixed
from autograder.checks.asking.layer import Layer
from autograder.checks.mistakes.activations import ACTIVATION_GRADIENTS, ACTIVATION_OUTS
from autograder.checks.mistakes.known import Values
from autograder.verdict.check import check
from autograder.verdict.student import Student
from course_utils.gradcheck.problem import argument_names

_AFFINE_SHAPES = (
    ("one example (N = 1)", (1, 3), 4, 0.5),
    ("one number for each example (D = 1)", (4, 1), 3, 0.5),
    ("one output (M = 1)", (3, 4), 1, 0.5),
)


class Activation(Layer):
    """An activation, with mistakes that are made again and again."""

    def mistaken_outs(self, x: np.ndarray, *alpha: float, **kwargs: float) -> Values:
        return ACTIVATION_OUTS[self.name](x, *self._alphas(*alpha, **kwargs))

    def mistaken_gradients(self, dout: np.ndarray, x: np.ndarray, **kwargs: float) -> dict[str, Values]:
        return {"dx": ACTIVATION_GRADIENTS[self.name](dout, x, *self._alphas(**kwargs))}

    def _alphas(self, alpha: float | None = None) -> tuple[Any, Any]:
        """alpha and its default, where the activation has one."""
        _, defaults = argument_names(getattr(self._reference, f"{self.name}_forward"), (None,), {})
        default = defaults.get("alpha")
        return default if alpha is None else alpha, default


def _affine_input(rng: np.random.Generator, shape: tuple[int, ...], M: int) -> tuple[np.ndarray, ...]:
    D = int(np.prod(shape[1:]))
    return mixed(rng, shape), mixed(rng, (D, M)), rng.uniform(0.5, 2.0, size=M)


@check("affine_forward")
def affine_forward(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    layer = Layer(student, reference, "affine", "dx, dw, db")
    with student.case("a batch of vectors", 3):
        layer.expect_out(*_affine_input(rng, (4, 3), 5))
    with student.case("a batch of images", 2):
        layer.expect_out(*_affine_input(rng, (3, 2, 4, 2), 5))
    with student.case("examples with two axes"):
        layer.expect_out(*_affine_input(rng, (2, 3, 4), 7))
    for title, shape, M, weight in _AFFINE_SHAPES:
        with student.case(title, weight):
            layer.expect_out(*_affine_input(rng, shape, M))
    with student.case("single precision", 0.5):
        layer.expect_out(*map(as_single, _affine_input(rng, (4, 3, 2), 5)), **SINGLE)
    with student.case("x, w and b are left as they were"):
        layer.expect_out(*_affine_input(rng, (4, 2, 3), 5))
        student.expect_unchanged()


@check("affine_backward", forbids=NUMERIC_HELPERS)
def affine_backward(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    layer = Layer(student, reference, "affine", "dx, dw, db")
    for name in layer.gradients:
        with student.case(f"{name} for a batch of vectors", 2):
            layer.expect_gradients(mixed(rng, (4, 5)), *_affine_input(rng, (4, 3), 5), only=name)
    with student.case("a batch of images", 2):
        layer.expect_gradients(mixed(rng, (3, 5)), *_affine_input(rng, (3, 2, 4, 2), 5))
    for title, shape, M, weight in _AFFINE_SHAPES:
        with student.case(title, weight):
            layer.expect_gradients(mixed(rng, (shape[0], M)), *_affine_input(rng, shape, M))
    with student.case("single precision", 0.5):
        args = map(as_single, _affine_input(rng, (4, 3, 2), 5))
        layer.expect_gradients(as_single(mixed(rng, (4, 5))), *args, **SINGLE)
    with student.case("dout is left as it was", 0.5):
        layer.expect_gradients(mixed(rng, (4, 5)), *_affine_input(rng, (4, 2, 3), 5))
        student.expect_unchanged()
    with student.case("backward called twice", 0.5):
        layer.expect_twice(mixed(rng, (4, 5)), *_affine_input(rng, (4, 2, 3), 5))
    with student.case("two layers at once", 0.5):
        args, other = _affine_input(rng, (4, 3), 5), _affine_input(rng, (2, 6), 3)
        layer.expect_own_cache(mixed(rng, (4, 5)), args, other, {}, {})
    with student.case("the slopes of your own affine_forward"):
        layer.expect_slopes(mixed(rng, (3, 4)), *_affine_input(rng, (3, 2), 4))


@check("relu_forward")
def relu_forward(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    _check_activation_forward(Activation(student, reference, "relu"), student, rng)


@check("relu_backward", forbids=NUMERIC_HELPERS)
def relu_backward(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    layer = Activation(student, reference, "relu")
    _check_activation_backward(layer, student, rng)
    with student.case("x = 0, where the gradient is 0 by agreement"):
        x = mixed(rng, (3, 4))
        x[1] = 0.0
        layer.expect_gradients(crossed(rng, x), x)


@check("leaky_relu_forward")
def leaky_relu_forward(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    layer = Activation(student, reference, "leaky_relu")
    _check_activation_forward(layer, student, rng)
    _check_alpha_forward(layer, student, rng, (0.02, 0.35))


@check("leaky_relu_backward", forbids=NUMERIC_HELPERS)
def leaky_relu_backward(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    layer = Activation(student, reference, "leaky_relu")
    _check_activation_backward(layer, student, rng)
    _check_alpha_backward(layer, student, rng, (0.02, 0.35))


@check("elu_forward")
def elu_forward(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    layer = Activation(student, reference, "elu")
    _check_activation_forward(layer, student, rng)
    _check_alpha_forward(layer, student, rng, (0.4, 1.7))
    with student.case("x from -1000 to 1000"), advice("exp must not be taken of large positive numbers"):
        layer.expect_out(_with_extremes(rng))


@check("elu_backward", forbids=NUMERIC_HELPERS)
def elu_backward(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    layer = Activation(student, reference, "elu")
    _check_activation_backward(layer, student, rng)
    _check_alpha_backward(layer, student, rng, (0.4, 1.7))
    with student.case("x from -1000 to 1000"), advice("exp must not be taken of large positive numbers"):
        x = _with_extremes(rng)
        layer.expect_gradients(crossed(rng, x), x)


@check("tanh_forward")
def tanh_forward(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    layer = Activation(student, reference, "tanh")
    _check_activation_forward(layer, student, rng)
    with student.case("x from -1000 to 1000", 0.5), advice("exp(1000) is inf, and inf / inf is nan"):
        layer.expect_out(_with_extremes(rng))


@check("tanh_backward", forbids=NUMERIC_HELPERS)
def tanh_backward(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    layer = Activation(student, reference, "tanh")
    _check_activation_backward(layer, student, rng)
    with student.case("x from -1000 to 1000", 0.5), advice("Far out the tanh is flat: its gradient is 0"):
        x = _with_extremes(rng)
        layer.expect_gradients(crossed(rng, x), x)


@check("sigmoid_forward")
def sigmoid_forward(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    layer = Activation(student, reference, "sigmoid")
    _check_activation_forward(layer, student, rng)
    with student.case("x from -1000 to 1000", 2), advice("exp(1000) is inf: let exp see -|x| only"):
        layer.expect_out(_with_extremes(rng))


@check("sigmoid_backward", forbids=NUMERIC_HELPERS)
def sigmoid_backward(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    layer = Activation(student, reference, "sigmoid")
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
    with student.case("dout is left as it was"):
        layer.expect_gradients(*draw(4, 3))
        student.expect_unchanged()
    with student.case("backward called twice", 0.5):
        layer.expect_twice(*draw(4, 3))
    with student.case("two layers at once", 0.5):
        dout, x = draw(4, 3)
        layer.expect_own_cache(dout, (x,), (-x,), {}, {})
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


_MAXOUT_GRADIENTS = "dx, dw1, db1, dw2, db2"


def _maxout_input(rng: np.random.Generator, shape: tuple[int, ...], M: int) -> tuple[np.ndarray, ...]:
    """x, w1, b1, w2, b2 where each piece wins somewhere, and never by a hair."""
    D = int(np.prod(shape[1:]))

    def draw() -> tuple[np.ndarray, ...]:
        weights = [part for _ in range(2) for part in (mixed(rng, (D, M)), rng.uniform(-2.0, 2.0, size=M))]
        return mixed(rng, shape), *weights

    def contested(args: tuple[np.ndarray, ...]) -> bool:
        x, w1, b1, w2, b2 = args
        gap = x.reshape(len(x), -1) @ (w1 - w2) + b1 - b2
        return bool((gap > 0).any() and (gap < 0).any() and np.abs(gap).min() > 1e-2)

    return drawn_until(draw, contested)


@check("maxout_forward")
def maxout_forward(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    layer = Layer(student, reference, "maxout", _MAXOUT_GRADIENTS)
    with student.case("a batch of vectors", 3):
        layer.expect_out(*_maxout_input(rng, (4, 3), 5))
    with student.case("a batch of images", 2):
        layer.expect_out(*_maxout_input(rng, (3, 2, 1, 3), 4))
    with student.case("one example (N = 1)", 0.5):
        layer.expect_out(*_maxout_input(rng, (1, 3), 4))
    with student.case("single precision", 0.5):
        layer.expect_out(*map(as_single, _maxout_input(rng, (4, 3), 5)), **SINGLE)
    with student.case("the arguments are left as they were"):
        layer.expect_out(*_maxout_input(rng, (4, 3, 1), 5))
        student.expect_unchanged()


@check("maxout_backward", forbids=NUMERIC_HELPERS)
def maxout_backward(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    layer = Layer(student, reference, "maxout", _MAXOUT_GRADIENTS)
    for names in (("dx",), ("dw1", "dw2"), ("db1", "db2")):
        with student.case(f"{' and '.join(names)} for a batch of vectors", 2):
            args, dout = _maxout_input(rng, (4, 3), 5), mixed(rng, (4, 5))
            for name in names:
                layer.expect_gradients(dout, *args, only=name)
    with student.case("a batch of images", 2):
        layer.expect_gradients(mixed(rng, (3, 4)), *_maxout_input(rng, (3, 2, 1, 3), 4))
    with student.case("one example (N = 1)", 0.5):
        layer.expect_gradients(mixed(rng, (1, 4)), *_maxout_input(rng, (1, 3), 4))
    with student.case("single precision", 0.5):
        args = map(as_single, _maxout_input(rng, (4, 3), 5))
        layer.expect_gradients(as_single(mixed(rng, (4, 5))), *args, **SINGLE)
    with student.case("dout is left as it was", 0.5):
        layer.expect_gradients(mixed(rng, (4, 5)), *_maxout_input(rng, (4, 3), 5))
        student.expect_unchanged()
    with student.case("backward called twice", 0.5):
        layer.expect_twice(mixed(rng, (4, 5)), *_maxout_input(rng, (4, 3), 5))
    with student.case("two layers at once", 0.5):
        args, other = _maxout_input(rng, (4, 3), 5), _maxout_input(rng, (2, 4), 3)
        layer.expect_own_cache(mixed(rng, (4, 5)), args, other, {}, {})
    with student.case("the slopes of your own maxout_forward"):
        layer.expect_slopes(mixed(rng, (3, 4)), *_maxout_input(rng, (3, 2), 4))
