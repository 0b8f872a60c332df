"""Checks of global average pooling."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from autograder.checks.asking.advice import note
from autograder.checks.asking.forbidden import NUMERIC_HELPERS
from autograder.checks.asking.inputs import SINGLE, as_single, mixed
from autograder.checks.asking.layer import Layer
from autograder.checks.mistakes.known import Results, Values
from autograder.verdict.check import check
from autograder.verdict.student import Student


class MapMean(Layer):
    """Global average pooling, with mistakes that are made again and again."""

    def __init__(self, student: Student, reference: SimpleNamespace):
        super().__init__(student, reference, "global_avg_pool")

    def mistaken_outs(self, x: np.ndarray) -> Values:
        return {
            "the sum of each map came back; its mean is asked for": x.sum(axis=(2, 3)),
            "the largest number of each map came back": x.max(axis=(2, 3)),
            "the mean ran over the channels and one axis of the map": x.mean(axis=(1, 2)),
            "the mean ran over the channels and one axis of the map, the other one": x.mean(axis=(1, 3)),
            "the mean was taken over the images": x.mean(axis=0),
        }

    def mistaken_gradients(self, dout: np.ndarray, x: np.ndarray) -> Results:
        whole = np.broadcast_to(dout[:, :, None, None], x.shape)
        _, C, H, W = x.shape
        return {
            "dx": {
                "dout was handed to every number whole, as a sum does; each has one part in H·W": whole,
                "dout was divided by H alone; there are H·W numbers in a map": whole / H,
                "dout was divided by W alone; there are H·W numbers in a map": whole / W,
                "dout was divided by the number of all numbers of a picture": whole / (C * H * W),
            }
        }


@check("global_avg_pool_forward")
def global_avg_pool_forward(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    layer = MapMean(student, reference)
    with student.case("the mean of each map", 3):
        layer.expect_out(mixed(rng, (3, 4, 5, 2)))
        layer.expect_out(mixed(rng, (2, 5, 3, 4)))
    with student.case("one image, one channel, one row, one pixel"):
        for shape in ((1, 3, 4, 2), (4, 1, 2, 3), (2, 3, 1, 5), (2, 3, 1, 1)):
            layer.expect_out(mixed(rng, shape))
    with student.case("single precision", 0.5):
        layer.expect_out(as_single(mixed(rng, (3, 4, 5, 2))), **SINGLE)
    with student.case("x is left as it was", 0.5):
        layer.expect_out(mixed(rng, (3, 4, 5, 2)))
        student.expect_unchanged()


@check("global_avg_pool_backward", forbids=NUMERIC_HELPERS)
def global_avg_pool_backward(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    layer = MapMean(student, reference)

    def asked(*shape: int) -> tuple[np.ndarray, np.ndarray]:
        return mixed(rng, shape[:2]), mixed(rng, shape)

    with student.case("each number's part", 3):
        layer.expect_gradients(*asked(3, 4, 5, 2))
        layer.expect_gradients(*asked(2, 5, 3, 4))
    with student.case("one image, one channel, one row, one pixel"):
        for shape in ((1, 3, 4, 2), (4, 1, 2, 3), (2, 3, 1, 5), (2, 3, 1, 1)):
            layer.expect_gradients(*asked(*shape))
    with student.case("single precision", 0.5):
        layer.expect_gradients(*map(as_single, asked(3, 4, 5, 2)), **SINGLE)
    with student.case("an array of its own, which may be changed", 0.5):
        dout, x = asked(3, 4, 5, 2)
        layer.expect_gradients(dout, x)
        _, cache = layer.forward(x)
        with note("dx was set to 0 in place"):
            student.call("global_avg_pool_backward", dout, cache, as_handle=True).fill(0.0)
            layer.expect_gradients(dout, x)
            student.expect_unchanged()
    with student.case("dout and x are left as they were", 0.5):
        layer.expect_gradients(*asked(3, 4, 5, 2))
        student.expect_unchanged()
    with student.case("backward called twice", 0.5):
        layer.expect_twice(*asked(3, 4, 5, 2))
    with student.case("two layers at once", 0.5):
        dout, x = asked(3, 4, 5, 2)
        layer.expect_own_cache(dout, (x,), (mixed(rng, (2, 3, 4, 3)),), {}, {})
    with student.case("the slopes of your own global_avg_pool_forward"):
        layer.expect_slopes(*asked(2, 3, 2, 4))
