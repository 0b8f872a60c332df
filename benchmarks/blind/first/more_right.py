"""Odd functions that are right; see `benchmarks.blind`."""

from __future__ import annotations

import numpy as np


def embed_forward(W, tokens):
    return W[tokens], (np.eye(len(W))[tokens],)


def embed_backward(dout, cache):
    (one_hot,) = cache
    return np.tensordot(one_hot, dout, axes=([0, 1], [0, 1]))


def case_embedding_one_hot(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (embed_forward, embed_backward, r.normal(size=(5, 3)), r.integers(3, size=(2, 4))), {}


def pool_forward(x):
    N, C, H, W = x.shape
    v = x.reshape(N, C, H // 2, 2, W // 2, 2)
    out = v.max(axis=(3, 5))
    return out, (v, out)


def pool_backward(dout, cache):
    v, out = cache
    mask = v == out[:, :, :, None, :, None]
    d = mask * dout[:, :, :, None, :, None] / mask.sum(axis=(3, 5), keepdims=True)
    N, C, h, _, w, _ = v.shape
    return d.reshape(N, C, 2 * h, 2 * w)


def case_max_pool_mask(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (pool_forward, pool_backward, r.normal(size=(2, 3, 4, 6))), {}


def scaled_forward(x, a):
    return x @ a, (x, a)


def scaled_backward(dout, cache):
    x, a = cache
    return dout @ a.T, x.T @ dout


def case_scales_far_apart(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (
        scaled_forward,
        scaled_backward,
        r.normal(size=(4, 3)),
        r.normal(size=(3, 4)) * np.array([1e-6, 1, 30, 1e3]),
    ), {}


def tanh_forward(x):
    return np.tanh(x), x


def tanh_backward(dout, cache):
    e = np.exp(-2 * np.abs(cache))
    return dout * 4 * e / (1 + e) ** 2


def case_tanh_saturated(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (tanh_forward, tanh_backward, np.append(6 * r.normal(size=19), 15.0).reshape(4, 5)), {}


TRUTH = {
    "embedding_one_hot": ("right: embedding by a one-hot matrix", "right", ""),
    "max_pool_mask": ("right: max pooling by mask with shares", "right", ""),
    "scales_far_apart": ("right: gradients of very different sizes", "right", ""),
    "tanh_saturated": ("right: saturated tanh, slopes near 0", "right", ""),
}
