"""What well-known mistakes in gradient descent with momentum give, as rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.checks.mistakes.update_rules import Config, Update, kept


def _momentum(velocity: Callable[..., Any], move: Callable[..., Any]) -> Update:
    """A rule from velocity(mu, v, step) and move(mu, v before, v after, step), step being -learning_rate * dw."""

    def rule(w: np.ndarray, dw: np.ndarray, config: Config) -> tuple[np.ndarray, Config]:
        mu, before, step = config["momentum"], kept(config, "velocity", w), -config["learning_rate"] * dw
        after = velocity(mu, before, step)
        return w + move(mu, before, after, step), config | {"velocity": after}

    return rule


def _averaging(w: np.ndarray, dw: np.ndarray, config: Config) -> tuple[np.ndarray, Config]:
    velocity = config["momentum"] * kept(config, "velocity", w) + (1 - config["momentum"]) * dw
    return w - config["learning_rate"] * velocity, config | {"velocity": velocity}


def _momentum_by_share(w: np.ndarray, dw: np.ndarray, config: Config) -> tuple[np.ndarray, Config]:
    velocity = config["momentum"] * kept(config, "velocity", w) - (1 - config["momentum"]) * dw
    return w + velocity, config | {"velocity": velocity}


def _of_gradients(w: np.ndarray, dw: np.ndarray, config: Config) -> tuple[np.ndarray, Config]:
    velocity = config["momentum"] * kept(config, "velocity", w) + dw
    step = config["learning_rate"] * (dw + config["momentum"] * velocity)
    return w - step, config | {"velocity": velocity}


def _scaled_move(w: np.ndarray, dw: np.ndarray, config: Config) -> tuple[np.ndarray, Config]:
    velocity = _build_up(config["momentum"], kept(config, "velocity", w), -config["learning_rate"] * dw)
    return w + config["learning_rate"] * velocity, config | {"velocity": velocity}


def _build_up(mu: float, v: np.ndarray, step: np.ndarray) -> np.ndarray:
    return mu * v + step


MOMENTUM: dict[str, Update] = {
    "the velocity was subtracted: it is the step itself, and is added to w": _momentum(
        _build_up, lambda mu, before, after, step: -after
    ),
    "the velocity averaged gradients: it adds up steps, momentum * v - learning_rate * dw": (_averaging),
    "the velocity went uphill: it is momentum * v - learning_rate * dw": _momentum(
        lambda mu, v, step: mu * v - step, lambda mu, before, after, step: after
    ),
    "the old velocity was not read, or the new one not kept, in config['velocity']": _momentum(
        lambda mu, v, step: 0 * v, lambda mu, before, after, step: step
    ),
    "w moved by the velocity from before this step": _momentum(
        _build_up, lambda mu, before, after, step: before
    ),
    "there was no friction: the old velocity is multiplied by momentum": _momentum(
        lambda mu, v, step: v + step, lambda mu, before, after, step: after
    ),
    "the gradient was multiplied by (1 - momentum): the velocity is a sum, not an average": _momentum(
        lambda mu, v, step: mu * v + (1 - mu) * step, lambda mu, before, after, step: after
    ),
    "(1 - momentum) stands where the learning rate belongs: it is momentum * v - learning_rate * dw": _momentum_by_share,
    "the learning rate is a factor too many: the velocity is the step itself, and is added to w": _scaled_move,
    "w was moved by the velocity and by the gradient: the velocity already holds the gradient": _momentum(
        _build_up, lambda mu, before, after, step: after + step
    ),
    "this were Nesterov's rule": _momentum(_build_up, lambda mu, before, after, step: mu * after + step),
    "the velocity held what is subtracted: it is the next step itself, momentum * v - learning_rate * dw": _momentum(
        lambda mu, v, step: mu * v - step, lambda mu, before, after, step: -after
    ),
    "the velocity held gradients: it holds steps, momentum * v - learning_rate * dw": (
        lambda w, dw, config: (
            w - config["learning_rate"] * (config["momentum"] * kept(config, "velocity", w) + dw),
            config | {"velocity": config["momentum"] * kept(config, "velocity", w) + dw},
        )
    ),
}
NESTEROV: dict[str, Update] = {
    "this were plain momentum: the look-ahead is missing, or the velocity was overwritten before it was used": _momentum(
        _build_up, lambda mu, before, after, step: after
    ),
    "the old velocity was added; it is subtracted: - momentum * v_before + (1 + momentum) * v": _momentum(
        _build_up, lambda mu, before, after, step: mu * before + (1 + mu) * after
    ),
    "the old velocity was not read, or the new one not kept, in config['velocity']": _momentum(
        lambda mu, v, step: 0 * v, lambda mu, before, after, step: (1 + mu) * step
    ),
    "the velocity went uphill: it is momentum * v - learning_rate * dw": _momentum(
        lambda mu, v, step: mu * v - step, lambda mu, before, after, step: mu * after - step
    ),
    "the old velocity was left out: it is - momentum * v_before + (1 + momentum) * v": _momentum(
        _build_up, lambda mu, before, after, step: (1 + mu) * after
    ),
    "w was moved by momentum * v alone: it is - momentum * v_before + (1 + momentum) * v": _momentum(
        _build_up, lambda mu, before, after, step: mu * after
    ),
    "the velocity held gradients: it holds steps, momentum * v - learning_rate * dw": _of_gradients,
    "the new velocity was multiplied by momentum; its factor is 1 + momentum": _momentum(
        _build_up, lambda mu, before, after, step: -mu * before + mu * after
    ),
}
