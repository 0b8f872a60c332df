"""Checks of first weights and of the normalization layers."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.checks.asking.advice import advice
from autograder.checks.asking.chance import SIGMAS, generator
from autograder.checks.asking.expectations import expect_value_error
from autograder.checks.asking.forbidden import NUMERIC_HELPERS
from autograder.checks.asking.inputs import SINGLE, as_double, as_single
from autograder.checks.asking.normalization import CANCELS, FAR, BatchNormState, Normalization, drawn_inputs
from autograder.verdict.check import check
from autograder.verdict.expect import expect, expect_close
from autograder.verdict.student import Student

# Gradients divide by the spread once more.
_FAR_GRADIENTS = {"rtol": 1e-6, "atol": 1e-6}

_EPS = "eps belongs inside the root, sqrt(var + eps), and is 1e-5 unless the dict says otherwise"
_RUNNING = (
    "running = momentum · running + (1 - momentum) · statistic of the batch, "
    "with the variance divided by N and momentum 0.9 unless bn_param says otherwise"
)
_TEST_MODE = "Test mode normalizes with running_mean and running_var alone, and takes nothing from the batch"


@check("init_weights", forbids=NUMERIC_HELPERS)
def init_weights(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    seeds = rng.integers(2**31, size=8)

    def drawn(D: int, M: int, scheme: str, *more: Any) -> np.ndarray:
        w = student.call("init_weights", D, M, scheme, *more)
        expect(
            isinstance(w, np.ndarray) and w.dtype.kind == "f",
            "the weights must be an array of floats",
        )
        expect(w.shape == (D, M), f"the weights have shape {w.shape}, expected (fan_in, fan_out) = {(D, M)}")
        return w

    def expect_scale(scheme: str, std: Callable[[int], float], formula: str) -> None:
        for D, M in ((50, 400), (400, 60)):
            w, wanted = drawn(D, M, scheme), std(D)
            slack = SIGMAS / np.sqrt(2 * w.size)
            expect(
                abs(w.std() / wanted - 1) < slack,
                f"the weights for fan_in {D}, fan_out {M} have standard deviation {w.std():.4g}, "
                f"expected {formula} = {wanted:.4g}",
            )
            expect(
                abs(w.mean()) < SIGMAS * wanted / np.sqrt(w.size),
                f"the weights have mean {w.mean():.3g}, expected about 0",
            )

    with student.case("small weights", 2):
        expect_scale("small", lambda D: 0.01, "0.01")
    with student.case("Xavier weights", 3):
        expect_scale("xavier", lambda D: np.sqrt(1 / D), "sqrt(1 / fan_in)")
    with student.case("He weights", 3):
        expect_scale("he", lambda D: np.sqrt(2 / D), "sqrt(2 / fan_in)")
    with student.case("a normal distribution, each weight drawn on its own"):
        w = drawn(150, 140, "he")
        farthest = np.abs(w).max() / w.std()
        expect(
            farthest > 2.5,
            f"no weight is more than {farthest:.2g} standard deviations from 0: is this a normal distribution?",
        )
        sample = w.ravel()[:1000]
        expect(len(np.unique(sample)) > 900, "weights repeat; each should be drawn on its own")
    with student.case("drawn from the generator that is passed in"):
        for scheme in ("small", "xavier", "he"):
            first, again, other = (
                drawn(7, 5, scheme, generator(student, seed)) for seed in (seeds[0], seeds[0], seeds[1])
            )
            expect(np.array_equal(first, again), "the same generator, started twice, gave different weights")
            expect(not np.array_equal(first, other), "two different generators gave the same weights")
    with student.case("fresh weights in every call, where no generator is passed", 0.5):
        first, again = (drawn(7, 5, "xavier") for _ in range(2))
        expect(not np.array_equal(first, again), "two calls gave the same weights")
    with student.case("an unknown scheme raises ValueError", 0.5):
        drawn(3, 4, "he")
        expect_value_error(lambda: student.call("init_weights", 3, 4, "best"), 'scheme "best"')


@check("activation_statistics", forbids=NUMERIC_HELPERS)
def activation_statistics(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    def draw(*dims: int) -> list[np.ndarray]:
        return [rng.normal(size=shape) for shape in itertools.pairwise(dims)]

    def ask(x: np.ndarray, weights: list[np.ndarray], nonlinearity: str) -> tuple[list, list]:
        arguments = (x, weights, nonlinearity)
        found = student.call("activation_statistics", *arguments, returns="activations, means, stds")
        wanted = reference.activation_statistics(as_double(x), [as_double(w) for w in weights], nonlinearity)
        return _as_arrays(found), list(wanted)

    def expect_part(part: int, name: str, nonlinearity: str, dims: tuple[int, ...], N: int = 6) -> None:
        found, wanted = ask(rng.normal(size=(N, dims[0])), draw(*dims), nonlinearity)
        expect_close(found[part], wanted[part], name)

    with student.case("what leaves a single layer of tanh"):
        expect_part(0, "activations", "tanh", (5, 4))
    with student.case("what leaves a single layer of ReLU"):
        expect_part(0, "activations", "relu", (5, 4))
    with student.case("what leaves three layers", 3):
        for nonlinearity in ("tanh", "relu"):
            expect_part(0, "activations", nonlinearity, (5, 4, 7, 3))
    with student.case("their means", 2), advice("One mean for each layer, over all its numbers"):
        for nonlinearity in ("tanh", "relu"):
            expect_part(1, "means", nonlinearity, (5, 4, 7, 3))
    with student.case("their standard deviations", 2), advice("One for each layer, over all its numbers"):
        for nonlinearity in ("tanh", "relu"):
            expect_part(2, "stds", nonlinearity, (5, 4, 7, 3))
    with student.case("one example", 0.5):
        for part, name in enumerate(("activations", "means", "stds")):
            expect_part(part, name, "tanh", (3, 6, 2), N=1)
    with student.case("the inputs stay as they were", 0.5):
        found, wanted = ask(rng.normal(size=(4, 3)), draw(3, 5, 2), "relu")
        expect_close(found[0], wanted[0], "activations")
        student.expect_unchanged()
    with student.case("single precision", 0.5):
        x, weights = as_single(rng.normal(size=(6, 5))), [as_single(w) for w in draw(5, 4, 3)]
        found, wanted = ask(x, weights, "tanh")
        for name, part, right in zip(("activations", "means", "stds"), found, wanted, strict=True):
            single = [as_single(a) for a in right] if isinstance(right, list) else as_single(right)
            expect_close(part, single, name, **SINGLE)


def _as_arrays(found: tuple) -> list:
    """Lists of numbers count as arrays here; what the layers gave stays a list."""
    activations, *statistics = found
    plain = [
        np.asarray(s)
        if isinstance(s, list | tuple) and all(isinstance(v, int | float | np.generic) for v in s)
        else s
        for s in statistics
    ]
    return [activations, *plain]


@check("batchnorm_forward", forbids=NUMERIC_HELPERS)
def batchnorm_forward(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    layer = Normalization(student, reference, "batchnorm", always={"mode": "train"})

    def state(**entries: Any) -> BatchNormState:
        return BatchNormState(student, reference, **entries)

    def averages(D: int) -> dict[str, np.ndarray]:
        return {"running_mean": rng.normal(size=D), "running_var": rng.uniform(0.5, 3, size=D)}

    with student.case("training mode: each column by its own mean and variance", 3):
        x, _, _ = drawn_inputs(rng, 5, 4)
        layer.expect_out(x, np.ones(4), np.zeros(4))
    with student.case("gamma and beta", 2):
        layer.expect_out(*drawn_inputs(rng, 6, 3))
    with student.case("eps = 0.1, and its default where variances are small", 2), advice(_EPS):
        layer.expect_out(*drawn_inputs(rng, 5, 4), eps=0.1)
        layer.expect_out(*drawn_inputs(rng, 5, 4, spread=1e-3))
    with student.case("one step of given running averages", 2), advice(_RUNNING):
        for more in ({}, {"momentum": 0.7}):
            bn_param = state(mode="train", **averages(3), **more)
            bn_param.forward(*drawn_inputs(rng, 4, 3))
            bn_param.expect_averages()
    with student.case("three steps of running averages that start from nothing", 2), advice(_RUNNING):
        bn_param = state(mode="train", momentum=0.8)
        for N in (5, 3, 4):
            bn_param.forward(*drawn_inputs(rng, N, 6))
            bn_param.expect_averages()
    with student.case("test mode goes by the running averages", 2), advice(_TEST_MODE, student):
        for more in ({}, {"eps": 0.1}):
            bn_param = state(mode="test", **averages(4), **more)
            expect_close(*bn_param.forward(*drawn_inputs(rng, 5, 4)), "out")
    with student.case("test mode with a single example"), advice(_TEST_MODE, student):
        bn_param = state(mode="test", **averages(4))
        expect_close(*bn_param.forward(*drawn_inputs(rng, 1, 4)), "out")
    with student.case("test mode leaves the running averages as they are"):
        bn_param = state(mode="test", **averages(4))
        for _ in range(2):
            expect_close(*bn_param.forward(*drawn_inputs(rng, 5, 4)), "out")
            bn_param.expect_averages(rtol=0, atol=0)
    with student.case("two batches of training, one of test, one of training"):
        bn_param = state(mode="train")
        for mode in ("train", "train", "test", "train"):
            bn_param.update(mode=mode)
            expect_close(*bn_param.forward(*drawn_inputs(rng, 5, 2)), "out")
            bn_param.expect_averages()
    with student.case("an unknown mode raises ValueError", 0.5):
        layer.expect_out(*drawn_inputs(rng, 5, 2))
        x, gamma, beta = drawn_inputs(rng, 5, 2)
        expect_value_error(
            lambda: layer.forward(x, gamma, beta, mode="trian", **averages(2)), 'bn_param with mode "trian"'
        )
    with student.case("few examples, few features"):
        for N, D in ((2, 5), (7, 1), (1, 3)):
            layer.expect_out(*drawn_inputs(rng, N, D))
    with (
        student.case("numbers far from zero", 0.5),
        advice("Subtract the mean before you square: E[x²] - E[x]² loses all digits", student),
    ):
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
        expect_close(*bn_param.forward(*drawn_inputs(rng, 5, 4)), "out")
        bn_param.update(mode="test")
        expect_close(*bn_param.forward(*drawn_inputs(rng, 5, 4)), "out")
        student.expect_unchanged()


def _ask_backward(student: Student, layer: Normalization, rng: np.random.Generator) -> None:
    """The cases that all backward passes of a normalization share."""

    def asked(N: int, D: int, spread: float = 1.0) -> tuple[np.ndarray, ...]:
        return rng.normal(size=(N, D)), *drawn_inputs(rng, N, D, spread)

    with student.case("dbeta"):
        layer.expect_gradients(*asked(5, 4), only="dbeta")
    with student.case("dgamma"):
        layer.expect_gradients(*asked(5, 4), only="dgamma")
    with student.case("dx, with gamma one everywhere", 2):
        dout, x, _, _ = asked(5, 4)
        layer.expect_gradients(dout, x, np.ones(4), np.zeros(4), only="dx")
    with student.case("dx", 3):
        layer.expect_gradients(*asked(5, 4), only="dx")
    with student.case("all gradients with eps = 0.1", 2), advice(_EPS):
        layer.expect_gradients(*asked(4, 6), eps=0.1)
    with student.case("all gradients where variances are small"), advice(_EPS):
        layer.expect_gradients(*asked(6, 5, spread=1e-3))
    with student.case("few examples, few features"):
        for N, D in ((2, 5), (7, 1), (5, 2), (1, 3)):
            layer.expect_gradients(*asked(N, D), **CANCELS)
    with student.case("a larger batch"):
        layer.expect_gradients(*asked(40, 30))
    with student.case("backward called twice, dout left as it was"):
        dout, x, gamma, beta = asked(5, 3)
        layer.expect_twice(dout, x, gamma, beta)
        student.expect_unchanged()
    with student.case("another batch went forward in between"):
        dout, *args = asked(5, 3)
        _, *other = asked(5, 3)
        layer.expect_own_cache(dout, tuple(args), tuple(other), {"eps": 0.05}, {"eps": 0.2})
    with student.case("numbers far from zero", 0.5):
        dout, x, gamma, beta = asked(8, 3)
        layer.expect_gradients(dout, x + 1e6, gamma, beta, **_FAR_GRADIENTS)
    with student.case("single precision", 0.5):
        layer.expect_gradients(*(as_single(a) for a in asked(6, 4)), **SINGLE)
    with student.case("the slopes of your own forward pass"):
        layer.expect_slopes(*asked(5, 3), eps=0.01)


@check("batchnorm_backward", forbids=NUMERIC_HELPERS)
def batchnorm_backward(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    _ask_backward(student, Normalization(student, reference, "batchnorm", always={"mode": "train"}), rng)


@check("batchnorm_backward_alt", forbids=(*NUMERIC_HELPERS, "batchnorm_backward"))
def batchnorm_backward_alt(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    layer = Normalization(student, reference, "batchnorm", "batchnorm_backward_alt", {"mode": "train"})
    _ask_backward(student, layer, rng)


@check("layernorm_forward", forbids=NUMERIC_HELPERS)
def layernorm_forward(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    layer = Normalization(student, reference, "layernorm")

    with student.case("each example by its own mean and variance", 3):
        x, _, _ = drawn_inputs(rng, 5, 4)
        layer.expect_out(x, np.ones(4), np.zeros(4))
    with student.case("gamma and beta, one for each feature", 2):
        layer.expect_out(*drawn_inputs(rng, 6, 3))
        layer.expect_out(*drawn_inputs(rng, 4, 4))
    with student.case("eps = 0.1, and its default where variances are small", 2), advice(_EPS):
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
        advice("Subtract the mean before you square: E[x²] - E[x]² loses all digits", student),
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
    _ask_backward(student, Normalization(student, reference, "layernorm"), rng)
