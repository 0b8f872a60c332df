"""Wrong gradients of convolutions, pools, losses and networks; see `benchmarks.blind`."""

from __future__ import annotations

import numpy as np

from benchmarks.blind.first.convnets import softmax_forward


def svm_forward(x, y):
    N = x.shape[0]
    rows = np.arange(N)
    margins = np.maximum(x - x[rows, y][:, None] + 1, 0)
    margins[rows, y] = 0
    return margins.sum() / N, (margins, y)


def svm_one_backward(dout, cache):
    margins, y = cache
    N = len(y)
    dx = (margins > 0).astype(float)
    dx[np.arange(N), y] = -1
    return dout * dx / N


def case_svm_minus_one(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (svm_forward, svm_one_backward, r.normal(size=(6, 5)), r.integers(5, size=6)), {}


def svm_margin_backward(dout, cache):
    margins, y = cache
    N = len(y)
    dx = margins.copy()
    dx[np.arange(N), y] -= dx.sum(axis=1)
    return dx * dout / N


def case_svm_margins_not_counted(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (svm_forward, svm_margin_backward, r.normal(size=(6, 5)), r.integers(5, size=6)), {}


def two_layer_forward(X, W1, b1, W2, b2, y, reg):
    pre = X @ W1 + b1
    hidden = np.maximum(pre, 0)
    scores = hidden @ W2 + b2
    loss, cache = softmax_forward(scores, y)
    loss += reg * (np.sum(W1**2) + np.sum(W2**2))
    return loss, (X, W1, W2, pre, hidden, cache, reg)


def net_inputs(seed, bw):
    r = np.random.default_rng(seed + 1000)
    return (
        two_layer_forward,
        bw,
        r.normal(size=(5, 4)),
        r.normal(size=(4, 6)),
        0.1 * r.normal(size=6),
        r.normal(size=(6, 3)),
        0.1 * r.normal(size=3),
        r.integers(3, size=5),
        0.3,
    ), {"wrt": ["W1", "b1", "W2", "b2"]}


def two_layer_reg_backward(dout, cache):
    X, W1, W2, pre, hidden, (log_p, y), reg = cache
    N = len(y)
    dscores = np.exp(log_p)
    dscores[np.arange(N), y] -= 1
    dscores /= N
    grads = {}
    grads["W2"] = hidden.T @ dscores + reg * W2
    grads["b2"] = dscores.sum(axis=0)
    dhidden = dscores @ W2.T
    dhidden[pre <= 0] = 0
    grads["W1"] = X.T @ dhidden + 2 * reg * W1
    grads["b1"] = dhidden.sum(axis=0)
    return {name: dout * grad for name, grad in grads.items()}


def case_two_layer_reg_factor_two(seed=0):
    return net_inputs(seed, two_layer_reg_backward)


def two_layer_mask_backward(dout, cache):
    X, W1, W2, pre, hidden, (log_p, y), reg = cache
    N = len(y)
    dscores = np.exp(log_p)
    dscores[np.arange(N), y] -= 1
    dscores *= dout / N
    grads = {}
    grads["W2"] = hidden.T @ dscores + dout * 2 * reg * W2
    grads["b2"] = dscores.sum(axis=0)
    dpre = dscores @ W2.T
    grads["W1"] = X.T @ dpre + dout * 2 * reg * W1
    grads["b1"] = dpre.sum(axis=0)
    return grads


def case_two_layer_no_mask(seed=0):
    return net_inputs(seed, two_layer_mask_backward)


TRUTH = {
    "svm_minus_one": (
        "correct class gets -1 instead of minus the number of positive margins",
        "course",
        "dx[np.arange(N), y] = -1",
    ),
    "svm_margins_not_counted": (
        "the margins themselves are used instead of their 0/1 indicator",
        "course",
        "dx = margins.copy()",
    ),
    "two_layer_reg_factor_two": (
        "W2's regularization gradient lacks the factor 2",
        "course",
        'grads["W2"] = hidden.T @ dscores + reg * W2',
    ),
    "two_layer_no_mask": (
        "ReLU's mask forgotten (missing: dpre *= pre > 0)",
        "course",
        "dpre = dscores @ W2.T",
    ),
}
