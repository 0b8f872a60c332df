"""What well-known mistakes in networks and their training steps give."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from autograder.checks.mistakes.affine import rows
from autograder.checks.mistakes.known import Values

# Arrays by the name of their parameter, as "W1".
Params = Mapping[str, np.ndarray]


def scores_mistakes(scores: np.ndarray, params: Params, X: np.ndarray) -> Values:
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


def loss_mistakes(loss: float, params: Params, reg: float, N: int) -> dict[str, float]:
    """What comes instead of a network's loss where its penalty is at fault; nothing without regularization.

    Args:
        loss: the right one, with the penalty 0.5·reg·sum(W²) of every weight array.
        params: W1, b1, W2, ..., and gamma1, beta1, ... where there are normalizations.
        reg: strength of the regularization.
        N: number of examples in the batch.
    """
    if not reg:
        return {}
    squares = {name: float(np.sum(value**2)) for name, value in params.items()}
    weights = {name: square for name, square in squares.items() if name.startswith("W")}
    total = sum(weights.values())
    data = loss - 0.5 * reg * total
    rule = "it is 0.5·reg·sum(W²) of every weight array"
    mistakes = {
        f"the penalty was left out: {rule}": data,
        f"the penalty lacks its 0.5: {rule}": data + reg * total,
        f"the penalty has 0.5 twice: {rule}": data + 0.25 * reg * total,
        f"the penalty was divided by N: {rule}": data + 0.5 * reg * total / N,
        f"the penalty lacks the square: {rule}": data + 0.5 * reg * sum(map(np.sqrt, weights.values())),
        f"biases were penalized, too: {rule}": data + 0.5 * reg * _sum_of(squares, "W", "b"),
    }
    if any(name.startswith("gamma") for name in params):
        mistakes |= {
            f"gamma was penalized, too: {rule}": data + 0.5 * reg * _sum_of(squares, "W", "gamma"),
            f"gamma and beta were penalized, too: {rule}": data
            + 0.5 * reg * _sum_of(squares, "W", "gamma", "beta"),
            f"every parameter was penalized: {rule}": data + 0.5 * reg * sum(squares.values()),
        }
    for name, square in weights.items() if len(weights) > 1 else ():
        mistakes[f"{name} is not in the penalty: {rule}"] = data + 0.5 * reg * (total - square)
        if len(weights) > 2:
            mistakes[f"{name} alone is in the penalty: {rule}"] = data + 0.5 * reg * square
    return mistakes


def _sum_of(squares: Mapping[str, float], *kinds: str) -> float:
    return sum(square for name, square in squares.items() if name.rstrip("0123456789") in kinds)


def gradient_mistakes(name: str, grads: Params, params: Params, reg: float) -> dict[str, np.ndarray]:
    """What comes instead of the gradient of the parameter of that name; arguments as of `loss_mistakes`.

    Args:
        grads: the right gradients, by name.
    """
    right, kind, number = grads[name], name.rstrip("0123456789"), name.lstrip("abegmtW")
    if kind in ("gamma", "beta"):
        other = f"{'beta' if kind == 'gamma' else 'gamma'}{number}"
        mistakes = {f"it is the gradient of {other}": grads[other]}
        return mistakes | (
            {f"{name} was penalized: only weights are": right + reg * params[name]} if reg else {}
        )
    if not reg:
        return {}
    if kind == "b":
        return {f"{name} was penalized: only weights are": right + reg * params[name]}
    rule, data = "it adds reg·W", right - reg * params[name]
    return {
        f"the penalty's gradient was left out: {rule}": data,
        f"the penalty's gradient was halved: {rule}": data + 0.5 * reg * params[name],
        f"the penalty's gradient was doubled: {rule}": data + 2 * reg * params[name],
        f"the penalty's gradient was subtracted: {rule}": data - reg * params[name],
    }


def step_mistakes(
    param: np.ndarray, grad: np.ndarray, twice: np.ndarray, rate: float, N: int
) -> dict[str, np.ndarray]:
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
