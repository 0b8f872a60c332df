"""What looks like something else at the numbers at hand: seen all the same, and not named for it."""

import numpy as np
import pytest

from course_utils.gradcheck import gradient_check


def test_inputs_drawn_as_everybody_draws_them_are_not_the_upstream_gradient():
    """x, the first numbers of default_rng(0), as dout would make dw symmetric."""
    x = np.random.default_rng(0).normal(size=(6, 6))

    def backward(dout, cache):
        x, w = cache
        return dout @ w.T, dout.T @ x

    report = gradient_check(lambda x, w: (x @ w, (x, w)), backward, x, np.eye(6), line_seconds=0)
    assert not report["dw"].passed


def once_more(dout, out):
    s = 1 / (1 + np.exp(-out))
    return dout * s * (1 - s)


def test_no_line_is_said_where_the_change_would_leave_another_one_without_use(rng):
    def forward(x):
        out = 1 / (1 + np.exp(-x))
        return out, out

    report = gradient_check(forward, once_more, rng.normal(size=(4, 6)))
    assert "line" not in str(report)
    assert "the output, put through the function once more" in str(report)


def normalized(x, gamma, is_test):
    mean, std = (np.zeros(x.shape[1]), np.ones(x.shape[1])) if is_test else (x.mean(axis=0), x.std(axis=0))
    x_hat = (x - mean) / std
    return gamma * x_hat, (x_hat, gamma, std)


def backward_in_training(dout, cache):
    x_hat, gamma, std = cache
    g = dout * gamma
    return (g - g.mean(axis=0) - x_hat * (g * x_hat).mean(axis=0)) / std, (dout * x_hat).sum(axis=0)


def without_the_mean(dout, cache):
    x_hat, gamma, std = cache
    g = dout * gamma
    return (g - x_hat * (g * x_hat).mean(axis=0)) / std, (dout * x_hat).sum(axis=0)


@pytest.mark.parametrize("features", [3, 4])
def test_statistics_that_are_constants_are_told_from_a_path_left_out(features, rng):
    x, gamma = rng.normal(size=(6, features)), rng.uniform(0.5, 2, size=features)
    tested = gradient_check(normalized, backward_in_training, x, gamma, True, line_seconds=0)
    assert "forward takes them as they are (test mode)" in str(tested)
    trained = gradient_check(normalized, without_the_mean, x, gamma, False, line_seconds=0)
    assert "flows through the mean is missing or wrong" in str(trained)


def test_products_of_several_at_once_are_turned_by_their_last_axes(rng):
    def backward(dout, cache):
        p, v = cache
        dv = p @ dout
        return dout @ v.swapaxes(-1, -2), dv

    args = rng.normal(size=(2, 4, 4)), rng.normal(size=(2, 4, 3))
    found = gradient_check(lambda p, v: (p @ v, (p, v)), backward, *args, line_seconds=0).locate(seconds=20)
    assert (found.text, found.kind) == ("dv = ...", "a transpose more")
