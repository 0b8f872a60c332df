"""Right layers whose gradients are all cancellation, or whose inputs lie near the edge of a domain."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

import benchmarks.unseen.course_layers as course
import benchmarks.unseen.other_layers as other
from benchmarks.unseen.right import Right, by_slope


def cases(rng: np.random.Generator) -> Iterator[Right]:
    """All of them, with inputs drawn from `rng`."""
    yield from normalizations(rng)
    yield from saturated(rng)
    yield from edges(rng)
    yield from cancelling(rng)


def batch_norm(eps: float) -> tuple:
    return (lambda x, gamma, beta: course.batchnorm_forward(x, gamma, beta, eps)), course.batchnorm_backward


def layer_norm(eps: float) -> tuple:
    return (lambda x, gamma, beta: course.layernorm_forward(x, gamma, beta, eps)), course.layernorm_backward


def normalizations(rng: np.random.Generator) -> Iterator[Right]:
    n = rng.normal
    yield "batch norm of two", *batch_norm(1e-5), (n(size=(2, 4)), n(size=4), n(size=4))
    yield "batch norm of two, eps 1e-8", *batch_norm(1e-8), (n(size=(2, 4)), n(size=4), n(size=4))
    yield "batch norm of two, eps 0", *batch_norm(0), (n(size=(2, 4)), n(size=4), n(size=4))
    yield "batch norm of two, wide apart", *batch_norm(1e-5), (100 * n(size=(2, 4)), n(size=4), n(size=4))
    yield "batch norm of one", *batch_norm(1e-5), (n(size=(1, 4)), n(size=4), n(size=4))
    yield "batch norm at 1e4", *batch_norm(1e-5), (n(size=(6, 4)) + 1e4, n(size=4), n(size=4))
    yield "batch norm of equal rows", *batch_norm(1e-5), (np.ones((5, 4)) * n(size=4), n(size=4), n(size=4))
    yield "layer norm of two", *layer_norm(1e-5), (n(size=(4, 2)), n(size=2), n(size=2))
    yield "layer norm of two, eps 1e-10", *layer_norm(1e-10), (n(size=(4, 2)), n(size=2), n(size=2))
    yield "layer norm of one", *layer_norm(1e-5), (n(size=(4, 1)), n(size=1), n(size=1))
    rms = other.rms_norm_forward, other.rms_norm_backward
    yield "RMS norm of one", *rms, (n(size=(6, 1)) + 3, n(size=1))
    yield "RMS norm of large numbers", *rms, (1e3 * n(size=(4, 1)), n(size=1))
    yield "length of one number", other.l2_normalize_forward, other.l2_normalize_backward, (n(size=(5, 1)),)


def saturated(rng: np.random.Generator) -> Iterator[Right]:
    n = rng.normal
    layer = other.softmax_layer_forward, other.softmax_layer_backward
    attention = other.attention_forward, other.attention_backward
    yield "softmax of tens", *layer, (20 * n(size=(4, 5)),)
    yield "softmax of hundreds", *layer, (200 * n(size=(4, 5)),)
    yield "softmax of one class", *layer, (n(size=(4, 1)),)
    yield "attention, saturated", *attention, (30 * n(size=(3, 4)), 30 * n(size=(3, 4)), n(size=(3, 2)))
    yield "attention to one", *attention, (n(size=(3, 4)), n(size=(1, 4)), n(size=(1, 2)))
    yield "sigmoid far out", course.sigmoid_forward, course.sigmoid_backward, (12 * n(size=(4, 5)),)
    yield "tanh far out", course.tanh_forward, course.tanh_backward, (10 * n(size=(4, 5)),)


def edges(rng: np.random.Generator) -> Iterator[Right]:
    u = 1 + rng.random((3, 4))
    yield "log at 1e-5", *by_slope(np.log, lambda x: 1 / x), (1e-5 * u,)
    yield "log at 1e-7", *by_slope(np.log, lambda x: 1 / x), (1e-7 * u,)
    yield "root at 1e-6", *by_slope(np.sqrt, lambda x: 0.5 / np.sqrt(x)), (1e-6 * u,)
    yield "x^1.5 at 1e-6", *by_slope(lambda x: x**1.5, lambda x: 1.5 * np.sqrt(x)), (1e-6 * u,)
    yield "x log x at 1e-6", *by_slope(lambda x: x * np.log(x), lambda x: np.log(x) + 1), (1e-6 * u,)
    yield "1/x at 1e-4", *by_slope(lambda x: 1 / x, lambda x: -1 / x**2), (1e-4 * u,)
    entropy = lambda p: -(p * np.log(p) + (1 - p) * np.log(1 - p))  # noqa: E731
    yield "probabilities near 1e-7", *by_slope(entropy, lambda p: np.log((1 - p) / p)), (1e-7 * u,)
    yield "arc sine near one", *by_slope(np.arcsin, lambda x: 1 / np.sqrt(1 - x**2)), (1 - 1e-6 * u,)


def cancelling(rng: np.random.Generator) -> Iterator[Right]:
    x = rng.normal(size=(4, 5))

    def centred(x: np.ndarray) -> tuple:
        return (x - x.mean(axis=1, keepdims=True)).sum(axis=1), x.shape

    def as_written(dout: np.ndarray, shape: tuple) -> np.ndarray:
        wide = dout[:, None] * np.ones(shape)
        return wide - wide.mean(axis=1, keepdims=True)

    yield "sum of what is centred", centred, as_written, (x,)
    yield "up and down again", *by_slope(lambda x: (x + 1e3) - 1e3, np.ones_like), (x,)
    yield "sum of probabilities", lambda x: (other.softmax(x).sum(1), other.softmax(x)), probabilities, (x,)


def probabilities(dout: np.ndarray, p: np.ndarray) -> np.ndarray:
    wide = dout[:, None] * np.ones_like(p)
    return p * (wide - (wide * p).sum(axis=1, keepdims=True))
