"""Checks of the naive convolution."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.checks.asking.forbidden import NUMERIC_HELPERS
from autograder.checks.asking.inputs import SINGLE, as_single, mixed
from autograder.checks.convnets.forbidden import FAST
from autograder.checks.convnets.naive import Naive
from autograder.checks.convnets.windows import conv_backward, conv_forward
from autograder.checks.mistakes.convolution import conv_gradients, conv_outs
from autograder.checks.mistakes.known import Results, Values
from autograder.verdict.check import check
from autograder.verdict.student import Student


class NaiveConvolution(Naive):
    """The naive convolution, with mistakes that are made again and again.

    What it is compared with takes no loops over places: the mistakes are worked out from it, too.
    """

    def __init__(self, student: Student):
        right = SimpleNamespace(conv_forward_naive=conv_forward, conv_backward_naive=conv_backward)
        super().__init__(student, right, "conv", "dx, dw, db")

    def mistaken_outs(
        self, x: np.ndarray, w: np.ndarray, b: np.ndarray, conv_param: dict[str, Any]
    ) -> Values:
        return conv_outs(self.expected_out, x, w, b, conv_param)

    def mistaken_gradients(
        self, dout: np.ndarray, x: np.ndarray, w: np.ndarray, b: np.ndarray, conv_param: dict[str, Any]
    ) -> Results:
        def gradients(dout: np.ndarray, x: np.ndarray, w: np.ndarray, **changed: int) -> list[Any]:
            return self.expected_gradients(dout, x, w, b, conv_param | changed)

        return conv_gradients(gradients, dout, x, w, conv_param)


class Convolution:
    """Draws convolutions of which no two sizes are alike, so that none can be taken for another."""

    def __init__(self, rng: np.random.Generator):
        self._rng = rng

    def __call__(
        self,
        x: tuple[int, int, int, int] = (2, 3, 5, 7),
        w: tuple[int, int, int] = (4, 3, 2),
        stride: int = 1,
        pad: int = 1,
    ) -> tuple[Any, ...]:
        """(x, w, b, conv_param); `w` is (F, HH, WW)."""
        F, HH, WW = w
        filters, b = mixed(self._rng, (F, x[1], HH, WW)), self._rng.uniform(0.5, 2.0, size=F)
        return mixed(self._rng, x), filters, b, {"stride": stride, "pad": pad}

    def upstream(self, args: tuple[Any, ...]) -> np.ndarray:
        """A gradient for `out`."""
        x, w, _, conv_param = args
        places = [
            1 + (length + 2 * conv_param["pad"] - window) // conv_param["stride"]
            for length, window in zip(x.shape[2:], w.shape[2:], strict=True)
        ]
        return mixed(self._rng, (len(x), len(w), *places))


# title, weight, what differs from the usual convolution
_CONVOLUTIONS: tuple[tuple[str, float, tuple[dict[str, Any], ...]], ...] = (
    ("no padding", 2, ({"pad": 0}, {"pad": 0, "w": (3, 2, 4)})),
    (
        "stride 2 and stride 3",
        2,
        (
            {"x": (2, 3, 5, 8), "stride": 2},
            {"x": (2, 3, 7, 6), "w": (4, 3, 2), "stride": 3},
            {"x": (2, 3, 7, 6), "stride": 2, "pad": 0},
        ),
    ),
    (
        "more padding than the filter needs",
        1,
        (
            {"pad": 3},
            {"x": (2, 3, 2, 3), "pad": 2},
            {"x": (1, 2, 2, 3), "w": (2, 3, 2), "pad": 4},
            {"x": (1, 2, 3, 2), "w": (2, 2, 3), "pad": 5},
        ),
    ),
    ("filters of one pixel", 1, ({"w": (4, 1, 1), "pad": 0}, {"w": (4, 1, 1), "pad": 1})),
    ("filters of one row and of one column", 1, ({"w": (4, 1, 3), "pad": 0}, {"w": (4, 2, 1), "pad": 1})),
    ("a stride larger than the filter", 1, ({"x": (2, 3, 9, 8), "w": (4, 3, 2), "stride": 4},)),
    ("pixels that are left over", 1, ({"x": (2, 3, 6, 7), "w": (4, 3, 2), "stride": 2, "pad": 0},)),
    (
        "one image, one channel, one filter",
        1,
        ({"x": (1, 3, 4, 5)}, {"x": (2, 1, 4, 5)}, {"w": (1, 3, 2)}, {"x": (1, 1, 4, 5), "w": (1, 2, 3)}),
    ),
    ("a filter that covers the whole image", 0.5, ({"x": (3, 2, 4, 5), "w": (3, 4, 5), "pad": 0},)),
)


@check("conv_forward_naive", forbids=FAST)
def conv_forward_naive(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    layer, drawn = NaiveConvolution(student), Convolution(rng)
    with student.case("stride 1, pad 1", 3):
        layer.expect_out(*drawn())
    for title, weight, variants in _CONVOLUTIONS:
        with student.case(title, weight):
            for variant in variants:
                layer.expect_out(*drawn(**variant))
    with student.case("single precision", 0.5):
        layer.expect_out(*map(as_single, drawn((2, 3, 5, 8), stride=2)), **SINGLE)
    with student.case("x, w and b are left as they were", 0.5):
        for pad in (0, 1):
            layer.expect_out(*drawn(pad=pad))
        student.expect_unchanged()


@check("conv_backward_naive", forbids=FAST + NUMERIC_HELPERS)
def conv_backward_naive(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    layer, drawn = NaiveConvolution(student), Convolution(rng)

    def expect_gradients(only: str | None = None, **variant: Any) -> None:
        args = drawn(**variant)
        layer.expect_gradients(drawn.upstream(args), *args, only=only)

    for name in layer.gradients:
        with student.case(f"{name} with stride 1, pad 1", 2):
            expect_gradients(only=name)
    for title, weight, variants in _CONVOLUTIONS:
        with student.case(title, weight):
            for variant in variants:
                expect_gradients(**variant)
    with student.case("single precision", 0.5):
        args = drawn((2, 3, 5, 8), stride=2)
        layer.expect_gradients(as_single(drawn.upstream(args)), *map(as_single, args), **SINGLE)
    with student.case("dout and forward's arguments are left as they were", 0.5):
        for pad in (0, 1):
            expect_gradients(pad=pad)
            student.expect_unchanged()
    with student.case("backward called twice", 0.5):
        for pad in (0, 1):
            args = drawn(pad=pad)
            layer.expect_twice(drawn.upstream(args), *args)
    with student.case("two layers at once", 0.5):
        args, other = drawn(), drawn((3, 2, 6, 5), (2, 2, 3), stride=2, pad=2)
        layer.expect_own_cache(drawn.upstream(args), args, other, {}, {})
    with student.case("the slopes of your own conv_forward_naive"):
        args = drawn((2, 2, 4, 5), (2, 2, 3), stride=2, pad=1)
        layer.expect_slopes(drawn.upstream(args), *args)
