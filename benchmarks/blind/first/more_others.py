"""Wrong gradients of layers that the course does not have; see `benchmarks.blind`."""

from __future__ import annotations

import numpy as np

from benchmarks.blind.first.others import sigmoid, softmax


def softplus_forward(x, beta=2.0):
    return np.log1p(np.exp(-np.abs(beta * x))) / beta + np.maximum(x, 0), (x, beta)


def softplus_backward(dout, cache):
    x, beta = cache
    return dout / (1 + np.exp(beta * x))


def case_softplus_sign(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (softplus_forward, softplus_backward, r.normal(size=(5, 4))), {}


def rms_forward(x, g, eps=1e-6):
    rms = np.sqrt((x**2).mean(axis=-1, keepdims=True) + eps)
    return x / rms * g, (x, g, rms)


def rms_backward(dout, cache):
    x, g, rms = cache
    x_hat = x / rms
    dg = (dout * x_hat).sum(axis=0)
    dx_hat = dout * g
    inner = (dx_hat * x_hat).sum(axis=-1, keepdims=True)
    dx = (dx_hat - x_hat * inner) / rms
    return dx, dg


def case_rms_sum_not_mean(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (rms_forward, rms_backward, r.normal(size=(4, 5)), r.normal(size=5)), {}


def embed_forward(W, tokens):
    return W[tokens], (W.shape, tokens)


def embed_backward(dout, cache):
    shape, tokens = cache
    dW = np.zeros(shape)
    dW[tokens] += dout
    return dW


def case_embedding_repeated_tokens(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (embed_forward, embed_backward, r.normal(size=(5, 3)), r.integers(5, size=(3, 4))), {}


def cosine_forward(a, b):
    na, nb = np.linalg.norm(a, axis=1), np.linalg.norm(b, axis=1)
    cos = (a * b).sum(axis=1) / (na * nb)
    return cos, (a, b, na, nb, cos)


def cosine_backward(dout, cache):
    a, b, na, nb, cos = cache
    na, nb, cos, dout = (v[:, None] for v in (na, nb, cos, dout))
    da = dout * (b / (na * nb) - cos * a / na)
    db = dout * (a / (na * nb) - cos * b / nb**2)
    return da, db


def case_cosine_norm_not_squared(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (cosine_forward, cosine_backward, r.normal(size=(4, 5)), r.normal(size=(4, 5))), {}


def contrastive_forward(a, b, same, margin=3.0):
    diff = a - b
    d = np.sqrt((diff**2).sum(axis=1))
    gap = np.maximum(margin - d, 0)
    loss = np.mean(same * d**2 + (1 - same) * gap**2)
    return loss, (diff, d, gap, same)


def contrastive_backward(dout, cache):
    diff, d, gap, same = cache
    N = len(d)
    dd = 2 * same * d + 2 * (1 - same) * gap
    da = dout * dd[:, None] * diff / d[:, None] / N
    return da, -da


def case_contrastive_sign_of_gap(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (
        contrastive_forward,
        contrastive_backward,
        r.normal(size=(6, 3)),
        r.normal(size=(6, 3)),
        np.array([1, 0, 1, 0, 0, 1]),
    ), {}


def focal_forward(x, t, gamma=2.0):
    p = sigmoid(x)
    pt = np.where(t == 1, p, 1 - p)
    return np.mean(-((1 - pt) ** gamma) * np.log(pt)), (pt, t, gamma)


def focal_backward(dout, cache):
    pt, t, gamma = cache
    dpt = -((1 - pt) ** gamma) / pt
    sign = np.where(t == 1, 1, -1)
    dx = dpt * pt * (1 - pt) * sign
    return dout * dx / dx.size


def case_focal_weight_constant(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (focal_forward, focal_backward, r.normal(size=(5, 3)), r.integers(2, size=(5, 3))), {}


def kl_forward(logits, target):
    q = softmax(logits)
    return np.sum(target * (np.log(target) - np.log(q))) / len(q), (q, target)


def kl_backward(dout, cache):
    q, target = cache
    N = q.shape[0]
    return dout * (target - q) / N


def case_kl_sign(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (kl_forward, kl_backward, r.normal(size=(4, 5)), softmax(r.normal(size=(4, 5)))), {
        "wrt": ["logits"]
    }


def huber_forward(x, t, delta=0.5):
    e = x - t
    small = np.abs(e) <= delta
    return np.where(small, 0.5 * e**2, delta * (np.abs(e) - 0.5 * delta)).sum(), (e, small, delta)


def huber_backward(dout, cache):
    e, small, delta = cache
    de = np.where(small, e, np.sign(e))
    return dout * de, -dout * de


def case_huber_delta_forgotten(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (huber_forward, huber_backward, r.normal(size=(5, 4)), r.normal(size=(5, 4))), {}


def conv1d_forward(x, w, b, pad):
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad)))
    K = w.shape[2]
    L = xp.shape[2] - K + 1
    out = np.zeros((x.shape[0], w.shape[0], L))
    for k in range(K):
        out += np.einsum("ncl,fc->nfl", xp[:, :, k : k + L], w[:, :, k])
    return out + b[:, None], (xp, w, pad)


def conv1d_backward(dout, cache):
    xp, w, pad = cache
    K, L = w.shape[2], dout.shape[2]
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for k in range(K):
        dw[:, :, k] = np.einsum("nfl,ncl->fc", dout, xp[:, :, k : k + L])
        dxp[:, :, k : k + L] += np.einsum("nfl,fc->ncl", dout, w[:, :, K - 1 - k])
    dx = dxp[:, :, pad:-pad]
    return dx, dw, dout.sum(axis=(0, 2))


def case_conv1d_flipped(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (
        conv1d_forward,
        conv1d_backward,
        r.normal(size=(2, 3, 7)),
        r.normal(size=(4, 3, 3)),
        r.normal(size=4),
        1,
    ), {}


TRUTH = {
    "softplus_sign": (
        "sigmoid(-beta x) instead of sigmoid(beta x)",
        "other",
        "return dout / (1 + np.exp(beta * x))",
    ),
    "rms_sum_not_mean": (
        "sum over the features instead of the mean",
        "other",
        "inner = (dx_hat * x_hat).sum(axis=-1, keepdims=True)",
    ),
    "embedding_repeated_tokens": (
        "dW[tokens] += dout loses repeated tokens (np.add.at needed)",
        "other",
        "dW[tokens] += dout",
    ),
    "cosine_norm_not_squared": (
        "cos * a / na instead of / na**2",
        "other",
        "da = dout * (b / (na * nb) - cos * a / na)",
    ),
    "contrastive_sign_of_gap": (
        "sign: derivative of gap by d is -1",
        "other",
        "dd = 2 * same * d + 2 * (1 - same) * gap",
    ),
    "focal_weight_constant": (
        "the weight (1 - pt)**gamma is treated as a constant; its derivative's term is missing",
        "other",
        "dpt = -((1 - pt) ** gamma) / pt",
    ),
    "kl_sign": ("target - q instead of q - target", "other", "return dout * (target - q) / N"),
    "huber_delta_forgotten": (
        "linear part lacks the factor delta",
        "other",
        "de = np.where(small, e, np.sign(e))",
    ),
    "conv1d_flipped": (
        "kernel flipped although the offsets are not: w[:, :, K - 1 - k] instead of w[:, :, k]",
        "other",
        'dxp[:, :, k : k + L] += np.einsum("nfl,fc->ncl", dout, w[:, :, K - 1 - k])',
    ),
}
