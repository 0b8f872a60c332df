"""Checks of networks with dropout."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.checks.asking.advice import advice
from autograder.checks.asking.chance import expect_share
from autograder.checks.asking.forbidden import NUMERIC_HELPERS
from autograder.checks.asking.inputs import NUMERIC, SINGLE, as_single, slope
from autograder.checks.asking.network import Params
from autograder.checks.batchnorm.networks import (
    KINDS,
    SINGLE_GRADS,
    Nets,
    clear_of_kinks,
    drawn_batch,
    drawn_params,
    expect_first_params,
    expect_normalized_params,
)
from autograder.verdict.check import check
from autograder.verdict.expect import expect, expect_close
from autograder.verdict.student import Handle, Student
from course_utils.compare import CheckFailed

_GRADS = {"rtol": 1e-8, "atol": 1e-10}
_TEST_MODE = "Without labels nothing is dropped, and inverted dropout needs no factor then"
_REGULARIZATION = "The loss takes 0.5·reg·sum(W²) of every weight matrix and of no bias, gamma or beta"
_MASKS = (
    "Dropout comes behind the ReLU of every hidden layer: each unit is 0 or divided by dropout_keep_ratio"
)


def _loss(net: Handle, X: np.ndarray, y: np.ndarray) -> tuple[Any, dict]:
    result = net.loss(X, y)
    if not (isinstance(result, tuple | list) and len(result) == 2 and isinstance(result[1], dict)):
        raise CheckFailed("loss(X, y) must return a pair (loss, grads) with grads a dict such as {'W1': ...}")
    return result[0], result[1]


def _grad(grads: dict, name: str, shape: tuple[int, ...]) -> np.ndarray:
    expect(name in grads, f"grads has no key {name!r}")
    found = grads[name]
    if not isinstance(found, np.ndarray) or found.shape != shape:
        expect_close(found, np.zeros(shape), f"grads[{name!r}]")
    return found


@check("FullyConnectedNet", forbids=NUMERIC_HELPERS)
def FullyConnectedNet(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    nets = Nets(student, reference)
    kinds = (None, *KINDS)

    def masks(
        p: float, H: int, examples: int = 1, layers: int = 1, normalization: str | None = None
    ) -> np.ndarray:
        """What each hidden unit was multiplied by, shape (examples, H), read off the gradient of the last weights.

        Those are zero, so that the scores, and with them the gradient of the scores, do not depend on any mask. With a
        second hidden layer, which passes the first one on as it is, both factors show as their product.
        normalization: None, or "layernorm" with one hidden layer
        """
        dims = (4, *[H] * layers, 3)
        net = nets.student_net(dims, dropout_keep_ratio=p, normalization=normalization)
        X, y = rng.uniform(0.5, 1.5, size=(examples, 4)), np.arange(examples)
        W1 = rng.uniform(0.5, 1.5, size=(4, H))
        params = {"W1": W1, "b1": rng.uniform(0.1, 0.5, size=H)}
        whole = X @ W1 + params["b1"]
        if normalization:
            params |= {"gamma1": rng.uniform(0.3, 0.6, size=H), "beta1": rng.uniform(4, 5, size=H)}
            whole -= whole.mean(axis=1, keepdims=True)
            whole /= np.sqrt((whole**2).mean(axis=1, keepdims=True) + 1e-5)
            whole = params["gamma1"] * whole + params["beta1"]
        if layers == 2:
            params |= {"W2": np.eye(H), "b2": np.zeros(H)}
        last = layers + 1
        params |= {f"W{last}": np.zeros((H, 3)), f"b{last}": np.zeros(3)}
        for name, value in params.items():
            net.write_item("params", name, value)
        loss, grads = _loss(net, X, y)
        expect_close(loss, np.log(3), "the loss of scores that are all zero")
        dscores = (np.full((examples, 3), 1 / 3) - np.eye(3)[y]) / examples
        expect_close(_grad(grads, f"b{last}", (3,)), dscores.sum(axis=0), f"grads['b{last}']", **_GRADS)
        # grads[W] = hiddenᵀ · dscores; the rows of dscores are independent for two examples of two classes.
        dW = _grad(grads, f"W{last}", (H, 3))
        hidden = (dW @ np.linalg.pinv(dscores)).T
        expect_close(dW, hidden.T @ dscores, f"grads['W{last}']", rtol=1e-6, atol=1e-9)
        return hidden / whole

    def expect_masks(p: float, factors: np.ndarray, layers: int = 1) -> np.ndarray:
        kept = np.abs(factors) > 1e-6
        with advice(_MASKS):
            expect_share(kept, p**layers, "hidden units")
            expect_close(factors, kept / p**layers, "the factor of the hidden units", rtol=1e-6, atol=1e-6)
        return kept

    def works() -> None:
        expect_masks(0.6, masks(0.6, 200))

    def asked(dims: tuple[int, ...], N: int, kind: str | None, **more: Any) -> tuple:
        net = nets.pair(dims, drawn_params(rng, dims, kind), normalization=kind, **more)
        return net, *drawn_batch(rng, dims, (N, dims[0]))

    with student.case("names, shapes and types of the parameters"):
        expect_normalized_params(Nets(student, reference, dropout_keep_ratio=0.5))
    with student.case("the first parameters"):
        expect_first_params(Nets(student, reference, dropout_keep_ratio=0.5))
    with student.case("without dropout, whether it is said or not", 2):
        for kind in kinds:
            net, X, y = asked((6, 5, 4, 3), 5, kind)
            net.expect_loss(X, y)
            net.expect_grads(X, y, **_GRADS)
            net, X, y = asked((6, 5, 4, 3), 5, kind, dropout_keep_ratio=1)
            net.expect_loss(X, y)
            net.expect_grads(X, y, **_GRADS)
    with student.case("the scores: nothing is dropped without labels", 2), advice(_TEST_MODE):
        works()
        # Running averages would have seen other masks here than there: batch normalization is left out.
        for kind in (None, "layernorm"):
            for p in (0.3, 0.8):
                net, X, _ = asked((6, 5, 4, 3), 4, kind, dropout_keep_ratio=p)
                net.expect_scores(X)
    with student.case("units are dropped and scaled in training", 3):
        for p in (0.25, 0.8):
            expect_masks(p, masks(p, 250))
    with student.case("behind every hidden layer", 2):
        works()
        expect_masks(0.5, masks(0.5, 150, layers=2), layers=2)
    with (
        student.case("behind the normalization"),
        advice("The order is affine - normalization - ReLU - dropout", student),
    ):
        expect_masks(0.5, masks(0.5, 150, normalization="layernorm"))
    with student.case("each example has a mask of its own"):
        kept = expect_masks(0.5, masks(0.5, 100, examples=2))
        expect(not np.array_equal(*kept), "two examples of a batch lost the very same units")
    with student.case("a seed repeats, no seed varies"):
        works()
        seed = int(rng.integers(2**31))
        for more in ({"seed": seed}, {}):
            params = drawn_params(rng, (6, 40, 3), None)
            net = nets.student_net((6, 40, 3), dropout_keep_ratio=0.5, **more)
            for name, value in params.items():
                net.write_item("params", name, value)
            X, y = drawn_batch(rng, (6, 40, 3), (4, 6))
            first, again = (_loss(net, X, y)[0] for _ in range(2))
            expect(
                (first == again) == bool(more),
                "two training passes with a seed gave different losses: hand the seed on in dropout_param"
                if more
                else "two training passes without a seed gave the same loss: draw new masks each time",
            )
    with student.case("the slopes of your own loss, with a seed", 2):
        works()
        for kind in kinds:
            dims, seed = (3, 6, 2), int(rng.integers(2**31))
            params, X, y = _smooth(rng, reference, dims, kind)
            _expect_slopes(
                nets, dims, params, X, y, normalization=kind, dropout_keep_ratio=0.6, seed=seed, reg=0.2
            )
    with student.case("the slopes with two hidden layers"):
        works()
        dims, seed = (3, 5, 4, 2), int(rng.integers(2**31))
        params, X, y = _smooth(rng, reference, (3, 5, 2), None)
        # Positive weights and biases behind the first ReLU: no mask can bring the second one near its kink.
        params |= {"W2": rng.uniform(0.2, 1, size=(5, 4)), "b2": rng.uniform(0.5, 1, size=4)}
        params |= {"W3": rng.normal(size=(4, 2)), "b3": rng.normal(size=2)}
        _expect_slopes(nets, dims, params, X, y, dropout_keep_ratio=0.7, seed=seed)
    with student.case("regularization, without dropout", 0.5), advice(_REGULARIZATION, student):
        for kind in kinds:
            net, X, y = asked((6, 5, 4, 3), 5, kind, reg=0.7)
            net.expect_loss(X, y)
            net.expect_grads(X, y, **_GRADS)
    with (
        student.case("no hidden layer: nothing to drop", 0.5),
        advice("Neither the inputs nor the scores are dropped"),
    ):
        dims = (6, 4)
        net = nets.pair(dims, drawn_params(rng, dims, None), dropout_keep_ratio=0.5)
        X, y = drawn_batch(rng, dims, (5, 6))
        net.expect_loss(X, y)
        net.expect_grads(X, y, **_GRADS)
    with student.case("images, in single precision", 0.5):
        for kind in kinds:
            dims = (6, 5, 4, 3)
            params = {name: as_single(value) for name, value in drawn_params(rng, dims, kind).items()}
            X, y = drawn_batch(rng, dims, (8, 2, 3))
            net = nets.pair(dims, params, "float32", normalization=kind)
            net.expect_loss(as_single(X), y, **SINGLE)
            net.expect_grads(as_single(X), y, **SINGLE_GRADS)
    with student.case("loss changes neither parameters nor batch", 0.5):
        works()
        student.changed.clear()
        net, X, y = asked((6, 5, 4, 3), 5, "layernorm", reg=0.3)
        for _ in range(2):
            net.expect_grads(X, y, **_GRADS)
        net.expect_params_kept()
        student.expect_unchanged()


def _smooth(
    rng: np.random.Generator, reference: SimpleNamespace, dims: tuple[int, ...], kind: str | None
) -> tuple[Params, np.ndarray, np.ndarray]:
    """Parameters and a batch with no ReLU near its kink; with one hidden layer no mask changes that."""
    if kind:
        return clear_of_kinks(rng, reference, dims, 5, kind)
    while True:
        params = drawn_params(rng, dims, None)
        X, y = drawn_batch(rng, dims, (5, dims[0]))
        sums = X @ params["W1"] + params["b1"]
        if np.abs(sums).min() > 2e-3 and (sums > 0).any():
            return params, X, y


def _expect_slopes(
    nets: Nets, dims: tuple[int, ...], params: Params, X: np.ndarray, y: np.ndarray, **settings: Any
) -> None:
    net = nets.student_net(dims, **settings)
    for name, value in params.items():
        net.write_item("params", name, value)
    _, grads = _loss(net, X, y)
    expect(
        any(np.any(_grad(grads, name, value.shape)) for name, value in params.items()),
        "every gradient is zero",
    )
    for name, value in params.items():

        def loss(at: np.ndarray, name: str = name) -> Any:
            net.write_item("params", name, at)
            return _loss(net, X, y)[0]

        slopes = slope(loss, value)
        net.write_item("params", name, value)
        with advice("Compared with the numeric gradient of your own loss, with the same seed"):
            expect_close(grads[name], slopes, f"grads[{name!r}]", **NUMERIC)
