"""One step of the parameters: gradients clipped, an update rule, running averages, and how far each parameter moved."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping, MutableMapping
from typing import Any

import numpy as np

from course_utils.training import rules
from course_utils.training.expectations import expect_counts
from course_utils.training.stopping import update_ratio

RULES: dict[str, rules.UpdateRule] = {
    name: getattr(rules, name) for name in rules.__all__ if name != "ema_update"
}
Arrays = Mapping[str, np.ndarray]


class Updates:
    """An update rule with its memory for each parameter.

    Args:
        params: the parameters by name.
        update_rule: name of a rule in `course_utils.training.rules`, or a function.
        optim_config: hyperparameters of the rule; each parameter gets a copy, and the caller's own stays as it is.
        clip_norm: gradients of a larger norm (all parameters together) are scaled down to it; None for no limit.
        ema_decay: of running averages of the parameters; None for none.
        ratio_every: steps from one measurement of update ratios to the next.

    Attributes:
        rule: the rule itself.
        rule_name: its name.
        rate: the learning rate that the rule was told last.
        configs: what the rule remembers, by parameter.
        averages: running averages of the parameters, or None.
    """

    def __init__(
        self,
        params: Arrays,
        update_rule: str | rules.UpdateRule,
        optim_config: Mapping[str, Any] | None,
        clip_norm: float | None,
        ema_decay: float | None,
        ratio_every: int,
    ) -> None:
        expect_counts(ratio_every=ratio_every)
        if ema_decay is not None and not 0 <= ema_decay < 1:
            raise ValueError(f"ema_decay is {ema_decay}; it must be in [0, 1)")
        if clip_norm is not None and not clip_norm > 0:
            raise ValueError(f"clip_norm is {clip_norm}; it must be positive")
        self.rule, self.rule_name = _rule(update_rule)
        self._given = _own(optim_config or {})
        self.clip_norm, self.ema_decay, self.ratio_every = clip_norm, ema_decay, ratio_every
        self.configs = {name: _own(self._given) for name in params}
        self.rate = self._given.get("learning_rate", math.nan)
        self.averages = None if ema_decay is None else {name: w.copy() for name, w in params.items()}
        self._before: dict[str, np.ndarray] = {}

    def learning_rate(self) -> float:
        """The learning rate asked for, or else the rule's own default, which it writes into its config."""
        if "learning_rate" in self._given:
            return self._given["learning_rate"]
        _, filled = self.rule(np.zeros(1), np.zeros(1), _own(self._given))
        if "learning_rate" not in filled:
            raise ValueError(
                'the update rule has no learning rate of its own; pass optim_config={"learning_rate": ...}'
            )
        return filled["learning_rate"]

    def clipped(self, grads: Arrays, params: Arrays) -> tuple[Arrays, float]:
        """The gradients, scaled down where their norm is too large, and that norm; 0 where it is not asked for."""
        if self.clip_norm is None:
            return grads, 0.0
        norm = math.sqrt(sum(float(np.vdot(grads[name], grads[name])) for name in params))
        if norm <= self.clip_norm or not math.isfinite(norm):
            return grads, norm
        return {name: dw * (self.clip_norm / norm) for name, dw in grads.items()}, norm

    def make(
        self, params: MutableMapping[str, np.ndarray], grads: Arrays, rate: float, step: int
    ) -> dict[str, float] | None:
        """Update the parameters, some in place, some by new arrays.

        Args:
            params: the parameters, whose arrays may be replaced.
            grads: their gradients.
            rate: the learning rate.
            step: counted from 0.

        Returns:
            Update ratios by parameter, at steps whose turn it is; else None.
        """
        self.tell_rate(rate)
        ratios: dict[str, float] | None = {} if step % self.ratio_every == 0 else None
        for name, w in params.items():
            size = 0.0 if ratios is None else self._keep(name, w)
            updated = self.rule(w, grads[name], self.configs[name])
            if not isinstance(updated, tuple | list) or len(updated) != 2:
                raise ValueError(
                    f"{self.rule_name} returned a {type(updated).__name__}; expected (next_w, config)"
                )
            params[name], self.configs[name] = updated
            if ratios is not None:
                update = np.subtract(params[name], self._before[name], out=self._before[name])
                ratios[name] = update_ratio(update, size)
            if self.averages is not None and self.ema_decay is not None:
                rules.ema_update(self.averages[name], params[name], self.ema_decay)
        return ratios

    def tell_rate(self, rate: float) -> None:
        """Write a learning rate into all configs; what a rule or a user made of the last one there stays in proportion."""
        for config in self.configs.values():
            own = config.get("learning_rate", self.rate)
            changed = self.rate > 0 and own != self.rate
            config["learning_rate"] = own * (rate / self.rate) if changed else rate
        self.rate = rate

    def _keep(self, name: str, w: np.ndarray) -> float:
        """Copy a parameter before its update, into memory that is used again; returns its norm."""
        if name not in self._before:
            self._before[name] = np.empty_like(w)
        np.copyto(self._before[name], w)
        return float(np.linalg.norm(w))


def _own(config: Mapping[str, Any]) -> rules.Config:
    """A copy whose arrays a rule may change in place; a generator stays one for all."""
    return {
        key: value if isinstance(value, np.random.Generator) else copy.deepcopy(value)
        for key, value in config.items()
    }


def _rule(update_rule: str | rules.UpdateRule) -> tuple[rules.UpdateRule, str]:
    if callable(update_rule):
        return update_rule, getattr(update_rule, "__name__", type(update_rule).__name__)
    if update_rule not in RULES:
        raise ValueError(
            f"update_rule is {update_rule!r}; choose one of {', '.join(sorted(RULES))}, or pass a function"
        )
    return RULES[update_rule], update_rule
