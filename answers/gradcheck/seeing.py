"""The functions of notebook 09 that are gradients, as layers and losses that the gradient checker can ask."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from course_utils.gradcheck import GradientReport, gradient_check, loss_gradient_check


def check_saliency(space: dict[str, Any], rng: np.random.Generator) -> GradientReport:
    """The report on `class_saliency`: each picture's score of a class, by its pixels."""
    shapes = {"W1": (4, 3, 3, 3), "b1": (4,), "W2": (5, 4, 3, 3), "b2": (5,), "W3": (20, 4), "b3": (4,)}
    net = space["ConvNet"]({name: 0.4 * rng.normal(size=shape) for name, shape in shapes.items()})
    y = np.array([2, 0, 3])

    def forward(X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return net.forward(X)[0][np.arange(len(y)), y], X

    def backward(dout: np.ndarray, X: np.ndarray) -> np.ndarray:
        return np.einsum("n,n...->n...", dout, space["class_saliency"](net, X, y))

    return gradient_check(forward, backward, rng.normal(size=(3, 3, 8, 8)), rng=rng, line_seconds=0)


def check_places(space: dict[str, Any], rng: np.random.Generator) -> GradientReport:
    """The report on `tsne_gradient`: KL(P || Q) by the places of six points."""
    P = rng.uniform(0.1, 1, size=(6, 6))
    P = (P + P.T) * (1 - np.eye(6))
    P /= P.sum()
    apart = ~np.eye(6, dtype=bool)

    def loss(Y: np.ndarray) -> tuple[float, np.ndarray]:
        w = 1 / (1 + np.square(Y[:, None] - Y).sum(axis=2))
        np.fill_diagonal(w, 0)
        return np.sum(P[apart] * np.log(P[apart] / (w / w.sum())[apart])), space["tsne_gradient"](P, Y)

    return loss_gradient_check(loss, rng.normal(size=(6, 2)), rng=rng, line_seconds=0)


def check_unpooling(space: dict[str, Any], rng: np.random.Generator, *pool: int) -> GradientReport:
    """The report on `max_unpool`: what goes back through a max pool of some height, width and stride."""
    pool_param = dict(zip(("pool_height", "pool_width", "stride"), pool, strict=True))

    def backward(dout: np.ndarray, switches: np.ndarray) -> np.ndarray:
        return space["max_unpool"](dout, switches, pool_param)

    x = rng.normal(size=(2, 3, 4, 6))
    return gradient_check(_pooled, backward, x, pool_param, rng=rng, line_seconds=0)


def _pooled(x: np.ndarray, pool_param: dict[str, int]) -> tuple[np.ndarray, np.ndarray]:
    """A max pool (out, switches)."""
    height, width, stride = (pool_param[key] for key in ("pool_height", "pool_width", "stride"))
    windows = np.lib.stride_tricks.sliding_window_view(x, (height, width), axis=(2, 3))
    windows = windows[:, :, ::stride, ::stride]
    windows = windows.reshape(*windows.shape[:4], -1)
    return windows.max(axis=4), windows.argmax(axis=4)


Check = Callable[[dict[str, Any], np.random.Generator], GradientReport]
# A pool whose windows lie side by side, and one whose windows overlap.
CHECKS: dict[str, list[Check]] = {
    "class_saliency": [check_saliency],
    "tsne_gradient": [check_places],
    "max_unpool": [
        lambda space, rng: check_unpooling(space, rng, 2, 2, 2),
        lambda space, rng: check_unpooling(space, rng, 2, 3, 1),
    ],
}
