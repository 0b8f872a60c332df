"""Update rules: `rule(w, dw, config=None) -> (next_w, config)`.

config holds the hyperparameters and what a rule remembers from step to step; missing keys get their defaults. `w` is
updated in place where its memory allows it, so hand in a copy to keep the old one. Results have w's dtype.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from course_utils.layers.parallel import Do, for_each_part
from course_utils.layers.workspace import workspace

Config = dict[str, Any]
UpdateRule = Callable[[np.ndarray, np.ndarray, Config | None], tuple[np.ndarray, Config]]

__all__ = ("adagrad", "adam", "ema_update", "nesterov_momentum", "rmsprop", "sgd", "sgd_momentum")

# Numbers that Adam handles at a time: few enough that they stay in the cache, enough that threads seldom wait for the interpreter.
_CHUNK = 1 << 17


def sgd(w: np.ndarray, dw: np.ndarray, config: Config | None = None) -> tuple[np.ndarray, Config]:
    """Stochastic gradient descent: w - learning_rate · dw.

    Args:
        w: parameters, any shape.
        dw: their gradient, of w's shape.
        config: "learning_rate" (1e-2).

    Returns:
        (next_w, config).
    """
    config = {} if config is None else config
    rate = config.setdefault("learning_rate", 1e-2)
    w -= rate * dw
    return w, config


def sgd_momentum(w: np.ndarray, dw: np.ndarray, config: Config | None = None) -> tuple[np.ndarray, Config]:
    """Momentum: the velocity decays, gains -learning_rate · dw, and moves the parameters.

    Source: Polyak 1964; Sutskever et al. 2013, equations 1 and 2.

    Args:
        w: parameters, any shape.
        dw: their gradient, of the same shape.
        config: "learning_rate" (1e-2), "momentum" (0.9), "velocity" (zeros).

    Returns:
        (next_w, config).
    """
    config = {} if config is None else config
    rate = config.setdefault("learning_rate", 1e-2)
    momentum = config.setdefault("momentum", 0.9)
    velocity = _remembered(config, "velocity", w)
    velocity *= momentum
    velocity -= rate * dw
    w += velocity
    return w, config


def nesterov_momentum(
    w: np.ndarray, dw: np.ndarray, config: Config | None = None
) -> tuple[np.ndarray, Config]:
    """Nesterov's momentum in the form that needs only the gradient at the present parameters.

    Source: Bengio, Boulanger-Lewandowski and Pascanu 2013, equation 7.

    Args:
        w: parameters (those of the look-ahead), any shape.
        dw: their gradient, of the same shape.
        config: "learning_rate" (1e-2), "momentum" (0.9), "velocity" (zeros).

    Returns:
        (next_w, config).
    """
    config = {} if config is None else config
    rate = config.setdefault("learning_rate", 1e-2)
    momentum = config.setdefault("momentum", 0.9)
    velocity = _remembered(config, "velocity", w)
    velocity *= momentum
    velocity -= rate * dw
    w += momentum * velocity
    w -= rate * dw
    return w, config


def adagrad(w: np.ndarray, dw: np.ndarray, config: Config | None = None) -> tuple[np.ndarray, Config]:
    """AdaGrad: each parameter's step is divided by the root of the sum of its squared gradients.

    Source: Duchi, Hazan and Singer 2011.

    Args:
        w: parameters, any shape.
        dw: their gradient, of the same shape.
        config: "learning_rate" (1e-2), "epsilon" (1e-8, outside the root), "cache" (zeros).

    Returns:
        (next_w, config).
    """
    config = {} if config is None else config
    rate = config.setdefault("learning_rate", 1e-2)
    epsilon = config.setdefault("epsilon", 1e-8)
    cache = _remembered(config, "cache", w)
    cache += np.square(dw)
    w -= rate * dw / (np.sqrt(cache) + epsilon)
    return w, config


def rmsprop(w: np.ndarray, dw: np.ndarray, config: Config | None = None) -> tuple[np.ndarray, Config]:
    """RMSProp: AdaGrad whose sum of squares is a running average, so that steps do not die out.

    Source: Tieleman and Hinton 2012.

    Args:
        w: parameters, any shape.
        dw: their gradient, of the same shape.
        config: "learning_rate" (1e-2), "decay_rate" (0.99), "epsilon" (1e-8, outside the root), "cache"
            (zeros).

    Returns:
        (next_w, config).
    """
    config = {} if config is None else config
    rate = config.setdefault("learning_rate", 1e-2)
    decay = config.setdefault("decay_rate", 0.99)
    epsilon = config.setdefault("epsilon", 1e-8)
    cache = _remembered(config, "cache", w)
    cache *= decay
    cache += (1 - decay) * np.square(dw)
    w -= rate * dw / (np.sqrt(cache) + epsilon)
    return w, config


def adam(w: np.ndarray, dw: np.ndarray, config: Config | None = None) -> tuple[np.ndarray, Config]:
    """Adam: running averages of the gradient and of its square, both corrected for their start at zero.

    Source: Kingma and Ba 2015, algorithm 1.

    Args:
        w: parameters, any shape.
        dw: their gradient, of the same shape.
        config: "learning_rate" (1e-3), "beta1" (0.9), "beta2" (0.999), "epsilon" (1e-8, outside the root,
            after the correction), "m" and "v" (zeros), "t" (0; counted up before it is used).

    Returns:
        (next_w, config).
    """
    config = {} if config is None else config
    rate = config.setdefault("learning_rate", 1e-3)
    beta1, beta2 = config.setdefault("beta1", 0.9), config.setdefault("beta2", 0.999)
    epsilon = config.setdefault("epsilon", 1e-8)
    m, v = _remembered(config, "m", w), _remembered(config, "v", w)
    config["t"] = t = config.get("t", 0) + 1
    w = np.asarray(w, order="C")
    correction = np.sqrt(1 - beta2**t)
    step = rate / (1 - beta1**t) * correction

    def move(w: np.ndarray, dw: np.ndarray, m: np.ndarray, v: np.ndarray, scratch: np.ndarray) -> None:
        """Every operation writes where it read: four passes over memory become one."""
        m *= beta1
        np.multiply(dw, 1 - beta1, out=scratch, casting="same_kind")
        m += scratch
        v *= beta2
        np.multiply(dw, dw, out=scratch, casting="same_kind")
        scratch *= 1 - beta2
        v += scratch
        np.sqrt(v, out=scratch)
        scratch += epsilon * correction
        np.divide(m, scratch, out=scratch)
        scratch *= step
        w -= scratch

    _piece_by_piece(move, w, dw, m, v)
    return w, config


def _piece_by_piece(change: Callable[..., None], *arrays: np.ndarray) -> None:
    """Call change(pieces of the arrays, scratch like the first) for all their numbers, in several threads if they are many."""
    flat = [np.asarray(a, order="C").reshape(-1) for a in arrays]
    size, dtype = flat[0].size, flat[0].dtype

    def make(_most: int) -> Do:
        scratch = workspace("chunk", (min(_CHUNK, size),), dtype)

        def do(_part: int, chunks: range) -> None:
            for start in (chunk * _CHUNK for chunk in chunks):
                pieces = [a[start : start + _CHUNK] for a in flat]
                change(*pieces, scratch[: pieces[0].size])

        return do

    # An operation on a number counts like a multiplication of a layer: both wait for memory.
    for_each_part(max(1, math.ceil(size / _CHUNK)), 12 * size, make, products=False)


def ema_update(average: np.ndarray, w: np.ndarray, decay: float) -> np.ndarray:
    """Move a running average of parameters a little towards the present ones: decay · average + (1 - decay) · w.

    Args:
        average: the average so far, updated in place.
        w: the present parameters, same shape.
        decay: how much of the average stays, in [0, 1).

    Returns:
        The average, the same array.
    """
    average *= decay
    average += (1 - decay) * w
    return average


def _remembered(config: Config, key: str, w: np.ndarray) -> np.ndarray:
    """The array a rule keeps from step to step, zeros before the first one, in an order that Adam can flatten."""
    kept = config.get(key)
    config[key] = np.zeros(w.shape, w.dtype) if kept is None else np.asarray(kept, order="C")
    return config[key]
