"""Checks of max and average pooling."""

from __future__ import annotations

from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.checks.asking.advice import advice
from autograder.checks.asking.forbidden import NUMERIC_HELPERS
from autograder.checks.asking.inputs import SINGLE, as_single, mixed
from autograder.checks.asking.layer import Layer
from autograder.checks.convnets.forbidden import FAST
from autograder.checks.convnets.naive import Naive
from autograder.checks.mistakes.known import Results, Values
from autograder.checks.mistakes.pooling import (
    avg_pool_gradient,
    avg_pool_outs,
    max_pool_gradient,
    max_pool_outs,
)
from autograder.verdict.check import check
from autograder.verdict.student import Student


class Pool(Layer):
    """A pooling layer, with mistakes that are made again and again."""

    def mistaken_outs(self, x: np.ndarray, pool_param: dict[str, Any]) -> Values:
        return (max_pool_outs if self.name == "max_pool" else avg_pool_outs)(x, pool_param)

    def mistaken_gradients(self, dout: np.ndarray, x: np.ndarray, pool_param: dict[str, Any]) -> Results:
        mistakes = max_pool_gradient if self.name == "max_pool" else avg_pool_gradient
        return {
            "dx": mistakes(lambda dout: self.expected_gradients(dout, x, pool_param)[0], dout, x, pool_param)
        }


class NaivePool(Pool, Naive):
    """The same, of functions whose names end in _naive."""


def _pool_param(height: int, width: int, stride: int) -> dict[str, int]:
    return {"pool_height": height, "pool_width": width, "stride": stride}


def distinct(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Numbers of both signs in random order, no two closer than 0.01, so that each window has one largest."""
    size = int(np.prod(shape))
    steps = rng.permutation(size) - size / 2 + rng.uniform(0.1, 0.9)
    return 0.03 * steps.reshape(shape) + rng.uniform(-0.01, 0.01, size=shape)


def _pool_upstream(rng: np.random.Generator, x: np.ndarray, pool_param: dict[str, Any]) -> np.ndarray:
    height, width, stride = (pool_param[key] for key in ("pool_height", "pool_width", "stride"))
    return mixed(rng, (*x.shape[:2], 1 + (x.shape[2] - height) // stride, 1 + (x.shape[3] - width) // stride))


# title, weight, (shape of x, pool height, pool width, stride)
_POOLS: tuple[tuple[str, float, tuple[tuple[Any, ...], ...]], ...] = (
    ("windows that are not square", 1, (((2, 3, 5, 8), 3, 4, 2), ((2, 3, 8, 5), 4, 3, 2))),
    ("windows that overlap", 2, (((2, 3, 5, 6), 3, 3, 1), ((2, 3, 5, 7), 3, 3, 2), ((2, 3, 4, 5), 2, 3, 1))),
    ("windows with gaps between them", 1, (((2, 3, 8, 5), 2, 2, 3), ((2, 3, 5, 7), 1, 1, 2))),
    ("pixels that are left over", 1, (((2, 3, 5, 7), 2, 2, 2), ((2, 3, 8, 6), 3, 2, 3))),
    (
        "one image, one channel",
        1,
        (((1, 3, 4, 6), 2, 2, 2), ((2, 1, 4, 6), 2, 2, 2), ((1, 1, 4, 6), 2, 2, 2)),
    ),
    ("one window for a whole channel", 0.5, (((3, 2, 4, 5), 4, 5, 1),)),
)


_PLACES = (
    "In a window of pool_height rows and pool_width columns, the number k lies in row k // pool_width and column "
    "k % pool_width"
)


def _check_pool_forward(layer: Layer, student: Student, rng: np.random.Generator) -> None:
    with student.case("windows of 2×2, stride 2", 3):
        layer.expect_out(distinct(rng, (2, 3, 4, 6)), _pool_param(2, 2, 2))
    for title, weight, variants in _POOLS:
        with student.case(title, weight):
            for shape, *pool in variants:
                layer.expect_out(distinct(rng, shape), _pool_param(*pool))
    with student.case("nothing but negative numbers"):
        layer.expect_out(-5 - np.abs(distinct(rng, (2, 3, 4, 6))), _pool_param(2, 2, 2))
    with student.case("single precision", 0.5):
        layer.expect_out(as_single(distinct(rng, (2, 3, 5, 6))), _pool_param(3, 2, 1), **SINGLE)
    with student.case("x is left as it was", 0.5):
        layer.expect_out(distinct(rng, (2, 3, 4, 6)), _pool_param(2, 2, 2))
        student.expect_unchanged()


def _check_pool_backward(layer: Layer, student: Student, rng: np.random.Generator) -> None:
    def expect_gradients(shape: tuple[Any, ...], *pool: int) -> None:
        x, pool_param = distinct(rng, shape), _pool_param(*pool)
        layer.expect_gradients(_pool_upstream(rng, x, pool_param), x, pool_param)

    with student.case("windows of 2×2, stride 2", 3):
        expect_gradients((2, 3, 4, 6), 2, 2, 2)
    for title, weight, variants in _POOLS:
        with student.case(title, weight), advice(_PLACES, student) if "square" in title else nullcontext():
            for variant in variants:
                expect_gradients(*variant)
    with student.case("nothing but negative numbers", 0.5):
        x, pool_param = -5 - np.abs(distinct(rng, (2, 3, 4, 6))), _pool_param(2, 2, 2)
        layer.expect_gradients(_pool_upstream(rng, x, pool_param), x, pool_param)
    with student.case("single precision", 0.5):
        x, pool_param = as_single(distinct(rng, (2, 3, 5, 6))), _pool_param(3, 2, 1)
        layer.expect_gradients(as_single(_pool_upstream(rng, x, pool_param)), x, pool_param, **SINGLE)
    with student.case("dout and forward's arguments are left as they were", 0.5):
        expect_gradients((2, 3, 4, 6), 2, 2, 2)
        student.expect_unchanged()
    with student.case("backward called twice", 0.5):
        x, pool_param = distinct(rng, (2, 3, 5, 6)), _pool_param(3, 2, 1)
        layer.expect_twice(_pool_upstream(rng, x, pool_param), x, pool_param)
    with student.case("two layers at once", 0.5):
        x, pool_param = distinct(rng, (2, 3, 4, 6)), _pool_param(2, 2, 2)
        other = (distinct(rng, (3, 2, 5, 4)), _pool_param(3, 2, 1))
        layer.expect_own_cache(_pool_upstream(rng, x, pool_param), (x, pool_param), other, {}, {})
    with student.case(f"the slopes of your own {layer.name}"):
        x, pool_param = distinct(rng, (2, 2, 4, 5)), _pool_param(3, 2, 1)
        layer.expect_slopes(_pool_upstream(rng, x, pool_param), x, pool_param)


@check("max_pool_forward_naive", forbids=FAST)
def max_pool_forward_naive(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    _check_pool_forward(NaivePool(student, reference, "max_pool"), student, rng)


@check("max_pool_backward_naive", forbids=FAST + NUMERIC_HELPERS)
def max_pool_backward_naive(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    _check_pool_backward(NaivePool(student, reference, "max_pool"), student, rng)


@check("avg_pool_forward", forbids=FAST)
def avg_pool_forward(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    _check_pool_forward(Pool(student, reference, "avg_pool"), student, rng)


@check("avg_pool_backward", forbids=FAST + NUMERIC_HELPERS)
def avg_pool_backward(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    _check_pool_backward(Pool(student, reference, "avg_pool"), student, rng)
