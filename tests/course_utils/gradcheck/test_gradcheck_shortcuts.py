"""What is named at layers that end in a sum with their own input, and at means of maps."""

import numpy as np
import pytest

from course_utils.gradcheck import gradient_check


def block_forward(x, w, b):
    hidden = np.tanh(x @ w)
    total = hidden + b + x
    return np.maximum(total, 0), (x, w, hidden, total)


def block_backward(dout, cache, past=1.0, layers=1.0, masked=True, added=True):
    x, w, hidden, total = cache
    dsum = dout * (total > 0)
    dhidden = dsum * (1 - hidden**2)
    way = dsum if masked else dout
    return layers * dhidden @ w.T + past * way, x.T @ dhidden, (dsum if added else dout).sum(axis=0)


def report(label="dx", **how):
    rng = np.random.default_rng(0)
    args = rng.normal(size=(6, 4)), rng.normal(size=(4, 4)), rng.normal(size=4)
    checked = gradient_check(
        block_forward,
        lambda dout, cache: block_backward(dout, cache, **how),
        *args,
        rng=rng,
        line_seconds=0,
    )
    return checked[label]


def test_a_right_block_passes():
    assert report().passed


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"past": 0.0}, "what comes past the layers is missing: x is used twice"),
        ({"past": 0.5}, "of what comes past the layers one half is missing"),
        ({"layers": 0.0}, "the way through the layers is missing"),
        ({"masked": False}, "dout comes past the layers as it is: first it goes back through the ReLU"),
    ],
)
def test_what_is_wrong_with_a_shortcut_is_named(how, said):
    result = report(**how)
    assert result.cause.kind == "shortcut"
    assert said in str(result)


def test_a_sum_that_forgets_the_last_relu_is_named():
    result = report("db", added=False)
    assert result.cause.kind == "mask"
    assert "dout is summed over the batch as it is" in str(result)


@pytest.mark.parametrize("how", [{"past": 0.3}, {"past": -1.0}, {"layers": 0.5}])
def test_of_what_no_shortcut_explains_none_is_named(how):
    result = report(**how)
    assert not result.passed
    assert result.cause is None


def mean_forward(x):
    return x.mean(axis=(2, 3)), x.shape


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (
            lambda d, shape: d / 20,
            "its numbers are right, once for each number of out: repeat them over axes 2 and 3",
        ),
        (lambda d, shape: np.broadcast_to(d[:, :, None, None], shape).copy(), "H·W = 20 times too large"),
        (lambda d, shape: np.broadcast_to(d[:, :, None, None] / 4, shape).copy(), "W = 5 times too large"),
        (lambda d, shape: np.broadcast_to(d[:, :, None, None] / 60, shape).copy(), "C = 3 times too small"),
    ],
)
def test_what_is_wrong_with_a_mean_of_maps_is_named(wrong, said):
    rng = np.random.default_rng(1)
    result = gradient_check(mean_forward, wrong, rng.normal(size=(2, 3, 4, 5)), rng=rng, line_seconds=0)["dx"]
    assert said in str(result)


def test_another_shape_with_other_numbers_is_not_said_to_be_repeated():
    rng = np.random.default_rng(1)
    result = gradient_check(
        mean_forward, lambda d, shape: d, rng.normal(size=(2, 3, 4, 5)), rng=rng, line_seconds=0
    )["dx"]
    assert "repeat" not in str(result)
