"""What people hand to a gradient checker: several outputs, parameters in lists and dicts, None, methods, float32."""

import numpy as np
import pytest

from benchmarks.unseen.course_layers import affine_backward, affine_forward
from course_utils.gradcheck import gradient_check


def net_forward(x, params):
    h = np.tanh(x @ params["W1"] + params["b"][0])
    return h @ params["W2"], (x, params, h)


def net_backward(dout, cache, spoil=1.0):
    x, params, h = cache
    dz = dout @ params["W2"].T * (1 - h**2)
    grads = {"W1": x.T @ dz, "b": [spoil * dz.sum(axis=0)], "W2": h.T @ dout}
    return dz @ params["W1"].T, grads


def net_arguments(rng):
    n = rng.normal
    return n(size=(4, 3)), {"W1": n(size=(3, 5)), "b": [n(size=5)], "W2": n(size=(5, 2))}


def test_parameters_in_dicts_and_lists_are_checked_one_by_one(rng):
    report = gradient_check(net_forward, net_backward, *net_arguments(rng))
    assert report.passed, report
    assert [r.name for r in report.results] == ["dx", "dparams['W1']", "dparams['b'][0]", "dparams['W2']"]


def test_a_wrong_gradient_inside_a_dict_is_named(rng):
    report = gradient_check(
        net_forward, lambda d, c: net_backward(d, c, 2.0), *net_arguments(rng), line_seconds=0
    )
    assert [r.name for r in report.results if not r.passed] == ["dparams['b'][0]"]
    assert "doubled" in str(report)


def test_a_gradient_missing_in_a_dict_is_said_to_be_left_out(rng):
    def backward(dout, cache):
        dx, grads = net_backward(dout, cache)
        del grads["W2"]
        return dx, grads

    report = gradient_check(net_forward, backward, *net_arguments(rng), line_seconds=0)
    assert "left out" in str(report["dparams['W2']"])


def test_a_gradient_without_the_structure_of_its_argument_is_one_sentence(rng):
    report = gradient_check(net_forward, lambda d, c: (net_backward(d, c)[0], 3.0), *net_arguments(rng))
    assert "expected gradients in the structure of params, a dict" in str(report)


@pytest.mark.parametrize("wrong", [False, True])
def test_a_list_of_weights_is_checked(wrong, rng):
    def forward(weights):
        return weights[0] @ weights[1], weights

    def backward(dout, weights):
        return [dout @ weights[1].T, weights[0].T @ dout * (2 if wrong else 1)]

    report = gradient_check(forward, backward, [rng.normal(size=(3, 4)), rng.normal(size=(4, 2))])
    assert [r.passed for r in report.results] == [True, not wrong]
    assert report.results[1].name == "dweights[1]"


@pytest.mark.parametrize("keys", [("x", "w", "b"), ("dx", "dw", "db")])
def test_gradients_may_come_in_a_dict(keys, rng):
    args = rng.normal(size=(4, 3)), rng.normal(size=(3, 2)), rng.normal(size=2)
    report = gradient_check(
        affine_forward, lambda d, c: dict(zip(keys, affine_backward(d, c), strict=True)), *args
    )
    assert report.passed
    assert [r.name for r in report.results] == ["dx", "dw", "db"]
    report = gradient_check(affine_forward, lambda d, c: {"p": d}, *args)
    assert "backward returned a dict with the keys 'p', expected dx, dw, db" in str(report)


def test_a_dict_of_arrays_that_backward_gives_nothing_for_is_state(rng):
    def forward(x, state):
        return x * state["scale"], state["scale"]

    state = {"scale": np.full(3, 2.0)}
    assert gradient_check(forward, lambda d, scale: d * scale, rng.normal(size=(4, 3)), state).passed


@pytest.mark.parametrize("wrong", [False, True])
def test_several_outputs_have_an_upstream_gradient_each(wrong, rng):
    def forward(x):
        return (np.tanh(x), x.sum(axis=0)), x

    def backward(dout, x):
        dtanh, dsum = dout
        assert (dtanh.shape, dsum.shape) == ((4, 3), (3,))
        return dtanh * (1 - np.tanh(x) ** 2) + (0 if wrong else dsum)

    x = rng.normal(size=(4, 3))
    assert gradient_check(forward, backward, x).passed != wrong
    douts = np.ones((4, 3)), rng.normal(size=3)
    assert gradient_check(forward, backward, x, dout=douts).passed != wrong
    assert "several outputs go into one tuple" in str(gradient_check(lambda x: (x, x, None), backward, x))


def test_none_stands_for_an_argument_that_has_no_gradient(rng):
    def forward(table, tokens):
        return table[tokens], tokens

    def backward(dout, tokens):
        dtable = np.zeros((5, 3))
        np.add.at(dtable, tokens, dout)
        return dtable, None

    assert gradient_check(forward, backward, rng.normal(size=(5, 3)), np.array([0, 2, 2])).passed
    x, w, b = rng.normal(size=(4, 3)), rng.normal(size=(3, 2)), rng.normal(size=2)
    left_out = gradient_check(affine_forward, lambda d, c: (*affine_backward(d, c)[:2], None), x, w, b)
    assert "left out" in str(left_out["db"])
    only = gradient_check(
        affine_forward, lambda d, c: (*affine_backward(d, c)[:2], None), x, w, b, wrt=("w",)
    )
    assert only.passed
    assert [r.name for r in only.results] == ["dw"]


def test_none_is_right_where_an_argument_has_no_influence(rng):
    def forward(x, unused):
        return np.tanh(x), x

    def backward(dout, x):
        return dout * (1 - np.tanh(x) ** 2), None

    report = gradient_check(forward, backward, rng.normal(size=(4, 3)), rng.normal(size=2))
    assert report.passed, report
    assert "dunused is None, and out does not depend on unused" in str(report)


def test_complex_numbers_are_refused_in_a_sentence(rng):
    x = rng.normal(size=(2, 3))
    with pytest.raises(TypeError, match="z holds complex numbers"):
        gradient_check(lambda z: (z, z), lambda d, z: d, x + 1j)
    assert "out holds complex numbers" in str(gradient_check(lambda x: (x + 1j, x), lambda d, x: d, x))
    assert "complex numbers" in str(gradient_check(lambda x: (x, x), lambda d, x: d + 0j, x)["dx"])


def test_wrt_is_named_where_it_helps():
    with pytest.raises(TypeError, match="wrt="):
        gradient_check(affine_forward, affine_backward, np.array([[1, 2]]), [1], 3)


def test_an_absolute_tolerance_is_honoured(rng):
    x = rng.normal(size=(4, 3))

    def off(dout, x):
        return dout * (1 - np.tanh(x) ** 2) + 1e-4

    layer = lambda x: (np.tanh(x), x)  # noqa: E731
    assert gradient_check(layer, off, x, atol=1e-3).passed
    assert gradient_check(layer, off, np.tile(x, (20, 5)), atol=1e-3).passed
    assert not gradient_check(layer, off, x, atol=1e-5, line_seconds=0).passed


@pytest.mark.parametrize("named", ["dout", "cache"])
def test_what_is_changed_on_purpose_is_accepted_by_name(named, rng):
    def forward(x):
        return np.tanh(x), {"x": x}

    def backward(dout, cache):
        if named == "dout":
            dout *= 1 - np.tanh(cache["x"]) ** 2
            return dout
        return dout * (1 - np.tanh(cache.pop("x")) ** 2)

    x = rng.normal(size=(4, 3))
    assert gradient_check(forward, backward, x, may_change=[named]).passed
    report = gradient_check(forward, backward, x)
    assert not report.passed
    assert {"dout": "dout, an argument of backward, changed in place", "cache": "(KeyError: 'x')"}[
        named
    ] in str(report)
    assert report["dx"].passed


class Tanh:
    """A layer that remembers its input, and counts."""

    def __init__(self, factor=1.0):
        self.x, self.calls, self.factor = None, 0, factor

    def forward(self, x):
        self.x, self.calls = x, self.calls + 1
        return np.tanh(x)

    def backward(self, dout):
        return self.factor * dout * (1 - np.tanh(self.x) ** 2)


@pytest.mark.parametrize("factor", [1.0, 2.0])
def test_methods_of_one_object_need_no_cache(factor, rng):
    layer = Tanh(factor)
    report = gradient_check(layer.forward, layer.backward, rng.normal(size=(4, 3)))
    assert report.passed == (factor == 1.0)
    assert layer.calls == 0
    assert factor == 1.0 or "doubled" in str(report)


def test_a_layer_with_running_numbers_is_the_same_at_every_call(rng):
    class Running:
        def __init__(self):
            self.seen = 0

        def forward(self, x):
            self.seen += 1
            return x * self.seen, self.seen

        def backward(self, dout, seen):
            return dout * seen

    layer = Running()
    assert gradient_check(layer.forward, layer.backward, rng.normal(size=(4, 3))).passed
    assert layer.seen == 0


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("factor", [1.0, 1.05])
def test_a_layer_in_single_precision_is_checked_as_one(seed, factor):
    rng = np.random.default_rng(seed)
    args = [rng.normal(size=shape) for shape in ((6, 5), (5, 4), 4)]

    def forward(x, w, b):
        assert x.dtype == w.dtype == b.dtype == np.float32
        t = np.tanh(x @ w + b)
        return t, (x, w, t)

    def backward(dout, cache):
        x, w, t = cache
        assert dout.dtype == np.float32
        dz = dout * (1 - t**2)
        return np.float32(factor) * dz @ w.T, x.T @ dz, dz.sum(axis=0)

    report = gradient_check(forward, backward, *args, dtype=np.float32, rng=rng, line_seconds=0)
    assert report.passed == (factor == 1.0), report
    with pytest.raises(ValueError, match="float16"):
        gradient_check(forward, backward, *args, dtype=np.float16)


def test_few_wrong_entries_are_told_one_by_one(rng):
    def backward(dout, x):
        dx = dout * (1 - np.tanh(x) ** 2)
        dx[1] *= 2
        return dx

    report = gradient_check(lambda x: (np.tanh(x), x), backward, rng.normal(size=(2, 4)), line_seconds=0)
    assert "dx is wrong in 4 of 8 entries ([1, 0], [1, 1], [1, 2], [1, 3])" in str(report)
    many = gradient_check(lambda x: (np.tanh(x), x), backward, rng.normal(size=(2, 6)), line_seconds=0)
    assert "wrong: [1, 0], [1, 1], [1, 2], [1, 3], [1, 4], [1, 5]" in many.explain()


def test_a_guess_does_not_contradict_a_law(rng):
    def backward(dout, x):
        dx = np.array(dout)
        dx[x < 0] = 0.2
        return dx

    report = gradient_check(
        lambda x: (np.where(x > 0, x, 0.2 * x), x), backward, rng.normal(size=(4, 3)), line_seconds=0
    )
    assert "dx is not zero when dout is zero" in report.explain()
    assert "a part of it does not depend on dout" in str(report)
    assert "slope" not in str(report)
