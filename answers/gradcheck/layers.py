"""Correct layers to try the gradient checker on, and the inputs to try them with.

Written for these trials only; a cache is a dict, so that a planted mistake can read it by name.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from course_utils.gradcheck import (
    GradientReport,
    gradient_check,
    loss_gradient_check,
    model_gradient_check,
)


@dataclass(frozen=True)
class Trial:
    """One function with inputs.

    Attributes:
        kind: "layer", "loss" or "model".
        forward: the forward function, the loss, or a function that makes a model from a dict of changes.
        args: inputs by position.
        kwargs: inputs by name.
    """

    kind: str
    forward: Callable
    args: tuple
    kwargs: dict[str, Any] = field(default_factory=dict)

    def check(self, backward: Callable | None, rng: np.random.Generator, **settings: Any) -> GradientReport:
        """Check a backward function (a layer), a loss, or a model's loss."""
        if self.kind == "layer":
            return gradient_check(
                self.forward, backward, *self.args, rng=rng, line_seconds=0, **self.kwargs, **settings
            )
        if self.kind == "loss":
            return loss_gradient_check(
                backward or self.forward, *self.args, rng=rng, line_seconds=0, **self.kwargs, **settings
            )
        return model_gradient_check(backward, *self.args, rng=rng, line_seconds=0, **settings)


def graph_forward(x, y, z):
    return (x + y) * z, {"x": x, "y": y, "z": z}


def graph_backward(df, c):
    return df * c["z"], df * c["z"], df * (c["x"] + c["y"])


def sigmoid_neuron_forward(w, x):
    f = 1 / (1 + np.exp(-(w[:-1] @ x + w[-1])))
    return f, {"w": w, "x": x, "f": f}


def sigmoid_neuron_backward(df, c):
    slope = df * c["f"] * (1 - c["f"])
    return np.append(slope * c["x"], slope), slope * c["w"][:-1]


def copy_forward(x):
    return np.stack([x, x, x]), {}


def copy_backward(dout, c):
    return dout.sum(axis=0)


def affine_forward(x, w, b):
    return x.reshape(len(x), -1) @ w + b, {"x": x, "w": w}


def affine_backward(dout, c):
    x, w = c["x"], c["w"]
    return (dout @ w.T).reshape(x.shape), x.reshape(len(x), -1).T @ dout, dout.sum(axis=0)


def relu_forward(x):
    return np.maximum(x, 0), {"x": x}


def relu_backward(dout, c):
    return dout * (c["x"] > 0)


def leaky_relu_forward(x, alpha=0.1):
    return np.where(x > 0, x, alpha * x), {"x": x, "alpha": alpha}


def leaky_relu_backward(dout, c):
    return dout * np.where(c["x"] > 0, 1, c["alpha"])


def elu_forward(x, alpha=1.0):
    out = np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))
    return out, {"x": x, "alpha": alpha, "out": out}


def elu_backward(dout, c):
    return dout * np.where(c["x"] > 0, 1, c["out"] + c["alpha"])


def tanh_forward(x):
    return np.tanh(x), {"x": x, "out": np.tanh(x)}


def tanh_backward(dout, c):
    return dout * (1 - c["out"] ** 2)


def sigmoid_forward(x):
    out = 0.5 * (1 + np.tanh(x / 2))
    return out, {"x": x, "out": out}


def sigmoid_backward(dout, c):
    return dout * c["out"] * (1 - c["out"])


def maxout_forward(x, w1, b1, w2, b2):
    flat = x.reshape(len(x), -1)
    one, two = flat @ w1 + b1, flat @ w2 + b2
    return np.maximum(one, two), {"x": x, "w1": w1, "w2": w2, "first": one >= two}


def maxout_backward(dout, c):
    x, flat = c["x"], c["x"].reshape(len(c["x"]), -1)
    d1, d2 = dout * c["first"], dout * ~c["first"]
    dx = (d1 @ c["w1"].T + d2 @ c["w2"].T).reshape(x.shape)
    return dx, flat.T @ d1, d1.sum(axis=0), flat.T @ d2, d2.sum(axis=0)


def softmax_loss(x, y):
    shifted = x - x.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    rows = np.arange(len(x))
    dx = np.exp(log_p)
    dx[rows, y] -= 1
    return -log_p[rows, y].mean(), dx / len(x)


def svm_loss(x, y):
    rows = np.arange(len(x))
    margins = np.maximum(0, x - x[rows, y][:, None] + 1)
    margins[rows, y] = 0
    dx = (margins > 0).astype(float)
    dx[rows, y] -= dx.sum(axis=1)
    return margins.sum() / len(x), dx / len(x)


def batchnorm_forward(x, gamma, beta, bn_param):
    eps = bn_param.get("eps", 1e-5)
    if bn_param["mode"] == "test":
        raise NotImplementedError
    std = np.sqrt(x.var(axis=0) + eps)
    xhat = (x - x.mean(axis=0)) / std
    return gamma * xhat + beta, {"x": x, "xhat": xhat, "std": std, "gamma": gamma}


def batchnorm_backward(dout, c):
    dxhat = dout * c["gamma"]
    mean_path = dxhat.mean(axis=0)
    variance_path = c["xhat"] * (dxhat * c["xhat"]).mean(axis=0)
    return (dxhat - mean_path - variance_path) / c["std"], (dout * c["xhat"]).sum(axis=0), dout.sum(axis=0)


def layernorm_forward(x, gamma, beta, ln_param):
    std = np.sqrt(x.var(axis=1, keepdims=True) + ln_param.get("eps", 1e-5))
    xhat = (x - x.mean(axis=1, keepdims=True)) / std
    return gamma * xhat + beta, {"x": x, "xhat": xhat, "std": std, "gamma": gamma}


def layernorm_backward(dout, c):
    dxhat = dout * c["gamma"]
    mean_path = dxhat.mean(axis=1, keepdims=True)
    variance_path = c["xhat"] * (dxhat * c["xhat"]).mean(axis=1, keepdims=True)
    return (dxhat - mean_path - variance_path) / c["std"], (dout * c["xhat"]).sum(axis=0), dout.sum(axis=0)


def _rows(x):
    return x.transpose(0, 2, 3, 1).reshape(-1, x.shape[1])


def _picture(rows, shape):
    n, c, h, w = shape
    return rows.reshape(n, h, w, c).transpose(0, 3, 1, 2)


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    out, cache = batchnorm_forward(_rows(x), gamma, beta, bn_param)
    return _picture(out, x.shape), {**cache, "shape": x.shape}


def spatial_batchnorm_backward(dout, c):
    dx, dgamma, dbeta = batchnorm_backward(_rows(dout), c)
    return _picture(dx, c["shape"]), dgamma, dbeta


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    grouped = x.reshape(len(x), G, -1)
    std = np.sqrt(grouped.var(axis=2, keepdims=True) + gn_param.get("eps", 1e-5))
    xhat = ((grouped - grouped.mean(axis=2, keepdims=True)) / std).reshape(x.shape)
    return gamma * xhat + beta, {"xhat": xhat, "std": std, "gamma": gamma, "G": G}


def spatial_groupnorm_backward(dout, c):
    n, g = len(dout), c["G"]
    dxhat, xhat = (dout * c["gamma"]).reshape(n, g, -1), c["xhat"].reshape(n, g, -1)
    mean_path = dxhat.mean(axis=2, keepdims=True)
    variance_path = xhat * (dxhat * xhat).mean(axis=2, keepdims=True)
    dx = ((dxhat - mean_path - variance_path) / c["std"]).reshape(dout.shape)
    axes = (0, 2, 3)
    return dx, (dout * c["xhat"]).sum(axis=axes, keepdims=True), dout.sum(axis=axes, keepdims=True)


def l2_regularization(W, reg=0.3):
    return 0.5 * reg * np.sum(W**2), reg * W


def l1_regularization(W, reg=0.3):
    return reg * np.sum(np.abs(W)), reg * np.sign(W)


def elastic_net(W, l1=0.2, l2=0.7):
    return l1 * np.sum(np.abs(W)) + 0.5 * l2 * np.sum(W**2), l1 * np.sign(W) + l2 * W


def dropout_forward(x, dropout_param):
    p = dropout_param["p"]
    mask = (np.random.default_rng(dropout_param["seed"]).random(x.shape) < p) / p
    return x * mask, {"x": x, "mask": mask, "p": p}


def dropout_backward(dout, c):
    return dout * c["mask"]


def dropconnect_forward(x, w, dropout_param):
    p = dropout_param["p"]
    mask = (np.random.default_rng(dropout_param["seed"]).random(w.shape) < p) / p
    return x @ (w * mask), {"x": x, "w": w, "mask": mask}


def dropconnect_backward(dout, c):
    return dout @ (c["w"] * c["mask"]).T, (c["x"].T @ dout) * c["mask"]


def windows(shape, height, width, stride):
    """(row, column, top, left) of every window in a picture of this shape."""
    for i, top in enumerate(range(0, shape[0] - height + 1, stride)):
        for j, left in enumerate(range(0, shape[1] - width + 1, stride)):
            yield i, j, top, left


def padded(x, pad):
    return np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))


def conv_forward(x, w, b, conv_param):
    stride, pad = conv_param["stride"], conv_param["pad"]
    xp, (f, _, hh, ww) = padded(x, pad), w.shape
    size = [(n - k) // stride + 1 for n, k in zip(xp.shape[2:], (hh, ww), strict=True)]
    out = np.zeros((len(x), f, *size))
    for i, j, top, left in windows(xp.shape[2:], hh, ww, stride):
        out[:, :, i, j] = (
            np.tensordot(xp[:, :, top : top + hh, left : left + ww], w, ((1, 2, 3), (1, 2, 3))) + b
        )
    return out, {"x": x, "w": w, "stride": stride, "pad": pad}


def conv_backward(dout, c):
    x, w, stride, pad = c["x"], c["w"], c["stride"], c["pad"]
    hh, ww = w.shape[2:]
    xp = padded(x, pad)
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for i, j, top, left in windows(xp.shape[2:], hh, ww, stride):
        here = slice(None), slice(None), slice(top, top + hh), slice(left, left + ww)
        dxp[here] += np.tensordot(dout[:, :, i, j], w, (1, 0))
        dw += np.tensordot(dout[:, :, i, j], xp[here], (0, 0))
    dx = dxp[:, :, pad : pad + x.shape[2], pad : pad + x.shape[3]]
    return dx, dw, dout.sum(axis=(0, 2, 3))


def max_pool_forward(x, pool_param):
    hh, ww, stride = (pool_param[key] for key in ("pool_height", "pool_width", "stride"))
    size = [(n - k) // stride + 1 for n, k in zip(x.shape[2:], (hh, ww), strict=True)]
    out = np.zeros((*x.shape[:2], *size))
    for i, j, top, left in windows(x.shape[2:], hh, ww, stride):
        out[:, :, i, j] = x[:, :, top : top + hh, left : left + ww].max(axis=(2, 3))
    return out, {"x": x, "hh": hh, "ww": ww, "stride": stride}


def max_pool_backward(dout, c):
    x, hh, ww = c["x"], c["hh"], c["ww"]
    dx = np.zeros_like(x)
    for i, j, top, left in windows(x.shape[2:], hh, ww, c["stride"]):
        window = x[:, :, top : top + hh, left : left + ww]
        largest = window == window.max(axis=(2, 3), keepdims=True)
        dx[:, :, top : top + hh, left : left + ww] += largest * dout[:, :, i, j][:, :, None, None]
    return dx


def avg_pool_forward(x, pool_param):
    hh, ww, stride = (pool_param[key] for key in ("pool_height", "pool_width", "stride"))
    size = [(n - k) // stride + 1 for n, k in zip(x.shape[2:], (hh, ww), strict=True)]
    out = np.zeros((*x.shape[:2], *size))
    for i, j, top, left in windows(x.shape[2:], hh, ww, stride):
        out[:, :, i, j] = x[:, :, top : top + hh, left : left + ww].mean(axis=(2, 3))
    return out, {"x": x, "hh": hh, "ww": ww, "stride": stride}


def avg_pool_backward(dout, c):
    hh, ww, dx = c["hh"], c["ww"], np.zeros_like(c["x"])
    for i, j, top, left in windows(dx.shape[2:], hh, ww, c["stride"]):
        dx[:, :, top : top + hh, left : left + ww] += dout[:, :, i, j][:, :, None, None] / (hh * ww)
    return dx


class Net:
    """Affine-ReLU layers with softmax, with batch norm before each ReLU if wanted; `steps` replaces parts by others.

    Args:
        steps: "affine_backward", "relu_backward" or "softmax_loss" -> a function to use instead; "grads" -> a
            function that changes the gradients: grads(grads, params, reg) -> grads.
    """

    def __init__(self, sizes, rng, reg=0.0, weight_scale=0.5, bias_scale=0.1, normalize=False, steps=None):
        self.reg, self.steps, self.normalize = reg, steps or {}, normalize
        self.depth, self.params = len(sizes) - 1, {}
        for k, (d, m) in enumerate(itertools.pairwise(sizes), 1):
            self.params[f"W{k}"] = weight_scale * rng.normal(size=(d, m))
            self.params[f"b{k}"] = bias_scale * rng.normal(size=m)
            if normalize and k < self.depth:
                self.params[f"gamma{k}"], self.params[f"beta{k}"] = np.ones(m), np.zeros(m)

    def loss(self, X, y):
        p, caches, a = self.params, {}, X
        for k in range(1, self.depth + 1):
            a, caches[f"affine{k}"] = affine_forward(a, p[f"W{k}"], p[f"b{k}"])
            if k < self.depth:
                if self.normalize:
                    gamma, beta = p[f"gamma{k}"], p[f"beta{k}"]
                    a, caches[f"norm{k}"] = batchnorm_forward(a, gamma, beta, {"mode": "train"})
                a, caches[f"relu{k}"] = relu_forward(a)
        loss, da = self.steps.get("softmax_loss", softmax_loss)(a, y)
        loss += 0.5 * self.reg * sum(np.sum(p[f"W{k}"] ** 2) for k in range(1, self.depth + 1))
        return loss, self.backward(da, caches)

    def backward(self, da, caches):
        grads = {}
        for k in range(self.depth, 0, -1):
            if k < self.depth:
                da = self.steps.get("relu_backward", relu_backward)(da, caches[f"relu{k}"])
                if self.normalize:
                    da, grads[f"gamma{k}"], grads[f"beta{k}"] = batchnorm_backward(da, caches[f"norm{k}"])
            step = self.steps.get("affine_backward", affine_backward)
            da, grads[f"W{k}"], grads[f"b{k}"] = step(da, caches[f"affine{k}"])
            grads[f"W{k}"] = grads[f"W{k}"] + self.reg * self.params[f"W{k}"]
        return self.steps.get("grads", lambda grads, params, reg: grads)(grads, self.params, self.reg)


class ConvNet:
    """conv - relu - 2x2 max pool - affine - softmax; `steps` as for Net."""

    def __init__(self, rng, reg=0.0, steps=None):
        self.reg, self.steps = reg, steps or {}
        self.params = {
            "W1": 0.5 * rng.normal(size=(3, 2, 3, 3)),
            "b1": 0.1 * rng.normal(size=3),
            "W2": 0.5 * rng.normal(size=(3 * 2 * 3, 4)),
            "b2": 0.1 * rng.normal(size=4),
        }

    def loss(self, X, y):
        p, pool = self.params, {"pool_height": 2, "pool_width": 2, "stride": 2}
        conv, c1 = conv_forward(X, p["W1"], p["b1"], {"stride": 1, "pad": 1})
        active, c2 = relu_forward(conv)
        pooled, c3 = max_pool_forward(active, pool)
        scores, c4 = affine_forward(pooled, p["W2"], p["b2"])
        loss, da = softmax_loss(scores, y)
        loss += 0.5 * self.reg * (np.sum(p["W1"] ** 2) + np.sum(p["W2"] ** 2))
        da, dw2, db2 = affine_backward(da, c4)
        da = self.steps.get("max_pool_backward", max_pool_backward)(da, c3)
        da = self.steps.get("relu_backward", relu_backward)(da, c2)
        _, dw1, db1 = self.steps.get("conv_backward", conv_backward)(da, c1)
        grads = {"W1": dw1 + self.reg * p["W1"], "b1": db1, "W2": dw2 + self.reg * p["W2"], "b2": db2}
        return loss, self.steps.get("grads", lambda grads, params, reg: grads)(grads, p, self.reg)


def trials(rng: np.random.Generator) -> dict[str, Trial]:
    """Every function of the course with a backward pass, with inputs in distinct sizes."""
    n = rng.normal
    x, y = n(size=(7, 5)), rng.integers(0, 5, size=7)
    picture, filters = n(size=(2, 3, 7, 6)), n(size=(4, 3, 3, 2))
    pool = {"pool_height": 2, "pool_width": 3, "stride": 2}
    drop = {"p": 0.7, "mode": "train", "seed": int(rng.integers(1000))}
    gamma, beta = rng.uniform(0.5, 2, size=5), n(size=5)
    layer, loss = "layer", "loss"
    return {
        "graph": Trial(layer, graph_forward, tuple(float(v) for v in n(size=3))),
        "sigmoid_neuron": Trial(layer, sigmoid_neuron_forward, (n(size=4), n(size=3))),
        "copy": Trial(layer, copy_forward, (n(size=(4, 5)),)),
        "affine": Trial(layer, affine_forward, (n(size=(4, 2, 3)), n(size=(6, 5)), n(size=5))),
        "relu": Trial(layer, relu_forward, (n(size=(6, 5)),)),
        "leaky_relu": Trial(layer, leaky_relu_forward, (n(size=(6, 5)),), {"alpha": 0.3}),
        "elu": Trial(layer, elu_forward, (n(size=(6, 5)),), {"alpha": 0.6}),
        "tanh": Trial(layer, tanh_forward, (n(size=(6, 5)),)),
        "sigmoid": Trial(layer, sigmoid_forward, (n(size=(6, 5)),)),
        "maxout": Trial(
            layer, maxout_forward, (n(size=(5, 2, 2)), n(size=(4, 3)), n(size=3), n(size=(4, 3)), n(size=3))
        ),
        "softmax_loss": Trial(loss, softmax_loss, (x, y)),
        "svm_loss": Trial(loss, svm_loss, (x, y)),
        "net": Trial("model", Net, (n(size=(6, 8)), rng.integers(0, 4, size=6))),
        "batchnorm": Trial(layer, batchnorm_forward, (2 * x + 3, gamma, beta, {"mode": "train"})),
        "layernorm": Trial(layer, layernorm_forward, (2 * x + 3, gamma, beta, {})),
        "l2_regularization": Trial(loss, l2_regularization, (n(size=(4, 3)),), {"reg": 0.3}),
        "l1_regularization": Trial(loss, l1_regularization, (n(size=(4, 3)),), {"reg": 0.3}),
        "elastic_net": Trial(loss, elastic_net, (n(size=(4, 3)),), {"l1": 0.2, "l2": 0.7}),
        "dropout": Trial(layer, dropout_forward, (n(size=(8, 6)), drop)),
        "dropconnect": Trial(layer, dropconnect_forward, (n(size=(5, 4)), n(size=(4, 6)), drop)),
        "conv": Trial(layer, conv_forward, (picture, filters, n(size=4), {"stride": 2, "pad": 1})),
        "conv_plain": Trial(layer, conv_forward, (picture, filters, n(size=4), {"stride": 1, "pad": 0})),
        "max_pool": Trial(layer, max_pool_forward, (n(size=(2, 3, 6, 7)), pool)),
        "avg_pool": Trial(layer, avg_pool_forward, (n(size=(2, 3, 6, 7)), pool)),
        "spatial_batchnorm": Trial(
            layer, spatial_batchnorm_forward, (n(size=(2, 5, 4, 3)), gamma, beta, {"mode": "train"})
        ),
        "spatial_groupnorm": Trial(
            layer,
            spatial_groupnorm_forward,
            (n(size=(3, 4, 2, 5)), n(size=(1, 4, 1, 1)) + 2, n(size=(1, 4, 1, 1)), 2, {}),
        ),
        "conv_net": Trial("model", ConvNet, (n(size=(5, 2, 4, 6)), rng.integers(0, 4, size=5))),
    }


REFERENCES = {
    "graph": graph_backward,
    "sigmoid_neuron": sigmoid_neuron_backward,
    "copy": copy_backward,
    "affine": affine_backward,
    "relu": relu_backward,
    "leaky_relu": leaky_relu_backward,
    "elu": elu_backward,
    "tanh": tanh_backward,
    "sigmoid": sigmoid_backward,
    "maxout": maxout_backward,
    "softmax_loss": softmax_loss,
    "svm_loss": svm_loss,
    "batchnorm": batchnorm_backward,
    "layernorm": layernorm_backward,
    "l2_regularization": l2_regularization,
    "l1_regularization": l1_regularization,
    "elastic_net": elastic_net,
    "dropout": dropout_backward,
    "dropconnect": dropconnect_backward,
    "conv": conv_backward,
    "conv_plain": conv_backward,
    "max_pool": max_pool_backward,
    "avg_pool": avg_pool_backward,
    "spatial_batchnorm": spatial_batchnorm_backward,
    "spatial_groupnorm": spatial_groupnorm_backward,
}


def correct(name: str, rng: np.random.Generator) -> Any:
    """The right answer for a trial: a backward function, a loss, or a model."""
    if name == "net":
        return Net([8, 7, 6, 4], rng, reg=0.4)
    return ConvNet(rng, reg=0.4) if name == "conv_net" else REFERENCES[name]


def affine_backward_by_loops(dout, c):
    x, w = c["x"], c["w"]
    flat, dx, dw, db = (
        x.reshape(len(x), -1),
        np.zeros((len(x), len(w))),
        np.zeros_like(w),
        np.zeros(w.shape[1]),
    )
    for n in range(len(dout)):
        for m in range(dout.shape[1]):
            dx[n] += dout[n, m] * w[:, m]
            dw[:, m] += dout[n, m] * flat[n]
            db[m] += dout[n, m]
    return dx.reshape(x.shape), dw, db


def affine_backward_by_einsum(dout, c):
    x, w = c["x"], c["w"]
    dw = np.einsum("nd,nm->dm", x.reshape(len(x), -1), dout)
    return np.einsum("nm,dm->nd", dout, w).reshape(x.shape), dw, np.einsum("nm->m", dout)


def batchnorm_backward_by_graph(dout, c):
    """Node by node through the graph, with the variance's own mean path left in."""
    x, std, gamma = c["x"], c["std"], c["gamma"]
    n, centred = len(x), x - x.mean(axis=0)
    dxhat = dout * gamma
    dvar = np.sum(dxhat * centred, axis=0) * -0.5 * std**-3
    dcentred = dxhat / std + dvar * 2 * centred / n
    dmean = -dcentred.sum(axis=0)
    return dcentred + dmean / n, np.sum(dout * centred / std, axis=0), dout.sum(axis=0)


def batchnorm_backward_by_jacobian(dout, c):
    """The whole Jacobian of each column."""
    xhat, std, n = c["xhat"], c["std"], len(dout)
    dx = np.empty_like(dout)
    for d in range(dout.shape[1]):
        jacobian = (np.eye(n) - 1 / n - np.outer(xhat[:, d], xhat[:, d]) / n) / std[d]
        dx[:, d] = jacobian @ dout[:, d] * c["gamma"][d]
    return dx, np.einsum("nd,nd->d", dout, xhat), np.einsum("nd->d", dout)


def conv_backward_by_columns(dout, c):
    """One column for each window, one matrix product for all of them."""
    x, w, stride, pad = c["x"], c["w"], c["stride"], c["pad"]
    n, ch, (f, _, hh, ww) = len(x), x.shape[1], w.shape
    xp = padded(x, pad)
    tops = stride * np.arange(dout.shape[2])[:, None, None, None] + np.arange(hh)[None, None, :, None]
    lefts = stride * np.arange(dout.shape[3])[None, :, None, None] + np.arange(ww)[None, None, None, :]
    columns = xp[:, :, tops, lefts]
    dw = np.einsum("nfij,ncijhw->fchw", dout, columns)
    dxp = np.zeros_like(xp)
    parts = np.einsum("nfij,fchw->ncijhw", dout, w)
    np.add.at(dxp, (slice(None), slice(None), tops, lefts), parts)
    height, width = x.shape[2:]
    assert dw.shape == (f, ch, hh, ww)
    assert dxp.shape[0] == n
    return dxp[:, :, pad : pad + height, pad : pad + width], dw, np.einsum("nfij->f", dout)


def max_pool_backward_by_argmax(dout, c):
    x, hh, ww = c["x"], c["hh"], c["ww"]
    dx = np.zeros_like(x)
    n, ch = np.indices(x.shape[:2])
    for i, j, top, left in windows(x.shape[2:], hh, ww, c["stride"]):
        flat = x[:, :, top : top + hh, left : left + ww].reshape(*x.shape[:2], -1).argmax(axis=2)
        np.add.at(dx, (n, ch, top + flat // ww, left + flat % ww), dout[:, :, i, j])
    return dx


def softmax_loss_by_loops(x, y):
    loss, dx = 0.0, np.zeros_like(x)
    for n in range(len(x)):
        weights = [np.exp(v - max(x[n])) for v in x[n]]
        for k, weight in enumerate(weights):
            dx[n, k] = (weight / sum(weights) - (k == y[n])) / len(x)
        loss -= np.log(weights[y[n]] / sum(weights)) / len(x)
    return loss, dx


def svm_loss_by_loops(x, y):
    loss, dx = 0.0, np.zeros_like(x)
    for n in range(len(x)):
        for k in range(x.shape[1]):
            margin = x[n, k] - x[n, y[n]] + 1
            if k != y[n] and margin > 0:
                loss += margin / len(x)
                dx[n, k] += 1 / len(x)
                dx[n, y[n]] -= 1 / len(x)
    return loss, dx


def affine_bn_forward(x, w, b, gamma, beta, bn_param):
    """A sandwich whose true db is zero."""
    scores, affine_cache = affine_forward(x, w, b)
    out, bn_cache = batchnorm_forward(scores, gamma, beta, bn_param)
    return out, (affine_cache, bn_cache)


def affine_bn_backward(dout, c):
    dscores, dgamma, dbeta = batchnorm_backward(dout, c[1])
    return *affine_backward(dscores, c[0]), dgamma, dbeta


OTHERWISE_WRITTEN = [
    ("affine", "loops", affine_backward_by_loops),
    ("affine", "einsum", affine_backward_by_einsum),
    ("relu", "np.where", lambda d, c: np.where(c["x"] <= 0, 0, d)),
    ("relu", "in place on a copy", lambda d, c: np.multiply(d.copy(), np.sign(np.maximum(c["x"], 0)))),
    ("tanh", "1/cosh²", lambda d, c: d / np.cosh(c["x"]) ** 2),
    ("sigmoid", "e^-x / (1 + e^-x)²", lambda d, c: d * np.exp(-c["x"]) / (1 + np.exp(-c["x"])) ** 2),
    ("elu", "alpha e^x", lambda d, c: d * np.where(c["x"] > 0, 1, c["alpha"] * np.exp(c["x"]))),
    ("dropout", "np.where", lambda d, c: np.where(c["mask"] > 0, d / c["p"], 0)),
    ("softmax_loss", "loops", softmax_loss_by_loops),
    ("svm_loss", "loops", svm_loss_by_loops),
    ("batchnorm", "graph", batchnorm_backward_by_graph),
    ("batchnorm", "Jacobian", batchnorm_backward_by_jacobian),
    ("conv", "columns", conv_backward_by_columns),
    ("conv_plain", "columns", conv_backward_by_columns),
    ("max_pool", "argmax", max_pool_backward_by_argmax),
    ("affine", "longdouble", lambda d, c: tuple(g.astype(np.longdouble) for g in affine_backward(d, c))),
]


def traps(rng: np.random.Generator) -> dict[str, tuple[Callable[[], GradientReport], int]]:
    """Correct code that plain gradient checkers call wrong: name -> (check, number of gradients)."""
    n, y = rng.normal, rng.integers(0, 4, size=6)
    eight = Net([5, *[6] * 7, 4], rng, weight_scale=0.7, bias_scale=0.0)
    normalized = Net([8, 7, 4], rng, normalize=True)
    far = Net([8, 7, 4], rng, weight_scale=1e-3, bias_scale=0.0)
    conv_net, pictures = ConvNet(rng), n(size=(6, 2, 4, 6))
    five, eight_wide = n(size=(6, 5)), n(size=(6, 8))
    pair = n(size=(2, 5)), rng.uniform(0.5, 2, size=5), n(size=5), {"mode": "train"}
    offset = 1e6 + n(size=(7, 5)), np.ones(5), np.zeros(5), {"mode": "train"}
    at_zero = np.round(n(size=(6, 5)))
    wide = n(size=(20, 400))
    scores = rng.integers(0, 3, size=(7, 5)).astype(float)
    labels = rng.integers(0, 5, size=7)
    return {
        "ReLU net of 8 layers, biases zero": (
            lambda: model_gradient_check(eight, five, y, rng=rng),
            16,
        ),
        "batch norm of two examples": (
            lambda: gradient_check(batchnorm_forward, batchnorm_backward, *pair, rng=rng),
            3,
        ),
        "bias before batch norm": (lambda: model_gradient_check(normalized, eight_wide, y, rng=rng), 6),
        "bias before batch norm, in one layer": (
            lambda: gradient_check(
                affine_bn_forward,
                affine_bn_backward,
                *(n(size=size) for size in ((6, 4), (4, 3), 3, 3, 3)),
                {"mode": "train"},
                rng=rng,
            ),
            5,
        ),
        "weights of 1e-3": (lambda: model_gradient_check(far, eight_wide, y, rng=rng), 4),
        "ConvNet with h = 1e-6": (lambda: model_gradient_check(conv_net, pictures, y, rng=rng, h=1e-6), 4),
        "batch norm at 1e6": (
            lambda: gradient_check(batchnorm_forward, batchnorm_backward, *offset, rng=rng),
            3,
        ),
        "ReLU exactly at zero": (lambda: gradient_check(relu_forward, relu_backward, at_zero, rng=rng), 1),
        "ReLU of 8,000 numbers": (lambda: gradient_check(relu_forward, relu_backward, wide, rng=rng), 1),
        "SVM with scores on the margin": (lambda: loss_gradient_check(svm_loss, scores, labels, rng=rng), 1),
        "upstream gradient of ones": (
            lambda: gradient_check(
                batchnorm_forward, batchnorm_backward, *pair, dout=np.ones((2, 5)), rng=rng
            ),
            3,
        ),
    }
