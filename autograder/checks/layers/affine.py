"""Checks of the affine layer."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from autograder.checks.asking.forbidden import NUMERIC_HELPERS
from autograder.checks.asking.inputs import SINGLE, as_single, mixed
from autograder.checks.asking.layer import Layer
from autograder.verdict.check import check
from autograder.verdict.student import Student

_SHAPES = (
    ("one example (N = 1)", (1, 3), 4, 0.5),
    ("one number for each example (D = 1)", (4, 1), 3, 0.5),
    ("one output (M = 1)", (3, 4), 1, 0.5),
)


def _drawn(rng: np.random.Generator, shape: tuple[int, ...], M: int) -> tuple[np.ndarray, ...]:
    D = int(np.prod(shape[1:]))
    return mixed(rng, shape), mixed(rng, (D, M)), rng.uniform(0.5, 2.0, size=M)


@check("affine_forward")
def affine_forward(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    layer = Layer(student, reference, "affine", "dx, dw, db")
    with student.case("a batch of vectors", 3):
        layer.expect_out(*_drawn(rng, (4, 3), 5))
    with student.case("a batch of images", 2):
        layer.expect_out(*_drawn(rng, (3, 2, 4, 2), 5))
    with student.case("examples with two axes"):
        layer.expect_out(*_drawn(rng, (2, 3, 4), 7))
    for title, shape, M, weight in _SHAPES:
        with student.case(title, weight):
            layer.expect_out(*_drawn(rng, shape, M))
    with student.case("single precision", 0.5):
        layer.expect_out(*map(as_single, _drawn(rng, (4, 3, 2), 5)), **SINGLE)
    with student.case("x, w and b are left as they were"):
        layer.expect_out(*_drawn(rng, (4, 2, 3), 5))
        student.expect_unchanged()


@check("affine_backward", forbids=NUMERIC_HELPERS)
def affine_backward(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    layer = Layer(student, reference, "affine", "dx, dw, db")
    for name in layer.gradients:
        with student.case(f"{name} for a batch of vectors", 2):
            layer.expect_gradients(mixed(rng, (4, 5)), *_drawn(rng, (4, 3), 5), only=name)
    with student.case("a batch of images", 2):
        layer.expect_gradients(mixed(rng, (3, 5)), *_drawn(rng, (3, 2, 4, 2), 5))
    for title, shape, M, weight in _SHAPES:
        with student.case(title, weight):
            layer.expect_gradients(mixed(rng, (shape[0], M)), *_drawn(rng, shape, M))
    with student.case("single precision", 0.5):
        args = tuple(map(as_single, _drawn(rng, (4, 3, 2), 5)))
        layer.expect_gradients(as_single(mixed(rng, (4, 5))), *args, **SINGLE)
    with student.case("dout and forward's arguments are left as they were", 0.5):
        layer.expect_gradients(mixed(rng, (4, 5)), *_drawn(rng, (4, 2, 3), 5))
        student.expect_unchanged()
    with student.case("backward called twice", 0.5):
        layer.expect_twice(mixed(rng, (4, 5)), *_drawn(rng, (4, 2, 3), 5))
    with student.case("two layers at once", 0.5):
        args, other = _drawn(rng, (4, 3), 5), _drawn(rng, (2, 6), 3)
        layer.expect_own_cache(mixed(rng, (4, 5)), args, other, {}, {})
    with student.case("the slopes of your own affine_forward"):
        layer.expect_slopes(mixed(rng, (3, 4)), *_drawn(rng, (3, 2), 4))
