"""Layers of the kinds that the course has, as people write them who ask why their gradient check fails."""

# ruff: noqa: RUF059  (a mistake may read what the right line does not)

from __future__ import annotations

import numpy as np


def affine_forward(x, w, b):
    out = x.reshape(x.shape[0], -1).dot(w) + b
    return out, (x, w, b)


def affine_backward(dout, cache):
    x, w, b = cache
    N = x.shape[0]
    rows = x.reshape(N, -1)
    dx = dout.dot(w.T)
    dx = dx.reshape(x.shape)
    dw = rows.T.dot(dout)
    db = np.sum(dout, axis=0)
    return dx, dw, db


def relu_forward(x):
    return np.maximum(0, x), x


def relu_backward(dout, cache):
    x = cache
    dx = np.array(dout)
    dx[x <= 0] = 0
    return dx


def leaky_relu_forward(x, alpha=0.2):
    return np.where(x > 0, x, alpha * x), (x, alpha)


def leaky_relu_backward(dout, cache):
    x, alpha = cache
    slope = np.ones_like(x)
    slope[x < 0] = alpha
    return dout * slope


def sigmoid_forward(x):
    s = 1 / (1 + np.exp(-x))
    return s, s


def sigmoid_backward(dout, cache):
    s = cache
    local = s * (1 - s)
    return dout * local


def tanh_forward(x):
    t = np.tanh(x)
    return t, (x, t)


def tanh_backward(dout, cache):
    x, t = cache
    local = 1 - t**2
    return dout * local


def dropout_forward(x, p=0.6, seed=0):
    keep = np.random.default_rng(seed).random(x.shape) < p
    mask = keep / p
    return x * mask, (mask, keep, p)


def dropout_backward(dout, cache):
    mask, keep, p = cache
    dx = dout * mask
    return dx


def batchnorm_forward(x, gamma, beta, eps=1e-5):
    mu = x.mean(axis=0)
    xmu = x - mu
    var = np.mean(xmu**2, axis=0)
    ivar = 1 / np.sqrt(var + eps)
    xhat = xmu * ivar
    return gamma * xhat + beta, (xhat, gamma, xmu, ivar, var, eps)


def batchnorm_backward(dout, cache):
    xhat, gamma, xmu, ivar, var, eps = cache
    N, D = dout.shape
    dbeta = np.sum(dout, axis=0)
    dgamma = np.sum(dout * xhat, axis=0)
    dxhat = dout * gamma
    divar = np.sum(dxhat * xmu, axis=0)
    dxmu1 = dxhat * ivar
    dvar = -0.5 * divar * ivar**3
    dsq = np.ones((N, D)) * dvar / N
    dxmu2 = 2 * xmu * dsq
    dx1 = dxmu1 + dxmu2
    dmu = -np.sum(dx1, axis=0)
    dx2 = np.ones((N, D)) * dmu / N
    dx = dx1 + dx2
    return dx, dgamma, dbeta


def layernorm_forward(x, gamma, beta, eps=1e-5):
    mu = x.mean(axis=1, keepdims=True)
    std = np.sqrt(x.var(axis=1, keepdims=True) + eps)
    xhat = (x - mu) / std
    return gamma * xhat + beta, (xhat, gamma, std)


def layernorm_backward(dout, cache):
    xhat, gamma, std = cache
    D = dout.shape[1]
    dgamma = (dout * xhat).sum(axis=0)
    dbeta = dout.sum(axis=0)
    dxhat = dout * gamma
    total = dxhat.sum(axis=1, keepdims=True)
    along = (dxhat * xhat).sum(axis=1, keepdims=True)
    dx = (D * dxhat - total - xhat * along) / (D * std)
    return dx, dgamma, dbeta


def spatial_batchnorm_forward(x, gamma, beta):
    N, C, H, W = x.shape
    flat = x.transpose(0, 2, 3, 1).reshape(-1, C)
    out, cache = batchnorm_forward(flat, gamma, beta)
    return out.reshape(N, H, W, C).transpose(0, 3, 1, 2), cache


def spatial_batchnorm_backward(dout, cache):
    N, C, H, W = dout.shape
    dflat = dout.transpose(0, 2, 3, 1).reshape(-1, C)
    dx, dgamma, dbeta = batchnorm_backward(dflat, cache)
    dx = dx.reshape(N, H, W, C)
    dx = dx.transpose(0, 3, 1, 2)
    return dx, dgamma, dbeta


def conv_forward(x, w, b, stride=1, pad=0):
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    Ho = (H + 2 * pad - HH) // stride + 1
    Wo = (W + 2 * pad - WW) // stride + 1
    out = np.zeros((N, F, Ho, Wo))
    for i in range(Ho):
        for j in range(Wo):
            window = xp[:, :, i * stride : i * stride + HH, j * stride : j * stride + WW]
            out[:, :, i, j] = np.einsum("nchw,fchw->nf", window, w) + b
    return out, (x, w, stride, pad)


def conv_backward(dout, cache):
    x, w, stride, pad = cache
    N, F, Ho, Wo = dout.shape
    _, _, HH, WW = w.shape
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dxp = np.zeros_like(xp)
    dw = np.zeros_like(w)
    db = np.zeros(F)
    for f in range(F):
        db[f] += dout[:, f].sum()
        for n in range(N):
            for i in range(Ho):
                for j in range(Wo):
                    h, v = i * stride, j * stride
                    dw[f] += dout[n, f, i, j] * xp[n, :, h : h + HH, v : v + WW]
                    dxp[n, :, h : h + HH, v : v + WW] += dout[n, f, i, j] * w[f]
    dx = dxp[:, :, pad : pad + x.shape[2], pad : pad + x.shape[3]]
    return dx, dw, db


def max_pool_forward(x, size=2, stride=2):
    N, C, H, W = x.shape
    Ho, Wo = (H - size) // stride + 1, (W - size) // stride + 1
    out = np.zeros((N, C, Ho, Wo))
    for i in range(Ho):
        for j in range(Wo):
            window = x[:, :, i * stride : i * stride + size, j * stride : j * stride + size]
            out[:, :, i, j] = window.max(axis=(2, 3))
    return out, (x, size, stride)


def max_pool_backward(dout, cache):
    x, size, stride = cache
    N, C, Ho, Wo = dout.shape
    dx = np.zeros_like(x)
    for n in range(N):
        for c in range(C):
            for i in range(Ho):
                for j in range(Wo):
                    h, v = i * stride, j * stride
                    window = x[n, c, h : h + size, v : v + size]
                    top = window == np.max(window)
                    dx[n, c, h : h + size, v : v + size] += top * dout[n, c, i, j]
    return dx


def softmax_loss(x, y):
    shifted = x - np.max(x, axis=1, keepdims=True)
    probs = np.exp(shifted) / np.sum(np.exp(shifted), axis=1, keepdims=True)
    N = x.shape[0]
    loss = -np.sum(np.log(probs[np.arange(N), y])) / N
    dx = probs.copy()
    dx[np.arange(N), y] -= 1
    dx /= N
    return loss, dx


def svm_loss(x, y):
    N = x.shape[0]
    correct = x[np.arange(N), y]
    margins = np.maximum(0, x - correct[:, np.newaxis] + 1.0)
    margins[np.arange(N), y] = 0
    loss = np.sum(margins) / N
    dx = np.zeros_like(x)
    dx[margins > 0] = 1
    count = np.sum(margins > 0, axis=1)
    dx[np.arange(N), y] -= count
    dx /= N
    return loss, dx


def two_layers_forward(x, w1, b1, w2, b2):
    z = x @ w1 + b1
    h = np.maximum(z, 0)
    return h @ w2 + b2, (x, w1, z, h, w2)


def two_layers_backward(dout, cache):
    x, w1, z, h, w2 = cache
    dw2 = h.T @ dout
    db2 = dout.sum(axis=0)
    dh = dout @ w2.T
    dz = dh * (z > 0)
    dw1 = x.T @ dz
    db1 = dz.sum(axis=0)
    dx = dz @ w1.T
    return dx, dw1, db1, dw2, db2
