"""Numeric gradients by centred differences."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from course_utils.gradcheck import (
    numeric_gradient,
    numeric_gradient_array,
    relative_error,
)


@given(
    hnp.arrays(np.float64, hnp.array_shapes(min_dims=0, max_dims=3, max_side=3), elements=st.floats(-3, 3))
)
def test_the_numeric_gradient_is_the_derivative_and_leaves_x_bit_for_bit(x):
    kept = x.copy()
    gradient = numeric_gradient(lambda x: np.sum(np.sin(x)), x)
    np.testing.assert_allclose(gradient, np.cos(kept), atol=1e-8)
    assert gradient.shape == x.shape
    assert x.tobytes() == kept.tobytes()


def test_x_is_restored_when_f_raises():
    x = np.array([0.1, -0.0, 1e30])
    kept = x.tobytes()

    def raises(x):
        raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        numeric_gradient(raises, x)
    assert x.tobytes() == kept


def test_f_may_ignore_its_argument_and_look_at_x_itself():
    weights = {"W": np.array([1.0, 2.0])}
    gradient = numeric_gradient(lambda _: float(weights["W"] @ weights["W"]), weights["W"])
    np.testing.assert_allclose(gradient, [2, 4])


def test_float32_is_evaluated_in_float64():
    x = np.array([1.0, 2.0], dtype=np.float32)
    seen = []
    gradient = numeric_gradient(lambda x: seen.append(x.dtype) or np.sum(x**2), x)
    np.testing.assert_allclose(gradient, [2, 4], rtol=1e-9)
    assert set(seen) == {np.dtype(np.float64)}


def test_views_that_are_not_contiguous_are_changed_in_place_and_restored():
    whole = np.arange(24.0).reshape(4, 6)
    view = whole.T[::2]
    gradient = numeric_gradient(lambda _: np.sum(whole**2), view)
    np.testing.assert_allclose(gradient, 2 * view, rtol=1e-8, atol=1e-6)


@pytest.mark.parametrize(
    ("dtype", "digits"), [(np.float32, 1e-3), (np.float16, 0.1), (np.longdouble, 1e-6), (">f8", 1e-6)]
)
def test_f_may_look_at_x_itself_where_its_numbers_are_coarse_and_is_told_so(dtype, digits):
    net = {"W": np.array([[1.0, -20.0], [0.0, 3.0]], dtype=dtype)}
    kept = net["W"].copy()
    looked_at_itself = rf"f looks at x itself and not at its argument, and x holds {np.dtype(dtype)}"
    with pytest.warns(UserWarning, match=looked_at_itself):
        gradient = numeric_gradient(lambda _: np.sum(net["W"].astype(float) ** 2), net["W"])
    np.testing.assert_allclose(gradient, [[2, -40], [0, 6]], rtol=digits, atol=digits)
    with pytest.warns(UserWarning, match=looked_at_itself):
        weighted = numeric_gradient_array(lambda _: 3.0 * net["W"], net["W"], np.full((2, 2), 2.0))
    np.testing.assert_allclose(weighted, np.full((2, 2), 6.0), rtol=digits)
    assert gradient.dtype == weighted.dtype == np.float64
    np.testing.assert_array_equal(net["W"], kept)


def test_the_loss_of_a_network_in_single_precision():
    rng = np.random.default_rng(0)
    X, W = rng.normal(size=(20, 5)).astype(np.float32), rng.normal(size=(5, 3)).astype(np.float32)
    with pytest.warns(UserWarning, match="float32"):
        gradient = numeric_gradient(lambda _: np.mean(np.tanh(X @ W)), W)
    right = X.T @ (1 - np.tanh(X @ W) ** 2) / 60
    assert relative_error(gradient, right) < 0.02


def test_a_gradient_that_is_zero_stays_zero_without_a_warning():
    x = np.array([-1.0, -2.0], dtype=np.float32)
    np.testing.assert_array_equal(numeric_gradient(lambda x: np.maximum(x, 0).sum(), x), [0, 0])
    np.testing.assert_array_equal(numeric_gradient(lambda x: np.maximum(x, 0).sum(), x.tolist()), [0, 0])
    np.testing.assert_array_equal(numeric_gradient(np.sum, np.zeros((0, 2))), np.zeros((0, 2)))


@pytest.mark.parametrize(
    "handed_in",
    [
        lambda W: W.copy(),
        lambda W: W.astype(np.float64),
        lambda W: np.broadcast_to(W[0, 0], W.shape),  # read-only, and no copy of it tells anything
        lambda W: W.tolist(),
    ],
)
def test_what_f_looks_at_must_be_what_is_handed_in(handed_in):
    W = np.full((2, 2), 1.5, dtype=np.float32)
    x = handed_in(W)
    kept = np.array(x)
    with pytest.warns(UserWarning, match="the gradient is zero since f gives the same wherever x is"):
        gradient = numeric_gradient(lambda _: np.sum(W**2), x)
    np.testing.assert_array_equal(gradient, np.zeros((2, 2)))
    np.testing.assert_array_equal(x, kept)


def test_where_f_fails_far_away_nothing_is_said_of_it():
    def flat_near_one(x):
        if abs(x[0] - 1) > 0.5:
            raise ValueError("out of range")
        return 3.0

    assert numeric_gradient(flat_near_one, np.array([1.0])) == 0


def test_what_shares_its_memory_with_x_is_x_itself(tmp_path):
    np.save(tmp_path / "x.npy", np.array([1.0, 2.0]))
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r+")
    np.testing.assert_allclose(numeric_gradient(lambda _: float(mapped @ mapped), mapped), [2, 4])


def test_verbose_prints_the_entries(capsys):
    numeric_gradient(lambda x: np.sum(x * x), np.array([[0.5, 1.0]]), h=0.25, verbose=True)
    assert capsys.readouterr().out == "(0, 0) 1.0\n(0, 1) 2.0\n"
    numeric_gradient(lambda x: np.sum(x * x), np.array([0.5]), verbose=False)
    assert capsys.readouterr().out == ""


def test_integers_are_refused_with_what_to_do():
    with pytest.raises(TypeError, match=r"x\.astype"):
        numeric_gradient(np.sum, np.array([1, 2]))


def test_f_must_return_a_single_number():
    with pytest.raises(TypeError, match=r"shape \(2,\)"):
        numeric_gradient(lambda x: x, np.ones(2))


@pytest.mark.parametrize("h", [0, -1e-5, np.nan, True, False])
def test_the_step_must_be_positive(h):
    with pytest.raises(ValueError, match="step"):
        numeric_gradient(np.sum, np.ones(2), h=h)


def test_numeric_gradient_array_weights_the_outputs(rng):
    x, df = rng.normal(size=(3, 4)), rng.normal(size=(3, 4))
    np.testing.assert_allclose(numeric_gradient_array(np.exp, x, df), df * np.exp(x), rtol=1e-8)
    np.testing.assert_allclose(numeric_gradient_array(lambda x: x, x, df), df, rtol=1e-8)


def test_an_upstream_gradient_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"\(2,\).*\(3,\)"):
        numeric_gradient_array(lambda x: x, np.ones(3), np.ones(2))


def test_relative_error():
    assert relative_error(np.array([1.0, 0.0]), np.array([3.0, 0.0])) == 0.5
    assert relative_error(np.zeros(0), np.zeros(0)) == 0
    with pytest.raises(ValueError, match="one shape"):
        relative_error(np.ones(2), np.ones(3))
