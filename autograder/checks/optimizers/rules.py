"""Checks of the update rules: many short runs, each compared with the reference step by step."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.checks.asking.advice import advice
from autograder.checks.asking.inputs import SINGLE, as_single, mixed
from autograder.checks.mistakes.adaptive_rates import ADAGRAD, ADAM, RMSPROP
from autograder.checks.mistakes.momentum import MOMENTUM, NESTEROV
from autograder.checks.mistakes.update_rules import Config, Update
from autograder.checks.optimizers.forbidden import LIBRARY
from autograder.checks.optimizers.rule import Rule, expect_count
from autograder.verdict.check import check
from autograder.verdict.expect import expect_close
from autograder.verdict.student import Student


def ask(rule: Rule, student: Student, rng: np.random.Generator, other: Config, given: Config) -> None:
    """The cases that all rules share.

    Args:
        other: hyperparameters unlike the defaults.
        given: a config in the middle of a run, for parameters of shape (4, 3).
    """
    runs = Runs(rule, rng)
    _ask_hyperparameters(runs, student, other)
    if given:
        with student.case("a run goes on from the config it left", 2):
            runs.expect((4, 3), 2, given)
    with student.case("ten steps, each with the config of the last"):
        rule.expect_run(np.zeros((3, 4)), runs.gradients(10, 3, 4), other)
    _ask_gradients(runs, student)
    with student.case("parameters of any shape"):
        for shape in ((1,), (7,), (1, 1), (2, 3, 2, 4)):
            runs.expect(shape, 2)
    with student.case("two parameters take turns, each with a config of its own"):
        _expect_turns(rule, rng)
    with student.case("single precision", 0.5):
        rule.expect_run(
            as_single(mixed(rng, (4, 3))), [as_single(dw) for dw in runs.gradients(4, 4, 3)], **SINGLE
        )
    with student.case("dw stays as it was", 0.5):
        runs.expect((3, 4), 2)
        rule.expect_leaves_gradient()


class Runs:
    """Runs of a rule from random parameters along random gradients."""

    def __init__(self, rule: Rule, rng: np.random.Generator):
        self.rule = rule
        self.rng = rng

    def gradients(self, count: int, *shape: int, scale: float = 1.0) -> list[np.ndarray]:
        return [scale * mixed(self.rng, shape) for _ in range(count)]

    def expect(self, shape: tuple[int, ...], steps: int, config: Config | None = None, **how: Any) -> None:
        """Fail the case unless each step gives what the reference gives; `how` is what `expect_run` takes."""
        self.rule.expect_run(mixed(self.rng, shape), self.gradients(steps, *shape), config, **how)


def _ask_hyperparameters(runs: Runs, student: Student, other: Config) -> None:
    """The cases of a run without a config, with the defaults, and with hyperparameters that are given."""
    with student.case("the first step, from no config", 2):
        runs.expect((5, 3), 1, None, only=("next_w",))
        runs.expect((5, 3), 1, {}, only=("next_w",))
        w, dw = mixed(runs.rng, (3,)), mixed(runs.rng, (3,))
        (wanted, _), *_ = runs.rule.expected(w, [dw])
        expect_close(runs.rule.call(w, dw)[0], wanted, "next_w, called without a config,")
    with student.case("four steps with default hyperparameters", 2):
        runs.expect((4, 3), 4)
    with student.case("four steps with other hyperparameters", 2):
        runs.expect((3, 5), 4, other)
    for key in other:
        with student.case(f"only {key} is given", 0.5):
            runs.expect((4,), 3, {key: other[key]})
            if key == "learning_rate":
                runs.expect((4,), 2, {key: 0.0})


def _ask_gradients(runs: Runs, student: Student) -> None:
    """The cases of gradients that are tiny, huge, or zero in places."""
    with student.case("gradients of 1e-6 and of 1e6", 2):
        for scale in (1e-6, 1e6):
            runs.rule.expect_run(np.zeros((4, 2)), runs.gradients(3, 4, 2, scale=scale), atol=1e-24)
    with student.case("gradients that are exactly zero", 0.5):
        steps = runs.gradients(3, 6)
        for dw in steps:
            dw[1:3] = 0
        runs.rule.expect_run(mixed(runs.rng, (6,)), steps)


def _expect_turns(rule: Rule, rng: np.random.Generator) -> None:
    """Fail the case unless two runs that take turns go as each goes alone, and as they should."""
    starts = [mixed(rng, (3,)), mixed(rng, (3,))]
    gradients = [[mixed(rng, (3,)) for _ in range(3)] for _ in starts]

    def walk(turns: list[tuple[int, int]]) -> dict[tuple[int, int], tuple[np.ndarray, Config]]:
        """What the rule returns for each (parameter, step), asked in this order."""
        at, found = list(starts), {}
        configs: list[tuple[Config, ...]] = [(), ()]
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


@check("sgd", forbids=LIBRARY)
def sgd(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    rule = Rule(student, reference, "sgd", {"learning_rate": 1e-2})
    ask(rule, student, rng, {"learning_rate": 0.3}, {})


@check("sgd_momentum", forbids=LIBRARY)
def sgd_momentum(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    _ask_momentum(student, reference, rng, "sgd_momentum", MOMENTUM)


@check("nesterov_momentum", forbids=LIBRARY)
def nesterov_momentum(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    _ask_momentum(student, reference, rng, "nesterov_momentum", NESTEROV)
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
        Runs(rule, rng).expect((4,), 3, {"momentum": 0.0})


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
    rule = Rule(student, reference, "adagrad", defaults, ("cache",), ADAGRAD)
    cache = rng.uniform(0.5, 3.0, size=(4, 3))
    ask(rule, student, rng, {"learning_rate": 0.3, "epsilon": 0.1}, {"cache": cache})


@check("rmsprop", forbids=LIBRARY)
def rmsprop(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    defaults = {"learning_rate": 1e-2, "decay_rate": 0.99, "epsilon": 1e-8}
    rule = Rule(student, reference, "rmsprop", defaults, ("cache",), RMSPROP)
    cache = rng.uniform(0.5, 3.0, size=(4, 3))
    other = {"learning_rate": 0.3, "decay_rate": 0.8, "epsilon": 0.1}
    ask(rule, student, rng, other, {"cache": cache})


@check("adam", forbids=LIBRARY)
def adam(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    defaults = {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}
    rule = Rule(student, reference, "adam", defaults, ("m", "v", "t"), ADAM)
    other = {"learning_rate": 0.3, "beta1": 0.6, "beta2": 0.8, "epsilon": 0.1}
    given = {"m": mixed(rng, (4, 3)), "v": rng.uniform(0.5, 3.0, size=(4, 3)), "t": 7}
    ask(rule, student, rng, other, given)
    with student.case("t is 1 after the first step, and one more after each", 0.5):
        w, config = np.ones(3), None
        for step in (1, 2, 3):
            w, config = rule.call(np.asarray(w, dtype=np.float64), mixed(rng, (3,)), config)
            with advice("t starts at 0 and is counted up before it is used"):
                expect_count(config.get("t"), step, step)
    with student.case("the first step is learning_rate long, whatever the gradient", 0.5):
        dw = mixed(rng, (5,)) * np.array([1e-3, 1.0, 1e3, 1e6, 1e-1])
        next_w, _ = rule.call(np.zeros(5), dw)
        with advice("In the first step m_hat is dw and v_hat is dw²"):
            expect_close(next_w, -1e-3 * dw / (np.abs(dw) + 1e-8), "next_w")
