"""Wrong gradients of fully connected layers and activations; see `benchmarks.blind`."""

from __future__ import annotations

import numpy as np


def dropout_forward(x, dropout_param):
    p, seed, mode = dropout_param["p"], dropout_param["seed"], dropout_param["mode"]
    mask = None
    out = x
    if mode == "train":
        mask = np.random.default_rng(seed).random(x.shape) < p
        out = x * mask / p
    return out, (mask, p, mode)


def dropout_oneminus_backward(dout, cache):
    mask, p, mode = cache
    if mode == "train":
        return dout * mask / (1 - p)
    return dout


def case_dropout_one_minus_p(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (
        dropout_forward,
        dropout_oneminus_backward,
        r.normal(size=(7, 5)),
        {"p": 0.7, "seed": 11, "mode": "train"},
    ), {"wrt": ["x"]}


def dropout_return_backward(dout, cache):
    mask, p, mode = cache
    dx = dout
    if mode != "test":
        return dx
    dx = dout * mask / p
    return dx


def case_dropout_early_return(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (
        dropout_forward,
        dropout_return_backward,
        r.normal(size=(7, 5)),
        {"p": 0.4, "seed": 12, "mode": "train"},
    ), {"wrt": ["x"]}


TRUTH = {
    "dropout_one_minus_p": ("divided by 1 - p instead of p", "course", "return dout * mask / (1 - p)"),
    "dropout_early_return": (
        "returns dout early in training mode: condition is turned round",
        "course",
        'if mode != "test":',
    ),
}
