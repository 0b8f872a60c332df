"""Gradients that are all cancellation, steps next to the edge of a domain, and what is no number."""

import numpy as np
import pytest

from benchmarks.unseen import near_roundoff
from benchmarks.unseen.course_layers import batchnorm_backward, batchnorm_forward
from benchmarks.unseen.right import by_slope
from course_utils.gradcheck import gradient_check, loss_gradient_check


@pytest.mark.parametrize("seed", range(4))
def test_right_gradients_near_roundoff_pass(seed):
    for name, forward, backward, args in near_roundoff.cases(np.random.default_rng(seed)):
        report = gradient_check(forward, backward, *args, rng=np.random.default_rng(seed))
        assert report.passed, f"{name}\n{report}"


NEAR = {
    "log": (np.log, lambda x: 1 / x, 1e-5),
    "log, still nearer": (np.log, lambda x: 1 / x, 1e-7),
    "root": (np.sqrt, lambda x: 0.5 / np.sqrt(x), 1e-6),
    "power": (lambda x: x**1.5, lambda x: 1.5 * np.sqrt(x), 1e-6),
    "probability": (lambda p: np.log(p / (1 - p)), lambda p: 1 / (p * (1 - p)), 1e-7),
}


@pytest.mark.parametrize("size", [(3, 4), (30, 40)])
@pytest.mark.parametrize("name", NEAR)
def test_mistakes_next_to_the_edge_of_a_domain_are_found(name, size, rng):
    f, slope, scale = NEAR[name]
    x = scale * (1 + rng.random(size))
    assert gradient_check(*by_slope(f, slope), x).passed
    assert not gradient_check(*by_slope(f, lambda x: 1.001 * slope(x)), x).passed
    report = gradient_check(*by_slope(f, lambda x: 2 * slope(x)), x)
    assert "doubled" in str(report)
    assert "zero" not in str(report)


def test_what_cancels_may_still_be_wrong(rng):
    args = rng.normal(size=(2, 4)), rng.normal(size=4), rng.normal(size=4)

    def without_half(dout, cache):
        dx, dgamma, dbeta = batchnorm_backward(dout, cache)
        return dx * 1.01, dgamma, dbeta

    assert not gradient_check(batchnorm_forward, without_half, *args)["dx"].passed


def in_single(x):
    return (1 - np.tanh(x.astype(np.float32)) ** 2).astype(float)


@pytest.mark.parametrize(
    "backward",
    [
        lambda dout, x: (dout * (1 - np.tanh(x) ** 2)).astype(np.float32).astype(float),
        lambda dout, x: dout * in_single(x),
        lambda dout, x: dout.astype(np.float32) * (1 - np.tanh(x) ** 2),
    ],
)
def test_single_precision_is_told_where_it_is(backward, rng):
    report = gradient_check(lambda x: (np.tanh(x), x), backward, rng.normal(size=(4, 5)))
    assert report["dx"].cause.kind == "precision"


def test_one_side_of_an_edge_is_compared_and_told():
    x = np.array([[0.0, 1.0, 2.0]])
    power = lambda x: x**1.5  # noqa: E731
    right = gradient_check(*by_slope(power, lambda x: 1.5 * np.sqrt(x)), x)
    assert right.passed
    assert "edge of where the function is defined" in right["dx"].note
    wrong = gradient_check(*by_slope(power, lambda x: 1.5 * np.sqrt(x) + (x == 0)), x)
    assert "forward is no number just below x[0, 0]" in str(wrong)
    assert "slope" not in str(wrong)


def test_infinite_slopes_are_told_as_such():
    with np.errstate(all="ignore"):
        report = gradient_check(
            *by_slope(np.sqrt, lambda x: 0.5 / np.sqrt(x)), np.array([0.0, 1.0]), dout=np.array([1.0, 2.0])
        )
    assert "dx is inf at [0], expected finite numbers" in str(report)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_inputs_that_are_no_numbers_are_said_first(bad):
    x = np.array([[1.0, bad]])
    report = gradient_check(*by_slope(np.tanh, lambda x: x), x)
    assert report.failures == [f"x holds {bad} at [0, 1]: a gradient can be checked at finite numbers only"]
    with np.errstate(all="ignore"):
        report = loss_gradient_check(lambda x: (float(np.sum(x)), np.ones_like(x)), x)
    assert f"x holds {bad} at [0, 1]" in str(report)


def test_outputs_that_are_no_numbers_are_said_first():
    with np.errstate(invalid="ignore"):
        report = gradient_check(*by_slope(np.log, lambda x: 1 / x), np.array([2.0, -1.0]))
    assert report.failures == ["forward returned nan at [1]: check it at a point where it is defined"]


def test_a_chaotic_function_is_said_to_be_one(rng):
    def forward(x):
        x = x.copy()
        slope = np.ones_like(x)
        for _ in range(90):
            slope = 3.9 * slope * (1 - 2 * x)
            x = 3.9 * x * (1 - x)
        return x, slope

    report = gradient_check(forward, lambda dout, slope: dout * slope, rng.random(6))
    assert "forward is chaotic" in str(report)
    assert report["dx"].cause is None
