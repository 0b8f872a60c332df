"""Checks of the sizes of layers and the number of their parameters."""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.checks.asking.advice import advice
from autograder.checks.asking.expectations import expect_value_error
from autograder.checks.convnets.forbidden import FAST
from autograder.verdict.check import check
from autograder.verdict.expect import expect
from autograder.verdict.student import Student
from course_utils.compare import quoted

_LEFT_OVER = "Pixels too few for another window are left over: sizes are rounded down"


@check("conv_output_shape", forbids=FAST)
def conv_output_shape(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    def expect_shape(x_shape: tuple[Any, ...], w_shape: tuple[Any, ...], stride: int, pad: int) -> None:
        arguments = (x_shape, w_shape, {"stride": stride, "pad": pad})
        found = student.call("conv_output_shape", *arguments)
        wanted = reference.conv_output_shape(*arguments)
        what = f"for x {x_shape}, w {w_shape}, stride {stride}, pad {pad}"
        broken = isinstance(found, tuple | list) and any(isinstance(size, float) for size in found)
        more = ": / always gives a float, // a whole number" if broken else ""
        expect(_as_ints(found) == wanted, f"the shape {what} is {wanted}, and {quoted(found)} came{more}")

    with student.case("stride 1, no padding", 2):
        for _ in range(3):
            expect_shape(*_drawn_sizes(rng), 1, 0)
    with student.case("padding", 2):
        for pad in (1, 2, 4):
            expect_shape(*_drawn_sizes(rng), 1, pad)
    with student.case("strides that fit exactly", 2):
        for stride in (2, 3):
            (N, C, *_), w_shape = _drawn_sizes(rng)
            x_shape = (N, C, w_shape[2] + 3 * stride, w_shape[3] + 5 * stride)
            expect_shape(x_shape, w_shape, stride, 0)
    with student.case("strides that leave pixels over", 2), advice(_LEFT_OVER):
        for stride, over in ((2, 1), (3, 1), (3, 2)):
            (N, C, *_), w_shape = _drawn_sizes(rng)
            x_shape = (N, C, w_shape[2] + 3 * stride + over - 2, w_shape[3] + 4 * stride + over - 2)
            expect_shape(x_shape, w_shape, stride, 1)
    with student.case("a filter as large as the padded image"):
        expect_shape((3, 2, 4, 6), (5, 2, 4, 6), 1, 0)
        expect_shape((3, 2, 4, 6), (5, 2, 8, 10), 3, 2)
    with student.case("a filter that does not fit raises ValueError"):
        expect_shape((2, 3, 4, 9), (5, 3, 4, 2), 1, 0)
        for w_shape, pad in (((5, 3, 5, 2), 0), ((5, 3, 2, 10), 0), ((5, 3, 7, 3), 1), ((5, 3, 2, 12), 1)):
            ask = partial(student.call, "conv_output_shape", (2, 3, 4, 9), w_shape, {"stride": 1, "pad": pad})
            expect_value_error(ask, f"w {w_shape} on x (2, 3, 4, 9) with pad {pad}")


def _drawn_sizes(rng: np.random.Generator) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Shapes of x and of w, which fits; N, C and F differ, as do the filter's sides."""
    N, C, F = (int(n) for n in 2 + rng.permutation(6)[:3])
    HH, WW = (int(n) for n in 2 + rng.permutation(4)[:2])
    H, W = HH + int(rng.integers(6)), WW + int(rng.integers(6, 12))
    return (N, C, H, W), (F, C, HH, WW)


def _as_ints(found: Any) -> tuple[int, ...] | None:
    """A tuple of ints where `found` is a sequence of whole numbers, else None."""
    if isinstance(found, np.ndarray) and found.ndim == 1 and found.dtype.kind == "i":
        return tuple(found.tolist())
    if isinstance(found, tuple | list) and all(type(n) is int or isinstance(n, np.integer) for n in found):
        return tuple(int(n) for n in found)
    return None


@check("count_parameters", forbids=FAST)
def count_parameters(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    def expect_counts(network: list[dict[str, Any]], input_shape: tuple[int, ...]) -> None:
        found = student.call("count_parameters", network, input_shape, returns="")
        _expect_counts(found, reference.count_parameters(network, input_shape), network, input_shape)

    def number(low: int, high: int) -> int:
        return int(rng.integers(low, high))

    with student.case("one convolution", 2):
        for _ in range(2):
            conv = {"type": "conv", "filters": number(5, 9), "size": number(2, 4), "stride": 1, "pad": 0}
            expect_counts([conv], (number(2, 5), number(9, 12), number(13, 16)))
    with student.case("stride and padding", 2):
        conv = {"type": "conv", "filters": 7, "size": 3, "stride": 2, "pad": number(1, 4)}
        expect_counts([conv], (3, 11, 18))
    with student.case("stride and pad that are not given"):
        expect_counts([{"type": "conv", "filters": 5, "size": 4}], (3, 9, 11))
    with student.case("filters in groups"):
        for groups, C in ((2, 6), (3, 9), (4, 4)):
            expect_counts([{"type": "conv", "filters": 12, "size": 3, "pad": 1, "groups": groups}], (C, 7, 8))
    with student.case("pooling"):
        for size, stride in ((2, 2), (3, 2), (2, 3)):
            expect_counts([{"type": "pool", "size": size, "stride": stride}], (4, 9, 13))
    with student.case("affine layers", 2):
        units = [{"type": "affine", "units": number(5, 9)}, {"type": "affine", "units": number(10, 20)}]
        expect_counts(units, (2, 3, 4))
    with student.case("a whole network", 2):
        network = [
            {"type": "conv", "filters": number(4, 7), "size": 5, "stride": 2, "pad": 2},
            {"type": "pool", "size": 3, "stride": 2},
            {"type": "conv", "filters": 8, "size": 3, "pad": 1},
            {"type": "pool", "size": 2, "stride": 2},
            {"type": "affine", "units": number(20, 30)},
            {"type": "affine", "units": 10},
        ]
        expect_counts(network, (3, 28, 36))
        student.expect_unchanged()


def _expect_counts(
    found: Any, wanted: list[Any], network: list[dict[str, Any]], input_shape: tuple[int, ...]
) -> None:
    """Fail the case unless the shape and the number of parameters of each layer are right."""
    expect(
        isinstance(found, tuple | list) and len(found) == len(wanted),
        f"a list with one (shape, parameters) for each of {len(wanted)} layers is expected, and {quoted(found)} came",
    )
    for k, (pair, (shape, count)) in enumerate(zip(found, wanted, strict=True), start=1):
        right = (
            isinstance(pair, tuple | list)
            and len(pair) == 2
            and _as_ints(pair[0]) == tuple(shape)
            and _as_ints([pair[1]]) == (count,)
        )
        expect(
            right,
            f"layer {k}, {network[k - 1]}, of a network on {input_shape}: expected "
            f"{(tuple(int(n) for n in shape), int(count))}, and {pair!r:.200} came",
        )
