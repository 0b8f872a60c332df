"""The gradient checker: correct code passes, mistakes are found at a bounded cost, arguments are left alone."""

import numpy as np
import pytest

from answers.gradcheck import layers
from course_utils.gradcheck import (
    gradient_check,
    model_gradient_check,
)


@pytest.mark.parametrize("name", layers.trials(np.random.default_rng(0)))
def test_correct_layers_pass(name, rng):
    trial = layers.trials(rng)[name]
    report = trial.check(layers.correct(name, rng), rng)
    assert report.passed, str(report)
    assert "agrees" in str(report)


@pytest.mark.parametrize(
    ("name", "how", "backward"),
    layers.OTHERWISE_WRITTEN,
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_correct_layers_that_are_written_differently_pass(name, how, backward, rng):
    report = layers.trials(rng)[name].check(backward, rng)
    assert report.passed, str(report)


@pytest.mark.parametrize("name", layers.traps(np.random.default_rng(0)))
def test_correct_code_in_the_known_traps_passes(name):
    for seed in range(3):
        check, gradients = layers.traps(np.random.default_rng(seed))[name]
        report = check()
        assert report.passed, str(report)
        assert len(report.results) == gradients


def test_a_true_zero_gradient_is_said_to_be_one(rng):
    check, _ = layers.traps(rng)["bias before batch norm"]
    assert "b1 is zero, and so is the numeric gradient" in str(check())


def test_a_kink_is_told_with_its_place():
    report = gradient_check(layers.relu_forward, layers.relu_backward, np.array([[1.0, 0.0, -2.0]]))
    assert report.passed
    assert "1 entry is at a kink" in str(report)
    assert "[0, 1]" in str(report)


def test_at_a_kink_a_slope_outside_of_both_sides_is_still_wrong():
    x = np.array([[1.0, 0.0, -2.0]])
    report = gradient_check(layers.relu_forward, lambda d, c: np.where(x == 0, 3 * d, d * (x > 0)), x)
    assert not report.passed
    assert "[0, 1]" in str(report)


def test_a_gradient_that_is_zero_by_mistake_is_wrong(rng):
    report = gradient_check(layers.tanh_forward, lambda d, c: np.zeros_like(d), rng.normal(size=(3, 4)))
    assert report["dx"].cause.kind == "zero"


def test_one_wrong_entry_among_ten_thousand_is_found(rng):
    x = rng.normal(size=(100, 100))

    def backward(dout, c):
        dx = layers.tanh_backward(dout, c)
        dx[37, 53] *= 1.01
        return dx

    report = gradient_check(layers.tanh_forward, backward, x, rng=rng)
    assert np.argwhere(report["dx"].wrong).tolist() == [[37, 53]]
    assert report.evaluations < 2 * x.size / 50


def test_a_large_array_is_checked_along_directions_and_the_report_says_so(rng):
    report = gradient_check(layers.tanh_forward, layers.tanh_backward, rng.normal(size=(100, 100)), rng=rng)
    assert report.passed
    assert report.evaluations < 2 * 10_000 / 50
    assert "3 random directions through all 10000 entries, and 8 of them one by one" in report.explain()


@pytest.mark.parametrize("budget", [20, 60, 200])
def test_the_budget_of_evaluations_is_kept_where_all_is_well(budget, rng):
    x, w, b = rng.normal(size=(5, 9)), rng.normal(size=(9, 4)), rng.normal(size=4)
    report = gradient_check(
        layers.affine_forward, layers.affine_backward, x, w, b, rng=rng, max_evaluations=budget
    )
    assert report.passed
    assert report.evaluations <= 3 * (budget + 12) + 10


def test_inputs_are_not_touched_and_may_be_float32(rng):
    x, w, b = (rng.normal(size=shape).astype(np.float32) for shape in ((4, 3), (3, 2), 2))
    kept = [a.copy() for a in (x, w, b)]
    assert gradient_check(layers.affine_forward, layers.affine_backward, x, w, b).passed
    for array, before in zip((x, w, b), kept, strict=True):
        np.testing.assert_array_equal(array, before)


def test_names_come_from_the_signature():
    report = gradient_check(layers.graph_forward, layers.graph_backward, -2.0, 5.0, -4.0)
    assert [result.name for result in report.results] == ["dx", "dy", "dz"]


def test_where_the_signature_tells_nothing_wrt_names_the_float_arguments_in_order(rng):
    report = gradient_check(
        lambda *args: layers.affine_forward(*args),
        lambda *args: layers.affine_backward(*args),
        rng.normal(size=(4, 3)),
        rng.normal(size=(3, 2)),
        rng.normal(size=2),
        wrt=("x", "w", "b"),
    )
    assert report.passed
    assert [result.name for result in report.results] == ["dx", "dw", "db"]


def test_wrt_chooses_among_the_arguments(rng):
    x, w, b = rng.normal(size=(4, 3)), rng.normal(size=(3, 2)), rng.normal(size=2)
    report = gradient_check(
        layers.affine_forward, lambda d, c: layers.affine_backward(d, c)[1], x, w, b, wrt="w"
    )
    assert [result.name for result in report.results] == ["dw"]
    with pytest.raises(ValueError, match="'q'"):
        gradient_check(layers.affine_forward, layers.affine_backward, x, w, b, wrt="q")


def test_an_upstream_gradient_may_be_given_and_must_fit(rng):
    x = rng.normal(size=(2, 3))
    assert gradient_check(layers.tanh_forward, layers.tanh_backward, x, dout=np.full((2, 3), 2.5)).passed
    with pytest.raises(ValueError, match=r"\(3, 2\)"):
        gradient_check(layers.tanh_forward, layers.tanh_backward, x, dout=np.ones((3, 2)))


def test_an_upstream_gradient_of_ones_is_remarked_on(rng):
    x = rng.normal(size=(2, 3))
    report = gradient_check(layers.tanh_forward, layers.tanh_backward, x, dout=np.ones((2, 3)))
    assert "hides mistakes" in str(report)


def test_state_in_a_dict_does_not_leak_from_one_call_to_the_next(rng):
    def forward(x, state):
        state["calls"] = state.get("calls", 0) + 1
        return x * state["calls"], state["calls"]

    state = {}
    assert gradient_check(forward, lambda d, calls: d * calls, rng.normal(size=3), state).passed
    assert state == {}


def test_the_cache_is_only_handed_on(rng):
    class Opaque:
        __slots__ = ("kept",)

    def forward(x):
        cache = Opaque()
        cache.kept = x
        return np.sin(x), cache

    assert gradient_check(forward, lambda d, c: d * np.cos(c.kept), rng.normal(size=(3, 4))).passed


def test_what_the_functions_raise_is_passed_on(rng):
    def stub(dout, cache):
        raise NotImplementedError("affine_backward is not written yet (section 3)")

    with pytest.raises(NotImplementedError, match="section 3"):
        gradient_check(layers.tanh_forward, stub, rng.normal(size=3))


def test_there_must_be_something_to_differentiate_by():
    with pytest.raises(TypeError, match="float"):
        gradient_check(layers.tanh_forward, layers.tanh_backward, np.array([1, 2]))


def test_model_parameters_and_dtype_are_put_back(rng):
    net = layers.Net([5, 4, 3], rng)
    net.params = {name: value.astype(np.float32) for name, value in net.params.items()}
    net.dtype = np.float32
    before = dict(net.params)
    assert model_gradient_check(net, rng.normal(size=(4, 5)), np.array([0, 1, 2, 0])).passed
    assert net.dtype is np.float32
    assert all(net.params[name] is value for name, value in before.items())


def test_model_parameters_are_put_back_when_the_loss_raises(rng):
    net = layers.Net([5, 4, 3], rng)
    before = dict(net.params)
    with pytest.raises(ValueError, match="matmul"):
        model_gradient_check(net, rng.normal(size=(4, 6)), np.array([0, 1, 2, 0]))
    assert all(net.params[name] is value for name, value in before.items())


def test_inputs_drawn_as_everybody_draws_them_are_no_upstream_gradient():
    """With dout equal to x, dout.T @ x is symmetric, and its transpose is not seen."""
    x, w = np.random.default_rng(0).normal(size=(4, 3)), np.random.default_rng(1).normal(size=(3, 3))

    def forward(x, w):
        return x @ w, (x, w)

    def backward(dout, cache):
        x, w = cache
        return dout @ w.T, dout.T @ x

    assert not gradient_check(forward, backward, x, w).passed
