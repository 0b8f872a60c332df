"""Networks that were trained once, and those that learners keep."""

import numpy as np
import pytest
from places import ROOT

from autograder.course.manifest import Course
from autograder.course.reference import load_reference
from benchmarks.seeing_weights import first_weights, forward, gradients
from course_utils.data import load_pictures
from course_utils.trained import own_weights, shapes10_weights


def test_three_networks_are_right_about_nine_of_ten_new_pictures():
    data = load_pictures("shapes10")
    X = 4 * (data.X_val[:500] - data.X_train.mean(axis=0))
    weights = shapes10_weights()
    assert len(weights) == 3
    for params in weights:
        assert all(value.dtype == np.float32 for value in params.values())
        assert np.mean(forward(params, X)[0].argmax(axis=1) == data.y_val[:500]) > 0.9


def test_notebook_and_training_mean_the_same_network():
    [params, *_] = shapes10_weights()
    X = np.random.default_rng(0).normal(size=(3, 3, 32, 32)).astype(np.float32)
    net = load_reference("09_seeing", Course(ROOT)).ConvNet(params)
    np.testing.assert_allclose(net.forward(X)[0], forward(params, X)[0], rtol=1e-4, atol=1e-3)


def test_the_gradients_of_the_training_are_slopes():
    rng = np.random.default_rng(1)
    params = {name: value.astype(np.float64) for name, value in first_weights(rng).items()}
    X, y = rng.normal(size=(2, 3, 32, 32)), np.array([3, 7])

    def loss():
        scores = forward(params, X)[0]
        p = np.exp(scores - scores.max(axis=1, keepdims=True))
        right = np.log(p[np.arange(2), y] / p.sum(axis=1))
        return -right.mean() + 0.5 * 5e-4 * sum(np.sum(params[f"W{i}"] ** 2) for i in range(1, 5))

    grads = gradients(params, X, y)
    for name, place in (("W1", (2, 1, 3, 4)), ("b2", (5,)), ("W3", (1, 2, 0, 2)), ("W4", (100, 3))):
        kept = params[name][place]
        values = []
        for step in (1e-6, -1e-6):
            params[name][place] = kept + step
            values.append(loss())
        params[name][place] = kept
        assert (values[0] - values[1]) / 2e-6 == pytest.approx(grads[name][place], rel=1e-3, abs=1e-7)


def test_a_learners_own_weights_are_read_from_the_first_file_that_is_there(tmp_path):
    assert own_weights(tmp_path / "a.npz", tmp_path / "b.npz") is None
    np.savez(tmp_path / "b.npz", W1=np.ones((2, 3, 5, 5)), b1=np.zeros(2))
    found = own_weights(tmp_path / "a.npz", tmp_path / "b.npz")
    assert list(found) == ["W1", "b1"]
    assert found["W1"].dtype == np.float32


def test_what_is_no_convnet_is_refused(tmp_path):
    np.savez(tmp_path / "dense.npz", W1=np.ones((2, 3)))
    with pytest.raises(ValueError, match="of a ConvNet, W1 with 4 axes"):
        own_weights(tmp_path / "dense.npz")
