"""What well-known mistakes in networks and their training steps give."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from autograder.checks.mistakes.affine import rows
from autograder.checks.mistakes.known import Values


def scores_mistakes(scores: np.ndarray, params: Mapping[str, np.ndarray], X: np.ndarray) -> Values:
    """What comes instead of a network's scores.

    Args:
        scores: the right ones, shape (N, C).
        params: W1, b1, W2, ... where the network has affine layers alone; others say nothing about the layers.
        X: the batch, shape (N, ...).
    """
    exp = np.exp(scores - scores.max(axis=1, keepdims=True))
    mistakes = {
        "probabilities came back; scores are what goes into the softmax": exp
        / exp.sum(axis=1, keepdims=True),
        "the scores went through a ReLU; the last layer has none": np.maximum(scores, 0),
    }
    layers = len(params) // 2
    weights = [params.get(f"W{i}", np.zeros(0)) for i in range(1, layers + 1)]
    if len(params) == 2 * layers and all(w.ndim == 2 for w in weights):
        out = by_first = rows(X)
        for i, w in enumerate(weights, start=1):
            out, by_first = (v @ w + params[f"b{i}"] for v in (out, by_first))
            by_first = np.maximum(by_first, 0) if i == 1 else by_first
        mistakes["nothing stands between the affine layers: each but the last is followed by a ReLU"] = out
        if layers > 2:
            mistakes["only the first layer is followed by a ReLU: each but the last one is"] = by_first
    return mistakes


def step_mistakes(param: np.ndarray, grad: np.ndarray, twice: np.ndarray, rate: float, N: int) -> Values:
    """What comes instead of a parameter after one step of gradient descent.

    Args:
        param, grad: the parameter before the step and its gradient.
        twice: the parameter after two steps.
        rate: the learning rate.
        N: number of examples in the batch.
    """
    mistakes = {
        "it was not updated: step every name in params, and change the array there, not a copy of it": param,
        "it went uphill: subtract rate times gradient": param + rate * grad,
        "the learning rate was left out": param - grad,
        "the gradient was divided by N once more; the loss is a mean already": param - rate * grad / N,
        "the sign of the gradient was taken; its size counts, too": param - rate * np.sign(grad),
        "the gradient was scaled to length 1; its size counts, too": param
        - rate * grad / np.linalg.norm(grad),
        "rate · gradient came instead of the parameter: subtract it from the parameter": rate * grad,
        "it became -rate · gradient: is -= written as = - ?": -rate * grad,
    }
    own = (r for r in (1e-4, 1e-3, 1e-2, 1e-1) if r != rate)
    mistakes |= {f"the learning rate is {r:g} whatever is passed in": param - r * grad for r in own}
    return mistakes | {"two steps were taken": twice}
