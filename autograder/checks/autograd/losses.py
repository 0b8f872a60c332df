"""Checks of the two losses."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.checks.asking.advice import advice, told
from autograder.checks.asking.forbidden import NUMERIC_HELPERS
from autograder.checks.asking.inputs import mixed
from autograder.checks.autograd.machine import Machine, expect_object
from autograder.checks.mistakes.known import Values
from autograder.verdict.check import check
from autograder.verdict.expect import expect_close
from autograder.verdict.student import Student

Array = np.ndarray


def _softmax(s: Array, y: Array) -> tuple[float, Array]:
    shifted = s - s.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    places = np.arange(len(y)), y
    slope = np.exp(log_p)
    slope[places] -= 1
    return float(-log_p[places].mean()), slope / len(y)


@check("softmax_loss", forbids=NUMERIC_HELPERS)
def softmax_loss(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    machine = Machine(student, reference, rng)

    def ask(s: Array, y: Array) -> None:
        scores = machine.leaf(s)
        out = expect_object(student.call("softmax_loss", scores, y), "softmax_loss")
        loss, slope = _softmax(s, y)
        mistakes: Values = {"the losses are summed, not averaged over the examples": loss * len(y)}
        value = out.read("data")
        with told(value, lambda: mistakes):
            expect_close(value, loss, "the loss", atol=1e-10)  # scores of thousands leave this much
        out.backward()
        with told(
            scores.read("grad"),
            lambda: {"the losses are summed, not averaged over the examples": slope * len(y)},
        ):
            expect_close(scores.read("grad"), slope, "scores.grad", rtol=1e-8, atol=1e-11)

    with student.case("loss and gradient of a batch", 4):
        ask(mixed(rng, (5, 4)), rng.permutation([0, 3, 3, 1, 2]))
        ask(mixed(rng, (7, 3)), rng.permutation([0, 1, 2, 2, 1, 0, 0]))
    with student.case("one example, and two classes"):
        ask(mixed(rng, (1, 6)), np.array([4]))
        ask(mixed(rng, (6, 2)), rng.permutation([0, 1, 1, 0, 1, 0]))
    with student.case("scores of ±10,000", 2), advice("Subtract each row's largest score first"):
        rows = rng.choice([-1e4, 1e4, 3e3], size=(6, 1))
        ask(mixed(rng, (6, 4)) + rows, rng.permutation([0, 1, 2, 3, 3, 1]))
        ask(mixed(rng, (3, 4)) * 500 + rows[:3], np.array([2, 0, 1]))


@check("bce_loss", forbids=NUMERIC_HELPERS)
def bce_loss(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    machine = Machine(student, reference, rng)

    def ask(s: Array, t: Array, weights: tuple[Array, ...] = (), penalty: float = 0.0) -> None:
        m = len(s)
        scores, priced = machine.leaf(s), [machine.leaf(w) for w in weights]
        more: dict[str, Any] = {"weights": priced, "penalty": penalty} if priced else {}
        out = expect_object(student.call("bce_loss", scores, t, **more), "bce_loss")
        fit = float(np.sum(np.logaddexp(0, s) - t * s)) / m
        price = penalty / (2 * m) * sum(float(np.sum(w * w)) for w in weights)
        value = out.read("data")
        with told(value, lambda: _costs(fit, price, m, s.shape[1])):
            expect_close(value, fit + price, "J")
        out.backward()
        slope = (np.where(s > 0, 1, np.exp(np.minimum(s, 0))) / (1 + np.exp(-np.abs(s))) - t) / m
        expect_close(scores.read("grad"), slope, "scores.grad", rtol=1e-8, atol=1e-11)
        for leaf, w in zip(priced, weights, strict=True):
            expect_close(leaf.read("grad"), penalty / m * w, "the gradient of a penalized weight")

    def targets(*shape: int) -> Array:
        return rng.permutation(np.arange(int(np.prod(shape))) % 2).reshape(shape)

    with student.case("cost and gradient of a batch", 4):
        ask(mixed(rng, (5, 3)), targets(5, 3))
        ask(mixed(rng, (2, 4)), targets(2, 4))
    with student.case("one output, and one example"):
        ask(mixed(rng, (6, 1)), targets(6, 1))
        ask(mixed(rng, (1, 4)), targets(1, 4))
    with (
        student.case("the penalty on the weights", 2),
        advice("It is λ/2m times the sum of all squared weights"),
    ):
        ask(mixed(rng, (5, 3)), targets(5, 3), (mixed(rng, (4, 3)),), 0.7)
        ask(mixed(rng, (4, 2)), targets(4, 2), (mixed(rng, (3, 5)), mixed(rng, (5, 2))), 1.9)
    with student.case("scores of ±1,000", 2), advice("Work with the scores, not with probabilities"):
        signs = rng.permutation([-1.0, 1.0, 1.0, -1.0, 1.0, -1.0]).reshape(2, 3)
        ask(signs * rng.uniform(900, 1100, size=(2, 3)), targets(2, 3))
        ask(signs * rng.uniform(30, 60, size=(2, 3)), (signs < 0).astype(float))


def _costs(fit: float, price: float, m: int, K: int) -> Values:
    return {
        "the cost is summed over the examples, not averaged": m * fit + price,
        "the cost is averaged over the outputs as well; it is summed over them": fit / K + price,
        "the penalty is not halved": fit + 2 * price,
        "the penalty is not divided by m": fit + m * price,
        "the penalty is left out": fit,
    }
