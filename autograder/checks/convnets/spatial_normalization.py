"""Checks of normalization layers for images."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.checks.asking.advice import advice
from autograder.checks.asking.forbidden import NUMERIC_HELPERS
from autograder.checks.asking.inputs import SINGLE, as_single, mixed
from autograder.checks.asking.normalization import FAR, BatchNormState, Normalization
from autograder.checks.mistakes.known import Values
from autograder.checks.mistakes.normalization import EPS
from autograder.checks.mistakes.spatial_normalization import channels_mixed_up, groups_mixed_up
from autograder.verdict.check import check
from autograder.verdict.student import Student

_PER_CHANNEL = "Each channel is normalized over all images and all places, (N, H, W), and over nothing else"
_GROUPS = "Each image is normalized by itself, in G groups of C / G channels that follow each other"
_TEST_MODE = "Test mode goes by running_mean and running_var alone"


class SpatialBatchNorm(Normalization):
    """Batch normalization of images, with the ways in which its axes are mixed up."""

    def __init__(self, student: Student, reference: SimpleNamespace, **always: Any):
        super().__init__(student, reference, "spatial_batchnorm", always={"mode": "train"} | always)

    def aligned(self, x: np.ndarray, gamma: np.ndarray, beta: np.ndarray) -> tuple[Any, ...]:
        return x, gamma[:, None, None], beta[:, None, None], (0, 2, 3)

    def mixed_up(self, x: np.ndarray, eps: float) -> Values:
        return channels_mixed_up(x, eps)


class SpatialGroupNorm(Normalization):
    """Group normalization of images, with the ways in which its groups are mixed up."""

    def __init__(self, student: Student, reference: SimpleNamespace, **always: Any):
        super().__init__(student, reference, "spatial_groupnorm", always=always)

    def aligned(self, x: np.ndarray, gamma: np.ndarray, beta: np.ndarray, G: int) -> tuple[Any, ...]:
        N, C, H, W = x.shape
        scale, shift = (a.reshape(1, G, C // G, 1, 1) for a in (gamma, beta))
        return x.reshape(N, G, C // G, H, W), scale, shift, (2, 3, 4)

    def mixed_up(self, x: np.ndarray, eps: float, G: int) -> Values:
        return groups_mixed_up(x, eps, G)


def drawn_images(
    rng: np.random.Generator, shape: tuple[int, int, int, int], spread: float = 1.0
) -> np.ndarray:
    """Images whose channels, images and places differ in mean and spread, so that no axis can be mistaken."""
    N, C, H, W = shape
    x = rng.normal(size=shape) * rng.uniform(0.5, 3, size=(N, C, 1, 1))
    for axes in ((N, 1, 1, 1), (1, C, 1, 1), (1, 1, H, 1), (1, 1, 1, W)):
        x += rng.uniform(-2, 2, size=axes)
    return spread * x


def channel_args(rng: np.random.Generator, shape: tuple[Any, ...], spread: float = 1.0) -> tuple[Any, ...]:
    """x, gamma and beta of batch normalization."""
    return drawn_images(rng, shape, spread), mixed(rng, shape[1:2]), rng.normal(size=shape[1])


def group_args(
    rng: np.random.Generator, shape: tuple[Any, ...], G: int, spread: float = 1.0
) -> tuple[Any, ...]:
    """x, gamma, beta and G of group normalization."""
    per_channel = (1, shape[1], 1, 1)
    return drawn_images(rng, shape, spread), mixed(rng, per_channel), rng.normal(size=per_channel), G


@check("spatial_batchnorm_forward", forbids=NUMERIC_HELPERS)
def spatial_batchnorm_forward(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    layer = SpatialBatchNorm(student, reference)
    shape = (3, 4, 5, 2)

    def state(**entries: Any) -> BatchNormState:
        return BatchNormState(student, layer, **entries)

    def averages(C: int) -> dict[str, np.ndarray]:
        return {"running_mean": rng.normal(size=C), "running_var": rng.uniform(0.5, 3, size=C)}

    with student.case("each channel by its own mean and variance", 3), advice(_PER_CHANNEL):
        layer.expect_out(drawn_images(rng, shape), np.ones(4), np.zeros(4))
    with student.case("gamma and beta", 2):
        layer.expect_out(*channel_args(rng, shape))
        layer.expect_out(*channel_args(rng, (2, 3, 3, 3)))
    with student.case("one image, one channel, one pixel"):
        for few in ((1, 3, 4, 2), (4, 1, 2, 3), (5, 3, 1, 1)):
            layer.expect_out(*channel_args(rng, few))
    with student.case("eps = 0.1, and its default where variances are small"):
        layer.expect_out(*channel_args(rng, shape), eps=0.1)
        layer.expect_out(*channel_args(rng, shape, spread=1e-3))
    with student.case("running averages, one of each for a channel", 2):
        bn_param = state(mode="train", momentum=0.8)
        for N in (2, 3):
            bn_param.forward(*channel_args(rng, (N, 4, 5, 2)))
            bn_param.expect_averages()
    with student.case("test mode", 2), advice(_TEST_MODE, student):
        bn_param = state(mode="test", **averages(4))
        for N in (3, 1):
            bn_param.expect_out(*channel_args(rng, (N, 4, 5, 2)))
            bn_param.expect_averages(rtol=0, atol=0)
    with student.case("single precision", 0.5):
        layer.expect_out(*map(as_single, channel_args(rng, shape)), **SINGLE)
    with student.case("x, gamma and beta stay as they were", 0.5):
        for mode in ("train", "test"):
            state(mode=mode, **averages(4)).expect_out(*channel_args(rng, shape))
            student.expect_unchanged()


@check("spatial_batchnorm_backward", forbids=NUMERIC_HELPERS)
def spatial_batchnorm_backward(
    student: Student, reference: SimpleNamespace, rng: np.random.Generator
) -> None:
    layer = SpatialBatchNorm(student, reference, eps=EPS)

    def asked(shape: tuple[Any, ...]) -> tuple[Any, ...]:
        return mixed(rng, shape), *channel_args(rng, shape)

    _check_gradients(layer, student, asked, [(1, 3, 4, 2), (4, 1, 2, 3), (5, 3, 1, 1)])


@check("spatial_groupnorm_forward", forbids=NUMERIC_HELPERS)
def spatial_groupnorm_forward(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    layer = SpatialGroupNorm(student, reference)
    shape = (3, 6, 4, 5)
    for title, weight, G in (("two groups of three channels", 3, 2), ("three groups of two channels", 2, 3)):
        with student.case(title, weight), advice(_GROUPS):
            x = group_args(rng, shape, G)[0]
            layer.expect_out(x, np.ones((1, 6, 1, 1)), np.zeros((1, 6, 1, 1)), G)
    with student.case("gamma and beta of each channel", 2):
        layer.expect_out(*group_args(rng, shape, 2))
        layer.expect_out(*group_args(rng, (2, 4, 3, 5), 2))
    with student.case("one group (G = 1)"):
        layer.expect_out(*group_args(rng, shape, 1))
    with student.case("each channel a group (G = C)"):
        layer.expect_out(*group_args(rng, shape, 6))
    with student.case("one image, one channel, one row"):
        for few, G in (((1, 4, 3, 5), 2), ((3, 1, 4, 5), 1), ((2, 4, 1, 3), 2)):
            layer.expect_out(*group_args(rng, few, G))
    with (
        student.case("eps = 0.1, and its default where variances are small", 2),
        advice(
            "eps belongs inside the root, sqrt(var + eps), and is 1e-5 unless gn_param says otherwise",
            student,
        ),
    ):
        layer.expect_out(*group_args(rng, shape, 3), eps=0.1)
        layer.expect_out(*group_args(rng, shape, 3, spread=1e-3))
    with student.case("entries of gn_param that mean nothing here", 0.5):
        layer.expect_out(*group_args(rng, shape, 2), mode="train")
    with (
        student.case("numbers far from zero", 0.5),
        advice("Subtract the mean before you square: E[x²] - E[x]² loses all digits", student),
    ):
        x, *others = group_args(rng, shape, 2)
        layer.expect_out(x + 1e6, *others, **FAR)
    with student.case("single precision", 0.5):
        layer.expect_out(*map(as_single, group_args(rng, shape, 3)), **SINGLE)
    with student.case("x, gamma and beta stay as they were", 0.5):
        layer.expect_out(*group_args(rng, shape, 2))
        student.expect_unchanged()


@check("spatial_groupnorm_backward", forbids=NUMERIC_HELPERS)
def spatial_groupnorm_backward(
    student: Student, reference: SimpleNamespace, rng: np.random.Generator
) -> None:
    layer = SpatialGroupNorm(student, reference, eps=EPS)

    def asked(shape: tuple[Any, ...], G: int = 2) -> tuple[Any, ...]:
        return mixed(rng, shape), *group_args(rng, shape, G)

    with student.case("one group, and each channel a group"):
        for G in (1, 6):
            layer.expect_gradients(*asked((2, 6, 3, 4), G))
    with student.case("three groups of two channels"):
        layer.expect_gradients(*asked((2, 6, 3, 4), 3))
    _check_gradients(layer, student, asked, [(1, 4, 3, 5), (5, 2, 3, 2), (2, 4, 1, 3)])


def _check_gradients(layer: Normalization, student: Student, asked: Any, few: list[tuple[Any, ...]]) -> None:
    """The cases that both backward passes share; `asked(shape)` draws dout and forward's arguments."""
    shape = (3, 4, 5, 2)
    for name, weight in (("dbeta", 1), ("dgamma", 1), ("dx", 3)):
        with student.case(name, weight):
            layer.expect_gradients(*asked(shape), only=name)
            layer.expect_gradients(*asked((2, 6, 3, 4)), only=name)
    with student.case("one image, few channels, few pixels"):
        for small in few:
            layer.expect_gradients(*asked(small), atol=1e-10)
    with student.case("eps = 0.1"):
        layer.expect_gradients(*asked(shape), eps=0.1)
    with student.case("single precision", 0.5):
        layer.expect_gradients(*(as_single(a) for a in asked(shape)), rtol=1e-3, atol=1e-4)
    with student.case("dout and forward's arguments are left as they were", 0.5):
        layer.expect_gradients(*asked(shape))
        student.expect_unchanged()
    with student.case("backward called twice", 0.5):
        layer.expect_twice(*asked(shape))
    with student.case("two layers at once", 0.5):
        dout, *args = asked(shape)
        _, *other = asked((2, 6, 3, 4))
        layer.expect_own_cache(dout, tuple(args), tuple(other), {}, {})
    with student.case(f"the slopes of your own {layer.name}_forward"):
        layer.expect_slopes(*asked((2, 4, 2, 2)))
