"""Convolutional networks, the student's beside the reference's."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.checks.asking.inputs import SINGLE, as_single
from autograder.checks.asking.network import Net
from autograder.checks.asking.parameters import Params, expect_drawn, expect_dtype, expect_params
from autograder.checks.mistakes.passes import replaced_passes
from autograder.verdict.student import Student

REGULARIZATION = "The loss takes 0.5·reg·sum(W²) of every weight array and of no bias; its gradient is reg·W"

Shapes = dict[str, tuple[int, ...]]


class ConvNet(Net):
    """A convolutional network of the student, and the reference's."""

    def passes(self, X: np.ndarray, y: np.ndarray) -> dict[str, tuple[float, Params]]:
        """What networks give whose layers between the convolutions and the loss stand or pass back another way."""
        return replaced_passes(self.reference, X, y)


class ConvNets:
    """Builds networks of the student and the reference alike, with random parameters and batches.

    Args:
        name: of the class.
        options: names of the constructor's sizes; the first is input_dim, the last num_classes.
        shapes: makes the parameters' shapes from those sizes.
    """

    def __init__(
        self,
        student: Student,
        reference: SimpleNamespace,
        rng: np.random.Generator,
        name: str,
        options: tuple[str, ...],
        shapes: Callable[..., Shapes],
    ):
        self._student = student
        self._reference = getattr(reference, name)
        self._rng = rng
        self._name = name
        self._options = options
        self._shapes = shapes

    def expect_params(self, *sizes: Any, precision: str) -> None:
        """Fail the case unless the parameters of a new network have the right names, shapes and type."""
        dtype = np.dtype(precision).type
        net = self._student.call(self._name, **self._named(sizes), dtype=dtype)
        params = expect_params(net, self._shapes(*sizes))
        expect_dtype(params, precision)
        expect_drawn(params)

    def first_params(self, *sizes: Any, **more: Any) -> Params:
        """Parameters of a new network of these sizes; `more` are further arguments of its constructor."""
        net = self._student.call(self._name, **self._named(sizes), **more)
        return expect_params(net, self._shapes(*sizes))

    def default_params(self, *sizes: Any) -> Params:
        """Parameters of a network of which nothing is said, and which should have these sizes."""
        return expect_params(self._student.call(self._name), self._shapes(*sizes))

    def draw(self, *sizes: Any, N: int) -> tuple[Params, np.ndarray, np.ndarray]:
        """Parameters, a batch of N images, and its labels."""
        params = _drawn_params(self._rng, self._shapes(*sizes))
        return params, self._rng.normal(size=(N, *sizes[0])), self._rng.integers(sizes[-1], size=N)

    def pair(self, *sizes: Any, params: Params, reg: float = 0.0, precision: str = "float64") -> ConvNet:
        """The student's network beside the reference's, both with these parameters."""
        options = self._named(sizes) | {"reg": reg}
        dtype = np.dtype(precision).type
        return ConvNet(
            self._student.call(self._name, **options, dtype=dtype),
            self._reference(**options, dtype=np.float64),
            params,
        )

    def expect_scores(self, *sizes: Any, N: int) -> None:
        params, X, _ = self.draw(*sizes, N=N)
        self.pair(*sizes, params=params).expect_scores(X)

    def expect_loss(self, *sizes: Any, regs: tuple[float, ...] = (0.0,)) -> None:
        """Fail the case unless the loss of a batch is right for each strength of regularization."""
        params, X, y = self.draw(*sizes, N=3)
        for reg in regs:
            self.pair(*sizes, params=params, reg=reg).expect_loss(X, y)

    def expect_grads(self, *sizes: Any, reg: float = 0.0) -> None:
        params, X, y = self.draw(*sizes, N=3)
        self.pair(*sizes, params=params, reg=reg).expect_grads(X, y)

    def expect_both_ways(self, *sizes: Any, N: int) -> None:
        """Fail the case unless the scores and the gradients of a batch are right."""
        params, X, y = self.draw(*sizes, N=N)
        self.pair(*sizes, params=params).expect_scores(X)
        self.pair(*sizes, params=params).expect_grads(X, y)

    def expect_in_single_precision(self, *sizes: Any) -> None:
        params, X, y = self.draw(*sizes, N=3)
        single = {name: as_single(value) for name, value in params.items()}
        net = self.pair(*sizes, params=single, reg=0.1, precision="float32")
        net.expect_scores(as_single(X), **SINGLE)
        net.expect_loss(as_single(X), y, **SINGLE)
        net.expect_grads(as_single(X), y, **SINGLE)

    def expect_unmoved(self, *sizes: Any, N: int) -> None:
        """Fail the case when a loss changes what it is given, or depends on the call before."""
        params, X, y = self.draw(*sizes, N=N)
        self.pair(*sizes, params=params, reg=0.7).expect_unmoved(X, y)
        self._student.expect_unchanged()

    def _named(self, sizes: tuple[Any, ...]) -> dict[str, Any]:
        return dict(zip(self._options, sizes, strict=True))


def _drawn_params(rng: np.random.Generator, shapes: Shapes) -> Params:
    """Weights so large that every layer says something, and so small that none drowns the others."""
    return {
        name: rng.normal(size=shape) * (1.5 / np.sqrt(fan_in_of(shape)) if name[0] == "W" else 0.5)
        for name, shape in shapes.items()
    }


def fan_in_of(shape: tuple[int, ...]) -> int:
    """How many numbers each output of a layer with weights of this shape reads."""
    return int(np.prod(shape[1:])) if len(shape) == 4 else shape[0]
