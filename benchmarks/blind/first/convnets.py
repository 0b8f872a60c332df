"""Wrong gradients of convolutions, pools, losses and networks; see `benchmarks.blind`."""

from __future__ import annotations

import numpy as np


def conv_forward(x, w, b, stride, pad):
    HH, WW = w.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    N, F = x.shape[0], w.shape[0]
    OH, OW = (padded.shape[2] - HH) // stride + 1, (padded.shape[3] - WW) // stride + 1
    out = np.zeros((N, F, OH, OW))
    for n, f, i, j in np.ndindex(out.shape):
        top, left = i * stride, j * stride
        out[n, f, i, j] = np.sum(padded[n, :, top : top + HH, left : left + WW] * w[f]) + b[f]
    return out, (x, w, b, stride, pad)


def conv_inputs(seed, bw, stride=1, pad=1, size=4):
    r = np.random.default_rng(seed + 1000)
    return (
        conv_forward,
        bw,
        r.normal(size=(2, 2, size, size)),
        r.normal(size=(3, 2, 3, 3)),
        r.normal(size=3),
        stride,
        pad,
    ), {}


def conv_crop_backward(dout, cache):
    x, w, b, stride, pad = cache
    H, W = x.shape[2:]
    HH, WW = w.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dpadded = np.zeros(padded.shape)
    dw = np.zeros(w.shape)
    db = np.zeros(b.shape)
    for n, f, i, j in np.ndindex(dout.shape):
        top, left = i * stride, j * stride
        window = np.s_[n, :, top : top + HH, left : left + WW]
        dpadded[window] += dout[n, f, i, j] * w[f]
        dw[f] += dout[n, f, i, j] * padded[window]
        db[f] += dout[n, f, i, j]
    dx = dpadded[:, :, :H, :W]
    return dx, dw, db


def case_conv_crop(seed=0):
    return conv_inputs(seed, conv_crop_backward)


def conv_assign_backward(dout, cache):
    x, w, b, stride, pad = cache
    H, W = x.shape[2:]
    HH, WW = w.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dpadded = np.zeros_like(padded)
    dw = np.zeros_like(w)
    db = dout.sum(axis=(0, 2, 3))
    for n in range(dout.shape[0]):
        for f in range(dout.shape[1]):
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    hs, ws = i * stride, j * stride
                    dpadded[n, :, hs : hs + HH, ws : ws + WW] = dout[n, f, i, j] * w[f]
                    dw[f] += dout[n, f, i, j] * padded[n, :, hs : hs + HH, ws : ws + WW]
    dx = dpadded[:, :, pad : pad + H, pad : pad + W]
    return dx, dw, db


def case_conv_assigned_not_added(seed=0):
    return conv_inputs(seed, conv_assign_backward)


def conv_stride_backward(dout, cache):
    x, w, b, stride, pad = cache
    H, W = x.shape[2:]
    HH, WW = w.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dpadded = np.zeros(padded.shape)
    dw = np.zeros(w.shape)
    db = np.zeros(b.shape)
    for n, f, i, j in np.ndindex(dout.shape):
        top, left = i, j
        window = np.s_[n, :, top : top + HH, left : left + WW]
        dpadded[window] += dout[n, f, i, j] * w[f]
        dw[f] += dout[n, f, i, j] * padded[window]
        db[f] += dout[n, f, i, j]
    dx = dpadded[:, :, pad : pad + H, pad : pad + W]
    return dx, dw, db


def case_conv_stride_forgotten(seed=0):
    return conv_inputs(seed, conv_stride_backward, stride=2, size=5)


def conv_db_backward(dout, cache):
    x, w, b, stride, pad = cache
    H, W = x.shape[2:]
    HH, WW = w.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dpadded, dw, db = np.zeros(padded.shape), np.zeros(w.shape), np.zeros(b.shape)
    for n in range(x.shape[0]):
        for f in range(w.shape[0]):
            db[f] = np.sum(dout[n, f])
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    rows, cols = slice(i * stride, i * stride + HH), slice(j * stride, j * stride + WW)
                    dw[f] += padded[n, :, rows, cols] * dout[n, f, i, j]
                    dpadded[n, :, rows, cols] += w[f] * dout[n, f, i, j]
    return dpadded[:, :, pad : pad + H, pad : pad + W], dw, db


def case_conv_db_last_example(seed=0):
    return conv_inputs(seed, conv_db_backward)


def max_pool_forward(x, height, width, stride):
    N, C, H, W = x.shape
    out = np.zeros((N, C, 1 + (H - height) // stride, 1 + (W - width) // stride))
    for n, c, i, j in np.ndindex(out.shape):
        top, left = i * stride, j * stride
        out[n, c, i, j] = x[n, c, top : top + height, left : left + width].max()
    return out, (x, height, width, stride)


def max_pool_overlap_backward(dout, cache):
    x, height, width, stride = cache
    dx = np.zeros(x.shape)
    for n, c, i, j in np.ndindex(dout.shape):
        top, left = i * stride, j * stride
        window = x[n, c, top : top + height, left : left + width]
        row, column = np.unravel_index(window.argmax(), window.shape)
        dx[n, c, top + row, left + column] = dout[n, c, i, j]
    return dx


def case_max_pool_overlap_overwritten(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (max_pool_forward, max_pool_overlap_backward, r.normal(size=(2, 2, 5, 5)), 3, 3, 1), {}


def max_pool_shape_backward(dout, cache):
    x, height, width, stride = cache
    dx = np.zeros(x.shape)
    for n, c, i, j in np.ndindex(dout.shape):
        top, left = i * stride, j * stride
        window = x[n, c, top : top + height, left : left + width]
        row, column = np.unravel_index(np.argmax(window), (width, height))
        dx[n, c, top + row, left + column] += dout[n, c, i, j]
    return dx


def case_max_pool_sides_swapped(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (max_pool_forward, max_pool_shape_backward, r.normal(size=(2, 2, 7, 8)), 2, 3, 2), {}


def avg_pool_forward(x, height, width, stride):
    N, C, H, W = x.shape
    out = np.zeros((N, C, 1 + (H - height) // stride, 1 + (W - width) // stride))
    for n, c, i, j in np.ndindex(out.shape):
        out[n, c, i, j] = x[n, c, i * stride : i * stride + height, j * stride : j * stride + width].mean()
    return out, (x.shape, height, width, stride)


def avg_pool_stride_backward(dout, cache):
    shape, height, width, stride = cache
    dx = np.zeros(shape)
    share = dout / stride**2
    for n, c, i, j in np.ndindex(dout.shape):
        dx[n, c, i * stride : i * stride + height, j * stride : j * stride + width] += share[n, c, i, j]
    return dx


def case_avg_pool_stride_for_area(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (avg_pool_forward, avg_pool_stride_backward, r.normal(size=(2, 2, 5, 5)), 3, 3, 2), {}


def softmax_forward(x, y):
    shifted = x - x.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -log_p[np.arange(len(x)), y].mean(), (log_p, y)


def softmax_no_n_backward(dout, cache):
    log_p, y = cache
    N = len(y)
    dx = np.exp(log_p)
    dx[np.arange(N), y] -= 1
    return dout * dx


def case_softmax_no_n(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (softmax_forward, softmax_no_n_backward, r.normal(size=(6, 4)), r.integers(4, size=6)), {}


TRUTH = {
    "conv_crop": (
        "the padding is cut off only at the end: [:H, :W] instead of [pad:pad+H, pad:pad+W]",
        "course",
        "dx = dpadded[:, :, :H, :W]",
    ),
    "conv_assigned_not_added": (
        "overlapping windows overwrite: = instead of +=",
        "course",
        "dpadded[n, :, hs : hs + HH, ws : ws + WW] = dout[n, f, i, j] * w[f]",
    ),
    "conv_stride_forgotten": ("window position lacks the stride", "course", "top, left = i, j"),
    "conv_db_last_example": (
        "db is assigned for each example (last wins) instead of added",
        "course",
        "db[f] = np.sum(dout[n, f])",
    ),
    "max_pool_overlap_overwritten": (
        "overlapping windows overwrite the same maximum: = instead of +=",
        "course",
        "dx[n, c, top + row, left + column] = dout[n, c, i, j]",
    ),
    "max_pool_sides_swapped": (
        "unravel_index with (width, height) instead of (height, width)",
        "course",
        "row, column = np.unravel_index(np.argmax(window), (width, height))",
    ),
    "avg_pool_stride_for_area": (
        "divided by stride**2 instead of height * width",
        "course",
        "share = dout / stride**2",
    ),
    "softmax_no_n": ("division by N forgotten", "course", "return dout * dx"),
}
