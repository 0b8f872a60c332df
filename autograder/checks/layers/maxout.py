"""Checks of maxout."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from autograder.checks.asking.forbidden import NUMERIC_HELPERS
from autograder.checks.asking.inputs import SINGLE, as_single, drawn_until, mixed
from autograder.checks.asking.layer import Layer
from autograder.verdict.check import check
from autograder.verdict.student import Student

_GRADIENTS = "dx, dw1, db1, dw2, db2"


def _drawn(rng: np.random.Generator, shape: tuple[int, ...], M: int) -> tuple[np.ndarray, ...]:
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
    layer = Layer(student, reference, "maxout", _GRADIENTS)
    with student.case("a batch of vectors", 3):
        layer.expect_out(*_drawn(rng, (4, 3), 5))
    with student.case("a batch of images", 2):
        layer.expect_out(*_drawn(rng, (3, 2, 1, 3), 4))
    with student.case("one example (N = 1)", 0.5):
        layer.expect_out(*_drawn(rng, (1, 3), 4))
    with student.case("single precision", 0.5):
        layer.expect_out(*map(as_single, _drawn(rng, (4, 3), 5)), **SINGLE)
    with student.case("the arguments are left as they were"):
        layer.expect_out(*_drawn(rng, (4, 3, 1), 5))
        student.expect_unchanged()


@check("maxout_backward", forbids=NUMERIC_HELPERS)
def maxout_backward(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    layer = Layer(student, reference, "maxout", _GRADIENTS)
    for names in (("dx",), ("dw1", "dw2"), ("db1", "db2")):
        with student.case(f"{' and '.join(names)} for a batch of vectors", 2):
            args, dout = _drawn(rng, (4, 3), 5), mixed(rng, (4, 5))
            for name in names:
                layer.expect_gradients(dout, *args, only=name)
    with student.case("a batch of images", 2):
        layer.expect_gradients(mixed(rng, (3, 4)), *_drawn(rng, (3, 2, 1, 3), 4))
    with student.case("one example (N = 1)", 0.5):
        layer.expect_gradients(mixed(rng, (1, 4)), *_drawn(rng, (1, 3), 4))
    with student.case("single precision", 0.5):
        args = tuple(map(as_single, _drawn(rng, (4, 3), 5)))
        layer.expect_gradients(as_single(mixed(rng, (4, 5))), *args, **SINGLE)
    with student.case("dout and forward's arguments are left as they were", 0.5):
        layer.expect_gradients(mixed(rng, (4, 5)), *_drawn(rng, (4, 3), 5))
        student.expect_unchanged()
    with student.case("backward called twice", 0.5):
        layer.expect_twice(mixed(rng, (4, 5)), *_drawn(rng, (4, 3), 5))
    with student.case("two layers at once", 0.5):
        args, other = _drawn(rng, (4, 3), 5), _drawn(rng, (2, 4), 3)
        layer.expect_own_cache(mixed(rng, (4, 5)), args, other, {}, {})
    with student.case("the slopes of your own maxout_forward"):
        layer.expect_slopes(mixed(rng, (3, 4)), *_drawn(rng, (3, 2), 4))
