"""Right layers and losses that neither the course nor the first set has."""

from __future__ import annotations

from typing import Any

import numpy as np


def arguments(layer: str, rng: np.random.Generator) -> tuple[tuple, dict[str, Any]]:
    """Arguments of one layer or loss, by position and by name."""
    n = rng.normal
    shapes = {
        "bilinear": ((4, 3), (4, 5), (2, 3, 5)),
        "glu": ((4, 6),),
        "prelu": ((5, 3), (3,)),
        "gru": ((3, 4), (3, 5), (4, 15), (5, 15)),
        "rbf": ((5, 3), (4, 3)),
        "causal_conv": ((2, 7), (3,)),
        "pooled": ((4, 5, 3), (3,)),
        "scale_shift": ((2, 3, 4, 5), (2, 3), (2, 3)),
        "kl_loss": ((4, 5), (4, 5)),
        "ratio_loss": ((4, 5), (4, 5)),
    }
    return tuple(n(size=shape) for shape in shapes[layer]), {}


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def bilinear_forward(x, y, w):
    return np.einsum("ni,kij,nj->nk", x, w, y), (x, y, w)


def bilinear_backward(dout, cache):
    x, y, w = cache
    dx = np.einsum("nk,kij,nj->ni", dout, w, y)
    dy = np.einsum("nk,kij,ni->nj", dout, w, x)
    dw = np.einsum("nk,ni,nj->kij", dout, x, y)
    return dx, dy, dw


def glu_forward(x):
    a, b = np.split(x, 2, axis=1)
    s = sigmoid(b)
    return a * s, (a, s)


def glu_backward(dout, cache):
    a, s = cache
    da = dout * s
    db = dout * a * s * (1 - s)
    return np.concatenate([da, db], axis=1)


def prelu_forward(x, slope):
    return np.where(x > 0, x, slope * x), (x, slope)


def prelu_backward(dout, cache):
    x, slope = cache
    dx = np.where(x > 0, dout, slope * dout)
    dslope = np.sum(np.where(x > 0, 0, x) * dout, axis=0)
    return dx, dslope


def gru_forward(x, h, wx, wh):
    H = h.shape[1]
    ax, ah = x @ wx, h @ wh
    r = sigmoid(ax[:, :H] + ah[:, :H])
    z = sigmoid(ax[:, H : 2 * H] + ah[:, H : 2 * H])
    n = np.tanh(ax[:, 2 * H :] + r * ah[:, 2 * H :])
    return (1 - z) * n + z * h, (x, h, wx, wh, r, z, n, ah[:, 2 * H :])


def gru_backward(dout, cache):
    x, h, wx, wh, r, z, n, hn = cache
    dz = dout * (h - n)
    dn = dout * (1 - z)
    dan = dn * (1 - n**2)
    dr = dan * hn
    dar = dr * r * (1 - r)
    daz = dz * z * (1 - z)
    dax = np.concatenate([dar, daz, dan], axis=1)
    dah = np.concatenate([dar, daz, dan * r], axis=1)
    dx = dax @ wx.T
    dh = dah @ wh.T + dout * z
    dwx = x.T @ dax
    dwh = h.T @ dah
    return dx, dh, dwx, dwh


def rbf_forward(x, centres):
    apart = x[:, None] - centres[None]
    out = np.exp(-0.5 * np.sum(apart**2, axis=2))
    return out, (apart, out)


def rbf_backward(dout, cache):
    apart, out = cache
    flow = (dout * out)[:, :, None] * apart
    dx = -flow.sum(axis=1)
    dcentres = flow.sum(axis=0)
    return dx, dcentres


def causal_conv_forward(x, w):
    K, T = len(w), x.shape[1]
    padded = np.pad(x, ((0, 0), (K - 1, 0)))
    return sum(w[k] * padded[:, k : k + T] for k in range(K)), (padded, w)


def causal_conv_backward(dout, cache):
    padded, w = cache
    K, T = len(w), dout.shape[1]
    dpadded = np.zeros_like(padded)
    dw = np.zeros_like(w)
    for k in range(K):
        dpadded[:, k : k + T] += w[k] * dout
        dw[k] = np.sum(padded[:, k : k + T] * dout)
    dx = dpadded[:, K - 1 :]
    return dx, dw


def pooled_forward(x, v):
    scores = x @ v
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    a = e / e.sum(axis=1, keepdims=True)
    return np.einsum("nt,ntd->nd", a, x), (x, v, a)


def pooled_backward(dout, cache):
    x, v, a = cache
    da = np.einsum("nd,ntd->nt", dout, x)
    inner = np.sum(a * da, axis=1, keepdims=True)
    ds = a * (da - inner)
    dv = np.einsum("nt,ntd->d", ds, x)
    dx = a[:, :, None] * dout[:, None, :]
    dx = dx + ds[:, :, None] * v
    return dx, dv


def scale_shift_forward(x, scale, shift):
    return x * (1 + scale[:, :, None, None]) + shift[:, :, None, None], (x, scale)


def scale_shift_backward(dout, cache):
    x, scale = cache
    dx = dout * (1 + scale[:, :, None, None])
    dscale = np.sum(dout * x, axis=(2, 3))
    dshift = np.sum(dout, axis=(2, 3))
    return dx, dscale, dshift


def kl_loss(x, t):
    N = x.shape[0]
    p = np.exp(x - x.max(axis=1, keepdims=True))
    p = p / p.sum(axis=1, keepdims=True)
    q = np.exp(t - t.max(axis=1, keepdims=True))
    q = q / q.sum(axis=1, keepdims=True)
    gap = np.log(p) - np.log(q)
    each = np.sum(p * gap, axis=1, keepdims=True)
    loss = np.sum(each) / N
    dx = p * (gap - each) / N
    return loss, dx


def ratio_loss(x, t):
    top = np.sum((x - t) ** 2)
    bottom = 1 + np.sum(x**2)
    loss = top / bottom
    dtop = 2 * (x - t)
    dbottom = 2 * x
    dx = dtop / bottom - top * dbottom / bottom**2
    return loss, dx
