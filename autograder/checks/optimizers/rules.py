"""Checks of the update rules: many short runs, each compared with the reference step by step."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.checks.asking.advice import advice, likely
from autograder.checks.asking.inputs import SINGLE, as_double, as_single, mixed
from autograder.verdict.check import check
from autograder.verdict.expect import expect, expect_close
from autograder.verdict.student import NoAnswer, Student
from course_utils.compare import CheckFailed, Failure
from course_utils.training import rules, schedules, search

Config = dict[str, Any]
Update = Callable[[np.ndarray, np.ndarray, Config], tuple[np.ndarray, Config]]

# The course's own rules, schedules and searches may not stand in for the student's.
LIBRARY = tuple(
    f"{module.__name__}.{name}"
    for module in (rules, schedules, search)
    for name in module.__all__
    if inspect.isfunction(getattr(module, name))
)


class Rule:
    """An update rule, the student's beside the reference's.

    Args:
        defaults: of the hyperparameters.
        state: what the config keeps from step to step.
        mistakes: wrong rules by the sentence that says what is wrong with them.
    """

    def __init__(
        self,
        student: Student,
        reference: SimpleNamespace,
        name: str,
        defaults: Mapping[str, float],
        state: tuple[str, ...] = (),
        mistakes: Mapping[str, Update] | None = None,
    ):
        self._student = student
        self._reference = getattr(reference, name)
        self._name = name
        self._defaults = dict(defaults)
        self.state = state
        self._mistakes = dict(mistakes or {}) | self._mistakes_of_all()

    def call(self, w: np.ndarray, dw: np.ndarray, *config: Config | None) -> tuple[Any, Config]:
        """One step of the student's; the config has to come back as a dict."""
        try:
            next_w, config = self._student.call(self._name, w, dw, *config, returns="next_w, config")
        except TypeError as error:
            raise CheckFailed(
                "the config that came back cannot be handed on to the next step: it may hold numbers and arrays"
            ) from error
        expect(
            isinstance(config, dict),
            f"{self._name} must return (next_w, config), and the second is no dict",
        )
        return next_w, config

    def expected(self, w: np.ndarray, gradients: Iterable[np.ndarray], config: Config | None = None):
        """(next_w, config) of the reference after each step."""
        config = deepcopy(config)
        w = as_double(w)
        for dw in gradients:
            w, config = self._reference(w.copy(), as_double(dw).copy(), config)
            yield w, deepcopy(config)

    def expect_run(
        self,
        w: np.ndarray,
        gradients: list[np.ndarray],
        config: Config | None = None,
        only: tuple[str, ...] | None = None,
        rtol: float = 1e-9,
        atol: float = 1e-12,
    ) -> None:
        """Fail the case unless each step gives what the reference gives.

        Args:
            gradients: one for each step; each step starts from the student's own result and config.
            only: compare "next_w" or these keys of the config; everything by default.
        """
        compared = (*self.state, "next_w") if only is None else only
        steps, found_w, found_config = [], w, deepcopy(config)
        single = w.dtype == np.float32
        wanted = self.expected(w, gradients, config)
        for step, (dw, (next_w, kept)) in enumerate(zip(gradients, wanted, strict=True), start=1):
            found_w, found_config = self.call(found_w, dw, found_config)
            actual, expected = found_config | {"next_w": found_w}, kept | {"next_w": next_w}
            steps.append(actual)
            for key in compared:
                label = key if key == "next_w" else f"config[{key!r}]"
                expect(key in actual, f"the config has no key {key!r} after step {step}")
                value = as_single(expected[key]) if single else expected[key]
                if key == "t":
                    _expect_count(actual[key], value, step)
                    continue
                try:
                    expect_close(actual[key], value, f"{label} after step {step}", rtol=rtol, atol=atol)
                except CheckFailed as failed:
                    # What coincides in one step parts in the next ones.
                    asked = [*gradients, *(factor * gradients[-1] for factor in (-0.7, 1.3, 0.4))]
                    self._go_on(steps, found_w, found_config, asked[step:])
                    explained = self._explained(failed.failure, w, asked, config, steps, compared)
                    raise CheckFailed(explained) from failed
            self.expect_hyperparameters(found_config, kept)

    def _go_on(self, steps: list[Config], w: Any, config: Config, gradients: list[np.ndarray]) -> None:
        """Add what the student's rule returns for more gradients, as far as it gets."""
        for dw in gradients:
            try:
                w, config = self.call(w, dw, config)
            except NoAnswer:
                raise
            except CheckFailed:
                return
            steps.append(config | {"next_w": w})

    def expect_hyperparameters(self, found: Config, wanted: Config) -> None:
        """Fail the case when a hyperparameter that the config holds is no longer what it was."""
        for key in self._defaults:
            if key in found:
                expect_close(found[key], wanted[key], f"config[{key!r}]")

    def _explained(
        self,
        failure: Failure,
        w: np.ndarray,
        gradients: list[np.ndarray],
        config: Config | None,
        steps: list[Config],
        compared: tuple[str, ...],
    ) -> Failure:
        """The failure with the named mistake that explains what was compared in all steps, or with advice."""
        first = steps[0]["next_w"]
        if isinstance(first, np.ndarray) and first.dtype.kind == "f" and first.size and np.isnan(first).all():
            return failure.because(None).advised(
                "Every number is nan, from 0 / 0, inf / inf or the root of a negative number: print each divisor, and "
                "what stands under the root"
            )
        right = list(self.expected(w, gradients, config))
        explaining = (
            sentence
            for sentence, wrong in self._mistakes.items()
            if self._explains(wrong, w, gradients, config, steps, right, compared)
        )
        did = next(explaining, None)
        return failure.because(likely(did)) if did else failure.advised(_COMPARE)

    def _explains(
        self,
        wrong: Update,
        w: np.ndarray,
        gradients: list[np.ndarray],
        config: Config | None,
        steps: list[Config],
        right: list[tuple[np.ndarray, Config]],
        compared: tuple[str, ...],
    ) -> bool:
        """Whether a wrong rule gives what the student's gave in all steps, and not what is right."""
        at, kept, shows = as_double(w), self._defaults | deepcopy(config or {}), False
        for dw, step, (next_w, wanted) in zip(gradients, steps, right, strict=False):
            with np.errstate(all="ignore"):
                at, kept = wrong(at, as_double(dw), kept)
            given, expected = kept | {"next_w": at}, wanted | {"next_w": next_w}
            if not all(_same(step.get(key), given[key]) for key in compared):
                return False
            shows = shows or not all(_same(expected[key], given[key]) for key in compared)
        return shows

    def _mistakes_of_all(self) -> dict[str, Update]:
        """Mistakes that every rule knows, made from the reference."""

        def with_config(change: Callable[[Config], Config]) -> Update:
            return lambda w, dw, config: self._reference(w.copy(), dw.copy(), change(deepcopy(config)))

        def step_alone(w: np.ndarray, dw: np.ndarray, config: Config) -> tuple[np.ndarray, Config]:
            next_w, config = self._reference(w.copy(), dw.copy(), deepcopy(config))
            return next_w - w, config

        def uphill(w: np.ndarray, dw: np.ndarray, config: Config) -> tuple[np.ndarray, Config]:
            next_w, config = self._reference(w.copy(), dw.copy(), deepcopy(config))
            return 2 * w - next_w, config

        def still(w: np.ndarray, dw: np.ndarray, config: Config) -> tuple[np.ndarray, Config]:
            return w, self._reference(w.copy(), dw.copy(), deepcopy(config))[1]

        def forgetful(w: np.ndarray, dw: np.ndarray, config: Config) -> tuple[np.ndarray, Config]:
            next_w, config = self._reference(w.copy(), dw.copy(), deepcopy(config))
            return next_w, config | self._defaults

        mistakes: dict[str, Update] = {
            "only the step was returned: next_w is w moved by it": step_alone,
            "w did not move": still,
            "the step went uphill: the gradient is subtracted": uphill,
            "the config came back without its hyperparameters: it keeps them from step to step": forgetful,
        }
        if self.state:
            stateless = with_config(lambda config: {k: v for k, v in config.items() if k not in self.state})
            mistakes["what the config holds was not read: each step goes on from the last one's state"] = (
                stateless
            )
        for key, value in self._defaults.items():
            ignored = with_config(lambda config, key=key, value=value: config | {key: value})
            mistakes[f"{key} was {value:g} whatever the config says"] = ignored
            for other in _OTHER_DEFAULTS:
                if other != value:
                    mistakes[f"{key} was {other:g}; where the config does not say, it is {value:g}"] = (
                        with_config(
                            lambda config, key=key, value=value, other=other: (
                                config | {key: other} if config[key] == value else config
                            )
                        )
                    )
        return mistakes

    def expect_leaves_gradient(self) -> None:
        """Fail the case when a call has changed dw, or what the config holds besides the state; w may change."""
        changed = f"the second argument of {self._name}"
        expect(changed not in self._student.changed, f"{changed}, dw, changed in place; work on a copy")


_COMPARE = "Compare your formula with the one in the text, term by term"
_OTHER_DEFAULTS = (
    0.5,
    0.9,
    0.95,
    0.99,
    0.995,
    0.999,
    1.0,
    0.1,
    1e-2,
    1e-3,
    1e-4,
    1e-5,
    1e-6,
    1e-7,
    1e-8,
    1e-10,
)


def _expect_count(found: Any, wanted: int, step: int) -> None:
    """Fail the case unless t counts the steps."""
    number = isinstance(found, int | float | np.number | np.ndarray) and not isinstance(found, bool)
    expect(
        number and np.ndim(found) == 0 and bool(found == wanted),
        f"config['t'] after step {step} is {found!r:.40}, expected {wanted}: each step counts t up by one",
    )


def _same(found: Any, given: Any) -> bool:
    """Whether a named mistake would have given just this, to nearly all digits; nan alone shows nothing."""
    if not isinstance(found, np.ndarray | np.generic | float | int) or np.shape(found) != np.shape(given):
        return False
    if np.size(found) and not np.isfinite(found).any():
        return False
    return bool(np.allclose(found, given, rtol=1e-9, atol=1e-15, equal_nan=True))


def ask(rule: Rule, student: Student, rng: np.random.Generator, other: Config, given: Config) -> None:
    """The cases that all rules share.

    Args:
        other: hyperparameters unlike the defaults.
        given: a config in the middle of a run, for parameters of shape (4, 3).
    """

    def gradients(count: int, *shape: int, scale: float = 1.0) -> list[np.ndarray]:
        return [scale * mixed(rng, shape) for _ in range(count)]

    with student.case("the first step, from no config", 2):
        for config in (None, {}):
            rule.expect_run(mixed(rng, (5, 3)), gradients(1, 5, 3), config, only=("next_w",))
        w, dw = mixed(rng, (3,)), mixed(rng, (3,))
        (wanted, _), *_ = rule.expected(w, [dw])
        expect_close(rule.call(w, dw)[0], wanted, "next_w, called without a config,")
    with student.case("four steps with default hyperparameters", 2):
        rule.expect_run(mixed(rng, (4, 3)), gradients(4, 4, 3))
    with student.case("four steps with other hyperparameters", 2):
        rule.expect_run(mixed(rng, (3, 5)), gradients(4, 3, 5), other)
    for key in other:
        with student.case(f"only {key} is given", 0.5):
            rule.expect_run(mixed(rng, (4,)), gradients(3, 4), {key: other[key]})
            if key == "learning_rate":
                rule.expect_run(mixed(rng, (4,)), gradients(2, 4), {key: 0.0})
    if given:
        with student.case("a run goes on from the config it left", 2):
            rule.expect_run(mixed(rng, (4, 3)), gradients(2, 4, 3), given)
    with student.case("ten steps, each with the config of the last"):
        rule.expect_run(np.zeros((3, 4)), gradients(10, 3, 4), other)
    with student.case("gradients of 1e-6 and of 1e6", 2):
        for scale in (1e-6, 1e6):
            rule.expect_run(np.zeros((4, 2)), gradients(3, 4, 2, scale=scale), atol=1e-24)
    with student.case("gradients that are exactly zero", 0.5):
        steps = gradients(3, 6)
        for dw in steps:
            dw[1:3] = 0
        rule.expect_run(mixed(rng, (6,)), steps)
    with student.case("parameters of any shape"):
        for shape in ((1,), (7,), (1, 1), (2, 3, 2, 4)):
            rule.expect_run(mixed(rng, shape), gradients(2, *shape))
    with student.case("two parameters take turns, each with a config of its own"):
        _expect_turns(rule, rng)
    with student.case("single precision", 0.5):
        rule.expect_run(as_single(mixed(rng, (4, 3))), [as_single(dw) for dw in gradients(4, 4, 3)], **SINGLE)
    with student.case("dw stays as it was", 0.5):
        rule.expect_run(mixed(rng, (3, 4)), gradients(2, 3, 4))
        rule.expect_leaves_gradient()


def _expect_turns(rule: Rule, rng: np.random.Generator) -> None:
    """Fail the case unless two runs that take turns go as each goes alone, and as they should."""
    starts = [mixed(rng, (3,)), mixed(rng, (3,))]
    gradients = [[mixed(rng, (3,)) for _ in range(3)] for _ in starts]

    def walk(turns: list[tuple[int, int]]) -> dict[tuple[int, int], tuple[np.ndarray, Config]]:
        """What the rule returns for each (parameter, step), asked in this order."""
        at, configs, found = list(starts), [(), ()], {}
        for k, step in turns:
            at[k], config = rule.call(at[k], gradients[k][step], *configs[k])
            configs[k] = (config,)
            found[k, step] = at[k], config
        return found

    turns = [(k, step) for step in range(3) for k in (0, 1)]
    alone, together = walk(sorted(turns)), walk(turns)
    wanted = [list(rule.expected(w, run)) for w, run in zip(starts, gradients, strict=True)]
    for k, step in turns:
        (next_w, config), when = together[k, step], f"of parameter {k + 1} after step {step + 1}"
        with advice("What a rule remembers belongs into the config alone: each parameter has its own"):
            expect_close(next_w, alone[k, step][0], f"next_w {when}, when two take turns,")
        expect_close(next_w, wanted[k][step][0], f"next_w {when}")
        for key in rule.state:
            expect_close(config.get(key), wanted[k][step][1][key], f"config[{key!r}] {when}")


# The mistakes that have a name, as rules.


def _kept(config: Config, key: str, w: np.ndarray) -> np.ndarray:
    return np.asarray(config.get(key, np.zeros_like(w)), dtype=np.float64)


def _momentum(velocity: Callable, move: Callable) -> Update:
    """A rule from velocity(mu, v, step) and move(mu, v before, v after, step), step being -learning_rate * dw."""

    def rule(w: np.ndarray, dw: np.ndarray, config: Config) -> tuple[np.ndarray, Config]:
        mu, before, step = config["momentum"], _kept(config, "velocity", w), -config["learning_rate"] * dw
        after = velocity(mu, before, step)
        return w + move(mu, before, after, step), config | {"velocity": after}

    return rule


def _build_up(mu: float, v: np.ndarray, step: np.ndarray) -> np.ndarray:
    return mu * v + step


_MOMENTUM_MISTAKES = {
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
    "w was moved by the velocity and by the gradient: the velocity already holds the gradient": _momentum(
        _build_up, lambda mu, before, after, step: after + step
    ),
    "this were Nesterov's rule": _momentum(_build_up, lambda mu, before, after, step: mu * after + step),
    "the velocity held what is subtracted: it is the next step itself, momentum * v - learning_rate * dw": _momentum(
        lambda mu, v, step: mu * v - step, lambda mu, before, after, step: -after
    ),
    "the velocity held gradients: it holds steps, momentum * v - learning_rate * dw": (
        lambda w, dw, config: (
            w - config["learning_rate"] * (config["momentum"] * _kept(config, "velocity", w) + dw),
            config | {"velocity": config["momentum"] * _kept(config, "velocity", w) + dw},
        )
    ),
}
_NESTEROV_MISTAKES = {
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
    "the new velocity was multiplied by momentum; its factor is 1 + momentum": _momentum(
        _build_up, lambda mu, before, after, step: -mu * before + mu * after
    ),
}


def _scaled(grow: Callable, divide: Callable) -> Update:
    """A rule from grow(cache, dw, decay_rate) and divide(dw, cache, epsilon)."""

    def rule(w: np.ndarray, dw: np.ndarray, config: Config) -> tuple[np.ndarray, Config]:
        cache = grow(_kept(config, "cache", w), dw, config.get("decay_rate"))
        step = config["learning_rate"] * divide(dw, cache, config["epsilon"])
        return w - step, config | {"cache": cache}

    return rule


def _outside(dw: np.ndarray, cache: np.ndarray, epsilon: float) -> np.ndarray:
    return dw / (np.sqrt(cache) + epsilon)


def _scaling_mistakes(grow: Callable) -> dict[str, Update]:
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


def _late(grow: Callable) -> Update:
    """A rule that divides by the cache from before this step."""

    def rule(w: np.ndarray, dw: np.ndarray, config: Config) -> tuple[np.ndarray, Config]:
        before = _kept(config, "cache", w)
        step = config["learning_rate"] * _outside(dw, before, config["epsilon"])
        return w - step, config | {"cache": grow(before, dw, config.get("decay_rate"))}

    return rule


_ADAGRAD_MISTAKES = _scaling_mistakes(_sum_up) | {
    "the cache held only the last gradient's squares: it adds them up": _scaled(
        lambda cache, dw, decay: dw**2, _outside
    ),
    "the cache added up the gradients, not their squares": _scaled(
        lambda cache, dw, decay: cache + np.abs(dw), _outside
    ),
    "w was moved with the cache from before this step: add this step's squares first": _late(_sum_up),
}
_RMSPROP_MISTAKES = _scaling_mistakes(_leak) | {
    "decay_rate and (1 - decay_rate) were swapped: decay_rate is what is kept of the cache": _scaled(
        lambda cache, dw, decay: (1 - decay) * cache + decay * dw**2, _outside
    ),
    "this were AdaGrad: the cache has to leak": _scaled(_sum_up, _outside),
    "the factor (1 - decay_rate) of the new squares was missing": _scaled(
        lambda cache, dw, decay: decay * cache + dw**2, _outside
    ),
    "the cache averaged the gradients, not their squares": _scaled(
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
    correct: tuple[bool, bool] = (True, True),
    divide: Callable = lambda m, v, epsilon, correction: m / (np.sqrt(v) + epsilon),
    swapped: bool = False,
    squared: bool = True,
    keep_corrected: bool = False,
    shares: Callable = lambda beta: (beta, 1 - beta),
    factor: Callable = lambda beta, t: 1 - beta**t,
) -> Update:
    """Adam with one thing changed; `counted` is how far t is counted up before it is used."""

    def rule(w: np.ndarray, dw: np.ndarray, config: Config) -> tuple[np.ndarray, Config]:
        beta1, beta2 = (config["beta1"], config["beta2"])[:: -1 if swapped else 1]
        t = config.get("t", 0) + counted
        (old1, new1), (old2, new2) = shares(beta1), shares(beta2)
        m = old1 * _kept(config, "m", w) + new1 * dw
        v = old2 * _kept(config, "v", w) + new2 * (dw**2 if squared else np.abs(dw))
        corrections = [factor(np.float64(beta), t) for beta in (beta1, beta2)]
        m_hat, v_hat = m / corrections[0] if correct[0] else m, v / corrections[1] if correct[1] else v
        step = config["learning_rate"] * divide(m_hat, v_hat, config["epsilon"], corrections[1])
        kept = {"m": m_hat, "v": v_hat} if keep_corrected else {"m": m, "v": v}
        return w - step, config | kept | {"t": config.get("t", 0) + 1}

    return rule


_ADAM_MISTAKES = {
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
    "v averaged the gradients, not their squares": _adam(squared=False),
    "the corrected m and v were kept: the config holds the uncorrected ones": _adam(keep_corrected=True),
    "beta * t stood for beta**t in the correction": _adam(factor=lambda beta, t: 1 - beta * t),
    "t was left out of the correction: divide m by 1 - beta1**t and v by 1 - beta2**t": _adam(
        factor=lambda beta, t: 1 - beta
    ),
    "(1 - beta)**t stood for 1 - beta**t in the correction": _adam(factor=lambda beta, t: (1 - beta) ** t),
    "beta and (1 - beta) were swapped: beta is what is kept of m and of v": _adam(
        shares=lambda beta: (1 - beta, beta)
    ),
    "dw was divided where m_hat belongs": (
        lambda w, dw, config: _adam(divide=lambda m, v, epsilon, correction: dw / (np.sqrt(v) + epsilon))(
            w, dw, config
        )
    ),
}


@check("sgd", forbids=LIBRARY)
def sgd(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    mistakes = {
        "the learning rate was left out": lambda w, dw, config: (w - dw, config),
    }
    rule = Rule(student, reference, "sgd", {"learning_rate": 1e-2}, mistakes=mistakes)
    ask(rule, student, rng, {"learning_rate": 0.3}, {})


@check("sgd_momentum", forbids=LIBRARY)
def sgd_momentum(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    _ask_momentum(student, reference, rng, "sgd_momentum", _MOMENTUM_MISTAKES)


@check("nesterov_momentum", forbids=LIBRARY)
def nesterov_momentum(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    _ask_momentum(student, reference, rng, "nesterov_momentum", _NESTEROV_MISTAKES)
    with student.case("the look-ahead, as it was first written"):
        _expect_lookahead(student, rng)


def _ask_momentum(
    student: Student,
    reference: SimpleNamespace,
    rng: np.random.Generator,
    name: str,
    mistakes: Mapping[str, Update],
) -> None:
    defaults = {"learning_rate": 1e-2, "momentum": 0.9}
    rule = Rule(student, reference, name, defaults, ("velocity",), mistakes)
    ask(rule, student, rng, {"learning_rate": 0.3, "momentum": 0.6}, {"velocity": mixed(rng, (4, 3))})
    with student.case("without momentum it is plain descent", 0.5):
        rule.expect_run(mixed(rng, (4,)), [mixed(rng, (4,)) for _ in range(3)], {"momentum": 0.0})


def _expect_lookahead(student: Student, rng: np.random.Generator) -> None:
    """Fail the case unless the rule is Nesterov's: theta by the gradient at theta + momentum·v, seen from there."""
    curvature, theta = rng.uniform(0.5, 3.0, size=4), mixed(rng, (4,))
    velocity, w, config = np.zeros(4), theta.copy(), {"learning_rate": 0.1, "momentum": 0.8}
    for step in range(1, 5):
        ahead = theta + 0.8 * velocity
        velocity = 0.8 * velocity - 0.1 * curvature * ahead
        theta = theta + velocity
        w, config = student.call(
            "nesterov_momentum", w, curvature * np.asarray(w), config, returns="next_w, config"
        )
        with advice("On a bowl, next_w has to be theta + momentum * velocity of Nesterov's own formula"):
            expect_close(w, theta + 0.8 * velocity, f"next_w after step {step}")


@check("adagrad", forbids=LIBRARY)
def adagrad(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    defaults = {"learning_rate": 1e-2, "epsilon": 1e-8}
    rule = Rule(student, reference, "adagrad", defaults, ("cache",), _ADAGRAD_MISTAKES)
    cache = rng.uniform(0.5, 3.0, size=(4, 3))
    ask(rule, student, rng, {"learning_rate": 0.3, "epsilon": 0.1}, {"cache": cache})


@check("rmsprop", forbids=LIBRARY)
def rmsprop(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    defaults = {"learning_rate": 1e-2, "decay_rate": 0.99, "epsilon": 1e-8}
    rule = Rule(student, reference, "rmsprop", defaults, ("cache",), _RMSPROP_MISTAKES)
    cache = rng.uniform(0.5, 3.0, size=(4, 3))
    other = {"learning_rate": 0.3, "decay_rate": 0.8, "epsilon": 0.1}
    ask(rule, student, rng, other, {"cache": cache})


@check("adam", forbids=LIBRARY)
def adam(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    defaults = {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}
    rule = Rule(student, reference, "adam", defaults, ("m", "v", "t"), _ADAM_MISTAKES)
    other = {"learning_rate": 0.3, "beta1": 0.6, "beta2": 0.8, "epsilon": 0.1}
    given = {"m": mixed(rng, (4, 3)), "v": rng.uniform(0.5, 3.0, size=(4, 3)), "t": 7}
    ask(rule, student, rng, other, given)
    with student.case("t is 1 after the first step, and one more after each", 0.5):
        w, config = np.ones(3), None
        for step in (1, 2, 3):
            w, config = rule.call(np.asarray(w, dtype=np.float64), mixed(rng, (3,)), config)
            with advice("t starts at 0 and is counted up before it is used"):
                _expect_count(config.get("t"), step, step)
    with student.case("the first step is learning_rate long, whatever the gradient", 0.5):
        dw = mixed(rng, (5,)) * np.array([1e-3, 1.0, 1e3, 1e6, 1e-1])
        next_w, _ = rule.call(np.zeros(5), dw)
        with advice("In the first step m_hat is dw and v_hat is dw²"):
            expect_close(next_w, -1e-3 * dw / (np.abs(dw) + 1e-8), "next_w")
