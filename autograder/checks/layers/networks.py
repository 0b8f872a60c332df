"""Checks of the networks and of the training step."""

from __future__ import annotations

import itertools
from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.checks.asking.advice import advice, told
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
from autograder.checks.mistakes.known import Values
from autograder.checks.mistakes.networks import step_mistakes
from autograder.verdict.check import check
from autograder.verdict.expect import expect, expect_close
from autograder.verdict.student import Handle, Student


def _drawn_params(rng: np.random.Generator, dims: tuple[int, ...]) -> Params:
    params = {}
    for i, (D, M) in enumerate(itertools.pairwise(dims), start=1):
        params[f"W{i}"] = rng.normal(size=(D, M))
        params[f"b{i}"] = rng.normal(size=M)
    return params


def _hidden_sums(params: Params, X: np.ndarray) -> list[np.ndarray]:
    """What each ReLU of a network with these parameters sees."""
    sums, out = [], X.reshape(len(X), -1)
    for i in range(1, len(params) // 2):
        sums.append(out @ params[f"W{i}"] + params[f"b{i}"])
        out = np.maximum(sums[-1], 0)
    return sums


def _draw(
    rng: np.random.Generator, dims: tuple[int, ...], shape: tuple[int, ...]
) -> tuple[Params, np.ndarray, np.ndarray]:
    """Parameters, a batch and its labels, with each ReLU both open and shut and never near its kink."""

    def draw() -> tuple[Params, np.ndarray]:
        return _drawn_params(rng, dims), rng.normal(size=shape)

    def clear(found: tuple[Params, np.ndarray]) -> bool:
        return all(
            (sums > 0).any() and (sums < 0).any() and np.abs(sums).min() > 2e-3
            for sums in _hidden_sums(*found)
        )

    params, X = drawn_until(draw, clear)
    return params, X, rng.integers(dims[-1], size=shape[0])


@check("TwoLayerNet", forbids=NUMERIC_HELPERS)
def TwoLayerNet(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    D, H, C = 6, 4, 3
    X_shape = (4, 2, 3)

    def net(reg: float, params: Params) -> Net:
        sizes = {"input_dim": D, "hidden_dim": H, "num_classes": C}
        return Net(
            student.call("TwoLayerNet", **sizes, reg=reg), reference.TwoLayerNet(**sizes, reg=reg), params
        )

    with student.case("names and shapes of the parameters"):
        expect_params(
            student.call("TwoLayerNet", input_dim=D, hidden_dim=H, num_classes=C),
            {"W1": (D, H), "b1": (H,), "W2": (H, C), "b2": (C,)},
        )
    with student.case("the first parameters"):
        params = expect_params(
            student.call("TwoLayerNet", 70, 60, 50, 0.3),
            {"W1": (70, 60), "b1": (60,), "W2": (60, 50), "b2": (50,)},
        )
        expect_first_weights(params, 0.3)
        expect_zero_biases(params)
    with student.case("the defaults", 0.5):
        params = expect_params(
            student.call("TwoLayerNet"), {"W1": (3072, 100), "b1": (100,), "W2": (100, 10), "b2": (10,)}
        )
        expect_first_weights(params, 1e-3)
        expect_zero_biases(params)
    with student.case("the scores, when there are no labels", 2):
        params, X, _ = _draw(rng, (D, H, C), (4, D))
        net(0.0, params).expect_scores(X)
    with student.case("a batch of images, and one example"):
        params, X, y = _draw(rng, (D, H, C), X_shape)
        for batch in (X, X[:1]):
            net(0.0, params).expect_scores(batch)
            net(0.0, params).expect_grads(batch, y[: len(batch)])
    with student.case("the loss without regularization"):
        params, X, y = _draw(rng, (D, H, C), (4, D))
        net(0.0, params).expect_loss(X, y)
    with student.case("the gradients without regularization", 3):
        params, X, y = _draw(rng, (D, H, C), (4, D))
        net(0.0, params).expect_grads(X, y)
    with student.case("the loss with regularization"), advice(_REGULARIZATION, student):
        params, X, y = _draw(rng, (D, H, C), (4, D))
        net(0.0, params).expect_loss(X, y)
        net(0.7, params).expect_loss(X, y)
        net(3.0, params).expect_loss(X, y)
    with student.case("the gradients with regularization", 2), advice(_REGULARIZATION, student):
        params, X, y = _draw(rng, (D, H, C), (4, D))
        net(0.7, params).expect_grads(X, y)
    with student.case("loss changes nothing and remembers nothing", 0.5):
        params, X, y = _draw(rng, (D, H, C), (4, D))
        net(0.7, params).expect_unmoved(X, y)
        student.expect_unchanged()
    with student.case("the slopes of your own loss"):
        params, X, y = _draw(rng, (D, H, C), (3, D))
        net(0.3, params).expect_slopes(X, y)


_REGULARIZATION = (
    "The loss takes 0.5·reg·sum(W²) of every weight matrix and of no bias; its gradient is reg·W"
)


@check("FullyConnectedNet", forbids=NUMERIC_HELPERS)
def FullyConnectedNet(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    # Types travel as handles: the student's code gets np.float64 itself, not its name.
    def dtype(name: str) -> Handle:
        return student.run(f"result = np.{name}")

    def net(dims: tuple[int, ...], reg: float, params: Params, precision: str = "float64") -> Net:
        sizes = {"input_dim": dims[0], "num_classes": dims[-1], "reg": reg}
        hidden = list(dims[1:-1])
        return Net(
            student.call("FullyConnectedNet", hidden, **sizes, dtype=dtype(precision)),
            reference.FullyConnectedNet(hidden, **sizes, dtype=np.float64),
            params,
        )

    def expect_scores(dims: tuple[int, ...], shape: tuple[int, ...]) -> None:
        params, X, _ = _draw(rng, dims, shape)
        net(dims, 0.0, params).expect_scores(X)

    def expect_loss(dims: tuple[int, ...], shape: tuple[int, ...], reg: float = 0.0) -> None:
        params, X, y = _draw(rng, dims, shape)
        net(dims, reg, params).expect_loss(X, y)

    def expect_grads(dims: tuple[int, ...], shape: tuple[int, ...], reg: float = 0.0) -> None:
        params, X, y = _draw(rng, dims, shape)
        net(dims, reg, params).expect_grads(X, y)

    with student.case("names, shapes and types of the parameters"):
        sizes = {"input_dim": 6, "num_classes": 3}
        for hidden, precision in (([5, 4], "float64"), ([5], "float32")):
            params = expect_params(
                student.call("FullyConnectedNet", hidden, **sizes, dtype=dtype(precision)),
                _shapes((6, *hidden, 3)),
            )
            expect_dtype(params, precision)
    with student.case("the first parameters"):
        params = expect_params(
            student.call("FullyConnectedNet", [60, 50], 70, 40, 0.0, 0.3), _shapes((70, 60, 50, 40))
        )
        expect_first_weights(params, 0.3)
        expect_zero_biases(params)
    with student.case("the defaults", 0.5):
        params = expect_params(student.call("FullyConnectedNet", [30]), _shapes((3072, 30, 10)))
        expect_first_weights(params, 1e-2)
        expect_zero_biases(params)
        expect_dtype(params, "float32")
    with student.case("the scores with one hidden layer"):
        expect_scores((6, 5, 3), (4, 6))
    with student.case("the scores with three hidden layers"):
        expect_scores((6, 5, 7, 4, 3), (3, 6))
    with student.case("the loss with one and with three hidden layers"):
        expect_loss((6, 5, 3), (4, 6))
        expect_loss((6, 5, 7, 4, 3), (3, 6))
    with student.case("the gradients with one hidden layer", 2):
        expect_grads((6, 5, 3), (4, 6))
    with student.case("the gradients with two hidden layers", 2):
        expect_grads((6, 5, 4, 3), (3, 6))
    with student.case("the gradients with four hidden layers"):
        expect_grads((4, 5, 7, 6, 4, 3), (2, 4))
    with student.case("no hidden layer", 0.5):
        expect_scores((6, 4), (5, 6))
        expect_grads((6, 4), (5, 6))
    with student.case("a batch of images, and one example"):
        for dims, shape in (((6, 5, 4, 3), (4, 2, 3)), ((6, 5, 3), (1, 3, 2))):
            expect_scores(dims, shape)
            expect_grads(dims, shape)
    with student.case("the loss with regularization"), advice(_REGULARIZATION, student):
        expect_loss((6, 5, 4, 3), (3, 6), reg=0.7)
        expect_loss((6, 4, 3), (3, 6), reg=3.0)
    with student.case("the gradients with regularization"), advice(_REGULARIZATION, student):
        expect_grads((6, 5, 4, 3), (3, 6), reg=0.7)
        expect_grads((6, 3), (3, 6), reg=0.7)
    with student.case("single precision"):
        dims = (6, 5, 4, 3)
        params, X, y = _draw(rng, dims, (3, 6))
        single = {name: as_single(value) for name, value in params.items()}
        asked = net(dims, 0.0, single, "float32")
        asked.expect_scores(as_single(X), **SINGLE)
        asked.expect_loss(as_single(X), y, **SINGLE)
        asked.expect_grads(as_single(X), y, **SINGLE)
    with student.case("loss changes nothing and remembers nothing", 0.5):
        dims = (6, 5, 4, 3)
        params, X, y = _draw(rng, dims, (4, 6))
        net(dims, 0.7, params).expect_unmoved(X, y)
        student.expect_unchanged()
    with student.case("the slopes of your own loss"):
        dims = (3, 4, 3, 2)
        params, X, y = _draw(rng, dims, (2, 3))
        net(dims, 0.3, params).expect_slopes(X, y)


def _shapes(dims: tuple[int, ...]) -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {}
    for i, (D, M) in enumerate(itertools.pairwise(dims), start=1):
        shapes |= {f"W{i}": (D, M), f"b{i}": (M,)}
    return shapes


# A model whose loss and gradients are plain sums, so that a step can be checked without any network of the student's.
_TOY_MODEL = """
class ToyModel:
    def __init__(self):
        self.params = {}

    def loss(self, X, y=None):
        if y is None:
            return X
        pull, push = float(np.sum(X)), float(np.sum(y))
        value, grads = pull, {}
        for i, name in enumerate(self.params):
            value = value + float(np.sum(self.params[name] ** 2)) * (i + 1)
            grads[name] = (2 * (i + 1) * self.params[name] + pull * (i + 2) - push).astype(self.params[name].dtype)
        return value, grads

result = ToyModel()
"""


@check("train_step")
def train_step(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    X, y = rng.uniform(0.5, 1.5, size=(3, 2)), rng.integers(1, 4, size=3)

    def model(params: Params) -> Handle:
        toy = student.run(_TOY_MODEL)
        for name, value in params.items():
            toy.write_item("params", name, value)
        return toy

    def draw() -> Params:
        return {"W1": rng.normal(size=(2, 3)), "b1": rng.normal(size=3), "gamma": rng.normal(size=(1, 2, 2))}

    def step(toy: Handle, rate: float) -> Any:
        return student.call("train_step", toy, X, y, rate)

    def expect_step(params: Params, rate: float, steps: int = 1, **tolerance: float) -> None:
        toy = model(params)
        wanted = {name: value.copy() for name, value in params.items()}
        for _ in range(steps):
            step(toy, rate)
            wanted = _stepped(wanted, X, y, rate)
        found = toy.read("params")
        expect(isinstance(found, dict), "model.params must still be a dict after a step")
        for name in params:
            expect(name in found, f"model.params has lost {name!r}")
            with told(found[name], lambda name=name: mistakes(params, name, rate) if steps == 1 else {}):
                expect_close(
                    found[name], wanted[name], f"params[{name!r}] after {_times(steps)}", **tolerance
                )

    def mistakes(params: Params, name: str, rate: float) -> Values:
        gradient = _toy_gradients(params, X, y)[name]
        twice = _stepped(_stepped(params, X, y, rate), X, y, rate)[name]
        return step_mistakes(params[name], gradient, rate, len(X)) | {"two steps were taken": twice}

    with student.case("one step", 3):
        expect_step(draw(), 0.125)
    with student.case("another learning rate"):
        expect_step(draw(), 0.01)
        expect_step(draw(), 1.5)
    with student.case("three steps, one after the other"):
        expect_step(draw(), 0.03, steps=3)
    with (
        student.case("the loss that is returned", 2),
        advice("It is the loss of the batch before the update"),
    ):
        for params in (draw() for _ in range(6)):
            expect_close(step(model(params), 0.125), _toy_loss(params, X), "the returned loss")
    with student.case("the batch is left as it was", 0.5):
        expect_step(draw(), 0.125)
        student.expect_unchanged()
    with student.case("parameters in single precision", 0.5):
        params = {name: as_single(value) for name, value in draw().items()}
        expect_step(params, 0.125, **SINGLE)


def _times(steps: int) -> str:
    return "one step" if steps == 1 else f"{steps} steps"


def _toy_loss(params: Params, X: np.ndarray) -> float:
    return float(np.sum(X)) + sum(float(np.sum(p**2)) * (i + 1) for i, p in enumerate(params.values()))


def _toy_gradients(params: Params, X: np.ndarray, y: np.ndarray) -> Params:
    pull, push = float(np.sum(X)), float(np.sum(y))
    return {
        name: (2 * (i + 1) * value + pull * (i + 2) - push).astype(value.dtype)
        for i, (name, value) in enumerate(params.items())
    }


def _stepped(params: Params, X: np.ndarray, y: np.ndarray, rate: float) -> Params:
    gradients = _toy_gradients(params, X, y)
    return {name: value - rate * gradients[name] for name, value in params.items()}
