"""How many labels a model gets right."""

from __future__ import annotations

from typing import Any

import numpy as np


def accuracy(model: Any, X: np.ndarray, y: np.ndarray, batch_size: int) -> float:
    """Share of examples whose largest score is that of their label, in [0, 1].

    Args:
        model: `loss(X)` gives its scores, shape (N, C).
        X: examples, shape (N, ...).
        y: labels, shape (N,).
        batch_size: examples that are scored at a time.
    """
    correct = 0
    for start in range(0, len(X), batch_size):
        scores = model.loss(X[start : start + batch_size])
        correct += int(np.sum(np.argmax(scores, axis=1) == y[start : start + batch_size]))
    return correct / len(X)


def sample(
    X: np.ndarray, y: np.ndarray, count: int | None, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """So many different examples and their labels, drawn anew at each call; all where there are no more or count is None."""
    X, y = np.asarray(X), np.asarray(y)
    if count is None or count >= len(X):
        return X, y
    chosen = rng.choice(len(X), count, replace=False)
    return X[chosen], y[chosen]
