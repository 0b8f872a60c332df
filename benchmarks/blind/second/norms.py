"""Wrong gradients of normalization; see `benchmarks.blind`."""

from __future__ import annotations

import numpy as np


def batchnorm_forward(x, gamma, beta, eps=1e-5):
    mean = x.mean(axis=0)
    centred = x - mean
    std = np.sqrt((centred**2).mean(axis=0) + eps)
    x_hat = centred / std
    return gamma * x_hat + beta, (x_hat, centred, std, gamma)


def inputs(seed, fw, bw, N=6, D=4, **kw):
    r = np.random.default_rng(seed + 1000)
    return (fw, bw, 1.5 * r.normal(size=(N, D)) - 1, r.normal(size=D), r.normal(size=D)), kw


def bn_square_backward(dout, cache):
    x_hat, centred, std, gamma = cache
    N = dout.shape[0]
    dbeta = dout.sum(axis=0)
    dgamma = (dout * x_hat).sum(axis=0)
    dx_hat = dout * gamma
    dstd = -(dx_hat * centred).sum(axis=0) / std**2
    dvar = dstd / (2 * std)
    dcentred = dx_hat / std
    dcentred += centred * dvar / N
    dmean = -dcentred.sum(axis=0)
    dx = dcentred + dmean / N
    return dx, dgamma, dbeta


def case_bn_square_rule(seed=0):
    return inputs(seed, batchnorm_forward, bn_square_backward)


def bn_dmean_backward(dout, cache):
    x_hat, centred, std, gamma = cache
    N = dout.shape[0]
    dbeta = dout.sum(axis=0)
    dgamma = (dout * x_hat).sum(axis=0)
    dx_hat = dout * gamma
    dstd = -(dx_hat * centred).sum(axis=0) / std**2
    dvar = 0.5 * dstd / std
    dcentred = dx_hat / std + 2 / N * centred * dvar
    dmean = -dcentred.sum(axis=0)
    dx = dcentred + dmean
    return dx, dgamma, dbeta


def case_bn_dmean_not_over_n(seed=0):
    return inputs(seed, batchnorm_forward, bn_dmean_backward, N=5)


def bn_alt_backward(dout, cache):
    x_hat, centred, std, gamma = cache
    N = dout.shape[0]
    dbeta = dout.sum(axis=0)
    dgamma = (dout * x_hat).sum(axis=0)
    dx = gamma / (N * std) * (N * dout - dbeta - centred * dgamma)
    return dx, dgamma, dbeta


def case_bn_alt_centred(seed=0):
    return inputs(seed, batchnorm_forward, bn_alt_backward, N=7, D=3)


def bn_eps_forward(x, gamma, beta, eps=0.1):
    mean, var = x.mean(axis=0), x.var(axis=0)
    x_hat = (x - mean) / np.sqrt(var + eps)
    return gamma * x_hat + beta, (x_hat, var, gamma)


def bn_eps_backward(dout, cache):
    x_hat, var, gamma = cache
    std = np.sqrt(var)
    g = gamma * dout
    dgamma = np.sum(dout * x_hat, axis=0)
    dbeta = np.sum(dout, axis=0)
    dx = (g - np.mean(g, axis=0) - x_hat * np.mean(g * x_hat, axis=0)) / std
    return dx, dgamma, dbeta


def case_bn_eps_forgotten(seed=0):
    return inputs(seed, bn_eps_forward, bn_eps_backward)


def bn_ddof_forward(x, gamma, beta, eps=1e-5):
    centred = x - x.mean(axis=0)
    std = np.sqrt(x.var(axis=0, ddof=1) + eps)
    x_hat = centred / std
    return gamma * x_hat + beta, (x_hat, centred, std, gamma)


def bn_ddof_backward(dout, cache):
    x_hat, centred, std, gamma = cache
    N = len(dout)
    dx_hat = dout * gamma
    dvar = -0.5 * (dx_hat * centred).sum(axis=0) / std**3
    dcentred = dx_hat / std + 2 * centred * dvar / N
    dx = dcentred - dcentred.mean(axis=0)
    return dx, (dout * x_hat).sum(axis=0), dout.sum(axis=0)


def case_bn_ddof(seed=0):
    return inputs(seed, bn_ddof_forward, bn_ddof_backward, N=4)


def bn_order_backward(dout, cache):
    x_hat, _, std, gamma = cache
    dgamma = (dout * x_hat).sum(axis=0)
    dbeta = dout.sum(axis=0)
    dx = gamma / std * (dout - (dbeta + x_hat * dgamma) / len(dout))
    return dx, dbeta, dgamma


def case_bn_returned_in_wrong_order(seed=0):
    return inputs(seed, batchnorm_forward, bn_order_backward)


def bn_sign_backward(dout, cache):
    x_hat, centred, std, gamma = cache
    N, D = dout.shape
    dbeta = dout.sum(axis=0)
    dgamma = np.sum(x_hat * dout, axis=0)
    dx_hat = gamma * dout
    divar = np.sum(dx_hat * centred, axis=0)
    dcentred1 = dx_hat / std
    dstd = divar / std**2
    dvar = 0.5 / std * dstd
    dsq = np.ones((N, D)) / N * dvar
    dcentred2 = 2 * centred * dsq
    dx1 = dcentred1 + dcentred2
    dmu = -1 * np.sum(dcentred1 + dcentred2, axis=0)
    dx2 = np.ones((N, D)) / N * dmu
    return dx1 + dx2, dgamma, dbeta


def case_bn_inverse_sign(seed=0):
    return inputs(seed, batchnorm_forward, bn_sign_backward)


def bn_two_backward(dout, cache):
    x_hat, centred, std, gamma = cache
    N = dout.shape[0]
    dbeta = (dout * gamma).sum(axis=0)
    dgamma = (dout * x_hat).sum(axis=0)
    dx_hat = dout * gamma
    shift = dx_hat.sum(axis=0) / N
    stretch = (dx_hat * x_hat).sum(axis=0) / N
    dx = (dx_hat - shift + x_hat * stretch) / std
    return dx, dgamma, dbeta


def case_bn_two_slips(seed=0):
    return inputs(seed, batchnorm_forward, bn_two_backward)


def ln_var_forward(x, gamma, beta, eps=1e-5):
    mu = x.mean(axis=1, keepdims=True)
    var = x.var(axis=1, keepdims=True) + eps
    x_hat = (x - mu) / np.sqrt(var)
    return gamma * x_hat + beta, (x_hat, var, gamma)


def ln_var_backward(dout, cache):
    x_hat, std, gamma = cache
    D = dout.shape[1]
    dgamma, dbeta = (dout * x_hat).sum(axis=0), dout.sum(axis=0)
    dx_hat = gamma * dout
    total = dx_hat.sum(axis=1, keepdims=True) + x_hat * (dx_hat * x_hat).sum(axis=1, keepdims=True)
    dx = (dx_hat - total / D) / std
    return dx, dgamma, dbeta


def case_ln_variance_for_std(seed=0):
    return inputs(seed, ln_var_forward, ln_var_backward, N=4, D=6)


TRUTH = {
    "bn_square_rule": ("the factor 2 of centred**2 is missing", "course", "dcentred += centred * dvar / N"),
    "bn_dmean_not_over_n": ("dmean is not divided by N", "course", "dx = dcentred + dmean"),
    "bn_alt_centred": (
        "centred instead of x_hat",
        "course",
        "dx = gamma / (N * std) * (N * dout - dbeta - centred * dgamma)",
    ),
    "bn_eps_forgotten": ("eps (0.1) is left out of the standard deviation", "course", "std = np.sqrt(var)"),
    "bn_ddof": (
        "the forward divides the variance by N - 1 (ddof=1), the backward by N",
        "course",
        "dcentred = dx_hat / std + 2 * centred * dvar / N || std = np.sqrt(x.var(axis=0, ddof=1) + eps)",
    ),
    "bn_returned_in_wrong_order": (
        "dbeta and dgamma returned in the wrong order",
        "course",
        "return dx, dbeta, dgamma",
    ),
    "bn_inverse_sign": (
        "derivative of 1/std is -1/std**2: the minus is missing",
        "course",
        "dstd = divar / std**2",
    ),
    "bn_two_slips": (
        "two slips: dbeta has the factor gamma, and + instead of - before x_hat * stretch",
        "course",
        "dbeta = (dout * gamma).sum(axis=0) || dx = (dx_hat - shift + x_hat * stretch) / std",
    ),
    "ln_variance_for_std": (
        "the forward caches the variance, the backward takes it for the standard deviation",
        "course",
        "return gamma * x_hat + beta, (x_hat, var, gamma) || x_hat, std, gamma = cache || dx = (dx_hat - total / D) / std",
    ),
}
