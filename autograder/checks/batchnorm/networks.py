"""Checks of networks with normalization layers."""

from __future__ import annotations

import itertools
from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.checks.asking.advice import advice
from autograder.checks.asking.forbidden import NUMERIC_HELPERS
from autograder.checks.asking.inputs import SINGLE, as_double, as_single, drawn_until, mixed
from autograder.checks.asking.network import (
    Net,
    Params,
    expect_dtype,
    expect_first_weights,
    expect_object,
    expect_params,
    expect_zero_biases,
)
from autograder.verdict.check import check
from autograder.verdict.expect import expect
from autograder.verdict.student import Handle, Student

KINDS = ("batchnorm", "layernorm")

_REGULARIZATION = "The loss takes 0.5·reg·sum(W²) of every weight matrix and of no bias, gamma or beta; its gradient is reg·W"
_TEST_MODE = (
    "Without labels batch normalization goes by the running averages, which every training batch moves on"
)
# A gradient that is truly zero, as that of a bias before a batch normalization, is compared absolutely.
_GRADS = {"rtol": 1e-8, "atol": 1e-10}
# Each normalization divides by a spread that may be small, and so enlarges what rounding has left.
SINGLE_GRADS = {"rtol": 1e-3, "atol": 1e-4}


class NormalizedNet(Net):
    """A network whose running averages move on in the student's kernel and here alike."""

    def train(self, *batches: tuple[np.ndarray, np.ndarray]) -> None:
        """Have both compute the loss of each batch."""
        for X, y in batches:
            self.loss(X, y)
            self._reference.loss(as_double(X), y)


def shapes(dims: tuple[int, ...], normalization: str | None) -> dict[str, tuple[int, ...]]:
    """Names and shapes of all parameters of a network."""
    found: dict[str, tuple[int, ...]] = {}
    layers = len(dims) - 1
    for i, (D, M) in enumerate(itertools.pairwise(dims), start=1):
        found |= {f"W{i}": (D, M), f"b{i}": (M,)}
        if normalization and i < layers:
            found |= {f"gamma{i}": (M,), f"beta{i}": (M,)}
    return found


def drawn_params(rng: np.random.Generator, dims: tuple[int, ...], normalization: str | None) -> Params:
    """Random parameters, gamma of both signs and never small."""
    return {
        name: mixed(rng, shape, 0.5, 2.0) if name.startswith("gamma") else rng.normal(size=shape)
        for name, shape in shapes(dims, normalization).items()
    }


def drawn_batch(
    rng: np.random.Generator, dims: tuple[int, ...], shape: tuple[int, ...]
) -> tuple[np.ndarray, np.ndarray]:
    return rng.normal(size=shape), rng.integers(dims[-1], size=shape[0])


class Nets:
    """Builds networks of the student and the reference alike.

    Args:
        always: further arguments of the student's constructor alone, for example a ratio that changes nothing.
    """

    def __init__(self, student: Student, reference: SimpleNamespace, **always: Any):
        self._student = student
        self._reference = reference
        self._always = always

    def student_net(self, dims: tuple[int, ...], precision: str = "float64", **more: Any) -> Handle:
        sizes = {"input_dim": dims[0], "num_classes": dims[-1]}
        # Types travel as handles: the student's code gets np.float64 itself, not its name.
        dtype = self._student.run(f"result = np.{precision}")
        arguments = sizes | {"dtype": dtype} | self._always | more
        return expect_object(self._student.call("FullyConnectedNet", list(dims[1:-1]), **arguments))

    def pair(
        self, dims: tuple[int, ...], params: Params, precision: str = "float64", **more: Any
    ) -> NormalizedNet:
        """Both with the same parameters and further arguments."""
        reference = self._reference.FullyConnectedNet(
            list(dims[1:-1]), input_dim=dims[0], num_classes=dims[-1], dtype=np.float64, **more
        )
        return NormalizedNet(self.student_net(dims, precision, **more), reference, params)


def expect_normalized_params(nets: Nets) -> None:
    """Names, shapes and types of the parameters with and without normalization."""
    for kind, precision in ((None, "float64"), ("batchnorm", "float32"), ("layernorm", "float64")):
        dims = (6, 5, 4, 3)
        params = expect_params(nets.student_net(dims, precision, normalization=kind), shapes(dims, kind))
        expect_dtype(params, precision)


def expect_first_params(nets: Nets) -> None:
    dims = (70, 60, 50, 40)
    for kind in KINDS:
        net = nets.student_net(dims, normalization=kind, weight_scale=0.3)
        params = expect_params(net, shapes(dims, kind))
        expect_first_weights(params, 0.3)
        expect_zero_biases(params)
        for name in ("gamma1", "gamma2"):
            expect(np.all(params[name] == 1), f"{name} should start at one everywhere")


def clear_of_kinks(
    rng: np.random.Generator, reference: SimpleNamespace, dims: tuple[int, ...], N: int, kind: str
) -> tuple[Params, np.ndarray, np.ndarray]:
    """Parameters and a batch for which no ReLU of a normalized network is near its kink."""

    def draw() -> tuple[Params, np.ndarray, np.ndarray]:
        return drawn_params(rng, dims, kind), *drawn_batch(rng, dims, (N, dims[0]))

    def clear(found: tuple[Params, np.ndarray, np.ndarray]) -> bool:
        params, out, _ = found
        forward = getattr(reference, f"{kind}_forward")
        for i in range(1, len(dims) - 1):
            sums = out @ params[f"W{i}"] + params[f"b{i}"]
            # Where a variance is small, the slopes change fast within a difference's step.
            if sums.std(axis=0 if kind == "batchnorm" else 1).min() < 0.3:
                return False
            sums, _ = forward(sums, params[f"gamma{i}"], params[f"beta{i}"], {"mode": "train"})
            if np.abs(sums).min() < 2e-3:
                return False
            out = np.maximum(sums, 0)
        return True

    return drawn_until(draw, clear)


@check("FullyConnectedNet", forbids=NUMERIC_HELPERS)
def FullyConnectedNet(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    nets = Nets(student, reference)

    def asked(
        dims: tuple[int, ...], shape: tuple[int, ...], kind: str | None, **more: Any
    ) -> tuple[NormalizedNet, np.ndarray, np.ndarray]:
        net = nets.pair(dims, drawn_params(rng, dims, kind), normalization=kind, **more)
        return net, *drawn_batch(rng, dims, shape)

    def expect_loss(dims: tuple[int, ...], shape: tuple[int, ...], kind: str | None, **more: Any) -> None:
        net, X, y = asked(dims, shape, kind, **more)
        net.expect_loss(X, y)

    def expect_grads(dims: tuple[int, ...], shape: tuple[int, ...], kind: str | None, **more: Any) -> None:
        net, X, y = asked(dims, shape, kind, **more)
        net.expect_grads(X, y, **_GRADS)

    with student.case("names, shapes and types of the parameters"):
        expect_normalized_params(nets)
    with student.case("the first parameters"):
        expect_first_params(nets)
    with student.case("without normalization"):
        expect_loss((6, 5, 4, 3), (4, 6), None)
        expect_grads((6, 5, 4, 3), (4, 6), None)
    with student.case("the loss with batch normalization, one hidden layer", 2):
        expect_loss((6, 5, 3), (7, 6), "batchnorm")
    with student.case("the loss with batch normalization, three hidden layers"):
        expect_loss((6, 5, 7, 4, 3), (5, 6), "batchnorm")
    with student.case("the gradients with batch normalization, one hidden layer", 2):
        expect_grads((6, 5, 3), (7, 6), "batchnorm")
    with student.case("the gradients with batch normalization, three hidden layers", 2):
        expect_grads((6, 5, 7, 4, 3), (5, 6), "batchnorm")
    with student.case("the loss with layer normalization"):
        expect_loss((6, 5, 3), (4, 6), "layernorm")
        expect_loss((6, 5, 7, 4, 3), (4, 6), "layernorm")
    with student.case("the gradients with layer normalization", 2):
        expect_grads((6, 5, 3), (4, 6), "layernorm")
        expect_grads((6, 5, 7, 4, 3), (4, 6), "layernorm")
    with student.case("the scores with layer normalization"):
        net, X, _ = asked((6, 5, 4, 3), (4, 6), "layernorm")
        net.expect_scores(X)
        net.expect_scores(X[:1])
    with student.case("the scores after three batches of training", 2), advice(_TEST_MODE):
        dims = (6, 5, 4, 3)
        net, X, _ = asked(dims, (4, 6), "batchnorm")
        net.train(*(drawn_batch(rng, dims, (N, 6)) for N in (5, 3, 4)))
        net.expect_scores(X)
    with student.case("the scores of a picture do not depend on its company"), advice(_TEST_MODE):
        dims = (6, 5, 3)
        net, X, _ = asked(dims, (4, 6), "batchnorm")
        net.train(drawn_batch(rng, dims, (5, 6)), drawn_batch(rng, dims, (6, 6)))
        net.expect_scores(X[:1])
        net.expect_scores(X)
        net.expect_scores(X[1:3])
    with student.case("two networks do not share their running averages", 0.5), advice(_TEST_MODE):
        dims = (6, 5, 3)
        net, X, _ = asked(dims, (4, 6), "batchnorm")
        other, *_ = asked(dims, (4, 6), "batchnorm")
        net.train(drawn_batch(rng, dims, (5, 6)))
        other.train(drawn_batch(rng, dims, (5, 6)))
        net.expect_scores(X)
        other.expect_scores(X)
    with student.case("regularization leaves gamma and beta alone"), advice(_REGULARIZATION, student):
        for kind in KINDS:
            expect_loss((6, 5, 4, 3), (4, 6), kind, reg=0.7)
            expect_grads((6, 5, 4, 3), (4, 6), kind, reg=0.7)
    with student.case("no hidden layer, and batches of images", 0.5):
        for kind in KINDS:
            expect_grads((6, 4), (5, 6), kind)
            expect_grads((6, 5, 3), (4, 2, 3), kind)
    with student.case("single precision", 0.5):
        dims = (6, 5, 4, 3)
        for kind in KINDS:
            params = {name: as_single(value) for name, value in drawn_params(rng, dims, kind).items()}
            X, y = drawn_batch(rng, dims, (8, 6))
            net = nets.pair(dims, params, "float32", normalization=kind)
            net.expect_loss(as_single(X), y, **SINGLE)
            net.expect_grads(as_single(X), y, **SINGLE_GRADS)
    with student.case("loss changes neither parameters nor batch", 0.5):
        for kind in KINDS:
            net, X, y = asked((6, 5, 4, 3), (4, 6), kind, reg=0.3)
            for _ in range(2):
                net.expect_grads(X, y, **_GRADS)
            net.expect_params_kept()
        student.expect_unchanged()
    with student.case("the slopes of your own loss"):
        for kind in KINDS:
            dims = (3, 4, 3, 2)
            params, X, y = clear_of_kinks(rng, reference, dims, 5, kind)
            nets.pair(dims, params, normalization=kind, reg=0.3).expect_slopes(X, y)
