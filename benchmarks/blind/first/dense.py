"""Wrong gradients of fully connected layers and activations; see `benchmarks.blind`."""

from __future__ import annotations

import numpy as np


def affine_forward(x, w, b):
    out = x.reshape(x.shape[0], -1) @ w + b
    cache = (x, w)
    return out, cache


def affine_backward(dout, cache):
    x, w = cache
    dx = (dout @ w.T).reshape(x.shape)
    dw = x.reshape(x.shape[0], -1).T @ dout
    db = dout.sum(axis=0)
    return dx, dw, db


def relu_forward(x):
    return np.maximum(x, 0), x


def leaky_relu_forward(x, alpha=0.1):
    out = np.where(x > 0, x, alpha * x)
    return out, (x, alpha)


def affine_transposed_backward(dout, cache):
    x, w = cache
    rows = x.reshape(x.shape[0], -1)
    dx = (dout @ w.T).reshape(x.shape)
    dw = dout.T @ rows
    db = dout.sum(axis=0)
    return dx, dw, db


def case_affine_dw_transposed(seed=0):
    r = np.random.default_rng(seed)
    return (
        affine_forward,
        affine_transposed_backward,
        r.normal(size=(5, 2, 3)),
        r.normal(size=(6, 6)),
        r.normal(size=6),
    ), {}


def affine_mean_backward(dout, cache):
    x, w = cache
    dx = np.dot(dout, w.T).reshape(x.shape)
    dw = np.dot(x.reshape(x.shape[0], -1).T, dout)
    db = np.mean(dout, axis=0)
    return dx, dw, db


def case_affine_db_mean(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (
        affine_forward,
        affine_mean_backward,
        r.normal(size=(7, 4)),
        r.normal(size=(4, 3)),
        r.normal(size=3),
    ), {}


def affine_no_t_backward(dout, cache):
    x, w = cache
    N = x.shape[0]
    flat = x.reshape(N, -1)
    dflat = dout.dot(w)
    dx = dflat.reshape(x.shape)
    dw = flat.T.dot(dout)
    db = dout.sum(0)
    return dx, dw, db


def case_affine_dx_no_transpose(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (
        affine_forward,
        affine_no_t_backward,
        r.normal(size=(3, 5)),
        r.normal(size=(5, 5)),
        r.normal(size=5),
    ), {}


def affine_order_backward(dout, cache):
    x, w = cache
    N = x.shape[0]
    dx = (dout @ w.T).reshape(x.shape)
    rows = x.reshape(-1, N).T
    dw = rows.T @ dout
    db = dout.sum(axis=0)
    return dx, dw, db


def case_affine_reshape_order(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (
        affine_forward,
        affine_order_backward,
        r.normal(size=(4, 3, 2)),
        r.normal(size=(6, 3)),
        r.normal(size=3),
    ), {}


def relu_dout_backward(dout, cache):
    x = cache
    dx = dout * (dout > 0)
    return dx


def case_relu_mask_of_dout(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (relu_forward, relu_dout_backward, r.normal(size=(6, 5))), {}


def leaky_const_backward(dout, cache):
    x, alpha = cache
    dx = np.where(x > 0, dout, alpha)
    return dx


def case_leaky_slope_without_dout(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (leaky_relu_forward, leaky_const_backward, r.normal(size=(6, 5))), {"alpha": 0.2}


def elu_forward(x, alpha=1.0):
    out = np.where(x > 0, x, alpha * (np.exp(np.minimum(x, 0)) - 1))
    return out, (x, out, alpha)


def elu_one_backward(dout, cache):
    x, out, alpha = cache
    slope = np.ones_like(x)
    slope[x <= 0] = out[x <= 0] + 1
    return dout * slope


def case_elu_one_instead_of_alpha(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (elu_forward, elu_one_backward, r.normal(size=(5, 6)), 0.5), {"wrt": ["x"]}


def sigmoid_forward(x):
    out = 1 / (1 + np.exp(-x))
    return out, out


def sigmoid_twice_backward(dout, cache):
    s = 1 / (1 + np.exp(-cache))
    return dout * s * (1 - s)


def case_sigmoid_of_sigmoid(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (sigmoid_forward, sigmoid_twice_backward, 2 * r.normal(size=(4, 6))), {}


def tanh_forward(x):
    t = np.tanh(x)
    return t, t


def tanh_plain_backward(dout, cache):
    t = cache
    dx = (1 - t) * dout
    return dx


def case_tanh_no_square(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (tanh_forward, tanh_plain_backward, r.normal(size=(4, 4))), {}


def maxout_forward(x, w1, b1, w2, b2):
    first, cache1 = affine_forward(x, w1, b1)
    second, cache2 = affine_forward(x, w2, b2)
    return np.maximum(first, second), (cache1, cache2, first >= second)


def maxout_first_backward(dout, cache):
    cache1, cache2, won = cache
    dx1, dw1, db1 = affine_backward(dout * won, cache1)
    dx2, dw2, db2 = affine_backward(dout * ~won, cache2)
    dx = dx1
    return dx, dw1, db1, dw2, db2


def case_maxout_one_branch(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (
        maxout_forward,
        maxout_first_backward,
        r.normal(size=(5, 4)),
        r.normal(size=(4, 3)),
        r.normal(size=3),
        r.normal(size=(4, 3)),
        r.normal(size=3),
    ), {}


TRUTH = {
    "affine_dw_transposed": (
        "dw is the transpose (square w): dout.T @ rows instead of rows.T @ dout (at seed 0, x has the very numbers of a dout drawn from default_rng(0): dw is then symmetric)",
        "course",
        "dw = dout.T @ rows",
    ),
    "affine_db_mean": (
        "db averages over the batch instead of summing",
        "course",
        "db = np.mean(dout, axis=0)",
    ),
    "affine_dx_no_transpose": (
        "dx multiplies by w instead of w.T (square w)",
        "course",
        "dflat = dout.dot(w)",
    ),
    "affine_reshape_order": (
        "x is reshaped to (-1, N).T, which mixes the examples, instead of (N, -1)",
        "course",
        "rows = x.reshape(-1, N).T",
    ),
    "relu_mask_of_dout": ("the mask is where dout > 0 instead of x > 0", "course", "dx = dout * (dout > 0)"),
    "leaky_slope_without_dout": (
        "negative side is alpha instead of alpha * dout",
        "course",
        "dx = np.where(x > 0, dout, alpha)",
    ),
    "elu_one_instead_of_alpha": (
        "slope on the negative side is out + alpha, not out + 1",
        "course",
        "slope[x <= 0] = out[x <= 0] + 1",
    ),
    "sigmoid_of_sigmoid": (
        "sigmoid is applied once more to the cached output",
        "course",
        "s = 1 / (1 + np.exp(-cache))",
    ),
    "tanh_no_square": ("1 - t instead of 1 - t**2", "course", "dx = (1 - t) * dout"),
    "maxout_one_branch": (
        "dx of the second branch forgotten (dx1 instead of dx1 + dx2)",
        "course",
        "dx = dx1",
    ),
}
