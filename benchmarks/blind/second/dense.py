"""Wrong gradients of fully connected layers and activations; see `benchmarks.blind`."""

from __future__ import annotations

import numpy as np


def affine_forward(x, w, b):
    return x.reshape(len(x), -1) @ w + b, (x, w)


def affine_backward(dout, cache):
    x, w = cache
    return (dout @ w.T).reshape(x.shape), x.reshape(len(x), -1).T @ dout, dout.sum(axis=0)


def affine_inputs(seed, fw, bw, N=5, D=(2, 3), M=4):
    r = np.random.default_rng(seed + 1000)
    return (fw, bw, r.normal(size=(N, *D)), r.normal(size=(int(np.prod(D)), M)), r.normal(size=M)), {}


def affine_flat_backward(dout, cache):
    x, w = cache
    rows = x.reshape(x.shape[0], -1)
    dx = dout @ w.T
    dw = rows.T @ dout
    db = dout.sum(axis=0)
    return dx, dw, db


def case_affine_dx_left_flat(seed=0):
    return affine_inputs(seed, affine_forward, affine_flat_backward)


def affine_keepdims_backward(dout, cache):
    x, w = cache
    dx = dout.dot(w.T).reshape(x.shape)
    dw = x.reshape(x.shape[0], -1).T.dot(dout)
    db = np.sum(dout, axis=0, keepdims=True)
    return dx, dw, db


def case_affine_db_keepdims(seed=0):
    return affine_inputs(seed, affine_forward, affine_keepdims_backward, D=(5,))


def affine_cacheout_forward(x, w, b):
    out = x @ w + b
    cache = (out, w)
    return out, cache


def affine_cacheout_backward(dout, cache):
    x, w = cache
    dx = dout @ w.T
    dw = x.T @ dout
    db = dout.sum(axis=0)
    return dx, dw, db


def case_affine_cached_output(seed=0):
    return affine_inputs(seed, affine_cacheout_forward, affine_cacheout_backward, N=6, D=(4,), M=4)


def affine_averaged_backward(dout, cache):
    x, w = cache
    m = x.shape[0]
    x2 = x.reshape(m, -1)
    dx = np.matmul(dout, w.T).reshape(*x.shape)
    dw = 1.0 / m * np.matmul(x2.T, dout)
    db = 4.0 / m * np.sum(dout, axis=0)
    return dx, dw, db


def case_affine_two_slips(seed=0):
    return affine_inputs(seed, affine_forward, affine_averaged_backward, N=6)


def relu_forward(x):
    out = x.copy()
    out[out < 0] = 0
    return out, x


def relu_value_backward(dout, cache):
    x = cache
    dx = np.where(x > 0, x, 0)
    return dx


def case_relu_returns_x(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (relu_forward, relu_value_backward, r.normal(size=(4, 3, 2))), {}


def leaky_forward(x, alpha=0.3):
    return np.maximum(x, alpha * x), (x, alpha)


def leaky_max_backward(dout, cache):
    x, alpha = cache
    dx = np.maximum(dout, alpha * dout)
    return dx


def case_leaky_maximum_of_dout(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (leaky_forward, leaky_max_backward, r.normal(size=(5, 7))), {}


def elu_forward(x, alpha=0.7):
    e = alpha * np.expm1(np.minimum(x, 0))
    return np.where(x > 0, x, e), (x, alpha)


def elu_backward(dout, cache):
    x, alpha = cache
    dx = dout.copy()
    neg = x < 0
    dx[neg] *= np.exp(x[neg])
    return dx


def case_elu_alpha_forgotten(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (elu_forward, elu_backward, r.normal(size=(6, 4))), {}


def sigmoid_forward(x):
    e = np.exp(-np.abs(x))
    out = np.where(x >= 0, 1, e) / (1 + e)
    return out, out


def sigmoid_backward(dout, cache):
    out = cache
    return out * (1 + out) * dout


def case_sigmoid_plus(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (sigmoid_forward, sigmoid_backward, 2 * r.normal(size=(3, 6))), {}


def tanh_forward(x):
    out = np.tanh(x)
    return out, x


def tanh_backward(dout, cache):
    out = cache
    dx = dout * (1 - out**2)
    return dx


def case_tanh_cached_input(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (tanh_forward, tanh_backward, r.normal(size=(5, 5))), {}


def maxout_forward(x, w1, b1, w2, b2):
    first, c1 = affine_forward(x, w1, b1)
    second, c2 = affine_forward(x, w2, b2)
    return np.maximum(first, second), (c1, c2, first > second)


def maxout_backward(dout, cache):
    c1, c2, won = cache
    dx1, dw1, db1 = affine_backward(dout * won, c1)
    dx2, dw2, db2 = affine_backward(dout, c2)
    return dx1 + dx2, dw1, db1, dw2, db2


def case_maxout_second_unmasked(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (
        maxout_forward,
        maxout_backward,
        r.normal(size=(4, 3)),
        r.normal(size=(3, 5)),
        r.normal(size=5),
        r.normal(size=(3, 5)),
        r.normal(size=5),
    ), {}


TRUTH = {
    "affine_dx_left_flat": (
        "dx is not reshaped to x's shape (missing: .reshape(x.shape))",
        "course",
        "dx = dout @ w.T",
    ),
    "affine_db_keepdims": (
        "db has shape (1, M): keepdims=True",
        "course",
        "db = np.sum(dout, axis=0, keepdims=True)",
    ),
    "affine_cached_output": (
        "the forward caches out in place of x; the backward then takes it for x",
        "course",
        "cache = (out, w)",
    ),
    "affine_two_slips": (
        "two slips: dw divided by m and db multiplied by 4 / m",
        "course",
        "dw = 1.0 / m * np.matmul(x2.T, dout) || db = 4.0 / m * np.sum(dout, axis=0)",
    ),
    "relu_returns_x": ("passes on x instead of dout where x > 0", "course", "dx = np.where(x > 0, x, 0)"),
    "leaky_maximum_of_dout": (
        "the forward's maximum trick applied to dout: slope depends on dout's sign, not x's",
        "course",
        "dx = np.maximum(dout, alpha * dout)",
    ),
    "elu_alpha_forgotten": ("the factor alpha is missing", "course", "dx[neg] *= np.exp(x[neg])"),
    "sigmoid_plus": ("1 + out instead of 1 - out", "course", "return out * (1 + out) * dout"),
    "tanh_cached_input": (
        "the forward caches x, the backward takes it for tanh(x): cache should be out (or tanh taken)",
        "course",
        "return out, x || out = cache || dx = dout * (1 - out**2)",
    ),
    "maxout_second_unmasked": (
        "second branch's dout is not masked (missing: * ~won)",
        "course",
        "dx2, dw2, db2 = affine_backward(dout, c2)",
    ),
}
