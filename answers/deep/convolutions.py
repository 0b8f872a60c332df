"""Planted answers: depthwise convolution, global average pooling, folded normalization."""

# Each answer unpacks the whole cache, as a student would, and uses what it needs.

import numpy as np

from answers import plain, right, wrong
from course_utils import gradcheck, layers

FORWARD, BACKWARD = "depthwise_forward", "depthwise_backward"
_last = {}


def _pad(x, pad):
    return np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))


def _size(x, w, stride, pad):
    return tuple(1 + (n + 2 * pad - k) // stride for n, k in zip(x.shape[2:], w.shape[1:], strict=True))


def _windows(x, w, conv_param):
    """The windows of padded images, shape (N, C, OH, OW, HH, WW)."""
    s = conv_param["stride"]
    views = np.lib.stride_tricks.sliding_window_view(_pad(x, conv_param["pad"]), w.shape[1:], axis=(2, 3))
    return views[:, :, ::s, ::s]


@plain
def depthwise_forward(x, w, conv_param):
    return np.einsum("ncijrs,crs->ncij", _windows(x, w, conv_param), w), (x, w, conv_param)


def _back(dout, x, w, conv_param):
    s, p = conv_param["stride"], conv_param["pad"]
    dx = np.zeros_like(_pad(x, p))
    for i, j in np.ndindex(dout.shape[2:]):
        place = np.s_[:, :, i * s : i * s + w.shape[1], j * s : j * s + w.shape[2]]
        dx[place] += dout[:, :, i, j, None, None] * w
    dw = np.einsum("ncijrs,ncij->crs", _windows(x, w, conv_param), dout)
    return dx[:, :, p : p + x.shape[2], p : p + x.shape[3]], dw


@wrong(FORWARD, "Here the filters were turned round", earns=(0.0, 0.4))
def turns_the_filters(x, w, conv_param):
    return depthwise_forward(x, w[:, ::-1, ::-1], conv_param)


@wrong(FORWARD, "Here the channels were added up", earns=(0.0, 0.4))
def adds_the_channels(x, w, conv_param):
    out, cache = depthwise_forward(x, w, conv_param)
    return np.repeat(out.sum(axis=1, keepdims=True), x.shape[1], axis=1), cache


@wrong(FORWARD, "Here every channel got the filter of channel 0", earns=(0.0, 0.4))
def takes_one_filter(x, w, conv_param):
    return depthwise_forward(x, np.repeat(w[:1], len(w), axis=0), conv_param)


@wrong(FORWARD, "Here the padding was forgotten|padding: out has shape", earns=(0.2, 0.8))
def forgets_the_padding(x, w, conv_param):
    return depthwise_forward(x, w, conv_param | {"pad": 0})


@wrong(FORWARD, "strides: .*(shape|stride was forgotten)", earns=(0.2, 0.7))
def forgets_the_stride(x, w, conv_param):
    return depthwise_forward(x, w, conv_param | {"stride": 1})


@wrong(FORWARD, "write this one yourself", earns=(0.0, 0.0))
def by_the_library(x, w, conv_param):
    C, HH, WW = w.shape
    full = np.zeros((C, C, HH, WW))
    full[range(C), range(C)] = w
    return layers.conv_forward_fast(x, full, np.zeros(C), conv_param)


@wrong(FORWARD, "changed in place", earns=(0.9, 0.99))
def scales_w_itself(x, w, conv_param):
    out = depthwise_forward(x, w, conv_param)
    w *= 2
    return out


@wrong(FORWARD, "precision", earns=(0.0, 0.4))
def works_in_single_precision(x, w, conv_param):
    out, cache = depthwise_forward(x, w, conv_param)
    return out.astype(np.float32), cache


@right(FORWARD, BACKWARD)
class depthwise_by_windows:
    def depthwise_forward(x, w, conv_param):
        return depthwise_forward(x, w, conv_param)

    def depthwise_backward(dout, cache):
        return _back(dout, *cache)


@right(FORWARD, BACKWARD)
class depthwise_place_by_place:
    def depthwise_forward(x, w, conv_param):
        s, p = conv_param["stride"], conv_param["pad"]
        padded = _pad(x, p)
        out = np.zeros((*x.shape[:2], *_size(x, w, s, p)))
        for i, j in np.ndindex(out.shape[2:]):
            window = padded[:, :, i * s : i * s + w.shape[1], j * s : j * s + w.shape[2]]
            out[:, :, i, j] = np.sum(window * w, axis=(2, 3))
        return out, (padded, w, s, p)

    def depthwise_backward(dout, cache):
        padded, w, s, p = cache
        dx, dw = np.zeros(padded.shape), np.zeros(w.shape)
        for i, j in np.ndindex(dout.shape[2:]):
            place = np.s_[:, :, i * s : i * s + w.shape[1], j * s : j * s + w.shape[2]]
            here = dout[:, :, i, j, None, None]
            dx[place] += here * w
            dw += np.sum(here * padded[place], axis=0)
        H, W = padded.shape[2] - p, padded.shape[3] - p
        return dx[:, :, p:H, p:W], dw


@right(FORWARD, BACKWARD)
class depthwise_channel_by_channel:
    def depthwise_forward(x, w, conv_param):
        parts = [depthwise_forward(x[:, c : c + 1], w[c : c + 1], conv_param) for c in range(len(w))]
        return np.concatenate([out for out, _ in parts], axis=1), [cache for _, cache in parts]

    def depthwise_backward(dout, cache):
        parts = [_back(dout[:, c : c + 1], *own) for c, own in enumerate(cache)]
        return np.concatenate([dx for dx, _ in parts], axis=1), np.concatenate([dw for _, dw in parts])


@wrong(BACKWARD, "Here dw was divided by the number of images", earns=(0.0, 0.5))
def averages_dw(dout, cache):
    dx, dw = _back(dout, *cache)
    return dx, dw / len(dout)


@wrong(BACKWARD, "Here the filters were turned round", earns=(0.0, 0.5))
def turns_the_filters_back(dout, cache):
    x, w, conv_param = cache
    return _back(dout, x, w[:, ::-1, ::-1], conv_param)[0], _back(dout, *cache)[1]


@wrong(BACKWARD, "no padding: dx", earns=(0.1, 0.7))
def cuts_by_minus_pad(dout, cache):
    x, w, conv_param = cache
    p = conv_param["pad"]
    dx, dw = _back(dout, _pad(x, p), w, conv_param | {"pad": 0})
    return dx[:, :, p:-p, p:-p], dw


@wrong(BACKWARD, "dx", earns=(0.1, 0.6))
def overwrites_where_windows_overlap(dout, cache):
    x, w, conv_param = cache
    s, p = conv_param["stride"], conv_param["pad"]
    dx = np.zeros_like(_pad(x, p))
    for i, j in np.ndindex(dout.shape[2:]):
        dx[:, :, i * s : i * s + w.shape[1], j * s : j * s + w.shape[2]] = dout[:, :, i, j, None, None] * w
    return dx[:, :, p : p + x.shape[2], p : p + x.shape[3]], _back(dout, *cache)[1]


@wrong(BACKWARD, "padding: dw", earns=(0.2, 0.9))
def forgets_the_padding_of_x(dout, cache):
    x, w, conv_param = cache
    s, p = conv_param["stride"], conv_param["pad"]
    moved = np.zeros_like(_pad(x, p))
    moved[:, :, : x.shape[2], : x.shape[3]] = x
    return _back(dout, *cache)[0], _back(dout, moved, w, {"stride": s, "pad": 0})[1]


@wrong(
    BACKWARD,
    "by its cache alone|another input",
    earns=(0.0, 0.4),
    depthwise_forward=lambda x, w, c: (_last.update(a=(x, w, c)), depthwise_forward(x, w, c))[1],
)
def goes_by_the_last_forward(dout, cache):
    return _back(dout, *_last["a"])


@wrong(BACKWARD, "changed in place", earns=(0.9, 0.99))
def scales_dout_itself(dout, cache):
    found = _back(dout, *cache)
    dout *= 2
    return found


@wrong(BACKWARD, "write this one yourself", earns=(0.0, 0.0))
def backward_by_the_library(dout, cache):
    x, w, conv_param = cache
    C = len(w)
    full = np.zeros((C, C, *w.shape[1:]))
    full[range(C), range(C)] = w
    _, made = layers.conv_forward_fast(x, full, np.zeros(C), conv_param)
    dx, dw, _ = layers.conv_backward_fast(dout, made)
    return dx, dw[range(C), range(C)]


MEAN, SPREAD = "global_avg_pool_forward", "global_avg_pool_backward"


@plain
def global_avg_pool_forward(x):
    return x.mean(axis=(2, 3)), x.shape


@wrong(MEAN, "Here the sum of each map", earns=(0.0, 0.4))
def sums_each_map(x):
    return x.sum(axis=(2, 3)), x.shape


@wrong(MEAN, "Here the largest number", earns=(0.0, 0.4))
def takes_the_largest(x):
    return x.max(axis=(2, 3)), x.shape


@wrong(MEAN, "out has shape", earns=(0.0, 0.4))
def keeps_the_axes(x):
    return x.mean(axis=(2, 3), keepdims=True), x.shape


@wrong(MEAN, "out (is wrong|has shape)", earns=(0.0, 0.4))
def averages_over_channels(x):
    return x.mean(axis=(1, 2)), x.shape


@wrong(MEAN, "changed in place", earns=(0.7, 0.99))
def centres_x_itself(x):
    out = x.mean(axis=(2, 3))
    x -= out[:, :, None, None]
    return out, x.shape


@wrong(MEAN, "precision", earns=(0.0, 0.4))
def averages_in_single_precision(x):
    return x.astype(np.float32).mean(axis=(2, 3)), x.shape


@wrong(SPREAD, "Here dout was handed to every number whole", earns=(0.0, 0.4))
def hands_on_the_whole(dout, cache):
    return np.broadcast_to(dout[:, :, None, None], cache).copy()


@wrong(SPREAD, "Here dout was divided by H alone", earns=(0.0, 0.5))
def divides_by_the_height(dout, cache):
    return np.broadcast_to(dout[:, :, None, None] / cache[2], cache).copy()


@wrong(SPREAD, "Here dout was divided by W alone", earns=(0.0, 0.5))
def divides_by_the_width(dout, cache):
    return np.broadcast_to(dout[:, :, None, None] / cache[3], cache).copy()


@wrong(SPREAD, "Here dout was divided by the number of all numbers", earns=(0.0, 0.5))
def divides_by_the_picture(dout, cache):
    return np.broadcast_to(dout[:, :, None, None] / np.prod(cache[1:]), cache).copy()


@wrong(SPREAD, "read-only", earns=(0.7, 0.99))
def is_read_only(dout, cache):
    return np.broadcast_to(dout[:, :, None, None] / (cache[2] * cache[3]), cache)


@wrong(SPREAD, "dx has shape", earns=(0.0, 0.4))
def leaves_the_axes_out(dout, cache):
    return dout / (cache[2] * cache[3])


@wrong(SPREAD, "changed in place", earns=(0.0, 0.99))
def divides_dout_itself(dout, cache):
    dx = np.broadcast_to(dout[:, :, None, None] / (cache[2] * cache[3]), cache).copy()
    dout /= 2
    return dx


@wrong(SPREAD, "write this one yourself", earns=(0.0, 0.0))
def by_differences(dout, cache):
    return gradcheck.numeric_gradient_array(lambda x: x.mean(axis=(2, 3)), np.zeros(cache), dout)


@right(MEAN, SPREAD)
class mean_by_reshape:
    def global_avg_pool_forward(x):
        return x.reshape(*x.shape[:2], -1).mean(axis=-1), x

    def global_avg_pool_backward(dout, cache):
        places = cache.shape[2] * cache.shape[3]
        return np.repeat(dout / places, places, axis=1).reshape(cache.shape)


@right(MEAN, SPREAD)
class mean_by_einsum:
    def global_avg_pool_forward(x):
        return np.einsum("nchw->nc", x) / (x.shape[2] * x.shape[3]), x.shape[2:]

    def global_avg_pool_backward(dout, cache):
        return np.einsum("nc,hw->nchw", dout, np.ones(cache, dout.dtype) / np.prod(cache).astype(dout.dtype))


@right(MEAN, SPREAD)
class mean_by_ones:
    def global_avg_pool_forward(x):
        return x.mean(3).mean(2), np.ones_like(x)

    def global_avg_pool_backward(dout, cache):
        return cache * dout[..., None, None] / cache[0, 0].size


FOLD = "fold_batchnorm"


def _fold(w, b, gamma, beta, bn_param, eps=1e-5):
    scale = gamma / np.sqrt(bn_param["running_var"] + bn_param.get("eps", eps))
    return scale, w * scale.reshape(-1, 1, 1, 1), beta + scale * (b - bn_param["running_mean"])


@wrong(FOLD, "Here gamma was forgotten", earns=(0.2, 0.6))
def forgets_gamma(w, b, gamma, beta, bn_param):
    _, folded, bias = _fold(w, b, gamma, beta, bn_param)
    return folded / gamma[:, None, None, None], bias


@wrong(FOLD, "Here the bias of the convolution was forgotten", earns=(0.2, 0.6))
def forgets_b(w, b, gamma, beta, bn_param):
    return _fold(w, 0 * b, gamma, beta, bn_param)[1:]


@wrong(FOLD, "Here b was not scaled", earns=(0.2, 0.6))
def leaves_b_as_it_is(w, b, gamma, beta, bn_param):
    _, folded, bias = _fold(w, 0 * b, gamma, beta, bn_param)
    return folded, bias + b


@wrong(FOLD, "Here running_mean was forgotten", earns=(0.2, 0.6))
def forgets_the_mean(w, b, gamma, beta, bn_param):
    return _fold(w, b, gamma, beta, bn_param | {"running_mean": 0})[1:]


@wrong(FOLD, "Here w was divided by the variance", earns=(0.2, 0.6))
def divides_by_the_variance_itself(w, b, gamma, beta, bn_param):
    _, _, bias = _fold(w, b, gamma, beta, bn_param)
    var = bn_param["running_var"] + bn_param.get("eps", 1e-5)
    return w * (gamma / var)[:, None, None, None], bias


@wrong(FOLD, "eps = 0.1", earns=(0.6, 0.95))
def ignores_eps_of_the_dict(w, b, gamma, beta, bn_param):
    return _fold(w, b, gamma, beta, {k: v for k, v in bn_param.items() if k != "eps"})[1:]


@wrong(FOLD, "default eps", earns=(0.6, 0.95))
def takes_another_default(w, b, gamma, beta, bn_param):
    return _fold(w, b, gamma, beta, bn_param, eps=1e-8)[1:]


@wrong(FOLD, "changed in place", earns=(0.8, 0.99))
def folds_in_place(w, b, gamma, beta, bn_param):
    _, folded, bias = _fold(w, b, gamma, beta, bn_param)
    w[...] = folded
    return w, bias


@right(FOLD)
def by_einsum(w, b, gamma, beta, bn_param):
    scale, _, bias = _fold(w, b, gamma, beta, bn_param)
    return np.einsum("fchw,f->fchw", w, scale), bias


@right(FOLD)
def filter_by_filter(w, b, gamma, beta, bn_param):
    eps = bn_param.get("eps", 1e-5)
    folded, bias = np.zeros(w.shape), np.zeros(b.shape)
    for f in range(len(w)):
        std = (bn_param["running_var"][f] + eps) ** 0.5
        folded[f] = gamma[f] * w[f] / std
        bias[f] = gamma[f] * (b[f] - bn_param["running_mean"][f]) / std + beta[f]
    return folded, bias


@right(FOLD)
def by_two_steps(w, b, gamma, beta, bn_param):
    std = np.sqrt(bn_param["running_var"] + bn_param.get("eps", 1e-5))
    w, b = w / std[:, None, None, None], (b - bn_param["running_mean"]) / std
    return gamma[:, None, None, None] * w, gamma * b + beta
