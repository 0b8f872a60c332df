"""Wrong gradients of normalization; see `benchmarks.blind`."""

from __future__ import annotations

import numpy as np


def ln3_forward(x, gamma, beta):
    c = x - x.mean(axis=-1, keepdims=True)
    std = np.sqrt((c**2).mean(axis=-1, keepdims=True) + 1e-5)
    return gamma * c / std + beta, (c / std, std, gamma)


def ln3_backward(dout, cache):
    x_hat, std, gamma = cache
    D = x_hat.shape[1]
    dgamma = (dout * x_hat).sum(axis=(0, 1))
    dbeta = dout.sum(axis=(0, 1))
    g = dout * gamma
    dx = g - g.sum(axis=-1, keepdims=True) / D - x_hat * (g * x_hat).sum(axis=-1, keepdims=True) / D
    return dx / std, dgamma, dbeta


def case_ln_sequence_wrong_d(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (ln3_forward, ln3_backward, r.normal(size=(2, 3, 5)), r.normal(size=5), r.normal(size=5)), {}


def groupnorm_forward(x, gamma, beta, G, eps=1e-5):
    N, C, H, W = x.shape
    groups = x.reshape(N, G, C // G * H * W)
    std = np.sqrt(groups.var(axis=2, keepdims=True) + eps)
    groups_hat = (groups - groups.mean(axis=2, keepdims=True)) / std
    x_hat = groups_hat.reshape(N, C, H, W)
    return gamma * x_hat + beta, (x_hat, std, gamma, G)


def groupnorm_backward(dout, cache):
    x_hat, std, gamma, G = cache
    N, C, H, W = dout.shape
    dgamma = (dout * x_hat).sum(axis=(0, 2, 3), keepdims=True)
    dbeta = dout.sum(axis=(0, 2, 3), keepdims=True)
    h = x_hat.reshape(N, G, -1)
    g = dout.reshape(N, G, -1)
    dx = (g - g.mean(axis=2, keepdims=True) - h * (g * h).mean(axis=2, keepdims=True)) / std
    dx = gamma * dx.reshape(N, C, H, W)
    return dx, dgamma, dbeta


def case_gn_gamma_after_normalizing(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (
        groupnorm_forward,
        groupnorm_backward,
        r.normal(size=(2, 4, 3, 3)),
        r.normal(size=(1, 4, 1, 1)),
        r.normal(size=(1, 4, 1, 1)),
        2,
    ), {}


def spatial_forward(x, gamma, beta, eps=1e-5):
    mean = x.mean(axis=(0, 2, 3), keepdims=True)
    std = np.sqrt(x.var(axis=(0, 2, 3), keepdims=True) + eps)
    x_hat = (x - mean) / std
    return gamma[:, None, None] * x_hat + beta[:, None, None], (x_hat, std, gamma)


def spatial_backward(dout, cache):
    x_hat, std, gamma = cache
    N, C, H, W = dout.shape
    axes = (0, 2, 3)
    dbeta = dout.sum(axis=axes)
    dgamma = (dout * x_hat).sum(axis=axes)
    scale = gamma[:, None, None] / std
    dx = scale * (dout - dbeta[:, None, None] / N - x_hat * dgamma[:, None, None] / N)
    return dx, dgamma, dbeta


def case_spatial_bn_count(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (
        spatial_forward,
        spatial_backward,
        r.normal(size=(3, 2, 3, 4)),
        r.normal(size=2),
        r.normal(size=2),
    ), {}


TRUTH = {
    "ln_sequence_wrong_d": (
        "D is shape[1] (the length) instead of shape[-1] for a three-dimensional x",
        "course",
        "D = x_hat.shape[1]",
    ),
    "gn_gamma_after_normalizing": (
        "gamma is applied after the group's projection instead of before: g should be dout * gamma",
        "course",
        "g = dout.reshape(N, G, -1) || dx = gamma * dx.reshape(N, C, H, W)",
    ),
    "spatial_bn_count": (
        "divided by N instead of N * H * W",
        "course",
        "dx = scale * (dout - dbeta[:, None, None] / N - x_hat * dgamma[:, None, None] / N)",
    ),
}
