"""What well-known mistakes in AdaGrad, RMSProp and Adam give, as rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.checks.mistakes.update_rules import Config, Update, kept


def _scaled(grow: Callable[..., Any], divide: Callable[..., Any]) -> Update:
    """A rule from grow(cache, dw, decay_rate) and divide(dw, cache, epsilon)."""

    def rule(w: np.ndarray, dw: np.ndarray, config: Config) -> tuple[np.ndarray, Config]:
        cache = grow(kept(config, "cache", w), dw, config.get("decay_rate"))
        step = config["learning_rate"] * divide(dw, cache, config["epsilon"])
        return w - step, config | {"cache": cache}

    return rule


def _outside(dw: np.ndarray, cache: np.ndarray, epsilon: float) -> np.ndarray:
    return dw / (np.sqrt(cache) + epsilon)


def _scaling_mistakes(grow: Callable[..., Any]) -> dict[str, Update]:
    """Mistakes of dividing, for a cache that grows as it should."""
    return {
        "epsilon stood inside the root; it belongs outside: sqrt(cache) + epsilon": _scaled(
            grow, lambda dw, cache, epsilon: dw / np.sqrt(cache + epsilon)
        ),
        "epsilon stood inside the root; it belongs outside: sqrt(cache) + epsilon, not squared": _scaled(
            grow, lambda dw, cache, epsilon: dw / np.sqrt(cache + epsilon**2)
        ),
        "epsilon was missing": _scaled(grow, lambda dw, cache, epsilon: dw / np.sqrt(cache)),
        "the root was missing: divide by sqrt(cache) + epsilon": _scaled(
            grow, lambda dw, cache, epsilon: dw / (cache + epsilon)
        ),
        "the gradient was multiplied by the root, not divided": _scaled(
            grow, lambda dw, cache, epsilon: dw * (np.sqrt(cache) + epsilon)
        ),
        "the gradient was not divided by anything": _scaled(grow, lambda dw, cache, epsilon: dw),
    }


def _sum_up(cache: np.ndarray, dw: np.ndarray, decay: float | None) -> np.ndarray:
    return cache + dw**2


def _leak(cache: np.ndarray, dw: np.ndarray, decay: float) -> np.ndarray:
    return decay * cache + (1 - decay) * dw**2


def _late(grow: Callable[..., Any]) -> Update:
    """A rule that divides by the cache from before this step."""

    def rule(w: np.ndarray, dw: np.ndarray, config: Config) -> tuple[np.ndarray, Config]:
        before = kept(config, "cache", w)
        step = config["learning_rate"] * _outside(dw, before, config["epsilon"])
        return w - step, config | {"cache": grow(before, dw, config.get("decay_rate"))}

    return rule


ADAGRAD: dict[str, Update] = _scaling_mistakes(_sum_up) | {
    "the cache held only the last gradient's squares: it adds them up": _scaled(
        lambda cache, dw, decay: dw**2, _outside
    ),
    "the cache added up the gradients as they are, not their squares": _scaled(
        lambda cache, dw, decay: cache + dw, _outside
    ),
    "the cache added up the sizes of the gradients, not their squares": _scaled(
        lambda cache, dw, decay: cache + np.abs(dw), _outside
    ),
    "w was moved with the cache from before this step: add this step's squares first": _late(_sum_up),
}
RMSPROP: dict[str, Update] = _scaling_mistakes(_leak) | {
    "decay_rate and (1 - decay_rate) were swapped: decay_rate is what is kept of the cache": _scaled(
        lambda cache, dw, decay: (1 - decay) * cache + decay * dw**2, _outside
    ),
    "this were AdaGrad: the cache has to leak": _scaled(_sum_up, _outside),
    "the factor (1 - decay_rate) of the new squares was missing": _scaled(
        lambda cache, dw, decay: decay * cache + dw**2, _outside
    ),
    "the cache averaged the gradients as they are, not their squares": _scaled(
        lambda cache, dw, decay: decay * cache + (1 - decay) * dw, _outside
    ),
    "the cache averaged the sizes of the gradients, not their squares": _scaled(
        lambda cache, dw, decay: decay * cache + (1 - decay) * np.abs(dw), _outside
    ),
    "the cache held only the last gradient's squares": _scaled(
        lambda cache, dw, decay: (1 - decay) * dw**2, _outside
    ),
    "w was moved with the cache from before this step: let the cache take in this step's squares first": _late(
        _leak
    ),
}


def _adam(
    *,
    counted: int = 1,
    counts: int = 1,
    correct: tuple[bool, bool] = (True, True),
    divide: Callable[..., Any] = lambda m, v, epsilon, correction: m / (np.sqrt(v) + epsilon),
    swapped: bool = False,
    square: Callable[..., Any] = np.square,
    keep_corrected: bool = False,
    shares: Callable[..., Any] = lambda beta1, beta2: ((beta1, 1 - beta1), (beta2, 1 - beta2)),
    factor: Callable[..., Any] = lambda beta, t: 1 - beta**t,
    factored: tuple[bool, bool] = (True, True),
) -> Update:
    """Adam with one thing changed; `counted` is how far t is counted up before it is used, `counts` in each step, `factored` what goes by `factor`."""

    def rule(w: np.ndarray, dw: np.ndarray, config: Config) -> tuple[np.ndarray, Config]:
        beta1, beta2 = (config["beta1"], config["beta2"])[:: -1 if swapped else 1]
        t = config.get("t", 0) + counted
        (old1, new1), (old2, new2) = shares(beta1, beta2)
        m = old1 * kept(config, "m", w) + new1 * dw
        v = old2 * kept(config, "v", w) + new2 * square(dw)
        betas = zip((np.float64(beta1), np.float64(beta2)), factored, strict=True)
        corrections = [factor(beta, t) if wrong else 1 - beta**t for beta, wrong in betas]
        m_hat, v_hat = m / corrections[0] if correct[0] else m, v / corrections[1] if correct[1] else v
        step = config["learning_rate"] * divide(m_hat, v_hat, config["epsilon"], corrections[1])
        averages = {"m": m_hat, "v": v_hat} if keep_corrected else {"m": m, "v": v}
        return w - step, config | averages | {"t": config.get("t", 0) + counts}

    return rule


ADAM: dict[str, Update] = {
    "the bias correction was missing: divide m by 1 - beta1**t and v by 1 - beta2**t": _adam(
        correct=(False, False)
    ),
    "v was not corrected: divide it by 1 - beta2**t": _adam(correct=(True, False)),
    "m was not corrected: divide it by 1 - beta1**t": _adam(correct=(False, True)),
    "t was used before it was counted up: the first step's correction divides by 1 - beta1**1": _adam(
        counted=0
    ),
    "t was counted twice: it starts at 0, and the first step's correction divides by 1 - beta1**1": _adam(
        counted=2
    ),
    "t was counted up by two in each step": _adam(counted=2, counts=2),
    "epsilon stood inside the root; it belongs outside: sqrt(v_hat) + epsilon": _adam(
        divide=lambda m, v, epsilon, correction: m / np.sqrt(v + epsilon)
    ),
    "epsilon was added before the bias correction; it is added to the root of the corrected v": _adam(
        divide=lambda m, v, epsilon, correction: m / (np.sqrt(v) + epsilon / np.sqrt(correction))
    ),
    "epsilon was missing": _adam(divide=lambda m, v, epsilon, correction: m / np.sqrt(v)),
    "the root was missing: divide by sqrt(v_hat) + epsilon": _adam(
        divide=lambda m, v, epsilon, correction: m / (v + epsilon)
    ),
    "beta1 and beta2 were swapped": _adam(swapped=True),
    "v averaged the gradients as they are, not their squares": _adam(square=lambda dw: dw),
    "v averaged the sizes of the gradients, not their squares": _adam(square=np.abs),
    "the corrected m and v were kept: the config holds the uncorrected ones": _adam(keep_corrected=True),
    "beta * t stood for beta**t in the correction": _adam(factor=lambda beta, t: 1 - beta * t),
    "t was left out of the correction: divide m by 1 - beta1**t and v by 1 - beta2**t": _adam(
        factor=lambda beta, t: 1 - beta
    ),
    "t was left out of the correction of m: divide it by 1 - beta1**t": _adam(
        factor=lambda beta, t: 1 - beta, factored=(True, False)
    ),
    "t was left out of the correction of v: divide it by 1 - beta2**t": _adam(
        factor=lambda beta, t: 1 - beta, factored=(False, True)
    ),
    "1 - (1 - beta)**t stood for 1 - beta**t in the correction": _adam(
        factor=lambda beta, t: 1 - (1 - beta) ** t
    ),
    "1 - (1 - beta1)**t stood for 1 - beta1**t in the correction of m": _adam(
        factor=lambda beta, t: 1 - (1 - beta) ** t, factored=(True, False)
    ),
    "1 - (1 - beta2)**t stood for 1 - beta2**t in the correction of v": _adam(
        factor=lambda beta, t: 1 - (1 - beta) ** t, factored=(False, True)
    ),
    "m and v were multiplied by their corrections: divide by 1 - beta1**t and 1 - beta2**t": _adam(
        factor=lambda beta, t: 1 / (1 - beta**t)
    ),
    "(1 - beta)**t stood for 1 - beta**t in the correction": _adam(factor=lambda beta, t: (1 - beta) ** t),
    "beta and (1 - beta) were swapped: beta is what is kept of m and of v": _adam(
        shares=lambda beta1, beta2: ((1 - beta1, beta1), (1 - beta2, beta2))
    ),
    "the factor (1 - beta1) of the new gradient was missing in m": _adam(
        shares=lambda beta1, beta2: ((beta1, 1), (beta2, 1 - beta2))
    ),
    "the factor (1 - beta2) of the new squares was missing in v": _adam(
        shares=lambda beta1, beta2: ((beta1, 1 - beta1), (beta2, 1))
    ),
    "beta1 was taken for v, too: its average goes by beta2": _adam(
        shares=lambda beta1, beta2: ((beta1, 1 - beta1), (beta1, 1 - beta1))
    ),
    "beta2 was taken for m, too: its average goes by beta1": _adam(
        shares=lambda beta1, beta2: ((beta2, 1 - beta2), (beta2, 1 - beta2))
    ),
    "dw was divided where m_hat belongs": (
        lambda w, dw, config: _adam(divide=lambda m, v, epsilon, correction: dw / (np.sqrt(v) + epsilon))(
            w, dw, config
        )
    ),
}
