"""What the checks of both normalization layers share."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.checks.asking.advice import advice
from autograder.checks.asking.inputs import SINGLE, Tolerances, as_single
from autograder.checks.asking.normalization import FAR, Normalization, drawn_inputs
from autograder.checks.mistakes.known import Values
from autograder.checks.mistakes.normalization import batch_mixed_up, layer_mixed_up
from autograder.verdict.student import Student

# A gradient that cancels to nothing is compared absolutely.
_CANCELS: Tolerances = {"rtol": 1e-8, "atol": 1e-9}
# Gradients divide by the spread once more.
_FAR_GRADIENTS: Tolerances = {"rtol": 1e-6, "atol": 1e-6}

EPS_RULE = "eps belongs inside the root, sqrt(var + eps), and is 1e-5 unless the dict says otherwise"
CENTRE_FIRST = "Subtract the mean before you square: E[x²] - E[x]² loses all digits"


class BatchNorm(Normalization):
    """Batch normalization in training mode; arguments as of `Normalization`."""

    def __init__(self, student: Student, reference: SimpleNamespace, backward: str = "", **always: Any):
        super().__init__(student, reference, "batchnorm", backward, {"mode": "train"} | always)

    def aligned(self, x: np.ndarray, gamma: np.ndarray, beta: np.ndarray) -> tuple[Any, ...]:
        return x, gamma, beta, 0

    def mixed_up(self, x: np.ndarray, eps: float) -> Values:
        return batch_mixed_up(x, eps)


class LayerNorm(Normalization):
    """Layer normalization."""

    def __init__(self, student: Student, reference: SimpleNamespace, **always: Any):
        super().__init__(student, reference, "layernorm", always=always)

    def aligned(self, x: np.ndarray, gamma: np.ndarray, beta: np.ndarray) -> tuple[Any, ...]:
        return x, gamma, beta, 1

    def mixed_up(self, x: np.ndarray, eps: float) -> Values:
        return layer_mixed_up(x, eps)


def ask_backward(student: Student, layer: Normalization, rng: np.random.Generator) -> None:
    """The cases that all backward passes of a normalization share; `layer` is always handed its eps."""

    def asked(N: int, D: int, spread: float = 1.0) -> tuple[np.ndarray, ...]:
        return rng.normal(size=(N, D)), *drawn_inputs(rng, N, D, spread)

    with student.case("dbeta"):
        layer.expect_gradients(*asked(6, 4), only="dbeta")
    with student.case("dgamma"):
        layer.expect_gradients(*asked(6, 4), only="dgamma")
    with student.case("dx, with gamma one everywhere", 2):
        dout, x, _, _ = asked(6, 4)
        layer.expect_gradients(dout, x, np.ones(4), np.zeros(4), only="dx")
    with student.case("dx", 3):
        layer.expect_gradients(*asked(6, 4), only="dx")
    with student.case("all gradients with eps = 0.1", 2), advice(EPS_RULE, student):
        layer.expect_gradients(*asked(4, 6), eps=0.1)
    with student.case("all gradients where variances are small"), advice(EPS_RULE, student):
        layer.expect_gradients(*asked(6, 5, spread=1e-3))
    with student.case("few examples, few features"):
        for N, D in ((2, 5), (7, 1), (5, 2), (1, 3)):
            layer.expect_gradients(*asked(N, D), **_CANCELS)
    with student.case("a larger batch"):
        layer.expect_gradients(*asked(40, 30))
    with student.case("backward called twice, dout and forward's arguments left as they were"):
        dout, x, gamma, beta = asked(5, 3)
        layer.expect_twice(dout, x, gamma, beta)
        student.expect_unchanged()
    with student.case("another batch went forward in between"):
        dout, *args = asked(5, 3)
        _, *other = asked(5, 3)
        layer.expect_own_cache(dout, tuple(args), tuple(other), {"eps": 0.05}, {"eps": 0.2})
    with student.case("numbers far from zero", 0.5):
        dout, x, *more = asked(8, 3)
        # A forward pass that loses its digits there has none to hand on: then the numbers stay near.
        far = x + 1e6 if layer.is_right(x + 1e6, *more, **FAR) else x
        layer.expect_gradients(dout, far, *more, **_FAR_GRADIENTS)
    with student.case("single precision", 0.5):
        layer.expect_gradients(*(as_single(a) for a in asked(6, 4)), **SINGLE)
    with student.case("the slopes of your own forward pass"):
        layer.expect_slopes(*asked(5, 3), eps=0.01)
