"""What well-known mistakes in update rules give: each is a rule itself, by the sentence that says what was done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

import numpy as np

Config = dict[str, Any]
# (w, dw, config) -> (next_w, config)
Update = Callable[[np.ndarray, np.ndarray, Config], tuple[np.ndarray, Config]]

_OTHER_DEFAULTS = (
    *(0.0, 0.85, 0.95, 0.98, 0.99, 0.995, 0.999, 0.9999, 1.0),
    *(digit / 10**power for power in (1, 2, 3) for digit in range(1, 10)),
    *(digit / 10**power for power in (4, 5, 6) for digit in (1, 3, 5)),
    *(1e-7, 1e-8, 1e-9, 1e-10, 1e-12, 1e-15, 1e-16),
)


def kept(config: Config, key: str, w: np.ndarray) -> np.ndarray:
    """What the config remembers for `w` under `key`; zeros before the first step."""
    return np.asarray(config.get(key, np.zeros_like(w)), dtype=np.float64)


def of_every_rule(
    right: Update, defaults: Mapping[str, float], state: tuple[str, ...] = ()
) -> dict[str, Update]:
    """Mistakes that can be made in every rule.

    Args:
        right: the rule without a mistake; it may work in place.
        defaults: of the hyperparameters.
        state: what the config keeps from step to step.
    """
    rule = _on_copies(right)
    mistakes = _of_steps(rule, defaults)
    if state:
        mistakes["what the config holds was not read: each step goes on from the last one's state"] = (
            _with_config(rule, lambda config: {k: v for k, v in config.items() if k not in state})
        )
    for key, value in defaults.items():
        mistakes[f"{key} was {value:g} whatever the config says"] = _with_fixed(rule, key, value)
        mistakes |= {
            f"{key} was {other:g}; where the config does not say, it is {value:g}": (
                _with_default(rule, key, value, other)
            )
            for other in _OTHER_DEFAULTS
            if other != value
        }
    return mistakes


def _of_steps(rule: Update, defaults: Mapping[str, float]) -> dict[str, Update]:
    """Mistakes in what is made of a step that is right."""

    def step_alone(w: np.ndarray, dw: np.ndarray, config: Config) -> tuple[np.ndarray, Config]:
        next_w, config = rule(w, dw, config)
        return next_w - w, config

    def still(w: np.ndarray, dw: np.ndarray, config: Config) -> tuple[np.ndarray, Config]:
        return w, rule(w, dw, config)[1]

    def uphill(w: np.ndarray, dw: np.ndarray, config: Config) -> tuple[np.ndarray, Config]:
        next_w, config = rule(w, dw, config)
        return 2 * w - next_w, config

    def forgetful(w: np.ndarray, dw: np.ndarray, config: Config) -> tuple[np.ndarray, Config]:
        next_w, config = rule(w, dw, config)
        return next_w, config | dict(defaults)

    return {
        "the learning rate was left out": _with_fixed(rule, "learning_rate", 1.0),
        "only the step was returned: next_w is w moved by it": step_alone,
        "w did not move": still,
        "the step went uphill: the gradient is subtracted": uphill,
        "the config came back without its hyperparameters: it keeps them from step to step": forgetful,
    }


def _on_copies(rule: Update) -> Update:
    return lambda w, dw, config: rule(w.copy(), dw.copy(), deepcopy(config))


def _with_config(rule: Update, change: Callable[[Config], Config]) -> Update:
    return lambda w, dw, config: rule(w, dw, change(config))


def _with_fixed(rule: Update, key: str, value: float) -> Update:
    return _with_config(rule, lambda config: config | {key: value})


def _with_default(rule: Update, key: str, value: float, other: float) -> Update:
    """The rule with another default: where the config has the right one, nobody can tell whether it was given."""
    return _with_config(rule, lambda config: config | {key: other} if config[key] == value else config)
