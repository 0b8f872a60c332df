"""Odd functions that are right; see `benchmarks.blind`."""

from __future__ import annotations

import numpy as np


def bn_forward(x, gamma, beta, eps=1e-5):
    mean = x.mean(axis=0)
    var = x.var(axis=0)
    std = np.sqrt(var + eps)
    x_hat = (x - mean) / std
    return gamma * x_hat + beta, (x_hat, std, gamma)


def bn_backward(dout, cache):
    x_hat, std, gamma = cache
    g = dout * gamma
    return (g - g.mean(0) - x_hat * (g * x_hat).mean(0)) / std, (dout * x_hat).sum(0), dout.sum(0)


def case_bn_two_examples(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (bn_forward, bn_backward, r.normal(size=(2, 4)), r.normal(size=4), r.normal(size=4)), {"eps": 1e-3}


def softmax_forward(x, y):
    s = x - x.max(axis=1, keepdims=True)
    log_p = s - np.log(np.exp(s).sum(axis=1, keepdims=True))
    return -log_p[np.arange(len(y)), y].mean(), (log_p, y)


def softmax_backward(dout, cache):
    log_p, y = cache
    d = np.exp(log_p)
    d[np.arange(len(y)), y] -= 1
    return d * (dout / len(y))


def case_softmax_saturated(seed=0):
    r = np.random.default_rng(seed + 1000)
    x = 12 * r.normal(size=(5, 4))
    y = x.argmax(axis=1)
    y[0] = (y[0] + 1) % 4
    return (softmax_forward, softmax_backward, x, y), {}


def ln1_forward(x, gamma, beta):
    c = x - x.mean(axis=1, keepdims=True)
    std = np.sqrt((c * c).mean(axis=1, keepdims=True) + 1e-5)
    return gamma * c / std + beta, (c / std, std, gamma)


def ln1_backward(dout, cache):
    h, std, gamma = cache
    g = gamma * dout
    dx = (g - g.mean(axis=1, keepdims=True) - h * (g * h).mean(axis=1, keepdims=True)) / std
    return dx, (dout * h).sum(axis=0), dout.sum(axis=0)


def case_ln_one_feature(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (ln1_forward, ln1_backward, r.normal(size=(5, 1)), r.normal(size=1), r.normal(size=1)), {}


def centre_forward(x, b):
    out = x + b
    return out - out.mean(axis=1, keepdims=True), None


def centre_backward(dout, cache):
    dx = dout - dout.mean(axis=1, keepdims=True)
    return dx, np.sum(dx)[None]


def case_cancelling_bias(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (centre_forward, centre_backward, r.normal(size=(4, 6)), r.normal(size=1)), {}


def log_forward(x):
    return np.log(x), x


def log_backward(dout, cache):
    return np.divide(dout, cache)


def case_log_small(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (log_forward, log_backward, r.uniform(0.02, 2, size=(4, 5))), {}


def sqrt_forward(x):
    out = np.sqrt(x)
    return out, out


def sqrt_backward(dout, cache):
    return 0.5 * dout / cache


def case_sqrt_small(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (sqrt_forward, sqrt_backward, r.uniform(0.03, 1, size=(6, 4))), {}


def affine_forward(x, w, b):
    return x @ w + b, (x, w)


def affine_loops_backward(dout, cache):
    x, w = cache
    dx, dw, db = np.zeros_like(x), np.zeros_like(w), np.zeros(w.shape[1])
    for m in reversed(range(w.shape[1])):
        for d in range(w.shape[0]):
            for n in range(x.shape[0]):
                dx[n, d] += dout[n, m] * w[d, m]
                dw[d, m] += x[n, d] * dout[n, m]
                db[m] += dout[n, m] / w.shape[0]
    return dx, dw, db


def case_affine_loops(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (
        affine_forward,
        affine_loops_backward,
        r.normal(size=(4, 3)),
        r.normal(size=(3, 5)),
        r.normal(size=5),
    ), {}


def relu_forward(x):
    mask = x > 0
    return x * mask, mask


def relu_buffer_backward(dout, cache):
    buffer = np.empty_like(dout)
    np.copyto(buffer, dout)
    buffer[~cache] = 0
    return buffer


def case_relu_buffer(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (relu_forward, relu_buffer_backward, r.normal(size=(6, 6))), {}


def concat_forward(x, y):
    return np.concatenate([x, y], axis=1), x.shape[1]


def concat_backward(dout, cache):
    return dout[:, :cache], dout[:, cache:]


def case_concat_views(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (concat_forward, concat_backward, r.normal(size=(4, 3)), r.normal(size=(4, 2))), {}


def bn_jacobian_backward(dout, cache):
    x_hat, std, gamma = cache
    N, D = dout.shape
    dx = np.empty((N, D))
    for d in range(D):
        J = (np.eye(N) - 1 / N - np.outer(x_hat[:, d], x_hat[:, d]) / N) * gamma[d] / std[d]
        dx[:, d] = J.T @ dout[:, d]
    return dx, np.einsum("nd,nd->d", dout, x_hat), np.ones(N) @ dout


def case_bn_jacobian(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (bn_forward, bn_jacobian_backward, r.normal(size=(5, 3)), r.normal(size=3), r.normal(size=3)), {}


def outer_forward(a, b):
    return a[:, None] * b, (a, b)


def outer_backward(dout, cache):
    a, b = cache
    return dout @ b, a @ dout


def case_outer(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (outer_forward, outer_backward, r.normal(size=4), r.normal(size=5)), {}


TRUTH = {
    "bn_two_examples": ("right: N = 2, dx nearly cancels", "right", ""),
    "softmax_saturated": ("right: saturated softmax", "right", ""),
    "ln_one_feature": ("right: layer norm of one feature, dx = 0", "right", ""),
    "cancelling_bias": ("right: the bias has no influence, its gradient is round-off", "right", ""),
    "log_small": ("right: log of small numbers", "right", ""),
    "sqrt_small": ("right: square roots of small numbers", "right", ""),
    "affine_loops": ("right: loops in a strange order, db in parts", "right", ""),
    "relu_buffer": ("right: in place on an own buffer", "right", ""),
    "concat_views": ("right: views of dout returned", "right", ""),
    "bn_jacobian": ("right: full Jacobian per feature", "right", ""),
    "outer": ("right: outer product by matrix products", "right", ""),
}
