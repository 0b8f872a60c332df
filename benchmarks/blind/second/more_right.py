"""Odd functions that are right; see `benchmarks.blind`."""

from __future__ import annotations

import numpy as np

from benchmarks.blind.second.right import softmax


def chain_forward(x, w):
    h, hs = x, [x]
    for _ in range(5):
        h = np.sin(h * w)
        hs.append(h)
    return h, (hs, w)


def chain_backward(dout, cache):
    hs, w = cache

    def back(d, k):
        if k == 0:
            return d, np.zeros_like(w)
        da = d * np.cos(hs[k - 1] * w)
        dx, dw = back(da * w, k - 1)
        return dx, dw + (da * hs[k - 1]).sum(axis=0)

    return back(dout, 5)


def case_chain_recursive(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (chain_forward, chain_backward, r.normal(size=(4, 3)), r.normal(size=3)), {}


def lse_forward(x):
    m = x.max(axis=1)
    return m + np.log(np.exp(x - m[:, None]).sum(axis=1)), x


def lse_backward(dout, cache):
    e = np.exp(cache - cache.max(axis=1, keepdims=True))
    return e * (dout / e.sum(axis=1))[:, None]


def case_logsumexp_far_apart(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (lse_forward, lse_backward, 30 * r.normal(size=(4, 5))), {}


def var_forward(x):
    c = x - x.mean(axis=0)
    return (c * c).mean(axis=0), c


def var_backward(dout, cache):
    return 2 * dout * cache / len(cache)


def case_variance_far_from_zero(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (var_forward, var_backward, r.normal(size=(6, 3)) + 50), {}


def softmax_forward(x, y):
    p = softmax(x)
    rows = np.arange(len(y))
    loss = -np.log(p[rows, y]).mean()
    grad = p.copy()
    grad[rows, y] -= 1
    grad /= len(y)
    return loss, grad


def softmax_backward(dout, cache):
    grad = cache.copy()
    grad *= dout
    return grad


def case_softmax_gradient_cached(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (softmax_forward, softmax_backward, r.normal(size=(5, 3)), r.integers(3, size=5)), {}


def net_forward(X, W1, b1, W2, b2):
    h = np.tanh(X @ W1 + b1)
    return h @ W2 + b2, (X, h, W1, W2)


def net_backward(dout, cache):
    X, h, W1, W2 = cache
    grads = {"b2": dout.sum(0)}
    grads["W2"] = (dout[:, None, :] * h[:, :, None]).sum(0)
    d = dout @ W2.T
    d -= d * h**2
    grads.update(b1=d.sum(0), W1=np.tensordot(X, d, (0, 0)), X=np.inner(d, W1))
    return grads


def case_net_dict_other_order(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (
        net_forward,
        net_backward,
        r.normal(size=(4, 3)),
        r.normal(size=(3, 5)),
        r.normal(size=5),
        r.normal(size=(5, 2)),
        r.normal(size=2),
    ), {}


TRUTH = {
    "chain_recursive": ("right: a recursive backward with an inner function", "right", ""),
    "logsumexp_far_apart": ("right: most slopes are tiny", "right", ""),
    "variance_far_from_zero": ("right: a mean far from 0 cancels in the numeric gradient", "right", ""),
    "softmax_gradient_cached": ("right: the forward caches the gradient", "right", ""),
    "net_dict_other_order": ("right: dict of gradients in another order, in-place tanh slope", "right", ""),
}
