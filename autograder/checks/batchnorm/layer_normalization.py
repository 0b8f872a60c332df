"""Checks of layer normalization."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from autograder.checks.asking.advice import advice
from autograder.checks.asking.forbidden import NUMERIC_HELPERS
from autograder.checks.asking.inputs import SINGLE, as_single
from autograder.checks.asking.normalization import FAR, drawn_inputs
from autograder.checks.batchnorm.normalization import CENTRE_FIRST, EPS_RULE, LayerNorm, ask_backward
from autograder.checks.mistakes.normalization import EPS
from autograder.verdict.check import check
from autograder.verdict.student import Student


@check("layernorm_forward", forbids=NUMERIC_HELPERS)
def layernorm_forward(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    layer = LayerNorm(student, reference)

    with student.case("each example by its own mean and variance", 3):
        x, _, _ = drawn_inputs(rng, 5, 4)
        layer.expect_out(x, np.ones(4), np.zeros(4))
    with student.case("gamma and beta, one for each feature", 2):
        layer.expect_out(*drawn_inputs(rng, 6, 3))
        layer.expect_out(*drawn_inputs(rng, 4, 4))
    with student.case("eps = 0.1, and its default where variances are small", 2), advice(EPS_RULE, student):
        layer.expect_out(*drawn_inputs(rng, 5, 4), eps=0.1)
        layer.expect_out(*drawn_inputs(rng, 5, 4, spread=1e-3))
    with (
        student.case("a mode makes no difference"),
        advice("Layer normalization has no modes: other keys of ln_param are ignored", student),
    ):
        for mode in ("train", "test"):
            layer.expect_out(*drawn_inputs(rng, 5, 4), mode=mode)
    with student.case("few examples, few features"):
        for N, D in ((1, 5), (2, 3), (3, 2), (6, 1)):
            layer.expect_out(*drawn_inputs(rng, N, D))
    with (
        student.case("numbers far from zero", 0.5),
        advice(CENTRE_FIRST, student),
    ):
        x, gamma, beta = drawn_inputs(rng, 4, 8)
        layer.expect_out(x + 1e6, gamma, beta, **FAR)
    with student.case("single precision", 0.5):
        layer.expect_out(*(as_single(a) for a in drawn_inputs(rng, 4, 6)), **SINGLE)
    with student.case("all inputs stay as they were", 0.5):
        layer.expect_out(*drawn_inputs(rng, 5, 4))
        student.expect_unchanged()


@check("layernorm_backward", forbids=NUMERIC_HELPERS)
def layernorm_backward(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    ask_backward(student, LayerNorm(student, reference, eps=EPS), rng)
