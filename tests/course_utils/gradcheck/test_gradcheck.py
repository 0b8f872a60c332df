"""The gradient checker: numeric gradients, judgement, laws, reports."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from answers.gradcheck import layers
from course_utils.gradcheck import (
    GradientCheckFailed,
    gradient_check,
    loss_gradient_check,
    model_gradient_check,
    numeric_gradient,
    numeric_gradient_array,
    relative_error,
)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


# numeric gradients


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


def test_integers_are_refused_with_what_to_do():
    with pytest.raises(TypeError, match=r"x\.astype"):
        numeric_gradient(np.sum, np.array([1, 2]))


def test_f_must_return_a_single_number():
    with pytest.raises(TypeError, match=r"shape \(2,\)"):
        numeric_gradient(lambda x: x, np.ones(2))


@pytest.mark.parametrize("h", [0, -1e-5, np.nan])
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


# correct code passes


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


# what is passed in and out


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


# laws


def laws_of(backward, x, forward=layers.tanh_forward):
    report = gradient_check(forward, backward, x)
    assert not report.passed
    return report.explain()


def test_an_input_changed_by_forward_is_told(rng):
    def forward(x):
        out = layers.tanh_forward(x.copy())
        x *= 2
        return out

    assert "x, an argument of forward, changed in place" in laws_of(
        layers.tanh_backward, rng.normal(size=5), forward
    )


def test_dout_changed_by_backward_is_told(rng):
    def backward(dout, c):
        dx = layers.tanh_backward(dout, c)
        dout[:] = 0
        return dx

    assert "dout, an argument of backward, changed in place" in laws_of(backward, rng.normal(size=5))


def test_a_backward_pass_that_works_only_once_is_told(rng):
    def backward(dout, c):
        dx = layers.tanh_backward(dout, c)
        c["out"] *= 0
        return dx

    assert "called again" in laws_of(backward, rng.normal(size=5))


def test_a_forward_pass_that_is_random_is_told(rng):
    def forward(x):
        mask = rng.random(x.shape) < 0.5
        return x * mask, {"mask": mask}

    assert "fix its randomness" in laws_of(layers.dropout_backward, rng.normal(size=50), forward)


def test_a_generator_among_the_arguments_draws_the_same_in_every_call(rng):
    def forward(x, rng):
        mask = rng.random(x.shape) < 0.5
        return x * mask, {"mask": mask}

    assert gradient_check(forward, layers.dropout_backward, rng.normal(size=50), rng).passed


@pytest.mark.parametrize(
    ("wrong", "words"),
    [(lambda d: 0.1, "dx is not zero when dout is zero"), (lambda d: d**2, "dx is not linear in dout")],
)
def test_a_term_that_is_not_a_factor_times_dout_is_told(wrong, words, rng):
    assert words in laws_of(lambda d, c: layers.tanh_backward(d, c) + wrong(d), rng.normal(size=5))


@pytest.mark.parametrize(
    ("backward", "words"),
    [
        (lambda d, c: (d,), None),
        (lambda d, c: (d, d), "2 gradients, expected 1 (dx)"),
        (lambda d, c: None, "dx is missing (None)"),
        (lambda d, c: "text", "dx is a str"),
        (lambda d, c: d[:2], "dx has shape (2,), expected (5,)"),
        (lambda d, c: d.astype(np.float32), "float32"),
        (lambda d, c: d.astype(int), "whole numbers"),
        (lambda d, c: d * np.nan, "dx is nan"),
    ],
)
def test_whatever_backward_returns_there_is_a_sentence(backward, words, rng):
    report = gradient_check(lambda x: (x, None), backward, rng.normal(size=5))
    assert report.passed == (words is None)
    assert words is None or words in str(report)


@pytest.mark.parametrize(
    ("forward", "words"),
    [
        (lambda x: x, "forward must return (out, cache), but returned one ndarray"),
        (lambda x: (x, x, x), "3 values"),
        (lambda x: ("text", None), "out is of type str"),
    ],
)
def test_whatever_forward_returns_there_is_a_sentence(forward, words, rng):
    report = gradient_check(forward, lambda d, c: d, rng.normal(size=5))
    assert not report.passed
    assert words in str(report)


def test_a_loss_or_a_model_that_returns_something_else_is_told(rng):
    assert "must return (loss, dx)" in str(loss_gradient_check(lambda x: 3.0, rng.normal(size=3)))
    net = layers.Net([5, 4, 3], rng)
    net.loss = lambda X, y: 1.0
    assert "must return (loss, grads)" in str(model_gradient_check(net, np.ones((2, 5)), np.array([0, 1])))


# the report


def bad_report(rng):
    def backward(dout, c):
        dx, dw, _ = layers.affine_backward(dout, c)
        return -dx, dw, dout

    args = rng.normal(size=(10, 2, 3)), rng.normal(size=(6, 5)), rng.normal(size=5)
    return gradient_check(layers.affine_forward, backward, *args, rng=rng)


def test_the_report_says_one_line_for_each_gradient(rng):
    first, second, third = str(bad_report(rng)).splitlines()
    assert first.startswith("✗ dx is wrong in 60 of 60 entries, worst at [")
    assert first.endswith("it looks like the sign is flipped")
    assert second.startswith("✓ dw agrees with the numeric gradient (largest relative error ")
    assert third == "✗ db has shape (10, 5), expected (5,): it looks like the sum over the batch is missing"


def test_the_report_raises_its_own_text_or_returns_itself(rng):
    report = bad_report(rng)
    assert len(report.failures) == 2
    with pytest.raises(GradientCheckFailed) as caught:
        report.raise_if_failed()
    assert str(caught.value) == str(report)
    assert isinstance(caught.value, AssertionError)
    good = gradient_check(layers.tanh_forward, layers.tanh_backward, rng.normal(size=3))
    assert good.raise_if_failed() is good
    assert good.failures == []


def test_the_report_tells_how_the_mistake_is_spread(rng):
    explained = bad_report(rng).explain()
    assert "axis 0: 10 of 10; axis 1: 2 of 2; axis 2: 3 of 3" in explained
    assert "checked: all 60 entries" in explained


def test_in_a_notebook_the_report_shows_a_map_and_escapes_what_it_shows(rng):
    report = bad_report(rng)
    page = report._repr_html_()
    assert page.count('<img alt="where dx is wrong') == 1
    assert "data:image/png;base64," in page
    broken = report.results[0].replace(name="<b>", sentence="<script>")
    assert "<script>" not in type(report)((broken,))._repr_html_()


def test_a_map_of_errors_can_be_drawn_by_name(rng):
    report = bad_report(rng)
    assert len(report.error_map("dx").axes) >= 3
    with pytest.raises(ValueError, match="db"):
        report.error_map("db")
    with pytest.raises(KeyError, match="dx, dw, db"):
        report["dq"]


def test_a_check_prints_nothing(rng, capsys):
    bad_report(rng)
    assert capsys.readouterr() == ("", "")


def test_importing_the_checker_does_not_import_matplotlib():
    code = "import sys, course_utils.gradcheck, course_utils.compare; print('matplotlib' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() == "False"


class Noisy:
    """A model whose loss depends on chance, or is no number."""

    def __init__(self, factor):
        self.params, self.factor = {"w": np.array([1.0, 2.0])}, factor

    def loss(self, X, y):
        return self.factor() * np.sum(self.params["w"] ** 2), {"w": 2 * self.params["w"]}


def test_a_loss_that_is_random_is_told(rng):
    report = model_gradient_check(Noisy(rng.random), None, None)
    assert "fix its randomness" in report.failures[0]
    report = loss_gradient_check(lambda x: (rng.random() * x.sum(), np.ones_like(x)), np.ones(3))
    assert "fix its randomness" in report.failures[0]


def test_a_loss_that_is_no_number_is_told():
    report = model_gradient_check(Noisy(lambda: np.nan), None, None)
    assert "the loss is nan, expected a finite number" in report.failures[0]
