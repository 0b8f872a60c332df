"""Wrong gradients of layers that the course does not have; see `benchmarks.blind`."""

from __future__ import annotations

import numpy as np

from benchmarks.blind.first.others import sigmoid


def depthwise_forward(x, w):
    K = w.shape[1]
    OH, OW = x.shape[2] - K + 1, x.shape[3] - K + 1
    out = np.zeros((*x.shape[:2], OH, OW))
    for i in range(K):
        for j in range(K):
            out += x[:, :, i : i + OH, j : j + OW] * w[None, :, i, j, None, None]
    return out, (x, w)


def depthwise_backward(dout, cache):
    x, w = cache
    K = w.shape[1]
    OH, OW = dout.shape[2:]
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    for c in range(x.shape[1]):
        for i in range(K):
            for j in range(K):
                dw[c, i, j] = np.sum(dout[:, c] * x[:, c, i : i + OH, j : j + OW])
                dx[:, c, i : i + OH, j : j + OW] += dout[:, c] * w[0, i, j]
    return dx, dw


def case_depthwise_first_filter(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (depthwise_forward, depthwise_backward, r.normal(size=(2, 3, 5, 5)), r.normal(size=(3, 3, 3))), {}


def deconv_forward(x, w, b, stride):
    N, C, H, W = x.shape
    F, K = w.shape[1], w.shape[2]
    out = np.zeros((N, F, (H - 1) * stride + K, (W - 1) * stride + K))
    for i in range(H):
        for j in range(W):
            out[:, :, i * stride : i * stride + K, j * stride : j * stride + K] += np.einsum(
                "nc,cfkl->nfkl", x[:, :, i, j], w
            )
    return out + b[:, None, None], (x, w, stride)


def deconv_backward(dout, cache):
    x, w, stride = cache
    K = w.shape[2]
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    for i in range(x.shape[2]):
        for j in range(x.shape[3]):
            patch = dout[:, :, i * stride : i * stride + K, j * stride : j * stride + K]
            dx[:, :, i, j] = np.einsum("nfkl,cfkl->nc", patch, w)
            dw = np.einsum("nc,nfkl->cfkl", x[:, :, i, j], patch)
    db = dout.sum(axis=(0, 2, 3))
    return dx, dw, db


def case_deconv_dw_last_position(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (
        deconv_forward,
        deconv_backward,
        r.normal(size=(2, 2, 3, 3)),
        r.normal(size=(2, 3, 3, 3)),
        r.normal(size=3),
        2,
    ), {}


def bilinear_forward(x1, x2, W, b):
    return np.einsum("ni,kij,nj->nk", x1, W, x2) + b, (x1, x2, W)


def bilinear_backward(dout, cache):
    x1, x2, W = cache
    dx1 = np.einsum("nk,kij,nj->ni", dout, W, x2)
    dx2 = np.einsum("nk,kij,ni->nj", dout, W, x1)
    dW = np.einsum("nk,ni,nj->kji", dout, x1, x2)
    db = dout.sum(axis=0)
    return dx1, dx2, dW, db


def case_bilinear_dw_swapped(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (
        bilinear_forward,
        bilinear_backward,
        r.normal(size=(4, 3)),
        r.normal(size=(4, 3)),
        r.normal(size=(2, 3, 3)),
        r.normal(size=2),
    ), {}


def highway_forward(x, Wh, Wt, bt):
    h, t = np.tanh(x @ Wh), sigmoid(x @ Wt + bt)
    return t * h + (1 - t) * x, (x, Wh, Wt, h, t)


def highway_backward(dout, cache):
    x, Wh, Wt, h, t = cache
    dt = dout * h
    dh = dout * t
    dah = dh * (1 - h**2)
    dat = dt * t * (1 - t)
    dx = dah @ Wh.T + dat @ Wt.T + dout * (1 - t)
    return dx, x.T @ dah, x.T @ dat, dat.sum(axis=0)


def case_highway_carry_in_gate(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (
        highway_forward,
        highway_backward,
        r.normal(size=(5, 4)),
        r.normal(size=(4, 4)),
        r.normal(size=(4, 4)),
        r.normal(size=4),
    ), {}


def residual_forward(x, W1, W2):
    pre = x @ W1
    h = np.maximum(pre, 0)
    return x + h @ W2, (x, W1, W2, pre, h)


def residual_backward(dout, cache):
    x, W1, W2, pre, h = cache
    dW2 = h.T @ dout
    dh = dout @ W2.T
    dpre = dh * (pre > 0)
    dW1 = x.T @ dpre
    dx = dpre @ W1.T
    return dx, dW1, dW2


def case_residual_skip_forgotten(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (
        residual_forward,
        residual_backward,
        r.normal(size=(4, 5)),
        r.normal(size=(5, 6)),
        r.normal(size=(6, 5)),
    ), {}


def weightnorm_forward(x, v, g):
    norm = np.sqrt((v**2).sum(axis=0))
    w = g * v / norm
    return x @ w, (x, v, g, norm, w)


def weightnorm_backward(dout, cache):
    x, v, g, norm, w = cache
    dx = dout @ w.T
    dw = x.T @ dout
    dg = (dw * v / norm).sum(axis=0)
    dv = dw * g / norm
    return dx, dv, dg


def case_weightnorm_norm_constant(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (
        weightnorm_forward,
        weightnorm_backward,
        r.normal(size=(4, 5)),
        r.normal(size=(5, 3)),
        r.normal(size=3),
    ), {}


def pieces_forward(x, k):
    N, D = x.shape
    parts = x.reshape(N, D // k, k)
    return parts.max(axis=2), (x.shape, parts.argmax(axis=2), k)


def pieces_backward(dout, cache):
    shape, winner, k = cache
    N, M = dout.shape
    dx = np.zeros((N, k, M))
    n, m = np.indices((N, M))
    dx[n, winner, m] = dout
    return dx.reshape(shape)


def case_pieces_layout(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (pieces_forward, pieces_backward, r.normal(size=(4, 6)), 2), {}


def mix_forward(x, y, a, b):
    return a * x + b * y, (x, y, a, b)


def mix_backward(dout, cache):
    x, y, a, b = cache
    dx = a * dout
    dy = b * dout
    da = np.sum(dout * x, axis=0)
    db = np.sum(dout * x, axis=0)
    return dx, dy, da, db


def case_mix_wrong_operand(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (
        mix_forward,
        mix_backward,
        r.normal(size=(5, 3)),
        r.normal(size=(5, 3)),
        r.normal(size=3),
        r.normal(size=3),
    ), {}


TRUTH = {
    "depthwise_first_filter": (
        "w[0] instead of w[c]",
        "other",
        "dx[:, c, i : i + OH, j : j + OW] += dout[:, c] * w[0, i, j]",
    ),
    "deconv_dw_last_position": (
        "dw is assigned instead of added: only the last position counts",
        "other",
        'dw = np.einsum("nc,nfkl->cfkl", x[:, :, i, j], patch)',
    ),
    "bilinear_dw_swapped": (
        "dW's last two axes swapped (square)",
        "other",
        'dW = np.einsum("nk,ni,nj->kji", dout, x1, x2)',
    ),
    "highway_carry_in_gate": ("dt = dout * h instead of dout * (h - x)", "other", "dt = dout * h"),
    "residual_skip_forgotten": ("skip connection forgotten (missing: + dout)", "other", "dx = dpre @ W1.T"),
    "weightnorm_norm_constant": (
        "the norm is treated as a constant; projection term missing",
        "other",
        "dv = dw * g / norm",
    ),
    "pieces_layout": (
        "zeros laid out as (N, k, M) instead of (N, M, k), then reshaped",
        "other",
        "dx = np.zeros((N, k, M))",
    ),
    "mix_wrong_operand": ("db uses x instead of y", "other", "db = np.sum(dout * x, axis=0)"),
}
