"""What networks give, loss and gradients, whose layers stand or pass back another way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import FunctionType
from typing import Any

import numpy as np

from autograder.checks.mistakes.affine import rows
from autograder.checks.mistakes.normalization import EPS

Params = Mapping[str, np.ndarray]
Grads = dict[str, np.ndarray]
# dout -> dx, and the gradients of the layer's own parameters by name.
Backward = Callable[[np.ndarray], tuple[np.ndarray, Grads]]
# (x, params, number of the layer) -> (out, its way back)
Step = Callable[[np.ndarray, Params, int], tuple[np.ndarray, Backward]]

_AXES = {"batchnorm": 0, "layernorm": 1}


def mistaken_passes(
    params: Params, X: np.ndarray, y: np.ndarray, reg: float, kind: str | None
) -> dict[str, tuple[float, Grads]]:
    """(loss, grads) of a network in training, by what was done; nothing for a network of other layers.

    Args:
        params: W1, b1, ..., and with a normalization gamma1, beta1, ...
        kind: of the normalization, "batchnorm", "layernorm" or None.
    """
    if any(value.ndim != (2 if name[0] == "W" else 1) for name, value in params.items()):
        return {}
    with np.errstate(all="ignore"):
        return {did: _network(params, X, y, reg, steps) for did, steps in _orders(kind).items()}


def _orders(kind: str | None) -> dict[str, list[Step]]:
    """What stands behind each hidden affine layer, by what was done."""
    norms = [] if kind is None else [partial(_norm, axis=_AXES[kind])]
    orders: dict[str, list[Step]] = {
        "the ReLU was left out on the way back: dout passes where its input was positive": [
            *norms,
            partial(_relu, passes=lambda x, d: np.ones_like(d)),
        ],
        "the ReLU on the way back went by the sign of dout; it goes by that of its input": [
            *norms,
            partial(_relu, passes=lambda x, d: d > 0),
        ],
    }
    if kind is None:
        return orders | {"the ReLU is missing: it comes behind each affine layer but the last": []}
    [norm], [other] = norms, [each for each in _AXES if each != kind]
    return orders | {
        "the ReLU is missing: it comes behind each normalization": [norm],
        "the normalization stands behind the ReLU: it comes between the affine layer and the ReLU": [
            _relu,
            norm,
        ],
        "the normalization was left out": [_relu],
        f"{other} was taken for {kind}": [partial(_norm, axis=_AXES[other]), _relu],
        "the normalization was left out on the way back": [
            partial(_norm, axis=_AXES[kind], back=False),
            _relu,
        ],
        "the way back went through the normalization before the ReLU: take the layers in reverse": [
            partial(_crossed, first=norm)
        ],
        "only the first hidden layer is normalized: each is": [partial(_first_alone, step=norm), _relu],
    }


def _network(
    params: Params, X: np.ndarray, y: np.ndarray, reg: float, steps: list[Step]
) -> tuple[float, Grads]:
    L, out = sum(name[0] == "W" for name in params), rows(X)
    ways: list[Backward] = []
    for i in range(1, L + 1):
        for step in [_affine, *(steps if i < L else [])]:
            out, way = step(out, params, i)
            ways.append(way)
    loss, d = _softmax_loss(out, y)
    grads: Grads = {}
    for way in reversed(ways):
        d, found = way(d)
        grads |= found
    weights = [name for name in params if name[0] == "W"]
    grads |= {name: grads[name] + reg * params[name] for name in weights}
    return loss + 0.5 * reg * sum(float(np.sum(params[name] ** 2)) for name in weights), grads


def _softmax_loss(scores: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
    at_right = np.arange(len(y)), y
    shifted = scores - scores.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    d = np.exp(log_p)
    d[at_right] -= 1
    return -float(log_p[at_right].mean()), d / len(y)


def _affine(x: np.ndarray, params: Params, i: int) -> tuple[np.ndarray, Backward]:
    W = params[f"W{i}"]
    return x @ W + params[f"b{i}"], lambda d: (d @ W.T, {f"W{i}": x.T @ d, f"b{i}": d.sum(axis=0)})


def _open_where_positive(x: np.ndarray, d: np.ndarray) -> np.ndarray:
    return x > 0


def _relu(
    x: np.ndarray, params: Params, i: int, passes: Callable[..., np.ndarray] = _open_where_positive
) -> tuple[np.ndarray, Backward]:
    """`passes` says of (x, dout) where dout passes."""
    return np.maximum(x, 0), lambda d: (d * passes(x, d), {})


def _norm(x: np.ndarray, params: Params, i: int, axis: int, back: bool = True) -> tuple[np.ndarray, Backward]:
    """`back` says whether the way back changes dout."""
    gamma, std = params[f"gamma{i}"], np.sqrt(x.var(axis=axis, keepdims=True) + EPS)
    x_hat = (x - x.mean(axis=axis, keepdims=True)) / std

    def backward(d: np.ndarray) -> tuple[np.ndarray, Grads]:
        dh = d * gamma
        mean, stretch = (v.mean(axis=axis, keepdims=True) for v in (dh, dh * x_hat))
        own = {f"gamma{i}": (d * x_hat).sum(axis=0), f"beta{i}": d.sum(axis=0)}
        return (dh - mean - x_hat * stretch) / std if back else d, own

    return gamma * x_hat + params[f"beta{i}"], backward


def _crossed(x: np.ndarray, params: Params, i: int, first: Step) -> tuple[np.ndarray, Backward]:
    """`first` and a ReLU, of which the way back takes `first` first."""
    out, through_first = first(x, params, i)
    out, through_relu = _relu(out, params, i)

    def backward(d: np.ndarray) -> tuple[np.ndarray, Grads]:
        d, own = through_first(d)
        return through_relu(d)[0], own

    return out, backward


def _first_alone(x: np.ndarray, params: Params, i: int, step: Step) -> tuple[np.ndarray, Backward]:
    """`step` in the first layer, nothing in the others."""
    return step(x, params, i) if i == 1 else (x, lambda d: (d, {}))


# What stands for the functions of a convolutional network's own notebooks, by what was done.
_REPLACED: dict[str, dict[str, Callable[..., Any]]] = {
    "the ReLU between the affine layers was left out on the way back": {"relu_backward": lambda d, cache: d},
    "there is no ReLU between the affine layers": {
        "relu_forward": lambda x: (x, None),
        "relu_backward": lambda d, cache: d,
    },
    "tanh was left out on the way back": {"tanh_backward": lambda d, cache: d},
    "there is no tanh": {"tanh_forward": lambda x: (x, None), "tanh_backward": lambda d, cache: d},
    "a ReLU stands where tanh belongs": {
        "tanh_forward": lambda x: (np.maximum(x, 0), x),
        "tanh_backward": lambda d, x: d * (x > 0),
    },
}


def replaced_passes(net: Any, X: np.ndarray, y: np.ndarray) -> dict[str, tuple[float, Grads]]:
    """(loss, grads) of the reference's network where other functions stand for those that it calls, by what was done."""
    loss = type(net).loss
    return {
        did: FunctionType(loss.__code__, loss.__globals__ | others, "loss", loss.__defaults__)(net, X, y)
        for did, others in _REPLACED.items()
        if others.keys() <= set(loss.__code__.co_names)
    }
