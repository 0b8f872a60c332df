"""Odd functions that are right; see `benchmarks.blind`."""

from __future__ import annotations

import numpy as np


def sbn_forward(x, gamma, beta):
    m = x.mean(axis=(0, 2, 3), keepdims=True)
    std = np.sqrt(x.var(axis=(0, 2, 3), keepdims=True) + 1e-4)
    h = (x - m) / std
    return h * gamma[:, None, None] + beta[:, None, None], (h, std, gamma)


def sbn_backward(dout, cache):
    h, std, gamma = cache
    ax = (0, 2, 3)
    db, dg = dout.sum(ax), (dout * h).sum(ax)
    M = dout.size / len(gamma)
    dx = (gamma[:, None, None] / std) * (dout - (db[:, None, None] + h * dg[:, None, None]) / M)
    return dx, dg, db


def case_spatial_bn_two_values(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (sbn_forward, sbn_backward, r.normal(size=(2, 3, 1, 1)), r.normal(size=3), r.normal(size=3)), {}


def gn_forward(x, gamma):
    N, C = x.shape
    g = x.reshape(N, C // 2, 2)
    std = np.sqrt(g.var(axis=2, keepdims=True) + 1e-2)
    h = (g - g.mean(axis=2, keepdims=True)) / std
    return h.reshape(N, C) * gamma, (h, std, gamma)


def gn_backward(dout, cache):
    h, std, gamma = cache
    d = (dout * gamma).reshape(h.shape)
    dx = d - d.mean(axis=2, keepdims=True)
    dx -= h * (d * h).mean(axis=2, keepdims=True)
    dx /= std
    return dx.reshape(dout.shape), (dout * h.reshape(dout.shape)).sum(axis=0)


def case_group_of_two(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (gn_forward, gn_backward, r.normal(size=(3, 6)), r.normal(size=6)), {}


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def attention_forward(Q, K, V):
    P = softmax(Q @ K.T)
    return P @ V, (Q, K, V, P)


def attention_backward(dout, cache):
    Q, K, V, P = cache
    dS = np.zeros_like(P)
    dP = dout @ V.T
    for row in range(len(P)):
        dS[row] = (np.diag(P[row]) - np.outer(P[row], P[row])) @ dP[row]
    return dS @ K, dS.T @ Q, P.T @ dout


def case_attention_saturated(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (
        attention_forward,
        attention_backward,
        3 * r.normal(size=(3, 4)),
        3 * r.normal(size=(5, 4)),
        r.normal(size=(5, 2)),
    ), {}


def keybias_forward(q, k, bk):
    P = softmax(q @ (k + bk).T)
    return P, (q, k, bk, P)


def keybias_backward(dout, cache):
    q, k, bk, P = cache
    dS = P * (dout - (dout * P).sum(axis=1, keepdims=True))
    dkb = dS.T @ q
    return dS @ (k + bk), dkb, dkb.sum(axis=0)


def case_key_bias_cancels(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (
        keybias_forward,
        keybias_backward,
        r.normal(size=(3, 4)),
        r.normal(size=(5, 4)),
        r.normal(size=4),
    ), {}


def nll_forward(p, y):
    picked = p[np.arange(len(y)), y]
    return -np.log(picked).sum(), (p, y)


def nll_backward(dout, cache):
    p, y = cache
    dp = np.zeros_like(p)
    np.put_along_axis(dp, y[:, None], -dout / np.take_along_axis(p, y[:, None], 1), 1)
    return dp


def case_nll_small_probabilities(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (nll_forward, nll_backward, r.uniform(0.015, 0.3, size=(5, 4)), r.integers(4, size=5)), {}


def distance_forward(a, b):
    diff = a - b
    d = np.sqrt((diff**2).sum(axis=1))
    return d, (diff, d)


def distance_backward(dout, cache):
    diff, d = cache
    unit = diff / d[:, None]
    da = unit * dout[:, None]
    return da, np.negative(da)


def case_distance_of_near_points(seed=0):
    r = np.random.default_rng(seed + 1000)
    a = r.normal(size=(4, 3))
    return (distance_forward, distance_backward, a, a + 0.05 * np.sign(r.normal(size=(4, 3)))), {}


def conv_forward(x, w):
    OH, OW = x.shape[2] - w.shape[2] + 1, x.shape[3] - w.shape[3] + 1
    v = np.lib.stride_tricks.sliding_window_view(x, w.shape[2:], axis=(2, 3))
    return np.einsum("nchwij,fcij->nfhw", v, w), (x, w)


def conv_backward(dout, cache):
    x, w = cache
    KH, KW = w.shape[2:]
    padded = np.pad(dout, ((0, 0), (0, 0), (KH - 1, KH - 1), (KW - 1, KW - 1)))
    turned = w[:, :, ::-1, ::-1]
    windows = np.lib.stride_tricks.sliding_window_view(padded, (KH, KW), axis=(2, 3))
    dx = np.einsum("nfhwij,fcij->nchw", windows, turned)
    windows = np.lib.stride_tricks.sliding_window_view(x, dout.shape[2:], axis=(2, 3))
    dw = np.einsum("ncijhw,nfhw->fcij", windows, dout)
    return dx, dw


def case_conv_as_full_convolution(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (conv_forward, conv_backward, r.normal(size=(2, 2, 5, 4)), r.normal(size=(3, 2, 3, 2))), {}


def pool_forward(x):
    return x.mean(axis=(2, 3)), x.shape


def pool_backward(dout, cache):
    N, C, H, W = cache
    return np.broadcast_to((dout / (H * W))[:, :, None, None], cache)


def case_global_pool_broadcast_view(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (pool_forward, pool_backward, r.normal(size=(3, 2, 4, 3))), {}


def shuffle_forward(x, groups):
    N, C, L = x.shape
    return x.reshape(N, groups, C // groups, L).swapaxes(1, 2).reshape(N, C, L), groups


def shuffle_backward(dout, groups):
    N, C, L = dout.shape
    return dout.reshape(N, C // groups, groups, L).swapaxes(1, 2).reshape(N, C, L)


def case_channel_shuffle(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (shuffle_forward, shuffle_backward, r.normal(size=(2, 6, 3)), 3), {}


def gated_forward(x, g):
    return x * np.maximum(g, 0), (x, g)


def gated_backward(dout, cache):
    x, g = cache
    on = np.heaviside(g, 0)
    return dout * (on * g), dout * x * on


def case_dead_gates(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (
        gated_forward,
        gated_backward,
        r.normal(size=(4, 5)),
        np.where(r.random((4, 5)) < 0.8, -1.0, 1.0) * (0.5 + r.random((4, 5))),
    ), {}


TRUTH = {
    "spatial_bn_two_values": ("right: two values per channel, dx nearly cancels", "right", ""),
    "group_of_two": ("right: groups of two values", "right", ""),
    "attention_saturated": ("right: saturated attention, Jacobian per row", "right", ""),
    "key_bias_cancels": ("right: the key's bias has no influence, its gradient is round-off", "right", ""),
    "nll_small_probabilities": ("right: log of small numbers", "right", ""),
    "distance_of_near_points": ("right: square root near 0", "right", ""),
    "conv_as_full_convolution": ("right: dx by a full convolution with the rotated filter", "right", ""),
    "global_pool_broadcast_view": ("right: a read-only broadcast view is returned", "right", ""),
    "channel_shuffle": ("right: only reshapes and swaps", "right", ""),
    "dead_gates": ("right: most entries have gradient 0", "right", ""),
}
