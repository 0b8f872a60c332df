"""Checks of networks with dropout."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.checks.asking.advice import advice, note
from autograder.checks.asking.chance import P_DROPS
from autograder.checks.asking.forbidden import NUMERIC_HELPERS
from autograder.checks.asking.fully_connected import (
    KINK,
    NORMALIZATIONS,
    Dims,
    Nets,
    clear_of_kinks,
    drawn_batch,
    drawn_params,
)
from autograder.checks.asking.inputs import drawn_until
from autograder.checks.asking.network import StudentNet
from autograder.checks.asking.parameters import Params
from autograder.checks.dropout.hidden_masks import HiddenMasks, shaped_gradient
from autograder.verdict.check import check
from autograder.verdict.expect import expect
from autograder.verdict.handle import Handle
from autograder.verdict.student import Student
from course_utils.compare import CheckFailed

_KINDS = (None, *NORMALIZATIONS)
_TEST_MODE = "Without labels nothing is dropped, and inverted dropout needs no factor then"
_REGULARIZATION = "The loss takes 0.5·reg·sum(W²) of every weight matrix and of no bias, gamma or beta"


@check("FullyConnectedNet", forbids=NUMERIC_HELPERS)
def FullyConnectedNet(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    nets, keeping_half = Nets(student, reference, rng), Nets(student, reference, rng, dropout_keep_ratio=0.5)
    masks = HiddenMasks(nets, rng)
    with student.case("names, shapes and types of the parameters"):
        _expect_layers(nets)
        keeping_half.expect_normalized_params()
    with student.case("the first parameters"):
        _expect_layers(nets)
        keeping_half.expect_first_params()
    with student.case("without dropout"), _told_of_masks(masks):
        for kind in _KINDS:
            nets.expect_both((6, 5, 4, 3), (5, 6), normalization=kind)
    with student.case("the scores: nothing is dropped without labels", 2), advice(_TEST_MODE, student):
        masks.works()
        # Running averages would have seen other masks here than there: batch normalization is left out.
        for kind in (None, "layernorm"):
            for p in (0.3, 0.8):
                nets.expect_scores((6, 5, 4, 3), (4, 6), normalization=kind, dropout_keep_ratio=p)
    _ask_masks(student, masks)
    with student.case("dropout_keep_ratio=1 drops nothing"), _told_of_masks(masks):
        for kind in _KINDS:
            nets.expect_both((6, 5, 4, 3), (5, 6), normalization=kind, dropout_keep_ratio=1)
    with student.case("a seed repeats, no seed varies"):
        masks.works()
        _expect_seeds(nets, rng)
    _ask_slopes(student, nets, masks, rng)
    with student.case("regularization, without dropout", 0.5), advice(_REGULARIZATION, student):
        for kind in _KINDS:
            nets.expect_both((6, 5, 4, 3), (5, 6), normalization=kind, reg=0.7)
    with student.case("batches of images", 0.5):
        for kind in _KINDS:
            nets.expect_both((6, 5, 4, 3), (5, 2, 3), normalization=kind)
    with student.case("single precision", 0.5):
        for kind in _KINDS:
            nets.expect_single((6, 5, 4, 3), (8, 6), normalization=kind)
    with student.case("loss changes neither parameters nor batch", 0.5):
        masks.works()
        student.changed.clear()
        nets.expect_kept((6, 5, 4, 3), (5, 6), normalization="layernorm", reg=0.3)
        student.expect_unchanged()


def _expect_layers(nets: Nets) -> None:
    """Fail the case unless there are hidden layers at all: the parameters alone are inherited."""
    nets.expect_scores((6, 5, 4, 3), (4, 6))


@contextmanager
def _told_of_masks(masks: HiddenMasks) -> Iterator[None]:
    """Say of what fails inside where the units are kept with 1 - p: with p = 1 nothing is left then."""
    try:
        yield
    except CheckFailed as failed:
        try:
            masks.works(0.25)
        except CheckFailed as other:
            if other.failure.cause == P_DROPS:
                raise CheckFailed(failed.failure.because(P_DROPS)) from failed
        raise


def _ask_masks(student: Student, masks: HiddenMasks) -> None:
    with student.case("units are dropped and scaled in training", 3):
        for p in (0.25, 0.8):
            masks.expect_kept(p, 250)
    with student.case("behind every hidden layer", 2):
        masks.works()
        masks.expect_kept(0.5, 150, layers=2)
    with (
        student.case("behind the normalization"),
        advice("The order is affine - normalization - ReLU - dropout", student),
    ):
        masks.expect_kept(0.5, 150, normalization="layernorm")
    with student.case("each example has a mask of its own"):
        first, second = masks.expect_kept(0.5, 100, examples=2)
        expect(not np.array_equal(first, second), "two examples of a batch lost the very same units")


def _expect_seeds(nets: Nets, rng: np.random.Generator) -> None:
    """Fail the case unless two training passes of a network agree where it has a seed, and only there."""
    dims, seed = (6, 40, 3), int(rng.integers(2**31))
    settings: tuple[dict[str, Any], ...] = ({"seed": seed}, {})
    for more in settings:
        params = drawn_params(rng, dims)
        net = StudentNet(nets.student_net(dims, dropout_keep_ratio=0.5, **more), params)
        X, y = drawn_batch(rng, dims, (4, 6))
        first, again = (net.loss(X, y)[0] for _ in range(2))
        expect(
            (first == again) == bool(more),
            "two training passes with a seed gave different losses: hand the seed on in dropout_param"
            if more
            else "two training passes without a seed gave the same loss: draw new masks each time",
        )


def _ask_slopes(student: Student, nets: Nets, masks: HiddenMasks, rng: np.random.Generator) -> None:
    with student.case("the slopes of your own loss, with a seed", 2):
        masks.works()
        for kind in _KINDS:
            seed = int(rng.integers(2**31))
            params, X, y = _smooth(rng, (3, 6, 2), kind)
            settings: dict[str, Any] = {
                "normalization": kind,
                "dropout_keep_ratio": 0.6,
                "seed": seed,
                "reg": 0.2,
            }
            _expect_slopes(nets.student_net((3, 6, 2), **settings), params, X, y)
    with student.case("the slopes with two hidden layers"):
        masks.works()
        seed = int(rng.integers(2**31))
        params, X, y = _smooth(rng, (3, 5, 2), None)
        # Positive weights and biases behind the first ReLU: no mask can bring the second one near its kink.
        params |= {"W2": rng.uniform(0.2, 1, size=(5, 4)), "b2": rng.uniform(0.5, 1, size=4)}
        params |= {"W3": rng.normal(size=(4, 2)), "b3": rng.normal(size=2)}
        net = nets.student_net((3, 5, 4, 2), dropout_keep_ratio=0.7, seed=seed)
        _expect_slopes(net, params, X, y)


def _smooth(rng: np.random.Generator, dims: Dims, kind: str | None) -> tuple[Params, np.ndarray, np.ndarray]:
    """Parameters, a batch and labels with no ReLU near its kink; with one hidden layer no mask changes that."""
    if kind:
        return clear_of_kinks(rng, dims, 5, kind)

    def clear(found: tuple[Params, np.ndarray, np.ndarray]) -> bool:
        params, X, _ = found
        sums = X @ params["W1"] + params["b1"]
        return bool(np.abs(sums).min() > KINK and (sums > 0).any())

    return drawn_until(lambda: (drawn_params(rng, dims), *drawn_batch(rng, dims, (5, dims[0]))), clear)


def _expect_slopes(student_net: Handle, params: Params, X: np.ndarray, y: np.ndarray) -> None:
    """Fail the case unless the gradients are the slopes of the student's own loss, which must have a seed."""
    net = StudentNet(student_net, params)
    _, grads = net.loss(X, y)
    expect(
        any(np.any(shaped_gradient(grads, name, value.shape)) for name, value in params.items()),
        "every gradient is zero",
    )
    with note("Compared with the numeric gradient of your own loss, with the same seed"):
        net.expect_own_slopes(X, y, grads)
