"""Wrong gradients of layers that the course does not have; see `benchmarks.blind`."""

from __future__ import annotations

import numpy as np

from benchmarks.blind.second.others import softmax


def smoothed_forward(x, y, smooth=0.2):
    N, C = x.shape
    p = softmax(x)
    target = np.full((N, C), smooth / C)
    target[np.arange(N), y] += 1 - smooth
    return -(target * np.log(p)).sum() / N, (p, y, smooth)


def smoothed_backward(dout, cache):
    p, y, smooth = cache
    N = len(p)
    dx = p.copy()
    dx[np.arange(N), y] -= 1 - smooth
    return dout * dx / N


def case_smoothing_share_forgotten(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (smoothed_forward, smoothed_backward, r.normal(size=(4, 5)), r.integers(5, size=4)), {"wrt": ["x"]}


def vae_forward(mu, logvar):
    kl = -0.5 * np.sum(1 + logvar - mu**2 - np.exp(logvar)) / len(mu)
    return kl, (mu, logvar)


def vae_backward(dout, cache):
    mu, logvar = cache
    N = mu.shape[0]
    dmu = dout * mu / N
    dlogvar = dout * 0.5 * np.exp(logvar) / N
    return dmu, dlogvar


def case_vae_minus_one(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (vae_forward, vae_backward, r.normal(size=(4, 3)), r.normal(size=(4, 3))), {}


def pinball_forward(pred, target, tau):
    e = target - pred
    return np.mean(np.maximum(tau * e, (tau - 1) * e)), (e, tau)


def pinball_backward(dout, cache):
    e, tau = cache
    de = np.where(e > 0, tau, 1 - tau) / e.size
    return -dout * de, dout * de


def case_pinball_sign(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (pinball_forward, pinball_backward, r.normal(size=(5, 3)), r.normal(size=(5, 3)), 0.3), {
        "wrt": ["pred", "target"]
    }


def dilated_forward(x, w, dilation):
    K = w.shape[2]
    L = x.shape[2] - dilation * (K - 1)
    out = np.zeros((x.shape[0], w.shape[0], L))
    for k in range(K):
        out += np.einsum("ncl,fc->nfl", x[:, :, k * dilation : k * dilation + L], w[:, :, k])
    return out, (x, w, dilation)


def dilated_backward(dout, cache):
    x, w, dilation = cache
    K, L = w.shape[2], dout.shape[2]
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    for k in range(K):
        start = k * dilation
        dw[:, :, k] = np.einsum("nfl,ncl->fc", dout, x[:, :, start : start + L])
        dx[:, :, k : k + L] += np.einsum("nfl,fc->ncl", dout, w[:, :, k])
    return dx, dw


def case_dilation_forgotten(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (dilated_forward, dilated_backward, r.normal(size=(2, 3, 9)), r.normal(size=(2, 3, 3)), 2), {}


def separable_forward(x, depth, point):
    pad = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    H, W = x.shape[2:]
    mid = np.zeros(x.shape)
    for i in range(3):
        for j in range(3):
            mid += pad[:, :, i : i + H, j : j + W] * depth[:, i, j][:, None, None]
    out = np.einsum("fc,nchw->nfhw", point, mid)
    return out, (x, pad, mid, depth, point)


def separable_backward(dout, cache):
    x, pad, mid, depth, point = cache
    H, W = x.shape[2:]
    dpoint = np.einsum("nfhw,nchw->fc", dout, x)
    dmid = np.einsum("nfhw,fc->nchw", dout, point)
    dpad, ddepth = np.zeros_like(pad), np.zeros_like(depth)
    for i in range(3):
        for j in range(3):
            ddepth[:, i, j] = (dmid * pad[:, :, i : i + H, j : j + W]).sum(axis=(0, 2, 3))
            dpad[:, :, i : i + H, j : j + W] += dmid * depth[:, i, j][:, None, None]
    return dpad[:, :, 1:-1, 1:-1], ddepth, dpoint


def case_separable_wrong_input(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (
        separable_forward,
        separable_backward,
        r.normal(size=(2, 2, 4, 4)),
        r.normal(size=(2, 3, 3)),
        r.normal(size=(3, 2)),
    ), {}


def deconv_forward(x, w, stride, crop):
    N, C, H, W = x.shape
    K = w.shape[2]
    full = np.zeros((N, w.shape[1], (H - 1) * stride + K, (W - 1) * stride + K))
    for i in range(K):
        for j in range(K):
            full[:, :, i : i + stride * H : stride, j : j + stride * W : stride] += np.einsum(
                "nchw,cf->nfhw", x, w[:, :, i, j]
            )
    return full[:, :, crop:-crop, crop:-crop], (x, w, stride, crop)


def deconv_backward(dout, cache):
    x, w, stride, crop = cache
    H, W = x.shape[2:]
    K = w.shape[2]
    dfull = np.pad(dout, ((0, 0), (0, 0), (0, 2 * crop), (0, 2 * crop)))
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    for i in range(K):
        for j in range(K):
            piece = dfull[:, :, i : i + stride * H : stride, j : j + stride * W : stride]
            dx += np.einsum("nfhw,cf->nchw", piece, w[:, :, i, j])
            dw[:, :, i, j] = np.einsum("nchw,nfhw->cf", x, piece)
    return dx, dw


def case_deconv_crop_on_one_side(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (
        deconv_forward,
        deconv_backward,
        r.normal(size=(2, 2, 3, 3)),
        r.normal(size=(2, 2, 3, 3)),
        2,
        1,
    ), {}


def prelu_forward(x, alpha):
    return np.where(x > 0, x, alpha[:, None, None] * x), (x, alpha)


def prelu_backward(dout, cache):
    x, alpha = cache
    dx = np.where(x > 0, dout, alpha[:, None, None] * dout)
    dalpha = (dout * np.maximum(x, 0)).sum(axis=(0, 2, 3))
    return dx, dalpha


def case_prelu_positive_side(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (prelu_forward, prelu_backward, r.normal(size=(2, 3, 3, 3)), r.normal(size=3)), {}


def temperature_forward(x, t):
    p = softmax(x / t)
    return p, (x, t, p)


def temperature_backward(dout, cache):
    x, t, p = cache
    ds = p * (dout - (dout * p).sum(axis=1, keepdims=True))
    dx = ds * t
    dt = np.sum(ds * x) / t**2
    return dx, np.array([dt])


def case_temperature_two_slips(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (temperature_forward, temperature_backward, r.normal(size=(4, 5)), np.array([1.7])), {}


TRUTH = {
    "smoothing_share_forgotten": (
        "the smooth / C of every class is not subtracted (missing)",
        "other",
        "dx[np.arange(N), y] -= 1 - smooth || dx = p.copy()",
    ),
    "vae_minus_one": (
        "exp(logvar) instead of exp(logvar) - 1",
        "other",
        "dlogvar = dout * 0.5 * np.exp(logvar) / N",
    ),
    "pinball_sign": ("1 - tau instead of tau - 1", "other", "de = np.where(e > 0, tau, 1 - tau) / e.size"),
    "dilation_forgotten": (
        "dx is added at k instead of k * dilation",
        "other",
        'dx[:, :, k : k + L] += np.einsum("nfl,fc->ncl", dout, w[:, :, k])',
    ),
    "separable_wrong_input": (
        "the 1 x 1 filter's gradient uses x instead of mid",
        "other",
        'dpoint = np.einsum("nfhw,nchw->fc", dout, x)',
    ),
    "deconv_crop_on_one_side": (
        "the cropped border is put back at the end only",
        "other",
        "dfull = np.pad(dout, ((0, 0), (0, 0), (0, 2 * crop), (0, 2 * crop)))",
    ),
    "prelu_positive_side": (
        "dalpha sums the positive entries instead of the negative",
        "other",
        "dalpha = (dout * np.maximum(x, 0)).sum(axis=(0, 2, 3))",
    ),
    "temperature_two_slips": (
        "two slips: dx multiplies by t instead of dividing; dt lacks the minus",
        "other",
        "dx = ds * t || dt = np.sum(ds * x) / t**2",
    ),
}
