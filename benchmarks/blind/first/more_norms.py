"""Wrong gradients of normalization; see `benchmarks.blind`."""

from __future__ import annotations

import numpy as np

from benchmarks.blind.first.norms import batchnorm_forward


def groupnorm_forward(x, gamma, beta, G, eps=1e-5):
    groups = x.reshape(x.shape[0], G, -1)
    mean = groups.mean(axis=2, keepdims=True)
    std = np.sqrt(groups.var(axis=2, keepdims=True) + eps)
    x_hat = ((groups - mean) / std).reshape(x.shape)
    return gamma * x_hat + beta, (x_hat, std, gamma)


def gn_shift_backward(dout, cache):
    x_hat, std, gamma = cache
    dgamma = np.sum(dout * x_hat, axis=(0, 2, 3), keepdims=True)
    dbeta = np.sum(dout, axis=(0, 2, 3), keepdims=True)
    N, G, _ = std.shape
    dgroups = (dout * gamma).reshape(N, G, -1)
    groups = x_hat.reshape(N, G, -1)
    centred = dgroups - dgroups.mean(axis=(1, 2), keepdims=True)
    dx = (centred - groups * (dgroups * groups).mean(axis=2, keepdims=True)) / std
    return dx.reshape(dout.shape), dgamma, dbeta


def case_gn_mean_over_all_groups(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (
        groupnorm_forward,
        gn_shift_backward,
        r.normal(size=(2, 6, 3, 3)),
        r.normal(size=(1, 6, 1, 1)),
        r.normal(size=(1, 6, 1, 1)),
        3,
    ), {}


def spatial_forward(x, gamma, beta):
    N, C, H, W = x.shape
    rows = x.transpose(0, 2, 3, 1).reshape(-1, C)
    out, cache = batchnorm_forward(rows, gamma, beta)
    return out.reshape(N, H, W, C).transpose(0, 3, 1, 2), cache


def spatial_backward_reshape(dout, cache):
    N, C, H, W = dout.shape
    x_hat, _, std, gamma = cache
    rows = dout.transpose(0, 2, 3, 1).reshape(-1, C)
    dbeta = rows.sum(axis=0)
    dgamma = (rows * x_hat).sum(axis=0)
    drows = gamma / std * (rows - (dbeta + x_hat * dgamma) / len(rows))
    dx = drows.reshape(N, C, H, W)
    return dx, dgamma, dbeta


def case_spatial_bn_reshape_back(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (
        spatial_forward,
        spatial_backward_reshape,
        r.normal(size=(3, 2, 4, 3)),
        r.normal(size=2),
        r.normal(size=2),
    ), {}


TRUTH = {
    "gn_mean_over_all_groups": (
        "mean over all groups of an example instead of each group's",
        "course",
        "centred = dgroups - dgroups.mean(axis=(1, 2), keepdims=True)",
    ),
    "spatial_bn_reshape_back": (
        "rows reshaped straight to (N, C, H, W) without transposing back",
        "course",
        "dx = drows.reshape(N, C, H, W)",
    ),
}
