"""Wrong gradients of convolutions, pools, losses and networks; see `benchmarks.blind`."""

from __future__ import annotations

import numpy as np

from benchmarks.blind.second.convnets import softmax_forward


def softmax_recompute_forward(x, y):
    shifted = x - x.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -np.mean(log_p[np.arange(len(y)), y]), (x, y)


def softmax_recompute_backward(dout, cache):
    x, y = cache
    N, C = x.shape
    e = np.exp(x - x.max(axis=1, keepdims=True))
    p = e / np.sum(e, axis=0)
    p -= np.eye(C)[y]
    dx = p / N * dout
    return dx


def case_softmax_sum_axis(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (
        softmax_recompute_forward,
        softmax_recompute_backward,
        r.normal(size=(6, 4)),
        r.integers(4, size=6),
    ), {}


def svm_forward(x, y, delta=1.0):
    N = len(x)
    correct = x[np.arange(N), y][:, None]
    margins = x - correct + delta
    counted = np.maximum(margins, 0)
    counted[np.arange(N), y] = 0
    return counted.sum() / N, (margins, y)


def svm_backward(dout, cache):
    margins, y = cache
    N = len(y)
    dx = np.zeros_like(margins)
    dx[margins > 0] = 1
    dx[np.arange(N), y] = -dx.sum(axis=1)
    dx /= N
    return dout * dx


def case_svm_counts_correct_class(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (svm_forward, svm_backward, r.normal(size=(5, 4)), r.integers(4, size=5)), {}


def two_layer_forward(X, W1, b1, W2, b2, y, reg):
    hidden = np.maximum(X @ W1 + b1, 0)
    loss, cache = softmax_forward(hidden @ W2 + b2, y)
    return loss + 0.5 * reg * (np.sum(W1 * W1) + np.sum(W2 * W2)), (X, W1, b1, W2, b2, hidden, cache, reg)


def two_layer_backward(dout, cache):
    X, W1, b1, W2, b2, hidden, (p, y), reg = cache
    dscores = p.copy()
    dscores[range(len(y)), y] -= 1
    dscores /= len(y)
    dhidden = (dscores @ W2.T) * (hidden > 0)
    grads = {
        "W1": X.T @ dhidden + reg * W1,
        "b1": dhidden.sum(axis=0) + reg * b1,
        "W2": hidden.T @ dscores + reg * W2,
        "b2": dscores.sum(axis=0),
    }
    return {k: dout * g for k, g in grads.items()}


def case_two_layer_bias_regularized(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (
        two_layer_forward,
        two_layer_backward,
        r.normal(size=(4, 5)),
        r.normal(size=(5, 6)),
        r.normal(size=6),
        r.normal(size=(6, 3)),
        r.normal(size=3),
        r.integers(3, size=4),
        0.5,
    ), {"wrt": ["W1", "b1", "W2", "b2"]}


def fc_forward(X, W1, b1, W2, b2, W3, b3, y):
    params = {"W1": W1, "b1": b1, "W2": W2, "b2": b2, "W3": W3, "b3": b3}
    h, caches = X, []
    for i in (1, 2):
        pre = h @ params[f"W{i}"] + params[f"b{i}"]
        caches.append((h, pre))
        h = np.maximum(pre, 0)
    loss, soft = softmax_forward(h @ W3 + b3, y)
    return loss, (params, caches, h, soft)


def fc_backward(dout, cache):
    params, caches, h, (p, y) = cache
    grads = {}
    d = p.copy()
    d[np.arange(len(y)), y] -= 1
    d *= dout / len(y)
    grads["W3"], grads["b3"] = h.T @ d, d.sum(axis=0)
    d = d @ params["W3"].T
    for i in (2, 1):
        h, pre = caches[i - 1]
        dpre = d * (pre > 0)
        grads[f"W{i}"] = h.T @ dpre
        grads[f"b{i}"] = dpre.sum(axis=0)
        d = d @ params[f"W{i}"].T
    return grads


def case_fc_passes_on_unmasked(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (
        fc_forward,
        fc_backward,
        r.normal(size=(4, 3)),
        r.normal(size=(3, 5)),
        0.1 * r.normal(size=5),
        r.normal(size=(5, 5)),
        0.1 * r.normal(size=5),
        r.normal(size=(5, 3)),
        0.1 * r.normal(size=3),
        r.integers(3, size=4),
    ), {"wrt": ["W1", "b1", "W2", "b2", "W3", "b3"]}


TRUTH = {
    "softmax_sum_axis": (
        "the sum goes over the examples (axis 0) instead of the classes",
        "course",
        "p = e / np.sum(e, axis=0)",
    ),
    "svm_counts_correct_class": (
        "the correct class's own margin (delta > 0) is counted too (missing: dx[rows, y] = 0 before the sum)",
        "course",
        "dx[margins > 0] = 1 || dx[np.arange(N), y] = -dx.sum(axis=1)",
    ),
    "two_layer_bias_regularized": (
        "b1 gets a regularization gradient that the loss does not have",
        "course",
        '"b1": dhidden.sum(axis=0) + reg * b1,',
    ),
    "fc_passes_on_unmasked": (
        "d (before ReLU's mask) is passed to the layer below instead of dpre",
        "course",
        'd = d @ params[f"W{i}"].T',
    ),
}
