"""Wrong gradients of normalization; see `benchmarks.blind`."""

from __future__ import annotations

import numpy as np


def batchnorm_forward(x, gamma, beta, eps=1e-5):
    mean = x.mean(axis=0)
    centred = x - mean
    var = (centred**2).mean(axis=0)
    std = np.sqrt(var + eps)
    x_hat = centred / std
    cache = (x_hat, centred, std, gamma)
    return gamma * x_hat + beta, cache


def bn_inputs(seed, fw, bw, N=6, D=4, **kw):
    r = np.random.default_rng(seed + 1000)
    return (fw, bw, 2 * r.normal(size=(N, D)) + 1, r.normal(size=D), r.normal(size=D)), kw


def bn_nomean_backward(dout, cache):
    x_hat, centred, std, gamma = cache
    N = dout.shape[0]
    dbeta = dout.sum(axis=0)
    dgamma = (dout * x_hat).sum(axis=0)
    dx_hat = dout * gamma
    dstd = -(dx_hat * centred).sum(axis=0) / std**2
    dvar = dstd / (2 * std)
    dcentred = dx_hat / std + 2 * centred * dvar / N
    dx = dcentred
    return dx, dgamma, dbeta


def case_bn_mean_path_forgotten(seed=0):
    return bn_inputs(seed, batchnorm_forward, bn_nomean_backward)


def bn_power_backward(dout, cache):
    x_hat, xmu, std, gamma = cache
    N, D = dout.shape
    dbeta = np.sum(dout, axis=0)
    dgamma = np.sum(dout * x_hat, axis=0)
    dxhat = dout * gamma
    dvar = np.sum(dxhat * xmu, axis=0) * -0.5 * std ** (-1.5)
    dmu = np.sum(-dxhat / std, axis=0) + dvar * np.sum(-2 * xmu, axis=0) / N
    dx = dxhat / std + dvar * 2 * xmu / N + dmu / N
    return dx, dgamma, dbeta


def case_bn_power_of_std(seed=0):
    return bn_inputs(seed, batchnorm_forward, bn_power_backward, N=8, D=3)


def bn_alt_n_backward(dout, cache):
    x_hat, _, std, gamma = cache
    N = dout.shape[0]
    dbeta = dout.sum(axis=0)
    dgamma = (dout * x_hat).sum(axis=0)
    dx = (gamma / std) * (dout - dbeta / N - x_hat * dgamma)
    return dx, dgamma, dbeta


def case_bn_alt_dgamma_not_averaged(seed=0):
    return bn_inputs(seed, batchnorm_forward, bn_alt_n_backward)


def bn_dgamma_backward(dout, cache):
    x_hat, centred, std, gamma = cache
    N = dout.shape[0]
    dgamma = (dout * centred).sum(axis=0)
    dbeta = dout.sum(axis=0)
    g = dout * gamma
    dx = (g - g.mean(axis=0) - x_hat * (g * x_hat).mean(axis=0)) / std
    return dx, dgamma, dbeta


def case_bn_dgamma_of_centred(seed=0):
    return bn_inputs(seed, batchnorm_forward, bn_dgamma_backward)


def bn_nogamma_backward(dout, cache):
    x_hat, centred, std, gamma = cache
    N = dout.shape[0]
    dbeta = dout.sum(axis=0)
    dgamma = (dout * x_hat).sum(axis=0)
    dx_hat = dout
    dstd = -(dx_hat * centred).sum(axis=0) / std**2
    dvar = dstd / (2 * std)
    dcentred = dx_hat / std + 2 * centred * dvar / N
    dx = dcentred - dcentred.mean(axis=0)
    return dx, dgamma, dbeta


def case_bn_gamma_forgotten(seed=0):
    return bn_inputs(seed, batchnorm_forward, bn_nogamma_backward)


def bn_wrong_n_backward(dout, cache):
    x_hat, centred, std, gamma = cache
    D, N = dout.shape
    dbeta = dout.sum(axis=0)
    dgamma = (dout * x_hat).sum(axis=0)
    dx_hat = dout * gamma
    dvar = (-0.5 * dx_hat * centred / std**3).sum(axis=0)
    dcentred = dx_hat / std + 2.0 / N * centred * dvar
    dmean = -dcentred.sum(axis=0)
    dx = dcentred + dmean / N
    return dx, dgamma, dbeta


def case_bn_n_and_d_swapped(seed=0):
    return bn_inputs(seed, batchnorm_forward, bn_wrong_n_backward)


def bn_test_forward(x, gamma, beta, bn_param):
    mean, var = bn_param["running"]
    std = np.sqrt(np.array(var) + 1e-5)
    x_hat = (x - np.array(mean)) / std
    return gamma * x_hat + beta, (x_hat, std, gamma)


def bn_test_backward(dout, cache):
    x_hat, std, gamma = cache
    dbeta = dout.sum(axis=0)
    dgamma = (dout * x_hat).sum(axis=0)
    g = dout * gamma
    dx = (g - g.mean(axis=0) - x_hat * (g * x_hat).mean(axis=0)) / std
    return dx, dgamma, dbeta


def case_bn_test_mode_as_training(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (
        bn_test_forward,
        bn_test_backward,
        r.normal(size=(5, 3)),
        r.normal(size=3),
        r.normal(size=3),
        {"running": ((0.1, -0.2, 0.3), (1.5, 0.7, 1.0))},
    ), {"wrt": ["x", "gamma", "beta"]}


def layernorm_forward(x, gamma, beta, eps=1e-5):
    centred = x - x.mean(axis=1, keepdims=True)
    std = np.sqrt((centred**2).mean(axis=1, keepdims=True) + eps)
    x_hat = centred / std
    return gamma * x_hat + beta, (x_hat, std, gamma)


def ln_axis_backward(dout, cache):
    x_hat, std, gamma = cache
    dbeta = dout.sum(axis=0)
    dgamma = (dout * x_hat).sum(axis=0)
    dx_hat = dout * gamma
    shift = dx_hat.mean(axis=1, keepdims=True)
    stretch = (dx_hat * x_hat).mean(axis=0, keepdims=True)
    dx = (dx_hat - shift - x_hat * stretch) / std
    return dx, dgamma, dbeta


def case_ln_stretch_axis(seed=0):
    return bn_inputs(seed, layernorm_forward, ln_axis_backward, N=4, D=6)


def ln_dgamma_backward(dout, cache):
    x_hat, std, gamma = cache
    dgamma = np.sum(dout * x_hat, axis=1)
    dbeta = np.sum(dout, axis=0)
    g = dout * gamma
    dx = g - g.mean(axis=1, keepdims=True) - x_hat * (g * x_hat).mean(axis=1, keepdims=True)
    dx /= std
    return dx, dgamma, dbeta


def case_ln_dgamma_axis(seed=0):
    return bn_inputs(seed, layernorm_forward, ln_dgamma_backward, N=5, D=5)


TRUTH = {
    "bn_mean_path_forgotten": (
        "the path through the mean is forgotten: dx = dcentred (missing: + dmean / N)",
        "course",
        "dx = dcentred",
    ),
    "bn_power_of_std": (
        "std ** -1.5: the power -3/2 belongs to var + eps, std needs -3",
        "course",
        "dvar = np.sum(dxhat * xmu, axis=0) * -0.5 * std ** (-1.5)",
    ),
    "bn_alt_dgamma_not_averaged": (
        "x_hat * dgamma not divided by N",
        "course",
        "dx = (gamma / std) * (dout - dbeta / N - x_hat * dgamma)",
    ),
    "bn_dgamma_of_centred": (
        "dgamma sums dout * centred instead of dout * x_hat",
        "course",
        "dgamma = (dout * centred).sum(axis=0)",
    ),
    "bn_gamma_forgotten": ("dx_hat lacks the factor gamma", "course", "dx_hat = dout"),
    "bn_n_and_d_swapped": ("N is the number of features: D, N = dout.shape", "course", "D, N = dout.shape"),
    "bn_test_mode_as_training": (
        "forward uses running statistics (constants), backward the training formula; dx should be g / std",
        "course",
        "dx = (g - g.mean(axis=0) - x_hat * (g * x_hat).mean(axis=0)) / std",
    ),
    "ln_stretch_axis": (
        "the mean for stretch is over the batch (axis 0) instead of the features",
        "course",
        "stretch = (dx_hat * x_hat).mean(axis=0, keepdims=True)",
    ),
    "ln_dgamma_axis": (
        "dgamma is summed over the features instead of the batch (N = D)",
        "course",
        "dgamma = np.sum(dout * x_hat, axis=1)",
    ),
}
