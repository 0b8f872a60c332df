"""Wrong gradients of fully connected layers and activations; see `benchmarks.blind`."""

from __future__ import annotations

import numpy as np


def dropout_forward(x, p, seed):
    mask = np.random.default_rng(seed).random(x.shape) < p
    out = x * mask / p
    return out, (mask, p)


def dropout_unscaled_backward(dout, cache):
    mask, p = cache
    dx = dout * mask
    return dx


def case_dropout_no_scale(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (dropout_forward, dropout_unscaled_backward, r.normal(size=(8, 6)), 0.6, 3), {"wrt": ["x"]}


def dropout_rng_forward(x, p, seed):
    rng = np.random.default_rng(seed)
    mask = (rng.random(x.shape) < p) / p
    return x * mask, (rng, p)


def dropout_redraw_backward(dout, cache):
    rng, p = cache
    mask = (rng.random(dout.shape) < p) / p
    return dout * mask


def case_dropout_new_mask(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (dropout_rng_forward, dropout_redraw_backward, r.normal(size=(8, 6)), 0.6, 5), {"wrt": ["x"]}


TRUTH = {
    "dropout_no_scale": ("the backward forgets the division by p", "course", "dx = dout * mask"),
    "dropout_new_mask": (
        "the backward draws a new mask instead of keeping that of the forward",
        "course",
        "mask = (rng.random(dout.shape) < p) / p",
    ),
}
