"""Wrong gradients of convolutions, pools, losses and networks; see `benchmarks.blind`."""

from __future__ import annotations

import numpy as np


def conv_forward(x, w, b, conv_param):
    stride, pad = conv_param["stride"], conv_param["pad"]
    HH, WW = w.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    OH, OW = (padded.shape[2] - HH) // stride + 1, (padded.shape[3] - WW) // stride + 1
    out = np.zeros((len(x), len(w), OH, OW))
    for i in range(OH):
        for j in range(OW):
            window = padded[:, :, i * stride : i * stride + HH, j * stride : j * stride + WW]
            out[:, :, i, j] = np.tensordot(window, w, axes=([1, 2, 3], [1, 2, 3])) + b
    return out, (x, w, b, conv_param)


def conv_inputs(seed, bw, shape=(2, 2, 4, 5), filters=(3, 2, 3, 3), stride=1, pad=1):
    r = np.random.default_rng(seed + 1000)
    return (
        conv_forward,
        bw,
        r.normal(size=shape),
        r.normal(size=filters),
        r.normal(size=filters[0]),
        {"stride": stride, "pad": pad},
    ), {}


def conv_slice_backward(dout, cache):
    x, w, b, conv_param = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    HH, WW = w.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dpadded, dw, db = np.zeros_like(padded), np.zeros_like(w), np.zeros_like(b)
    for n, f, i, j in np.ndindex(dout.shape):
        top, left = i * stride, j * stride
        dpadded[n, :, top : top + HH, left : left + WW] += w[f] * dout[n, f, i, j]
        dw[f] += padded[n, :, top : top + HH, left : left + WW] * dout[n, f, i, j]
        db[f] += dout[n, f, i, j]
    dx = dpadded[:, :, pad:-pad, pad:-pad]
    return dx, dw, db


def case_conv_crop_without_padding(seed=0):
    return conv_inputs(seed, conv_slice_backward, shape=(2, 2, 5, 4), pad=0)


def conv_left_backward(dout, cache):
    x, w, b, conv_param = cache
    s, p = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)), mode="constant")
    dxp = np.zeros(xp.shape)
    dw = np.zeros(w.shape)
    db = np.sum(dout, axis=(0, 2, 3))
    _, _, OH, OW = dout.shape
    for n in range(N):
        for f in range(F):
            for i in range(OH):
                for j in range(OW):
                    h0 = i * s
                    w0 = i * s
                    dxp[n, :, h0 : h0 + HH, w0 : w0 + WW] += w[f] * dout[n, f, i, j]
                    dw[f] += xp[n, :, h0 : h0 + HH, w0 : w0 + WW] * dout[n, f, i, j]
    dx = dxp[:, :, p : p + H, p : p + W]
    return dx, dw, db


def case_conv_column_uses_row_index(seed=0):
    return conv_inputs(seed, conv_left_backward, shape=(2, 1, 5, 5), filters=(2, 1, 3, 3), stride=2)


def im2col(padded, HH, WW, stride, OH, OW):
    N, C = padded.shape[:2]
    cols = np.zeros((C, HH, WW, N, OH, OW))
    for i in range(HH):
        for j in range(WW):
            cols[:, i, j] = padded[
                :, :, i : i + stride * OH : stride, j : j + stride * OW : stride
            ].transpose(1, 0, 2, 3)
    return cols.reshape(C * HH * WW, N * OH * OW)


def conv_im2col_backward(dout, cache):
    x, w, b, conv_param = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    OH, OW = dout.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    cols = im2col(padded, HH, WW, stride, OH, OW)
    flat = dout.transpose(1, 2, 3, 0).reshape(F, -1)
    dw = (flat @ cols.T).reshape(w.shape)
    db = flat.sum(axis=1)
    dcols = (w.reshape(F, -1).T @ dout.transpose(1, 0, 2, 3).reshape(F, -1)).reshape(C, HH, WW, N, OH, OW)
    dpadded = np.zeros(padded.shape)
    for i in range(HH):
        for j in range(WW):
            dpadded[:, :, i : i + stride * OH : stride, j : j + stride * OW : stride] += dcols[
                :, i, j
            ].transpose(1, 0, 2, 3)
    return dpadded[:, :, pad : pad + H, pad : pad + W], dw, db


def case_conv_im2col_order(seed=0):
    return conv_inputs(seed, conv_im2col_backward, shape=(3, 2, 4, 4))


def conv_db_backward(dout, cache):
    x, w, b, conv_param = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    H, W = x.shape[2:]
    HH, WW = w.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dpadded, dw = np.zeros_like(padded), np.zeros_like(w)
    db = dout.sum(axis=(0, 1, 2))
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            window = np.s_[:, :, i * stride : i * stride + HH, j * stride : j * stride + WW]
            dpadded[window] += np.tensordot(dout[:, :, i, j], w, axes=1)
            dw += np.tensordot(dout[:, :, i, j].T, padded[window], axes=1)
    return dpadded[:, :, pad : pad + H, pad : pad + W], dw, db


def case_conv_db_axes(seed=0):
    return conv_inputs(seed, conv_db_backward, shape=(2, 2, 3, 4), filters=(4, 2, 3, 3))


def max_pool_forward(x, pool_param):
    height, width, stride = (pool_param[k] for k in ("pool_height", "pool_width", "stride"))
    N, C, H, W = x.shape
    out = np.zeros((N, C, 1 + (H - height) // stride, 1 + (W - width) // stride))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            out[:, :, i, j] = x[:, :, i * stride : i * stride + height, j * stride : j * stride + width].max(
                axis=(2, 3)
            )
    return out, (x, pool_param)


def max_pool_abs_backward(dout, cache):
    x, pool_param = cache
    height, width, stride = (pool_param[k] for k in ("pool_height", "pool_width", "stride"))
    dx = np.zeros_like(x)
    for n, c, i, j in np.ndindex(dout.shape):
        top, left = i * stride, j * stride
        window = np.abs(x[n, c, top : top + height, left : left + width])
        mask = window == window.max()
        dx[n, c, top : top + height, left : left + width] += mask * dout[n, c, i, j]
    return dx


def case_max_pool_of_absolute(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (
        max_pool_forward,
        max_pool_abs_backward,
        r.normal(size=(2, 3, 4, 4)),
        {"pool_height": 2, "pool_width": 2, "stride": 2},
    ), {}


def avg_pool_forward(x, pool_param):
    height, width, stride = (pool_param[k] for k in ("pool_height", "pool_width", "stride"))
    N, C, H, W = x.shape
    out = np.zeros((N, C, 1 + (H - height) // stride, 1 + (W - width) // stride))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            out[:, :, i, j] = x[:, :, i * stride : i * stride + height, j * stride : j * stride + width].mean(
                axis=(2, 3)
            )
    return out, (x.shape, pool_param)


def avg_pool_backward(dout, cache):
    shape, pool_param = cache
    height, width, stride = (pool_param[k] for k in ("pool_height", "pool_width", "stride"))
    dx = np.zeros(shape)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            piece = dout[:, :, i, j][:, :, None, None] / (height * width)
            dx[:, :, i * stride : i * stride + height, j * stride : j * stride + height] += piece
    return dx


def case_avg_pool_height_for_width(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (
        avg_pool_forward,
        avg_pool_backward,
        r.normal(size=(2, 2, 4, 7)),
        {"pool_height": 2, "pool_width": 3, "stride": 2},
    ), {}


def softmax_forward(x, y):
    shifted = x - x.max(axis=1, keepdims=True)
    p = np.exp(shifted)
    p /= p.sum(axis=1, keepdims=True)
    return -np.log(p[np.arange(len(y)), y]).mean(), (p, y)


def softmax_order_backward(dout, cache):
    p, y = cache
    N = p.shape[0]
    dx = p / N
    dx[np.arange(N), y] -= 1
    return dx * dout


def case_softmax_one_not_over_n(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (softmax_forward, softmax_order_backward, r.normal(size=(5, 4)), r.integers(4, size=5)), {}


TRUTH = {
    "conv_crop_without_padding": (
        "pad:-pad is empty for pad = 0 (special case: only without padding)",
        "course",
        "dx = dpadded[:, :, pad:-pad, pad:-pad]",
    ),
    "conv_column_uses_row_index": ("the column's start uses i instead of j", "course", "w0 = i * s"),
    "conv_im2col_order": (
        "dout is flattened in the order (i, j, n), the columns in (n, i, j): transpose(1, 0, 2, 3) needed",
        "course",
        "flat = dout.transpose(1, 2, 3, 0).reshape(F, -1)",
    ),
    "conv_db_axes": (
        "db is summed over (0, 1, 2) instead of (0, 2, 3) (F equals the output's width)",
        "course",
        "db = dout.sum(axis=(0, 1, 2))",
    ),
    "max_pool_of_absolute": (
        "the maximum's place is searched in absolute values",
        "course",
        "window = np.abs(x[n, c, top : top + height, left : left + width])",
    ),
    "avg_pool_height_for_width": (
        "the window's columns reach to left + height instead of left + width",
        "course",
        "dx[:, :, i * stride : i * stride + height, j * stride : j * stride + height] += piece",
    ),
    "softmax_one_not_over_n": (
        "1 is subtracted after the division by N",
        "course",
        "dx = p / N || dx[np.arange(N), y] -= 1",
    ),
}
