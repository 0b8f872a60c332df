"""Checks of sizes, parameters, convolution and pooling."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.checks.asking.advice import advice
from autograder.checks.asking.expectations import expect_value_error
from autograder.checks.asking.forbidden import NUMERIC_HELPERS
from autograder.checks.asking.inputs import SINGLE, as_single, mixed
from autograder.checks.asking.layer import Layer
from autograder.verdict.check import check
from autograder.verdict.expect import expect
from autograder.verdict.student import Student

_LIBRARY = tuple(
    f"course_utils.layers.{name}"
    for name in (
        "avg_pool_backward_fast",
        "avg_pool_forward_fast",
        "col2im",
        "conv_backward_fast",
        "conv_backward_im2col",
        "conv_forward_fast",
        "conv_forward_im2col",
        "conv_relu_backward",
        "conv_relu_forward",
        "conv_relu_pool_backward",
        "conv_relu_pool_forward",
        "im2col",
        "max_pool_backward_fast",
        "max_pool_forward_fast",
    )
)
# The course's own layers may not stand in for the student's, nor may the functions they are made of.
FAST = (
    *_LIBRARY,
    "course_utils.layers.geometry.output_size",
    "course_utils.layers.geometry.checked_conv",
    "course_utils.layers.geometry.checked_pool",
)

_OVERWRITTEN = "what a window wrote is lost where the next one overlaps it: add with +="
_LEFT_OVER = "Pixels too few for another window are left over: sizes are rounded down"


@check("conv_output_shape", forbids=FAST)
def conv_output_shape(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    def expect_shape(x_shape: tuple, w_shape: tuple, stride: int, pad: int) -> None:
        arguments = (x_shape, w_shape, {"stride": stride, "pad": pad})
        found = student.call("conv_output_shape", *arguments)
        wanted = reference.conv_output_shape(*arguments)
        what = f"for x {x_shape}, w {w_shape}, stride {stride}, pad {pad}"
        expect(_as_ints(found) == wanted, f"the shape {what} is {wanted}, and {found!r} came")

    def drawn(low: int = 0) -> tuple[tuple, tuple]:
        N, C, F = (int(n) for n in 2 + rng.permutation(6)[:3])
        HH, WW = (int(n) for n in 2 + rng.permutation(4)[:2])
        H, W = HH + int(rng.integers(low, low + 6)), WW + int(rng.integers(low + 6, low + 12))
        return (N, C, H, W), (F, C, HH, WW)

    with student.case("stride 1, no padding", 2):
        for _ in range(3):
            expect_shape(*drawn(), 1, 0)
    with student.case("padding", 2):
        for pad in (1, 2, 4):
            expect_shape(*drawn(), 1, pad)
    with student.case("strides that fit exactly", 2):
        for stride in (2, 3):
            (N, C, *_), w_shape = drawn()
            x_shape = (N, C, w_shape[2] + 3 * stride, w_shape[3] + 5 * stride)
            expect_shape(x_shape, w_shape, stride, 0)
    with student.case("strides that leave pixels over", 2), advice(_LEFT_OVER):
        for stride, over in ((2, 1), (3, 1), (3, 2)):
            (N, C, *_), w_shape = drawn()
            x_shape = (N, C, w_shape[2] + 3 * stride + over - 2, w_shape[3] + 4 * stride + over - 2)
            expect_shape(x_shape, w_shape, stride, 1)
    with student.case("a filter as large as the padded image"):
        expect_shape((3, 2, 4, 6), (5, 2, 4, 6), 1, 0)
        expect_shape((3, 2, 4, 6), (5, 2, 8, 10), 3, 2)
    with student.case("a filter that does not fit raises ValueError"):
        expect_shape((2, 3, 4, 9), (5, 3, 4, 2), 1, 0)
        for w_shape, pad in (((5, 3, 5, 2), 0), ((5, 3, 2, 10), 0), ((5, 3, 7, 3), 1), ((5, 3, 2, 12), 1)):
            expect_value_error(
                lambda w_shape=w_shape, pad=pad: student.call(
                    "conv_output_shape", (2, 3, 4, 9), w_shape, {"stride": 1, "pad": pad}
                ),
                f"w {w_shape} on x (2, 3, 4, 9) with pad {pad}",
            )


def _as_ints(found: Any) -> tuple[int, ...] | None:
    """A tuple of ints where `found` is a sequence of whole numbers, else None."""
    if isinstance(found, np.ndarray) and found.ndim == 1 and found.dtype.kind == "i":
        return tuple(found.tolist())
    if isinstance(found, tuple | list) and all(type(n) is int or isinstance(n, np.integer) for n in found):
        return tuple(int(n) for n in found)
    return None


@check("count_parameters", forbids=FAST)
def count_parameters(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    def expect_counts(network: list[dict], input_shape: tuple[int, ...]) -> None:
        found = student.call("count_parameters", network, input_shape, returns="")
        wanted = reference.count_parameters(network, input_shape)
        expect(
            isinstance(found, tuple | list) and len(found) == len(wanted),
            f"a list with one (shape, parameters) for each of {len(wanted)} layers is expected, and {found!r:.200} came",
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


class Naive(Layer):
    """A layer whose functions are called `<name>_forward_naive` and `<name>_backward_naive`."""

    def __init__(self, student: Student, reference: SimpleNamespace, name: str, gradients: str = "dx"):
        renamed = {
            f"{name}_{way}": getattr(reference, f"{name}_{way}_naive") for way in ("forward", "backward")
        }
        super().__init__(_NaiveNames(student), SimpleNamespace(**renamed), name, gradients)


class NaiveConvolution(Naive):
    """The naive convolution, with mistakes that are made again and again."""

    def __init__(self, student: Student, reference: SimpleNamespace):
        super().__init__(student, reference, "conv", "dx, dw, db")

    def mistaken_outs(self, x: np.ndarray, w: np.ndarray, b: np.ndarray, conv_param: dict) -> dict:
        def out(x: np.ndarray, w: np.ndarray, b: np.ndarray = b) -> np.ndarray:
            return self.expected_out(x, w, b, conv_param)

        return {
            "the filters were turned round: w[f] is laid on the window as it is": out(x, w[:, :, ::-1, ::-1]),
            "the bias b[f] was forgotten": out(x, w, 0 * b),
            "only the first channel was looked at": out(x[:, :1], w[:, :1]),
        }

    def mistaken_gradients(
        self, dout: np.ndarray, x: np.ndarray, w: np.ndarray, b: np.ndarray, conv_param: dict
    ) -> dict:
        turned, *_ = self.expected_gradients(dout, x, w[:, :, ::-1, ::-1], b, conv_param)
        only_last = "the last window alone counts: add each window's share with +="
        mistakes = {
            "dx": {
                "the filters were turned round": turned,
                _OVERWRITTEN: _overwritten(dout, x, w, conv_param),
                "only the last share is left at each place: add those of all filters and windows with +=": (
                    _overwritten(dout[:, -1:], x, w[-1:], conv_param)
                ),
            },
            "dw": {},
            "db": {},
        }
        for did, images in ((only_last, slice(-1, None)), (f"in each image {only_last}", slice(None))):
            last = np.zeros_like(dout)
            last[images, :, -1, -1] = dout[images, :, -1, -1]
            _, mistakes["dw"][did], mistakes["db"][did] = self.expected_gradients(last, x, w, b, conv_param)
        return mistakes


def _overwritten(dout: np.ndarray, x: np.ndarray, w: np.ndarray, conv_param: dict) -> np.ndarray:
    """dx as it comes out when each window overwrites what was there before."""
    stride, pad = conv_param["stride"], conv_param["pad"]
    (N, C, H, W), (HH, WW) = x.shape, w.shape[2:]
    dx = np.zeros((N, C, H + 2 * pad, W + 2 * pad))
    for i, j in np.ndindex(dout.shape[2:]):
        rows, columns = _window(i, HH, stride), _window(j, WW, stride)
        dx[:, :, rows, columns] = np.tensordot(dout[:, :, i, j], w, 1)
    return dx[:, :, pad : pad + H, pad : pad + W]


def _window(place: int, size: int, stride: int) -> slice:
    """What the window at a place covers of one axis."""
    return slice(place * stride, place * stride + size)


class _NaiveNames:
    """A student whose functions end in _naive."""

    def __init__(self, student: Student):
        self._student = student
        self.changed = student.changed

    def call(self, name: str, *args: Any, **kwargs: Any) -> Any:
        self.changed = self._student.changed
        return self._student.call(f"{name}_naive", *args, **kwargs)


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
    ) -> tuple:
        """(x, w, b, conv_param); `w` is (F, HH, WW)."""
        F, HH, WW = w
        filters, b = mixed(self._rng, (F, x[1], HH, WW)), self._rng.uniform(0.5, 2.0, size=F)
        return mixed(self._rng, x), filters, b, {"stride": stride, "pad": pad}

    def upstream(self, args: tuple) -> np.ndarray:
        """A gradient for `out`."""
        x, w, _, conv_param = args
        places = [
            1 + (length + 2 * conv_param["pad"] - window) // conv_param["stride"]
            for length, window in zip(x.shape[2:], w.shape[2:], strict=True)
        ]
        return mixed(self._rng, (len(x), len(w), *places))


# title, weight, what differs from the usual convolution
_CONVOLUTIONS: tuple[tuple[str, float, tuple[dict, ...]], ...] = (
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
    layer, drawn = NaiveConvolution(student, reference), Convolution(rng)
    with student.case("stride 1, pad 1", 3):
        layer.expect_out(*drawn())
    for title, weight, variants in _CONVOLUTIONS:
        with student.case(title, weight):
            for variant in variants:
                layer.expect_out(*drawn(**variant))
    with student.case("single precision", 0.5):
        layer.expect_out(*map(as_single, drawn(stride=2)), **SINGLE)
    with student.case("x, w and b are left as they were", 0.5):
        for pad in (0, 1):
            layer.expect_out(*drawn(pad=pad))
        student.expect_unchanged()


@check("conv_backward_naive", forbids=FAST + NUMERIC_HELPERS)
def conv_backward_naive(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    layer, drawn = NaiveConvolution(student, reference), Convolution(rng)

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
        args = drawn(stride=2)
        layer.expect_gradients(as_single(drawn.upstream(args)), *map(as_single, args), **SINGLE)
    with student.case("dout is left as it was", 0.5):
        for pad in (0, 1):
            expect_gradients(pad=pad)
            student.expect_unchanged()
    with student.case("backward called twice", 0.5):
        for pad in (0, 1):
            args = drawn(pad=pad)
            layer.expect_twice(drawn.upstream(args), *args)
    with student.case("two layers at once", 0.5):
        args, other = drawn(), drawn((3, 2, 6, 4), (2, 2, 3), stride=2, pad=2)
        layer.expect_own_cache(drawn.upstream(args), args, other, {}, {})
    with student.case("the slopes of your own conv_forward_naive"):
        args = drawn((2, 2, 3, 4), (2, 2, 3), stride=2, pad=1)
        layer.expect_slopes(drawn.upstream(args), *args)


def _pool_param(height: int, width: int, stride: int) -> dict[str, int]:
    return {"pool_height": height, "pool_width": width, "stride": stride}


def distinct(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Numbers of both signs in random order, no two closer than 0.01, so that each window has one largest."""
    size = int(np.prod(shape))
    steps = rng.permutation(size) - size / 2 + rng.uniform(0.1, 0.9)
    return 0.03 * steps.reshape(shape) + rng.uniform(-0.01, 0.01, size=shape)


def _pool_upstream(rng: np.random.Generator, x: np.ndarray, pool_param: dict) -> np.ndarray:
    height, width, stride = (pool_param[key] for key in ("pool_height", "pool_width", "stride"))
    return mixed(rng, (*x.shape[:2], 1 + (x.shape[2] - height) // stride, 1 + (x.shape[3] - width) // stride))


# title, weight, (shape of x, pool height, pool width, stride)
_POOLS: tuple[tuple[str, float, tuple[tuple, ...]], ...] = (
    ("windows that are not square", 1, (((2, 3, 4, 9), 2, 3, 2), ((2, 3, 6, 4), 3, 2, 2))),
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
    def expect_gradients(shape: tuple, *pool: int) -> None:
        x, pool_param = distinct(rng, shape), _pool_param(*pool)
        layer.expect_gradients(_pool_upstream(rng, x, pool_param), x, pool_param)

    with student.case("windows of 2×2, stride 2", 3):
        expect_gradients((2, 3, 4, 6), 2, 2, 2)
    for title, weight, variants in _POOLS:
        with student.case(title, weight):
            for variant in variants:
                expect_gradients(*variant)
    with student.case("nothing but negative numbers", 0.5):
        x, pool_param = -5 - np.abs(distinct(rng, (2, 3, 4, 6))), _pool_param(2, 2, 2)
        layer.expect_gradients(_pool_upstream(rng, x, pool_param), x, pool_param)
    with student.case("single precision", 0.5):
        x, pool_param = as_single(distinct(rng, (2, 3, 5, 6))), _pool_param(3, 2, 1)
        layer.expect_gradients(as_single(_pool_upstream(rng, x, pool_param)), x, pool_param, **SINGLE)
    with student.case("dout is left as it was", 0.5):
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


class Pool(Layer):
    """A pooling layer, with mistakes that are made again and again."""

    def mistaken_gradients(self, dout: np.ndarray, x: np.ndarray, pool_param: dict) -> dict:
        height, width, stride = (pool_param[key] for key in ("pool_height", "pool_width", "stride"))
        by_windows, by_places, everywhere = np.zeros((3, *x.shape))
        for i, j in np.ndindex(dout.shape[2:]):
            one = np.zeros_like(dout)
            one[:, :, i, j] = dout[:, :, i, j]
            (share,) = self.expected_gradients(one, x, pool_param)
            window = np.s_[:, :, _window(i, height, stride), _window(j, width, stride)]
            by_windows[window] = share[window]
            by_places[share != 0] = share[share != 0]
            everywhere[window] += dout[:, :, i, j, None, None]
        mistakes = {
            _OVERWRITTEN: by_windows,
            "each place of a window got the whole gradient of its output": everywhere,
        }
        if self.name == "max_pool":
            did = "what a window wrote is lost where another one writes to the same place: add with +="
            mistakes[did] = by_places
        return {"dx": mistakes}


class NaivePool(Pool, Naive):
    """The same, of functions whose names end in _naive."""


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
