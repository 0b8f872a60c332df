"""Checks of batch normalization."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import SimpleNamespace

import numpy as np

from autograder.checks.asking.advice import advice
from autograder.checks.asking.expectations import expect_value_error
from autograder.checks.asking.forbidden import NUMERIC_HELPERS
from autograder.checks.asking.inputs import SINGLE, as_single
from autograder.checks.asking.normalization import FAR, BatchNormState, drawn_inputs
from autograder.checks.batchnorm.normalization import CENTRE_FIRST, EPS_RULE, BatchNorm, ask_backward
from autograder.checks.mistakes.normalization import EPS
from autograder.verdict.check import check
from autograder.verdict.student import Student

_RUNNING = (
    "running = momentum · running + (1 - momentum) · statistic of the batch, "
    "with the variance divided by N and momentum 0.9 unless bn_param says otherwise"
)
_TEST_MODE = "Test mode normalizes with running_mean and running_var alone, and takes nothing from the batch"

State = Callable[..., BatchNormState]


@check("batchnorm_forward", forbids=NUMERIC_HELPERS)
def batchnorm_forward(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    layer = BatchNorm(student, reference)
    state = partial(BatchNormState, student, layer)
    _ask_training_mode(student, rng, layer)
    _ask_averages(student, rng, state)
    _ask_test_mode(student, rng, state)
    with student.case("an unknown mode raises ValueError", 0.5):
        layer.expect_out(*drawn_inputs(rng, 5, 2))
        x, gamma, beta = drawn_inputs(rng, 5, 2)
        expect_value_error(
            lambda: layer.forward(x, gamma, beta, mode="trian", **_averages(rng, 2)),
            'bn_param with mode "trian"',
        )
    with student.case("few examples, few features"):
        for N, D in ((2, 5), (7, 1), (1, 3)):
            layer.expect_out(*drawn_inputs(rng, N, D))
    with student.case("numbers far from zero", 0.5), advice(CENTRE_FIRST, student):
        x, gamma, beta = drawn_inputs(rng, 8, 3)
        layer.expect_out(x + 1e6, gamma, beta, **FAR)
    with student.case("single precision", 0.5):
        inputs = [as_single(a) for a in drawn_inputs(rng, 6, 4)]
        layer.expect_out(*inputs, **SINGLE)
        bn_param = state(mode="train")
        bn_param.forward(*inputs)
        bn_param.expect_averages(**SINGLE)
    with student.case("x, gamma and beta stay as they were", 0.5):
        bn_param = state(mode="train")
        bn_param.expect_out(*drawn_inputs(rng, 5, 4))
        bn_param.update(mode="test")
        bn_param.expect_out(*drawn_inputs(rng, 5, 4))
        student.expect_unchanged()


def _averages(rng: np.random.Generator, D: int) -> dict[str, np.ndarray]:
    return {"running_mean": rng.normal(size=D), "running_var": rng.uniform(0.5, 3, size=D)}


def _ask_training_mode(student: Student, rng: np.random.Generator, layer: BatchNorm) -> None:
    with student.case("training mode: each column by its own mean and variance", 3):
        x, _, _ = drawn_inputs(rng, 5, 4)
        layer.expect_out(x, np.ones(4), np.zeros(4))
    with student.case("gamma and beta", 2):
        layer.expect_out(*drawn_inputs(rng, 6, 3))
    with student.case("eps = 0.1, and its default where variances are small", 2), advice(EPS_RULE, student):
        layer.expect_out(*drawn_inputs(rng, 5, 4), eps=0.1)
        layer.expect_out(*drawn_inputs(rng, 5, 4, spread=1e-3))


def _ask_averages(student: Student, rng: np.random.Generator, state: State) -> None:
    with student.case("one step of given running averages", 2), advice(_RUNNING, student):
        for more in ({}, {"momentum": 0.7}):
            bn_param = state(mode="train", **_averages(rng, 3), **more)
            bn_param.forward(*drawn_inputs(rng, 4, 3))
            bn_param.expect_averages()
    with (
        student.case("three steps of running averages that start from nothing", 2),
        advice(_RUNNING, student),
    ):
        bn_param = state(mode="train", momentum=0.8)
        for N in (5, 3, 4):
            bn_param.forward(*drawn_inputs(rng, N, 6))
            bn_param.expect_averages()


def _ask_test_mode(student: Student, rng: np.random.Generator, state: State) -> None:
    with student.case("test mode goes by the running averages", 2), advice(_TEST_MODE, student):
        for more in ({}, {"eps": 0.1}):
            bn_param = state(mode="test", **_averages(rng, 4), **more)
            bn_param.expect_out(*drawn_inputs(rng, 5, 4))
    with student.case("test mode with a single example"), advice(_TEST_MODE, student):
        bn_param = state(mode="test", **_averages(rng, 4))
        bn_param.expect_out(*drawn_inputs(rng, 1, 4))
    with student.case("test mode leaves the running averages as they are"):
        bn_param = state(mode="test", **_averages(rng, 4))
        for _ in range(2):
            bn_param.expect_out(*drawn_inputs(rng, 5, 4))
            bn_param.expect_averages(rtol=0, atol=0)
    with student.case("two batches of training, one of test, one of training"):
        bn_param = state(mode="train")
        for mode in ("train", "train", "test", "train"):
            bn_param.update(mode=mode)
            bn_param.expect_out(*drawn_inputs(rng, 5, 2))
            bn_param.expect_averages()


@check("batchnorm_backward", forbids=NUMERIC_HELPERS)
def batchnorm_backward(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    ask_backward(student, BatchNorm(student, reference, eps=EPS), rng)


@check("batchnorm_backward_alt", forbids=(*NUMERIC_HELPERS, "batchnorm_backward"))
def batchnorm_backward_alt(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    ask_backward(student, BatchNorm(student, reference, "batchnorm_backward_alt", eps=EPS), rng)
