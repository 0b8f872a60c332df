"""Planted answers: sizes, parameters, convolution."""

# Each answer unpacks the whole cache, as a student would, and uses what it needs.
# ruff: noqa: RUF059

import math

import numpy as np

from answers import plain, right, wrong
from course_utils import gradcheck, layers

_last = {}


# sizes


def _fits(x_shape, w_shape, conv_param):
    if any(n > m + 2 * conv_param["pad"] for n, m in zip(w_shape[2:], x_shape[2:], strict=True)):
        raise ValueError("the filter does not fit")


def _sizes(x_shape, w_shape, conv_param, one=1, round_=math.floor, pads=2):
    stride, pad = conv_param["stride"], conv_param["pad"]
    return [
        round_((n + pads * pad - m) / stride) + one for n, m in zip(x_shape[2:], w_shape[2:], strict=True)
    ]


@wrong("conv_output_shape", r"stride 1, no padding: the shape for x")
def forgets_the_one(x_shape, w_shape, conv_param):
    _fits(x_shape, w_shape, conv_param)
    return (x_shape[0], w_shape[0], *_sizes(x_shape, w_shape, conv_param, one=0))


@wrong("conv_output_shape", "/ always gives a float, // a whole number")
def sizes_with_a_point(x_shape, w_shape, conv_param):
    _fits(x_shape, w_shape, conv_param)
    return (x_shape[0], w_shape[0], *map(float, _sizes(x_shape, w_shape, conv_param)))


@wrong("conv_output_shape", "left over: sizes are rounded down", earns=(0.6, 0.9))
def rounds_up(x_shape, w_shape, conv_param):
    _fits(x_shape, w_shape, conv_param)
    return (x_shape[0], w_shape[0], *_sizes(x_shape, w_shape, conv_param, round_=math.ceil))


@wrong("conv_output_shape", "padding: the shape for x", earns=(0.2, 0.7))
def pads_one_side(x_shape, w_shape, conv_param):
    _fits(x_shape, w_shape, conv_param)
    return (x_shape[0], w_shape[0], *_sizes(x_shape, w_shape, conv_param, pads=1))


@wrong("conv_output_shape", "stride 1, no padding: the shape for x")
def keeps_the_channels(x_shape, w_shape, conv_param):
    _fits(x_shape, w_shape, conv_param)
    return (*x_shape[:2], *_sizes(x_shape, w_shape, conv_param))


@wrong("conv_output_shape", "stride 1, no padding: the shape for x")
def height_for_width(x_shape, w_shape, conv_param):
    _fits(x_shape, w_shape, conv_param)
    OH, OW = _sizes(x_shape, w_shape, conv_param)
    return x_shape[0], w_shape[0], OW, OH


@wrong("conv_output_shape", "should raise a ValueError", earns=(0.8, 0.95))
def never_refuses(x_shape, w_shape, conv_param):
    return (x_shape[0], w_shape[0], *_sizes(x_shape, w_shape, conv_param))


@wrong("conv_output_shape", "should raise a ValueError", earns=(0.8, 0.95))
def refuses_by_the_unpadded_image(x_shape, w_shape, conv_param):
    if w_shape[2] > x_shape[2] + conv_param["pad"]:
        raise ValueError("too large")
    return (x_shape[0], w_shape[0], *_sizes(x_shape, w_shape, conv_param))


@wrong("conv_output_shape", "a filter as large as the padded image", earns=(0.6, 0.95))
def refuses_what_just_fits(x_shape, w_shape, conv_param):
    if any(n >= m + 2 * conv_param["pad"] for n, m in zip(w_shape[2:], x_shape[2:], strict=True)):
        raise ValueError("too large")
    return (x_shape[0], w_shape[0], *_sizes(x_shape, w_shape, conv_param))


@wrong("conv_output_shape", "stride 1, no padding: the shape for x")
def divides_without_rounding(x_shape, w_shape, conv_param):
    _fits(x_shape, w_shape, conv_param)
    return (x_shape[0], w_shape[0], *(float(n) for n in _sizes(x_shape, w_shape, conv_param)))


@right("conv_output_shape")
def shape_by_counting(x_shape, w_shape, conv_param):
    stride, pad = conv_param["stride"], conv_param["pad"]
    counts = [
        len(range(0, n + 2 * pad - m + 1, stride)) for n, m in zip(x_shape[2:], w_shape[2:], strict=True)
    ]
    if 0 in counts:
        raise ValueError("no place for the filter")
    return [x_shape[0], w_shape[0], *counts]


@right("conv_output_shape")
def shape_by_division(x_shape, w_shape, conv_param):
    _fits(x_shape, w_shape, conv_param)
    return (x_shape[0], w_shape[0], *_sizes(x_shape, w_shape, conv_param))


@right("conv_output_shape")
def shape_as_an_array(x_shape, w_shape, conv_param):
    s, p = conv_param["stride"], conv_param["pad"]
    places = (np.array(x_shape[2:]) + 2 * p - np.array(w_shape[2:])) // s + 1
    if places.min() < 1:
        raise ValueError("the filter is larger than the image")
    return np.array([x_shape[0], w_shape[0], *places])


# parameters


def _count(
    network, shape, *, bias=1, groups=True, stride=1, pad=0, pool_shrinks=True, pooled=0, units=np.prod
):
    counts = []
    for layer in network:
        size = layer.get("size")
        if layer["type"] == "affine":
            count = (int(units(shape)) + bias) * layer["units"]
            shape = (layer["units"],)
        elif layer["type"] == "conv":
            C = shape[0] // layer.get("groups", 1) if groups else shape[0]
            s, p = layer.get("stride", stride), layer.get("pad", pad)
            count = layer["filters"] * (C * size**2 + bias)
            shape = (layer["filters"], *((n + 2 * p - size) // s + 1 for n in shape[1:]))
        else:
            count = pooled * shape[0]
            if pool_shrinks:
                shape = (shape[0], *((n - size) // layer["stride"] + 1 for n in shape[1:]))
        counts.append((shape, count))
    return counts


@wrong("count_parameters", "one convolution: layer 1")
def counts_no_biases(network, input_shape):
    return _count(network, input_shape, bias=0)


@wrong("count_parameters", "filters in groups: layer 1", earns=(0.8, 0.95))
def ignores_groups(network, input_shape):
    return _count(network, input_shape, groups=False)


@wrong("count_parameters", "pooling: layer 1", earns=(0.6, 0.8))
def pooling_has_parameters(network, input_shape):
    return _count(network, input_shape, pooled=2)


@wrong("count_parameters", "pooling: layer 1", earns=(0.6, 0.8))
def pooling_keeps_the_size(network, input_shape):
    return _count(network, input_shape, pool_shrinks=False)


@wrong("count_parameters", "affine layers: layer 1", earns=(0.4, 0.7))
def affine_of_the_channels(network, input_shape):
    return _count(network, input_shape, units=lambda shape: shape[0])


@wrong("count_parameters", "not given: layer 1", earns=(0.7, 0.95))
def pads_by_half_the_filter(network, input_shape):
    return _count(network, input_shape, pad=2)


@wrong("count_parameters", "one convolution: layer 1")
def counts_outputs_instead(network, input_shape):
    return [(shape, int(np.prod(shape))) for shape, _ in _count(network, input_shape)]


@wrong("count_parameters", "one for each|list with one")
def only_the_total(network, input_shape):
    return sum(count for _, count in _count(network, input_shape))


@right("count_parameters")
def count_with_one_formula(network, input_shape):
    return _count(network, input_shape)


@right("count_parameters")
def count_by_building(network, input_shape):
    shape, rows = tuple(input_shape), []
    for layer in network:
        if layer["type"] == "affine":
            x = np.zeros(int(np.prod(shape)))
            W, b = np.zeros((x.size, layer["units"])), np.zeros(layer["units"])
            shape, count = (x @ W + b).shape, W.size + b.size
        else:
            stride, pad = layer.get("stride", 1), layer.get("pad", 0)
            size = layer["size"]
            places = [len(range(0, n + 2 * pad - size + 1, stride)) for n in shape[1:]]
            count, channels = 0, shape[0]
            if layer["type"] == "conv":
                channels = layer["filters"]
                W = np.zeros((channels, shape[0] // layer.get("groups", 1), size, size))
                count = W.size + channels
            shape = (channels, *places)
        rows.append([list(shape), count])
    return rows


@right("count_parameters")
def count_with_numpy_ints(network, input_shape):
    return tuple(
        (tuple(np.int64(n) for n in shape), np.int64(count)) for shape, count in _count(network, input_shape)
    )


# the forward pass


def _padded(x, pad):
    return np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))


def _windows(x, w, stride, pad):
    """Yield (i, j, windows of all images at place (i, j), index of that place in the padded images)."""
    HH, WW = w.shape[2:]
    padded = _padded(x, pad)
    for i, top in enumerate(range(0, padded.shape[2] - HH + 1, stride)):
        for j, left in enumerate(range(0, padded.shape[3] - WW + 1, stride)):
            place = np.s_[:, :, top : top + HH, left : left + WW]
            yield i, j, padded[place], place


def _places(x, w, stride, pad):
    return [(n + 2 * pad - m) // stride + 1 for n, m in zip(x.shape[2:], w.shape[2:], strict=True)]


def _conv(x, w, b, stride, pad):
    out = np.zeros((len(x), len(w), *_places(x, w, stride, pad)))
    for i, j, window, _ in _windows(x, w, stride, pad):
        out[:, :, i, j] = np.tensordot(window, w, ((1, 2, 3), (1, 2, 3))) + b
    return out


def _numbers(conv_param):
    return conv_param["stride"], conv_param["pad"]


@plain
def conv_forward_naive(x, w, b, conv_param):
    return _conv(x, w, b, *_numbers(conv_param)), (x, w, b, conv_param)


@wrong("conv_forward_naive", "stride 1, pad 1: out is wrong.* Here the bias b.f. was forgotten")
def forgets_the_bias(x, w, b, conv_param):
    return _conv(x, w, 0 * b, *_numbers(conv_param)), None


@wrong("conv_forward_naive", "stride 1, pad 1: out is wrong.* Here the filters were turned round")
def turns_the_filter_round(x, w, b, conv_param):
    return _conv(x, w[:, :, ::-1, ::-1], b, *_numbers(conv_param)), None


@wrong("conv_forward_naive", "stride 1, pad 1: out has shape.*Here the padding was left out")
def ignores_the_padding(x, w, b, conv_param):
    return _conv(x, w, b, conv_param["stride"], 0), None


@wrong(
    "conv_forward_naive",
    "stride 2 and stride 3: out has shape.*Here the stride was left out",
    earns=(0.4, 0.75),
)
def ignores_the_stride(x, w, b, conv_param):
    return _conv(x, w, b, 1, conv_param["pad"]), None


@wrong(
    "conv_forward_naive",
    "stride 2 and stride 3: out is wrong.*Here the windows lie one pixel apart",
    earns=(0.4, 0.8),
)
def moves_the_window_by_one(x, w, b, conv_param):
    stride, pad = _numbers(conv_param)
    OH, OW = _places(x, w, stride, pad)
    return _conv(x, w, b, 1, pad)[:, :, :OH, :OW], None


@wrong("conv_forward_naive", "stride 1, pad 1: out is wrong.* Here only the first channel")
def sees_the_first_channel_only(x, w, b, conv_param):
    return _conv(x[:, :1], w[:, :1], b, *_numbers(conv_param)), None


@wrong("conv_forward_naive", "stride 1, pad 1: out is wrong.*Here the padding repeats the border")
def pads_with_the_border(x, w, b, conv_param):
    stride, pad = _numbers(conv_param)
    bordered = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode="edge")
    return _conv(bordered, w, b, stride, 0), None


@wrong("conv_forward_naive", "out has shape", earns=(0.0, 0.5))
def pads_the_height_only(x, w, b, conv_param):
    stride, pad = _numbers(conv_param)
    return _conv(np.pad(x, ((0, 0), (0, 0), (pad, pad), (0, 0))), w, b, stride, 0), None


@wrong("conv_forward_naive", "left over", earns=(0.6, 0.95))
def refuses_left_over_pixels(x, w, b, conv_param):
    stride, pad = _numbers(conv_param)
    for n, m in zip(x.shape[2:], w.shape[2:], strict=True):
        if (n + 2 * pad - m) % stride:
            raise ValueError("sizes do not work")
    return _conv(x, w, b, stride, pad), None


@wrong("conv_forward_naive", "stride 1, pad 1: out has shape")
def square_maps_only(x, w, b, conv_param):
    out = _conv(x, w, b, *_numbers(conv_param))
    side = min(out.shape[2:])
    return out[:, :, :side, :side], None


@wrong("conv_forward_naive", "precision")
def convolves_in_single_precision(x, w, b, conv_param):
    return _conv(x, w, b, *_numbers(conv_param)).astype(np.float32), None


@wrong("conv_forward_naive", "changed in place", earns=(0.9, 0.99))
def adds_the_bias_to_the_filters(x, w, b, conv_param):
    out = _conv(x, w, b, *_numbers(conv_param))
    w += b[:, None, None, None]
    return out, None


@wrong("conv_forward_naive", "write this one yourself")
def leaves_it_to_the_library(x, w, b, conv_param):
    return layers.conv_forward_fast(x, w, b, conv_param)


@wrong("conv_forward_naive", "write this one yourself")
def leaves_it_to_im2col(x, w, b, conv_param):
    stride, pad = _numbers(conv_param)
    columns = layers.im2col(x, *w.shape[2:], stride, pad)
    out = w.reshape(len(w), -1) @ columns + b[:, None]
    return out.reshape(len(w), len(x), *_places(x, w, stride, pad)).transpose(1, 0, 2, 3), None


# the backward pass


def _gradients(dout, cache):
    x, w, b, conv_param = cache
    stride, pad = _numbers(conv_param)
    dpadded, dw = np.zeros(_padded(x, pad).shape), np.zeros(w.shape)
    for i, j, window, place in _windows(x, w, stride, pad):
        dpadded[place] += np.tensordot(dout[:, :, i, j], w, (1, 0))
        dw += np.tensordot(dout[:, :, i, j], window, (0, 0))
    H, W = x.shape[2:]
    return dpadded[:, :, pad : pad + H, pad : pad + W], dw, dout.sum(axis=(0, 2, 3))


@wrong(
    "conv_backward_naive",
    "dx with stride 1, pad 1: dx has shape.*the padding is still there",
    earns=(0.2, 0.6),
)
def dx_still_padded(dout, cache):
    dx, dw, db = _gradients(dout, cache)
    return _padded(dx, cache[3]["pad"]), dw, db


@wrong(
    "conv_backward_naive",
    r"no padding: dx has shape .*it is empty: a slice such as \[pad:-pad\]",
    earns=(0.4, 0.85),
)
def crops_from_pad_to_minus_pad(dout, cache):
    dx, dw, db = _gradients(dout, cache)
    pad = cache[3]["pad"]
    return _padded(dx, pad)[:, :, pad:-pad, pad:-pad], dw, db


@wrong("conv_backward_naive", "db with stride 1, pad 1: db (is wrong|has shape)", earns=(0.2, 0.45))
def db_not_summed_over_the_batch(dout, cache):
    dx, dw, _ = _gradients(dout, cache)
    return dx, dw, dout.sum(axis=(2, 3))


@wrong("conv_backward_naive", "db with stride 1, pad 1: db is wrong", earns=(0.2, 0.45))
def db_is_the_mean(dout, cache):
    dx, dw, _ = _gradients(dout, cache)
    return dx, dw, dout.mean(axis=(0, 2, 3))


@wrong(
    "conv_backward_naive",
    "dw with stride 1, pad 1: dw is wrong.* Here in each image the last window alone counts",
    earns=(0.15, 0.45),
)
def dw_of_the_last_window(dout, cache):
    x, w, b, conv_param = cache
    dx, _, db = _gradients(dout, cache)
    for i, j, window, _ in _windows(x, w, *_numbers(conv_param)):
        dw = np.tensordot(dout[:, :, i, j], window, (0, 0))
    return dx, dw, db


@wrong(
    "conv_backward_naive",
    "db with stride 1, pad 1: db is wrong.* Here the last window alone counts",
    earns=(0.2, 0.45),
)
def db_of_the_last_window(dout, cache):
    dx, dw, db = _gradients(dout, cache)
    for n, f, i, j in np.ndindex(dout.shape):
        db[f] = dout[n, f, i, j]
    return dx, dw, db


@wrong("conv_backward_naive", "dw with stride 1, pad 1: dw is wrong", earns=(0.15, 0.45))
def dw_averaged_over_the_batch(dout, cache):
    dx, dw, db = _gradients(dout, cache)
    return dx, dw / len(dx), db


@wrong(
    "conv_backward_naive",
    "dx with stride 1, pad 1: dx is wrong.* Here what a window wrote is lost",
    earns=(0.2, 0.55),
)
def windows_overwrite_each_other(dout, cache):
    x, w, b, conv_param = cache
    stride, pad = _numbers(conv_param)
    _, dw, db = _gradients(dout, cache)
    dpadded = np.zeros(_padded(x, pad).shape)
    for i, j, _, place in _windows(x, w, stride, pad):
        dpadded[place] = np.tensordot(dout[:, :, i, j], w, (1, 0))
    H, W = x.shape[2:]
    return dpadded[:, :, pad : pad + H, pad : pad + W], dw, db


@wrong(
    "conv_backward_naive",
    "dx with stride 1, pad 1: dx is wrong.* Here the filters were turned round",
    earns=(0.2, 0.5),
)
def dx_with_turned_filters(dout, cache):
    x, w, b, conv_param = cache
    _, dw, db = _gradients(dout, cache)
    return _gradients(dout, (x, w[:, :, ::-1, ::-1], b, conv_param))[0], dw, db


@wrong("conv_backward_naive", "dw with stride 1, pad 1: dw is wrong", earns=(0.15, 0.5))
def dw_without_padding(dout, cache):
    x, w, b, conv_param = cache
    stride, pad = _numbers(conv_param)
    dx, dw, db = _gradients(dout, cache)
    dw = np.zeros(w.shape)
    shifted = np.pad(x, ((0, 0), (0, 0), (0, 2 * pad), (0, 2 * pad)))
    for i, j, window, _ in _windows(shifted, w, stride, 0):
        dw += np.tensordot(dout[:, :, i, j], window, (0, 0))
    return dx, dw, db


@wrong("conv_backward_naive", "gradient.*stride|stride 2 and stride 3: d", earns=(0.3, 0.8))
def ignores_the_stride_on_the_way_back(dout, cache):
    x, w, b, conv_param = cache
    pad = conv_param["pad"]
    wide = np.zeros((*dout.shape[:2], *_places(x, w, 1, pad)))
    wide[:, :, : dout.shape[2], : dout.shape[3]] = dout
    dx, dw, _ = _gradients(wide, (x, w, b, {"stride": 1, "pad": pad}))
    return dx, dw, dout.sum(axis=(0, 2, 3))


@wrong("conv_backward_naive", "dx, dw, db", earns=(0.0, 0.0))
def gradients_without_db(dout, cache):
    return _gradients(dout, cache)[:2]


@wrong("conv_backward_naive", "changed in place", earns=(0.85, 0.99))
def scales_dout_afterwards(dout, cache):
    gradients = _gradients(dout, cache)
    dout *= 0
    return gradients


def _remembering_forward(x, w, b, conv_param):
    _last["cache"] = (x, w, b, conv_param)
    return _conv(x, w, b, *_numbers(conv_param)), None


@wrong(
    "conv_backward_naive",
    "must go by its cache alone",
    earns=(0.0, 0.0),
    conv_forward_naive=_remembering_forward,
)
def remembers_the_last_input(dout, cache):
    return _gradients(dout, _last["cache"])


def _counting_forward(x, w, b, conv_param):
    return _conv(x, w, b, *_numbers(conv_param)), [x, w, b, conv_param, np.zeros(w.shape)]


@wrong("conv_backward_naive", "called twice: dw", earns=(0.9, 0.99), conv_forward_naive=_counting_forward)
def adds_into_the_cache(dout, cache):
    *inputs, total = cache
    dx, dw, db = _gradients(dout, inputs)
    total += dw
    return dx, total, db


@wrong("conv_backward_naive", "write this one yourself")
def backward_by_the_library(dout, cache):
    x, w, b, conv_param = cache
    return layers.conv_backward_fast(dout, layers.conv_forward_fast(x, w, b, conv_param)[1])


@wrong("conv_backward_naive", "write this one yourself")
def backward_by_numeric_gradients(dout, cache):
    x, w, b, conv_param = cache

    def out(value, position):
        args = [x, w, b]
        args[position] = value
        return _conv(*args, *_numbers(conv_param))

    return tuple(
        gradcheck.numeric_gradient_array(lambda v, k=k: out(v, k), a, dout) for k, a in enumerate((x, w, b))
    )


@right("conv_forward_naive", "conv_backward_naive")
class window_by_window:
    def conv_forward_naive(x, w, b, conv_param):
        return conv_forward_naive(x, w, b, conv_param)

    def conv_backward_naive(dout, cache):
        return _gradients(dout, cache)


@right("conv_forward_naive", "conv_backward_naive")
class tap_by_tap:
    """One shifted image for each pixel of the filter; gradients by einsum."""

    def conv_forward_naive(x, w, b, conv_param):
        stride, pad = _numbers(conv_param)
        OH, OW = _places(x, w, stride, pad)
        padded = _padded(x, pad)
        out = np.zeros((len(x), len(w), OH, OW)) + b[None, :, None, None]
        for i in range(w.shape[2]):
            for j in range(w.shape[3]):
                seen = padded[:, :, i : i + stride * OH : stride, j : j + stride * OW : stride]
                out = out + np.einsum("nchw,fc->nfhw", seen, w[:, :, i, j])
        return out, {"padded": padded, "w": w, "stride": stride, "pad": pad}

    def conv_backward_naive(dout, cache):
        padded, w, stride, pad = cache.values()
        OH, OW = dout.shape[2:]
        dpadded, dw = np.zeros(padded.shape), np.zeros(w.shape)
        for i in range(w.shape[2]):
            for j in range(w.shape[3]):
                seen = np.s_[:, :, i : i + stride * OH : stride, j : j + stride * OW : stride]
                dw[:, :, i, j] = np.einsum("nfhw,nchw->fc", dout, padded[seen])
                dpadded[seen] += np.einsum("nfhw,fc->nchw", dout, w[:, :, i, j])
        H, W = padded.shape[2:]
        return dpadded[:, :, pad : H - pad, pad : W - pad], dw, np.einsum("nfhw->f", dout)


@right("conv_forward_naive", "conv_backward_naive")
class own_columns:
    """An im2col of the student's own, in single precision where the inputs are."""

    def conv_forward_naive(x, w, b, conv_param):
        stride, pad = _numbers(conv_param)
        views = np.lib.stride_tricks.sliding_window_view(_padded(x, pad), w.shape[2:], axis=(2, 3))
        views = views[:, :, ::stride, ::stride]
        out = np.einsum("nchwij,fcij->nfhw", views, w) + b.reshape(1, -1, 1, 1)
        return out, (x, w, b, stride, pad)

    def conv_backward_naive(dout, cache):
        x, w, b, stride, pad = cache
        N, C, H, W = x.shape
        F, _, HH, WW = w.shape
        dx, dw, db = np.zeros_like(x), np.zeros_like(w), np.zeros_like(b)
        for n in range(N):
            for f in range(F):
                db[f] += dout[n, f].sum()
                for i in range(dout.shape[2]):
                    for j in range(dout.shape[3]):
                        top, left = i * stride - pad, j * stride - pad
                        for r in range(max(0, -top), min(HH, H - top)):
                            for s in range(max(0, -left), min(WW, W - left)):
                                dx[n, :, top + r, left + s] += dout[n, f, i, j] * w[f, :, r, s]
                                dw[f, :, r, s] += dout[n, f, i, j] * x[n, :, top + r, left + s]
        return dx, dw, db


def _by_windows(pad_all=False, square=False, turned=False):
    """A convolution by the window, with one thing changed."""

    def conv_forward_naive(x, w, b, conv_param):
        stride, pad = _numbers(conv_param)
        HH, WW = w.shape[2:]
        OH, OW = _places(x, w, stride, pad)[:: -1 if turned else 1]
        padded = np.pad(x, pad) if pad_all else _padded(x, pad)
        out = np.zeros((len(x), len(w), OH, OW))
        for n, f, i, j in np.ndindex(out.shape):
            top, left = i * stride, j * stride
            window = padded[n, :, top : top + HH, left : left + (HH if square else WW)]
            out[n, f, i, j] = np.sum(window * w[f]) + b[f]
        return out, None

    return conv_forward_naive


_WINDOW = r"ValueError: .*If these are a window and a filter: a window holds HH rows and WW columns"
for _name, _reason, _changed in (
    ("pads_every_axis", "pad 1: .*The channels do not agree: np.pad", {"pad_all": True}),
    ("takes_square_windows", _WINDOW, {"square": True}),
    ("takes_rows_for_columns", _WINDOW, {"turned": True}),
):
    _mistaken = _by_windows(**_changed)
    _mistaken.__name__ = _name
    wrong("conv_forward_naive", _reason)(_mistaken)


@wrong("conv_forward_naive", "Here only the last channel is left")
def keeps_the_last_channel(x, w, b, conv_param):
    return _conv(x[:, -1:], w[:, -1:], b, *_numbers(conv_param)), None


@wrong("conv_backward_naive", "Here the wrong end of the padding was cut off", earns=(0.2, 0.6))
def crops_from_the_start(dout, cache):
    dx, dw, db = _gradients(dout, cache)
    H, W = dx.shape[2:]
    x, w, b, conv_param = cache
    padded = (_padded(x, conv_param["pad"]), w, b, conv_param | {"pad": 0})
    return _gradients(dout, padded)[0][:, :, :H, :W], dw, db


@wrong("conv_backward_naive", "db .*Here all of a map was added for each of its places", earns=(0.1, 0.5))
def adds_whole_maps_to_db(dout, cache):
    dx, dw, db = _gradients(dout, cache)
    return dx, dw, db * dout[0, 0].size


@wrong("conv_backward_naive", "Here it is dw; backward returns dx, dw, db", earns=(0.0, 0.3))
def gives_dw_first(dout, cache):
    dx, dw, db = _gradients(dout, cache)
    return dw, dx, db
