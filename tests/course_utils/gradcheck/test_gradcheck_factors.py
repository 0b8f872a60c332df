"""A factor is told by every name that it has, and by none that it only seems to have."""

import numpy as np
import pytest

from benchmarks.unseen.course_layers import (
    affine_backward,
    affine_forward,
    dropout_backward,
    dropout_forward,
)
from course_utils.compare import CheckFailed, check_close
from course_utils.gradcheck import gradient_check


def of_affine(factor, shape, M=3):
    """What is said of a dx that is multiplied by factor(dout, w)."""
    rng = np.random.default_rng(0)

    def backward(dout, cache):
        dx, dw, db = affine_backward(dout, cache)
        return factor(dout, cache[1]) * dx, dw, db

    args = rng.normal(size=shape), rng.normal(size=(shape[1], M)), rng.normal(size=M)
    return gradient_check(affine_forward, backward, *args, line_seconds=0)["dx"].cause.clause


@pytest.mark.parametrize(
    ("factor", "words"),
    [
        (lambda dout, w: len(dout), "it is N = 5 times too large (is a division by N missing?)"),
        (lambda dout, w: np.sqrt(len(w)), "it is √D = 5 times too large (is a division by √D missing?)"),
        (lambda dout, w: 1 / np.sqrt(len(w)), "it is √D = 5 times too small (divided by √D once too often?)"),
        (lambda dout, w: 1.25, "it is 1.25 times what it should be everywhere"),
        (lambda dout, w: len(dout) / (len(dout) - 1), "it was divided by N - 1 = 4 instead of N = 5"),
        (lambda dout, w: 2, "it is doubled"),
    ],
)
def test_a_size_that_is_the_root_of_another_is_told_apart_from_it(factor, words):
    assert of_affine(factor, (5, 25)) == words


def test_where_nothing_tells_two_names_apart_both_are_said():
    assert "N = D = 4 times too large" in of_affine(lambda dout, w: len(dout), (4, 4))
    assert "M = √D = 3 times too large" in of_affine(lambda dout, w: dout.shape[1], (5, 9))


@pytest.mark.parametrize(("N", "words"), [(4, "it is doubled"), (2, "it is doubled")])
def test_a_plain_two_is_no_root_and_no_batch(N, words):
    assert of_affine(lambda dout, w: 2, (N, 4)) == words


@pytest.mark.parametrize(
    ("factor", "words"),
    [
        (lambda p: 1 - p, "multiplied by 1 - p = 0.3"),
        (lambda p: 1 / (1 - p), "divided by 1 - p = 0.3"),
        (lambda p: (1 - p) / p, "multiplied by (1 - p)/p = 0.428571"),
        (lambda p: p**2, "multiplied by p² = 0.49"),
        (lambda p: p**0.5, "multiplied by √p = 0.83666"),
    ],
)
def test_what_is_made_of_a_probability_is_told_by_its_name(factor, words):
    report = gradient_check(
        dropout_forward,
        lambda dout, cache: factor(cache[2]) * dropout_backward(dout, cache),
        np.random.default_rng(0).normal(size=(6, 5)),
        p=0.7,
        line_seconds=0,
    )
    assert words in str(report)


def test_the_side_of_a_window_is_no_sum_that_lost_one():
    x = np.random.default_rng(0).normal(size=(2, 3, 6, 6))

    def forward(x, pool_height=3):
        return x.reshape(2, 3, 2, 3, 2, 3).mean(axis=(3, 5)), None

    def backward(dout, cache):
        return np.repeat(np.repeat(dout, 3, axis=2), 3, axis=3) / 6

    assert "instead of" not in str(gradient_check(forward, backward, x, line_seconds=0))


@pytest.mark.parametrize("factor", [7.0, 1 / 7, 2.0, -0.5, 1.3, np.sqrt(7)])
def test_a_comparison_and_a_gradient_check_say_the_same_of_a_factor(factor):
    rng = np.random.default_rng(0)
    x, dout = rng.normal(size=(7, 3)), rng.normal(size=(7, 3))
    report = gradient_check(
        lambda x: (np.sin(x).sum(axis=0), x),
        lambda d, x: len(x) ** (np.log(abs(factor)) / np.log(7)) * np.sign(factor) * d * np.cos(x),
        x,
        line_seconds=0,
    )
    right = dout * np.cos(x)
    with pytest.raises(CheckFailed) as failed:
        check_close(factor * right, right, "dx", sizes={"N": 7, "D": 3})
    assert failed.value.failure.cause.clause == report["dx"].cause.clause
