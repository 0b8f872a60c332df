"""Fully connected networks, plain and normalized, the student's beside the reference's.

Everywhere `dims` are the sizes (D, hidden sizes, C), and `normalization` is None, "batchnorm" or "layernorm".
"""

from __future__ import annotations

import itertools
from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.checks.asking.inputs import SINGLE, Tolerances, as_single, drawn_until, mixed
from autograder.checks.asking.network import Net
from autograder.checks.asking.parameters import (
    Params,
    expect_drawn,
    expect_dtype,
    expect_first_weights,
    expect_object,
    expect_params,
    expect_zero_biases,
)
from autograder.checks.mistakes.normalization import standardized
from autograder.verdict.expect import expect
from autograder.verdict.handle import Handle
from autograder.verdict.student import Student

NORMALIZATIONS = ("batchnorm", "layernorm")

# A gradient that is truly zero, as that of a bias before a batch normalization, is compared absolutely.
GRADS: Tolerances = {"rtol": 1e-8, "atol": 1e-10}
# Each normalization divides by a spread that may be small, and so enlarges what rounding has left.
SINGLE_GRADS: Tolerances = {"rtol": 1e-3, "atol": 1e-4}
# No ReLU may be as near its kink as a difference's step could carry it.
KINK = 2e-3

Dims = tuple[int, ...]


def shapes(dims: Dims, normalization: str | None = None) -> dict[str, tuple[int, ...]]:
    """Names and shapes of all parameters of a network."""
    found: dict[str, tuple[int, ...]] = {}
    layers = len(dims) - 1
    for i, (D, M) in enumerate(itertools.pairwise(dims), start=1):
        found |= {f"W{i}": (D, M), f"b{i}": (M,)}
        if normalization and i < layers:
            found |= {f"gamma{i}": (M,), f"beta{i}": (M,)}
    return found


def drawn_params(rng: np.random.Generator, dims: Dims, normalization: str | None = None) -> Params:
    """Random parameters, gamma of both signs and never small."""
    return {
        name: mixed(rng, shape, 0.5, 2.0) if name.startswith("gamma") else rng.normal(size=shape)
        for name, shape in shapes(dims, normalization).items()
    }


def drawn_batch(rng: np.random.Generator, dims: Dims, shape: Dims) -> tuple[np.ndarray, np.ndarray]:
    """A batch of that shape (N, ...), and labels below C of shape (N,)."""
    return rng.normal(size=shape), rng.integers(dims[-1], size=shape[0])


class Nets:
    """Fully connected networks of the student and of the reference, made alike.

    Args:
        rng: draws parameters and batches.
        always: further arguments of the student's constructor alone, for example a ratio that changes nothing.

    Attributes:
        tolerances: how closely gradients have to agree.
    """

    tolerances: Tolerances = GRADS

    def __init__(self, student: Student, reference: SimpleNamespace, rng: np.random.Generator, **always: Any):
        self._student = student
        self._reference = reference
        self._rng = rng
        self._always = always

    def student_net(self, dims: Dims, precision: str = "float64", **more: Any) -> Handle:
        """The student's network alone.

        Args:
            precision: name of its dtype.
            more: further arguments of its constructor.
        """
        dtype = np.dtype(precision).type
        sizes: dict[str, Any] = {"input_dim": dims[0], "num_classes": dims[-1], "dtype": dtype}
        arguments = sizes | self._always | more
        return expect_object(self._student.call("FullyConnectedNet", list(dims[1:-1]), **arguments))

    def pair(self, dims: Dims, params: Params, precision: str = "float64", **more: Any) -> Net:
        """Both networks, with the same parameters and further arguments."""
        student_net = self.student_net(dims, precision, **more)
        reference_net = self._reference.FullyConnectedNet(
            list(dims[1:-1]), input_dim=dims[0], num_classes=dims[-1], dtype=np.float64, **more
        )
        return Net(student_net, reference_net, params)

    def drawn(self, dims: Dims, shape: Dims, **more: Any) -> tuple[Net, np.ndarray, np.ndarray]:
        """Both networks with parameters, a batch of that shape and its labels.

        Args:
            more: further arguments of both constructors, among them the normalization.
        """
        params = drawn_params(self._rng, dims, more.get("normalization"))
        return self.pair(dims, params, **more), *drawn_batch(self._rng, dims, shape)

    def expect_scores(self, dims: Dims, shape: Dims, **more: Any) -> None:
        """Fail the case unless both networks give the same scores; arguments as of `drawn`."""
        net, X, _ = self.drawn(dims, shape, **more)
        net.expect_scores(X)

    def expect_loss(self, dims: Dims, shape: Dims, **more: Any) -> None:
        """Fail the case unless both networks give the same loss; arguments as of `drawn`."""
        net, X, y = self.drawn(dims, shape, **more)
        net.expect_loss(X, y)

    def expect_grads(self, dims: Dims, shape: Dims, **more: Any) -> None:
        """Fail the case unless both networks give the same gradients; arguments as of `drawn`."""
        net, X, y = self.drawn(dims, shape, **more)
        net.expect_grads(X, y, **self.tolerances)

    def expect_both(self, dims: Dims, shape: Dims, **more: Any) -> None:
        """Fail the case unless both networks give the same loss and the same gradients; arguments as of `drawn`."""
        net, X, y = self.drawn(dims, shape, **more)
        net.expect_loss(X, y)
        net.expect_grads(X, y, **self.tolerances)

    def expect_single(self, dims: Dims, shape: Dims, **more: Any) -> None:
        """Fail the case unless loss and gradients are right in single precision; arguments as of `drawn`."""
        params = drawn_params(self._rng, dims, more.get("normalization"))
        X, y = drawn_batch(self._rng, dims, shape)
        net = self.pair(dims, {name: as_single(value) for name, value in params.items()}, "float32", **more)
        net.expect_loss(as_single(X), y, **SINGLE)
        net.expect_grads(as_single(X), y, **SINGLE_GRADS)

    def expect_kept(self, dims: Dims, shape: Dims, **more: Any) -> None:
        """Fail the case when gradients depend on the call before or change parameters; the caller looks at the batch."""
        net, X, y = self.drawn(dims, shape, **more)
        for _ in range(2):
            net.expect_grads(X, y, **self.tolerances)
        net.expect_params_kept()

    def expect_normalized_params(self) -> None:
        """Fail the case unless names, shapes and types of the parameters are right with and without normalization."""
        for kind, precision in ((None, "float64"), ("batchnorm", "float32"), ("layernorm", "float64")):
            dims = (6, 5, 4, 3)
            params = expect_params(self.student_net(dims, precision, normalization=kind), shapes(dims, kind))
            expect_dtype(params, precision)
            expect_drawn(params)

    def expect_first_params(self) -> None:
        """Fail the case unless the parameters of normalized networks start as they should."""
        dims = (70, 60, 50, 40)
        for kind in NORMALIZATIONS:
            net = self.student_net(dims, normalization=kind, weight_scale=0.3)
            params = expect_params(net, shapes(dims, kind))
            expect_first_weights(params, 0.3)
            expect_zero_biases(params)
            for name in ("gamma1", "gamma2"):
                expect(bool(np.all(params[name] == 1)), f"{name} should start at one everywhere")


def clear_of_kinks(
    rng: np.random.Generator, dims: Dims, N: int, kind: str
) -> tuple[Params, np.ndarray, np.ndarray]:
    """Parameters, a batch and labels for which no ReLU of a normalized network is near its kink.

    Args:
        N: number of examples.
        kind: of normalization.
    """

    def draw() -> tuple[Params, np.ndarray, np.ndarray]:
        return drawn_params(rng, dims, kind), *drawn_batch(rng, dims, (N, dims[0]))

    def clear(found: tuple[Params, np.ndarray, np.ndarray]) -> bool:
        params, out, _ = found
        axis = 0 if kind == "batchnorm" else 1
        for i in range(1, len(dims) - 1):
            sums = out @ params[f"W{i}"] + params[f"b{i}"]
            # Where a variance is small, the slopes change fast within a difference's step.
            if sums.std(axis=axis).min() < 0.3:
                return False
            sums = params[f"gamma{i}"] * standardized(sums, axis) + params[f"beta{i}"]
            if np.abs(sums).min() < KINK:
                return False
            out = np.maximum(sums, 0)
        return True

    return drawn_until(draw, clear)
