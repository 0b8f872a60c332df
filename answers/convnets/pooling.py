"""Planted answers: max and average pooling."""

# Each answer unpacks the whole cache, as a student would, and uses what it needs.

import numpy as np

from answers import plain, right, wrong
from course_utils import gradcheck, layers

_last = {}
MAX = ("max_pool_forward_naive", "max_pool_backward_naive")
AVERAGE = ("avg_pool_forward", "avg_pool_backward")


def _numbers(pool_param):
    return pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]


def _places(shape, height, width, stride):
    """Yield (i, j, index of the window) of all places."""
    for i, top in enumerate(range(0, shape[2] - height + 1, stride)):
        for j, left in enumerate(range(0, shape[3] - width + 1, stride)):
            yield i, j, np.s_[:, :, top : top + height, left : left + width]


def _pool(x, pool_param, reduce, numbers=_numbers):
    height, width, stride = numbers(pool_param)
    H, W = x.shape[2:]
    out = np.zeros((*x.shape[:2], (H - height) // stride + 1, (W - width) // stride + 1))
    for i, j, place in _places(x.shape, height, width, stride):
        out[:, :, i, j] = reduce(x[place])
    return out


def _largest(window):
    return window.max(axis=(2, 3))


def _mean(window):
    return window.mean(axis=(2, 3))


def _won(window):
    return window == window.max(axis=(2, 3), keepdims=True)


def _shares(window):
    return np.full(window.shape, 1 / (window.shape[2] * window.shape[3]))


def _hand_back(dout, x, pool_param, share):
    dx = np.zeros(x.shape)
    for i, j, place in _places(x.shape, *_numbers(pool_param)):
        dx[place] += share(x[place]) * dout[:, :, i : i + 1, j : j + 1]
    return dx


@plain
def max_pool_forward_naive(x, pool_param):
    return _pool(x, pool_param, _largest), (x, pool_param)


@plain
def avg_pool_forward(x, pool_param):
    return _pool(x, pool_param, _mean), (x, pool_param)


# mistakes that both kinds of pooling share


def _both_forward(reason, earns=(0.0, 0.4)):
    """Plant the decorated forward(x, pool_param, reduce) in max and in average pooling."""

    def plant(mistake):
        for question, reduce in ((MAX[0], _largest), (AVERAGE[0], _mean)):

            def answer(x, pool_param, reduce=reduce):
                return mistake(x, pool_param, reduce), None

            answer.__name__, answer.__module__ = mistake.__name__, mistake.__module__
            wrong(question, reason, earns=earns)(answer)
        return mistake

    return plant


@_both_forward("windows that are not square: .*(out has shape|out is wrong)", earns=(0.2, 0.6))
def takes_height_for_width(x, pool_param, reduce):
    return _pool(x, pool_param, reduce, lambda p: (p["pool_width"], p["pool_height"], p["stride"]))


@_both_forward("windows that overlap: out has shape", earns=(0.2, 0.7))
def steps_by_the_height(x, pool_param, reduce):
    return _pool(x, pool_param, reduce, lambda p: (p["pool_height"], p["pool_width"], p["pool_height"]))


@_both_forward("2×2, stride 2: out has shape")
def steps_by_one(x, pool_param, reduce):
    return _pool(x, pool_param, reduce, lambda p: (p["pool_height"], p["pool_width"], 1))


@_both_forward("Here the windows lie one pixel apart")
def moves_the_window_by_one(x, pool_param, reduce):
    height, width, stride = _numbers(pool_param)
    OH, OW = (x.shape[2] - height) // stride + 1, (x.shape[3] - width) // stride + 1
    return _pool(x, {**pool_param, "stride": 1}, reduce)[:, :, :OH, :OW]


@_both_forward("left over: out has shape", earns=(0.5, 0.95))
def pools_the_left_over_pixels_too(x, pool_param, reduce):
    height, width, stride = _numbers(pool_param)
    bottom, right_ = -(x.shape[2] - height) % stride, -(x.shape[3] - width) % stride
    return _pool(np.pad(x, ((0, 0), (0, 0), (0, bottom), (0, right_)), mode="edge"), pool_param, reduce)


@_both_forward("precision")
def pools_in_half_precision(x, pool_param, reduce):
    return _pool(x, pool_param, reduce).astype(np.float16)


@_both_forward("2×2, stride 2: out is wrong")
def pools_over_channels_too(x, pool_param, reduce):
    out = _pool(x, pool_param, reduce)
    return np.broadcast_to(out.max(axis=1, keepdims=True), out.shape).copy()


@_both_forward("changed in place", earns=(0.9, 0.99))
def centres_x_itself(x, pool_param, reduce):
    out = _pool(x, pool_param, reduce)
    x -= x.mean()
    return out


@wrong("max_pool_forward_naive", "Here numbers below 0 became 0", earns=(0.0, 0.9))
def starts_from_zero(x, pool_param):
    return np.maximum(_pool(x, pool_param, _largest), 0), None


@wrong("max_pool_forward_naive", "out is wrong")
def takes_the_largest_size(x, pool_param):
    return np.abs(_pool(x, pool_param, lambda window: np.abs(window).max(axis=(2, 3)))), None


@wrong("max_pool_forward_naive", "write this one yourself")
def max_by_the_library(x, pool_param):
    return layers.max_pool_forward_fast(x, pool_param)


@wrong("max_pool_forward_naive", "Here the mean of each window came back")
def takes_the_mean(x, pool_param):
    return _pool(x, pool_param, _mean), None


@wrong(
    "max_pool_forward_naive", "not square: .*Here pool_height was taken for pool_width, too", earns=(0.2, 0.8)
)
def takes_square_windows(x, pool_param):
    return _pool(x, pool_param, _largest, lambda p: (p["pool_height"], p["pool_height"], p["stride"])), None


@wrong("avg_pool_forward", "Here the largest number of each window came back")
def takes_the_largest(x, pool_param):
    return _pool(x, pool_param, _largest), None


@wrong("avg_pool_forward", "Here the sum of each window came back")
def sums_instead(x, pool_param):
    return _pool(x, pool_param, lambda window: window.sum(axis=(2, 3))), None


@wrong(
    "avg_pool_forward",
    "not square: .*Here the sum was divided by the square of pool_height:",
    earns=(0.3, 0.8),
)
def divides_by_the_height_squared(x, pool_param):
    height, _, _ = _numbers(pool_param)
    return _pool(x, pool_param, lambda window: window.sum(axis=(2, 3)) / height**2), None


@wrong("avg_pool_forward", "write this one yourself")
def average_by_the_library(x, pool_param):
    return layers.avg_pool_forward_fast(x, pool_param)


def _both_backward(reason, earns=(0.0, 0.4)):
    """Plant the decorated backward(dout, x, pool_param, share) in max and in average pooling."""

    def plant(mistake):
        for question, share in ((MAX[1], _won), (AVERAGE[1], _shares)):

            def answer(dout, cache, share=share):
                return mistake(dout, *cache, share)

            answer.__name__, answer.__module__ = mistake.__name__, mistake.__module__
            wrong(question, reason, earns=earns)(answer)
        return mistake

    return plant


@_both_backward("overlap: dx is wrong", earns=(0.4, 0.8))
def windows_overwrite_each_other(dout, x, pool_param, share):
    dx = np.zeros(x.shape)
    for i, j, place in _places(x.shape, *_numbers(pool_param)):
        dx[place] = np.where(
            share(x[place]) > 0, share(x[place]) * dout[:, :, i : i + 1, j : j + 1], dx[place]
        )
    return dx


@_both_backward("2×2, stride 2: dx is wrong")
def gradient_of_the_wrong_sign(dout, x, pool_param, share):
    return -_hand_back(dout, x, pool_param, share)


@_both_backward("2×2, stride 2: dx is wrong")
def ignores_dout(dout, x, pool_param, share):
    return _hand_back(np.ones_like(dout), x, pool_param, share)


@_both_backward("not square: .*(raised|dx is wrong)", earns=(0.0, 0.7))
def takes_height_for_width_on_the_way_back(dout, x, pool_param, share):
    height, width, stride = _numbers(pool_param)
    dx = np.zeros(x.shape)
    for i, j in np.ndindex(dout.shape[2:]):
        place = np.s_[:, :, i * stride : i * stride + width, j * stride : j * stride + height]
        dx[place] += share(x[place]) * dout[:, :, i : i + 1, j : j + 1]
    return dx


@_both_backward("overlap: dx is wrong", earns=(0.2, 0.7))
def assumes_windows_side_by_side(dout, x, pool_param, share):
    height, width, _ = _numbers(pool_param)
    dx = np.zeros(x.shape)
    for i, j in np.ndindex(dout.shape[2:]):
        place = np.s_[:, :, i * height : (i + 1) * height, j * width : (j + 1) * width]
        if x[place].size:
            dx[place] += share(x[place]) * dout[:, :, i : i + 1, j : j + 1]
    return dx


@_both_backward("changed in place", earns=(0.9, 0.99))
def clears_dout(dout, x, pool_param, share):
    dx = _hand_back(dout, x, pool_param, share)
    dout *= 0
    return dx


@wrong(
    "max_pool_backward_naive",
    "2×2, stride 2: dx is wrong.* Here each place of a window got the whole gradient",
)
def gradient_for_the_whole_window(dout, cache):
    x, pool_param = cache
    return _hand_back(dout, x, pool_param, lambda window: np.ones(window.shape))


@wrong("max_pool_backward_naive", "2×2, stride 2: dx is wrong")
def gradient_times_the_maximum(dout, cache):
    x, pool_param = cache
    return x * _hand_back(dout, x, pool_param, _won)


@wrong("max_pool_backward_naive", "dx is wrong")
def largest_of_all_channels(dout, cache):
    x, pool_param = cache
    return _hand_back(dout, x, pool_param, lambda window: window == window.max(axis=(1, 2, 3), keepdims=True))


@wrong("max_pool_backward_naive", "write this one yourself")
def max_backward_by_the_library(dout, cache):
    return layers.max_pool_backward_fast(dout, layers.max_pool_forward_fast(*cache)[1])


@wrong("max_pool_backward_naive", "write this one yourself")
def max_backward_by_numeric_gradient(dout, cache):
    x, pool_param = cache
    return gradcheck.numeric_gradient_array(lambda v: _pool(v, pool_param, _largest), x, dout)


def _remembering_forward(x, pool_param):
    _last["cache"] = (x, pool_param)
    return _pool(x, pool_param, _largest), None


@wrong(
    "max_pool_backward_naive",
    "must go by its cache alone",
    earns=(0.0, 0.0),
    max_pool_forward_naive=_remembering_forward,
)
def remembers_the_last_input(dout, cache):
    x, pool_param = _last["cache"]
    return _hand_back(dout, x, pool_param, _won)


@wrong("avg_pool_backward", "2×2, stride 2: dx is wrong.* Here each place of a window got the whole gradient")
def everybody_gets_everything(dout, cache):
    x, pool_param = cache
    return _hand_back(dout, x, pool_param, lambda window: np.ones(window.shape))


@wrong("avg_pool_backward", "not square: dx is wrong", earns=(0.3, 0.8))
def divides_by_the_width_squared(dout, cache):
    x, pool_param = cache
    width = pool_param["pool_width"]
    return _hand_back(dout, x, pool_param, lambda window: np.full(window.shape, 1 / width**2))


@wrong("avg_pool_backward", "write this one yourself")
def average_backward_by_the_library(dout, cache):
    return layers.avg_pool_backward_fast(dout, layers.avg_pool_forward_fast(*cache)[1])


# right ones


@right(*MAX)
class max_by_windows:
    def max_pool_forward_naive(x, pool_param):
        return _pool(x, pool_param, _largest), (x, pool_param)

    def max_pool_backward_naive(dout, cache):
        return _hand_back(dout, *cache, _won)


@right(*MAX)
class max_with_remembered_places:
    def max_pool_forward_naive(x, pool_param):
        height, width, stride = _numbers(pool_param)
        views = np.lib.stride_tricks.sliding_window_view(x, (height, width), axis=(2, 3))
        flat = views[:, :, ::stride, ::stride].reshape(*x.shape[:2], -1, height * width)
        OH = (x.shape[2] - height) // stride + 1
        out = flat.max(axis=-1).reshape(*x.shape[:2], OH, -1)
        return out, (x.shape, flat.argmax(axis=-1).reshape(out.shape), width, stride)

    def max_pool_backward_naive(dout, cache):
        shape, winners, width, stride = cache
        dx = np.zeros(shape, dout.dtype)
        n, c, i, j = np.indices(dout.shape)
        np.add.at(dx, (n, c, i * stride + winners // width, j * stride + winners % width), dout)
        return dx


@right(*MAX)
class max_tap_by_tap:
    def max_pool_forward_naive(x, pool_param):
        height, width, stride = _numbers(pool_param)
        OH, OW = (x.shape[2] - height) // stride + 1, (x.shape[3] - width) // stride + 1
        taps = [
            x[:, :, i : i + stride * OH : stride, j : j + stride * OW : stride]
            for i in range(height)
            for j in range(width)
        ]
        return np.maximum.reduce(taps), (x, pool_param, np.maximum.reduce(taps))

    def max_pool_backward_naive(dout, cache):
        x, pool_param, out = cache
        height, width, stride = _numbers(pool_param)
        OH, OW = dout.shape[2:]
        dx = np.zeros_like(x)
        for i in range(height):
            for j in range(width):
                tap = np.s_[:, :, i : i + stride * OH : stride, j : j + stride * OW : stride]
                dx[tap] += dout * (x[tap] == out)
        return dx


@right(*AVERAGE)
class average_by_windows:
    def avg_pool_forward(x, pool_param):
        return _pool(x, pool_param, _mean), (x, pool_param)

    def avg_pool_backward(dout, cache):
        return _hand_back(dout, *cache, _shares)


@right(*AVERAGE)
class average_with_four_loops:
    def avg_pool_forward(x, pool_param):
        height, width, stride = _numbers(pool_param)
        N, C, H, W = x.shape
        out = np.zeros((N, C, (H - height) // stride + 1, (W - width) // stride + 1), x.dtype)
        for n, c, i, j in np.ndindex(out.shape):
            window = x[n, c, i * stride : i * stride + height, j * stride : j * stride + width]
            out[n, c, i, j] = np.sum(window) / (height * width)
        return out, {"shape": x.shape, **pool_param}

    def avg_pool_backward(dout, cache):
        height, width, stride = _numbers(cache)
        dx = np.zeros(cache["shape"], dout.dtype)
        for n, c, i, j in np.ndindex(dout.shape):
            dx[n, c, i * stride : i * stride + height, j * stride : j * stride + width] += dout[
                n, c, i, j
            ] / (height * width)
        return dx


@right(*AVERAGE)
class average_tap_by_tap:
    def avg_pool_forward(x, pool_param):
        height, width, stride = _numbers(pool_param)
        views = np.lib.stride_tricks.sliding_window_view(x, (height, width), axis=(2, 3))
        return np.einsum("nchwij->nchw", views[:, :, ::stride, ::stride]) / (height * width), (x, pool_param)

    def avg_pool_backward(dout, cache):
        x, pool_param = cache
        height, width, stride = _numbers(pool_param)
        OH, OW = dout.shape[2:]
        dx = np.zeros_like(x)
        for i in range(height):
            for j in range(width):
                dx[:, :, i : i + stride * OH : stride, j : j + stride * OW : stride] += dout
        return dx / (height * width)


@wrong("avg_pool_backward", r"Here dout was divided by pool_height \+ pool_width", earns=(0.2, 0.6))
def average_divides_by_the_sum_of_the_sides(dout, cache):
    height, width, _ = _numbers(cache[1])
    return _shared_out(dout, cache, height + width)


def _shared_out(dout, cache, parts):
    """To each place of a window the same part of what came back."""
    x, pool_param = cache
    height, width, stride = _numbers(pool_param)
    dx = np.zeros(x.shape)
    for i, j in np.ndindex(dout.shape[2:]):
        rows, columns = i * stride, j * stride
        dx[:, :, rows : rows + height, columns : columns + width] += dout[:, :, i, j, None, None] / parts
    return dx


@wrong("max_pool_backward_naive", "Here each place of a window got an equal share")
def largest_shares_with_all(dout, cache):
    height, width, _ = _numbers(cache[1])
    return _shared_out(dout, cache, height * width)
