"""Hidden checks of 09_seeing: ways back through ReLU, pool and convolution."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from autograder.checks.asking.inputs import crossed, mixed
from autograder.verdict.check import check
from autograder.verdict.expect import expect_close
from autograder.verdict.student import Student

# title, weight, (shape of x, pool height, pool width, stride)
_POOLS = (
    ("windows of 2×2, stride 2", 3, ((2, 3, 2, 4), 2, 2, 2)),
    ("windows that are not square", 1, ((2, 3, 3, 2), 2, 3, 3)),
    ("windows that overlap", 1, ((2, 3, 4, 3), 3, 2, 1)),
)


def _pooled(
    rng: np.random.Generator, shape: tuple[int, ...], height: int, width: int, stride: int
) -> tuple[np.ndarray, np.ndarray, dict[str, int]]:
    pool_param = {"pool_height": height, "pool_width": width, "stride": stride}
    return mixed(rng, shape), rng.integers(height * width, size=shape), pool_param


@check("guided_relu_backward")
def guided_relu_backward(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    def expect_right(*shape: int) -> None:
        x = mixed(rng, shape)
        dout = crossed(rng, x)
        cache = student.relu_forward(x)[1]
        expect_close(student.guided_relu_backward(dout, cache), np.where(x > 0, np.maximum(dout, 0), 0), "dx")

    with student.case("both signs of x and dout", 2):
        expect_right(6, 7)
    with student.case("maps"):
        expect_right(2, 3, 4, 5)
    with student.case("dout stays as it was", 0.5):
        expect_right(5, 4)
        student.expect_unchanged()


@check("max_unpool")
def max_unpool(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    for title, weight, (shape, *pool) in _POOLS:
        with student.case(title, weight):
            asked = _pooled(rng, shape, *pool)
            expect_close(student.max_unpool(*asked), reference.max_unpool(*asked), "the result")
    with student.case("windows with gaps between them", 0.5):
        asked = _pooled(rng, (1, 2, 3, 2), 2, 1, 3)
        expect_close(student.max_unpool(*asked), reference.max_unpool(*asked), "the result")
    with student.case("the arguments stay as they were", 0.5):
        asked = _pooled(rng, (1, 2, 3, 2), 2, 2, 2)
        expect_close(student.max_unpool(*asked), reference.max_unpool(*asked), "the result")
        student.expect_unchanged()


@check("deconv_layer")
def deconv_layer(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    for (title, weight, (shape, *pool)), filters in zip(_POOLS, ((3, 3), (5, 3), (3, 5)), strict=True):
        with student.case(title, weight):
            x, switches, pool_param = _pooled(rng, shape, *pool)
            asked = x, mixed(rng, (3, 2, *filters)), switches, pool_param
            expect_close(student.deconv_layer(*asked), reference.deconv_layer(*asked), "the result")
    with student.case("filters of 1×1", 0.5):
        x, switches, pool_param = _pooled(rng, (2, 4, 2, 3), 2, 2, 2)
        asked = x, mixed(rng, (4, 1, 1, 1)), switches, pool_param
        expect_close(student.deconv_layer(*asked), reference.deconv_layer(*asked), "the result")
    with student.case("the arguments stay as they were", 0.5):
        x, switches, pool_param = _pooled(rng, (1, 3, 3, 2), 2, 2, 2)
        asked = x, mixed(rng, (3, 2, 3, 3)), switches, pool_param
        expect_close(student.deconv_layer(*asked), reference.deconv_layer(*asked), "the result")
        student.expect_unchanged()
