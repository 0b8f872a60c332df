"""Checks of the plain networks."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.checks.asking.advice import advice
from autograder.checks.asking.forbidden import NUMERIC_HELPERS
from autograder.checks.asking.fully_connected import KINK, Dims, Nets, drawn_params, shapes
from autograder.checks.asking.inputs import SINGLE, Tolerances, as_single, drawn_until
from autograder.checks.asking.network import Net
from autograder.checks.asking.parameters import (
    Params,
    expect_drawn,
    expect_dtype,
    expect_first_weights,
    expect_large_params,
    expect_params,
    expect_zero_biases,
)
from autograder.verdict.check import check
from autograder.verdict.student import Student

# No gradient of theirs is truly zero.
_GRADS: Tolerances = {"rtol": 1e-8, "atol": 1e-12}
_REGULARIZATION = (
    "The loss takes 0.5·reg·sum(W²) of every weight matrix and of no bias; its gradient is reg·W"
)


def _hidden_sums(params: Params, X: np.ndarray) -> list[np.ndarray]:
    """What each ReLU of a network with these parameters sees."""
    sums, out = [], X.reshape(len(X), -1)
    for i in range(1, len(params) // 2):
        sums.append(out @ params[f"W{i}"] + params[f"b{i}"])
        out = np.maximum(sums[-1], 0)
    return sums


def _draw(rng: np.random.Generator, dims: Dims, shape: Dims) -> tuple[Params, np.ndarray, np.ndarray]:
    """Parameters, a batch and its labels, with each ReLU both open and shut and never near its kink."""

    def clear(found: tuple[Params, np.ndarray]) -> bool:
        return all(
            (sums > 0).any() and (sums < 0).any() and np.abs(sums).min() > KINK
            for sums in _hidden_sums(*found)
        )

    params, X = drawn_until(lambda: (drawn_params(rng, dims), rng.normal(size=shape)), clear)
    return params, X, rng.integers(dims[-1], size=shape[0])


def _two_layers(*dims: int) -> dict[str, Any]:
    """What `TwoLayerNet` calls its sizes."""
    return dict(zip(("input_dim", "hidden_dim", "num_classes"), dims, strict=True))


def _two_layer_params(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    with student.case("names and shapes of the parameters"):
        expect_drawn(expect_params(student.call("TwoLayerNet", **_two_layers(6, 4, 3)), shapes((6, 4, 3))))
    with student.case("the first parameters"):
        net = student.call("TwoLayerNet", **_two_layers(70, 60, 50), weight_scale=0.3)
        params = expect_params(net, shapes((70, 60, 50)))
        expect_first_weights(params, 0.3)
        expect_zero_biases(params)
    with student.case("the defaults", 0.5):
        params = expect_large_params(student, student.call("TwoLayerNet"), shapes((3072, 100, 10)))
        expect_first_weights(params, 1e-3)
        expect_zero_biases(params)


@check("TwoLayerNet", forbids=NUMERIC_HELPERS, first=_two_layer_params)
def TwoLayerNet(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    dims = D, _, _ = 6, 4, 3
    sizes = _two_layers(*dims)

    def net(reg: float, params: Params) -> Net:
        return Net(
            student.call("TwoLayerNet", **sizes, reg=reg), reference.TwoLayerNet(**sizes, reg=reg), params
        )

    with student.case("the scores, when there are no labels", 2):
        params, X, _ = _draw(rng, dims, (4, D))
        net(0.0, params).expect_scores(X)
    with student.case("a batch of images, and one example"):
        params, X, y = _draw(rng, dims, (4, 2, 3))
        for batch in (X, X[:1]):
            net(0.0, params).expect_scores(batch)
            net(0.0, params).expect_grads(batch, y[: len(batch)])
    with student.case("the loss without regularization"):
        params, X, y = _draw(rng, dims, (4, D))
        net(0.0, params).expect_loss(X, y)
    with student.case("the gradients without regularization", 3):
        params, X, y = _draw(rng, dims, (4, D))
        net(0.0, params).expect_grads(X, y)
    with student.case("the loss with regularization"), advice(_REGULARIZATION, student):
        params, X, y = _draw(rng, dims, (4, D))
        for reg in (0.0, 0.7, 3.0):
            net(reg, params).expect_loss(X, y)
    with student.case("the gradients with regularization", 2), advice(_REGULARIZATION, student):
        params, X, y = _draw(rng, dims, (4, D))
        net(0.7, params).expect_grads(X, y)
    with student.case("loss changes nothing and remembers nothing", 0.5):
        params, X, y = _draw(rng, dims, (4, D))
        net(0.7, params).expect_unmoved(X, y)
        student.expect_unchanged()
    with student.case("the slopes of your own loss"):
        params, X, y = _draw(rng, dims, (3, D))
        net(0.3, params).expect_slopes(X, y)


class PlainNets(Nets):
    """Plain networks, each ReLU of which is both open and shut and never near its kink."""

    tolerances = _GRADS

    def drawn(self, dims: Dims, shape: Dims, **more: Any) -> tuple[Net, np.ndarray, np.ndarray]:
        params, X, y = _draw(self._rng, dims, shape)
        return self.pair(dims, params, **more), X, y


def _deep_params(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    nets = Nets(student, reference, rng)
    with student.case("names, shapes and types of the parameters"):
        for dims, precision in (((6, 5, 4, 3), "float64"), ((6, 5, 3), "float32")):
            params = expect_params(nets.student_net(dims, precision), shapes(dims))
            expect_dtype(params, precision)
            expect_drawn(params)
    with student.case("the first parameters"):
        dims = (70, 60, 50, 40)
        params = expect_params(nets.student_net(dims, weight_scale=0.3), shapes(dims))
        expect_first_weights(params, 0.3)
        expect_zero_biases(params)
    with student.case("the defaults", 0.5):
        params = expect_large_params(student, student.call("FullyConnectedNet", [30]), shapes((3072, 30, 10)))
        expect_first_weights(params, 1e-2)
        expect_zero_biases(params)
        expect_dtype(params, "float32")


@check("FullyConnectedNet", forbids=NUMERIC_HELPERS, first=_deep_params)
def FullyConnectedNet(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    nets = PlainNets(student, reference, rng, reg=0.0)
    _ask_depths(student, nets)
    with student.case("a batch of images, and one example"):
        for dims, shape in (((6, 5, 4, 3), (4, 2, 3)), ((6, 5, 3), (1, 3, 2))):
            nets.expect_scores(dims, shape)
            nets.expect_grads(dims, shape)
    with student.case("the loss with regularization"), advice(_REGULARIZATION, student):
        nets.expect_loss((6, 5, 4, 3), (3, 6), reg=0.7)
        nets.expect_loss((6, 4, 3), (3, 6), reg=3.0)
    with student.case("the gradients with regularization"), advice(_REGULARIZATION, student):
        nets.expect_grads((6, 5, 4, 3), (3, 6), reg=0.7)
    with student.case("single precision"):
        params, X, y = _draw(rng, (6, 5, 4, 3), (3, 6))
        single = {name: as_single(value) for name, value in params.items()}
        net = nets.pair((6, 5, 4, 3), single, "float32")
        net.expect_scores(as_single(X), **SINGLE)
        net.expect_loss(as_single(X), y, **SINGLE)
        net.expect_grads(as_single(X), y, **SINGLE)
    with student.case("loss changes nothing and remembers nothing", 0.5):
        net, X, y = nets.drawn((6, 5, 4, 3), (4, 6), reg=0.7)
        net.expect_unmoved(X, y)
        student.expect_unchanged()
    with student.case("the slopes of your own loss"):
        net, X, y = nets.drawn((3, 4, 3, 2), (2, 3), reg=0.3)
        net.expect_slopes(X, y)


def _ask_depths(student: Student, nets: Nets) -> None:
    with student.case("the scores with one hidden layer"):
        nets.expect_scores((6, 5, 3), (4, 6))
    with student.case("the scores with three hidden layers"):
        nets.expect_scores((6, 5, 7, 4, 3), (3, 6))
    with student.case("the loss with one and with three hidden layers"):
        nets.expect_loss((6, 5, 3), (4, 6))
        nets.expect_loss((6, 5, 7, 4, 3), (3, 6))
    with student.case("the gradients with one hidden layer", 2):
        nets.expect_grads((6, 5, 3), (4, 6))
    with student.case("the gradients with two hidden layers", 2):
        nets.expect_grads((6, 5, 4, 3), (3, 6))
    with student.case("the gradients with four hidden layers"):
        nets.expect_grads((4, 5, 7, 6, 4, 3), (2, 4))
    with student.case("no hidden layer", 0.5):
        nets.expect_scores((6, 4), (5, 6))
        nets.expect_grads((6, 4), (5, 6))
        nets.expect_grads((6, 3), (3, 6), reg=0.7)
