"""Checks of depthwise convolutions."""

from __future__ import annotations

from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.checks.asking.advice import advice
from autograder.checks.asking.forbidden import NUMERIC_HELPERS, functions_of
from autograder.checks.asking.inputs import SINGLE, as_single, mixed
from autograder.checks.asking.layer import Layer
from autograder.checks.mistakes.known import Results, Values
from autograder.verdict.check import check
from autograder.verdict.student import Student
from course_utils import layers

_FAST = functions_of(layers)
_CUT = "dx is what lies behind pad rows and columns: [pad : pad + H, pad : pad + W]; [pad:-pad] is empty where pad is 0"

# title, weight, (shape of x, height and width of the filters, stride, pad)
_KINDS: tuple[tuple[str, float, tuple[tuple[Any, ...], ...]], ...] = (
    ("padding", 1, (((2, 3, 5, 4), 3, 3, 1, 1), ((2, 4, 3, 5), 2, 3, 1, 2))),
    ("strides", 2, (((2, 3, 7, 9), 3, 3, 2, 1), ((2, 3, 8, 7), 2, 3, 3, 0))),
    ("filters that are not square", 1, (((2, 3, 5, 7), 2, 4, 1, 1), ((2, 3, 7, 5), 4, 1, 2, 0))),
    ("pixels that are left over", 1, (((2, 3, 6, 8), 3, 3, 2, 0), ((2, 3, 7, 6), 2, 3, 3, 1))),
    (
        "filters of one pixel",
        0.5,
        (((2, 3, 4, 5), 1, 1, 1, 0), ((2, 3, 4, 5), 1, 1, 2, 0), ((2, 3, 4, 5), 1, 1, 1, 2)),
    ),
    ("one image, one channel", 0.5, (((1, 3, 4, 6), 3, 2, 1, 1), ((2, 1, 4, 6), 3, 2, 1, 2))),
    ("a filter as large as the padded image", 0.5, (((2, 3, 2, 3), 4, 5, 1, 1), ((2, 3, 2, 3), 7, 8, 1, 3))),
)


class Depthwise(Layer):
    """A depthwise convolution, with mistakes that are made again and again."""

    def __init__(self, student: Student, reference: SimpleNamespace):
        super().__init__(student, reference, "depthwise", "dx, dw")

    def mistaken_outs(self, x: np.ndarray, w: np.ndarray, conv_param: dict[str, int]) -> Values:
        def out(x: np.ndarray = x, w: np.ndarray = w, **changed: int) -> np.ndarray:
            return self.expected_out(x, w, conv_param | changed)

        stride, pad = conv_param["stride"], conv_param["pad"]
        found = {
            "the channels were added up, as in a full convolution; here each stays by itself": np.repeat(
                out().sum(axis=1, keepdims=True), x.shape[1], axis=1
            ),
            "the filters were turned round by 180 degrees": out(w=w[:, ::-1, ::-1]),
            "every channel got the filter of channel 0": out(w=np.repeat(w[:1], len(w), axis=0)),
        }
        if pad and w.shape[1] <= x.shape[2] and w.shape[2] <= x.shape[3]:
            found["the padding was forgotten"] = out(pad=0)
        if stride > 1:
            found["the stride was forgotten"] = out(stride=1)
        return found

    def mistaken_gradients(
        self, dout: np.ndarray, x: np.ndarray, w: np.ndarray, conv_param: dict[str, int]
    ) -> Results:
        dx, dw = self.expected_gradients(dout, x, w, conv_param)
        turned, _ = self.expected_gradients(dout, x, w[:, ::-1, ::-1], conv_param)
        one, _ = self.expected_gradients(dout, x, np.repeat(w[:1], len(w), axis=0), conv_param)
        return {
            "dx": {
                "the filters were turned round by 180 degrees": turned,
                "every channel got the filter of channel 0": one,
                "dx was divided by the number of images": dx / len(x),
            },
            "dw": {
                "dw was divided by the number of images; dout holds that already": dw / len(x),
                "dw was turned round by 180 degrees": dw[:, ::-1, ::-1],
                "dw came of one image; it is summed over all": self.expected_gradients(
                    dout[:1], x[:1], w, conv_param
                )[1],
            },
        }


def _drawn(
    rng: np.random.Generator, shape: tuple[int, int, int, int], HH: int, WW: int, stride: int, pad: int
) -> tuple[Any, ...]:
    return mixed(rng, shape), mixed(rng, (shape[1], HH, WW)), {"stride": stride, "pad": pad}


def _upstream(
    rng: np.random.Generator, x: np.ndarray, w: np.ndarray, conv_param: dict[str, int]
) -> np.ndarray:
    stride, pad = conv_param["stride"], conv_param["pad"]
    places = [1 + (n + 2 * pad - k) // stride for n, k in zip(x.shape[2:], w.shape[1:], strict=True)]
    return mixed(rng, (*x.shape[:2], *places))


@check("depthwise_forward", forbids=_FAST)
def depthwise_forward(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    layer = Depthwise(student, reference)
    with student.case("stride 1, no padding", 3):
        layer.expect_out(*_drawn(rng, (2, 3, 5, 6), 3, 3, 1, 0))
        layer.expect_out(*_drawn(rng, (3, 2, 4, 5), 2, 2, 1, 0))
    for title, weight, variants in _KINDS:
        with student.case(title, weight):
            for variant in variants:
                layer.expect_out(*_drawn(rng, *variant))
    with student.case("single precision", 0.5):
        layer.expect_out(*map(as_single, _drawn(rng, (2, 3, 5, 6), 3, 2, 2, 1)), **SINGLE)
    with student.case("x and w are left as they were", 0.5):
        layer.expect_out(*_drawn(rng, (2, 3, 5, 6), 3, 2, 2, 1))
        layer.expect_out(*_drawn(rng, (2, 3, 5, 6), 3, 2, 2, 0))
        student.expect_unchanged()


@check("depthwise_backward", forbids=_FAST + NUMERIC_HELPERS)
def depthwise_backward(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    layer = Depthwise(student, reference)

    def asked(*variant: Any) -> tuple[Any, ...]:
        args = _drawn(rng, *variant)
        return _upstream(rng, *args), *args

    for name in ("dx", "dw"):
        with (
            student.case(f"{name}, stride 1 and no padding", 2),
            advice(_CUT, student) if name == "dx" else nullcontext(),
        ):
            layer.expect_gradients(*asked((2, 3, 5, 6), 3, 3, 1, 0), only=name)
            layer.expect_gradients(*asked((3, 2, 4, 5), 2, 2, 1, 0), only=name)
    for title, weight, variants in _KINDS:
        with student.case(title, weight):
            for variant in variants:
                layer.expect_gradients(*asked(*variant))
    with student.case("single precision", 0.5):
        layer.expect_gradients(*map(as_single, asked((2, 3, 5, 6), 3, 2, 2, 1)), **SINGLE)
    with student.case("dout and forward's arguments are left as they were", 0.5):
        layer.expect_gradients(*asked((2, 3, 5, 6), 3, 2, 2, 0))
        student.expect_unchanged()
    with student.case("backward called twice", 0.5):
        layer.expect_twice(*asked((2, 3, 5, 6), 3, 2, 2, 1))
    with student.case("two layers at once", 0.5):
        dout, *args = asked((2, 3, 5, 6), 3, 2, 2, 1)
        layer.expect_own_cache(dout, tuple(args), _drawn(rng, (3, 2, 4, 7), 2, 3, 1, 0), {}, {})
    with student.case("the slopes of your own depthwise_forward"):
        layer.expect_slopes(*asked((2, 2, 4, 5), 2, 3, 2, 1))
