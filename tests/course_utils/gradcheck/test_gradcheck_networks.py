"""The line that is wrong in a network: a model's loss, a dict of gradients."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.unseen.course_layers import affine_backward, affine_forward, softmax_loss
from course_utils.gradcheck import gradient_check, locating, model_gradient_check

PARAMS = {"W1": (5, 6), "b1": (6,), "W2": (6, 7), "b2": (7,), "W3": (7, 4), "b3": (4,)}


class Network:
    """Three affine layers; `loss` is for the subclasses."""

    def __init__(self, rng):
        self.params = {name: rng.normal(size=shape) for name, shape in PARAMS.items()}
        self.reg = 0.3
        self.asked = 0

    def forward(self, X):
        p = self.params
        h1, cache1 = affine_forward(X, p["W1"], p["b1"])
        h2, cache2 = affine_forward(np.maximum(h1, 0), p["W2"], p["b2"])
        scores, cache3 = affine_forward(np.maximum(h2, 0), p["W3"], p["b3"])
        return scores, (h1, h2, cache1, cache2, cache3)

    def penalty(self):
        return 0.5 * self.reg * sum(np.sum(self.params[name] ** 2) for name in ("W1", "W2", "W3"))


class Gated(Network):
    """Its first activation lets through what it should not."""

    def loss(self, X, y):
        self.asked += 1
        scores, (h1, h2, cache1, cache2, cache3) = self.forward(X)
        data_loss, dout = softmax_loss(scores, y)
        grads = {}
        dout, grads["W3"], grads["b3"] = affine_backward(dout, cache3)
        dout = dout * (h2 > 0)
        dout, grads["W2"], grads["b2"] = affine_backward(dout, cache2)
        dout = dout * (h1 < 0)
        dout, grads["W1"], grads["b1"] = affine_backward(dout, cache1)
        for name in ("W1", "W2", "W3"):
            grads[name] += self.reg * self.params[name]
        return data_loss + self.penalty(), grads


class Literal(Network):
    """Gradients in a dict that is written down at once, one of them regularized too little."""

    def loss(self, X, y):
        scores, (h1, h2, cache1, cache2, cache3) = self.forward(X)
        data_loss, dout = softmax_loss(scores, y)
        dh2, dW3, db3 = affine_backward(dout, cache3)
        dh1, dW2, db2 = affine_backward(dh2 * (h2 > 0), cache2)
        _, dW1, db1 = affine_backward(dh1 * (h1 > 0), cache1)
        dW3 = dW3 + self.reg * self.params["W3"]
        dW2 = dW2 + self.reg * self.params["W3"].sum()
        dW1 = dW1 + self.reg * self.params["W1"]
        grads = {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2, "W3": dW3, "b3": db3}
        return data_loss + self.penalty(), grads


def line_of(owner, text):
    lines = Path(__file__).read_text().splitlines()
    first = owner.loss.__code__.co_firstlineno
    return next(n for n, line in enumerate(lines[first - 1 :], first) if text in line)


@pytest.fixture
def data(rng):
    return rng.normal(size=(8, 5)), rng.integers(0, 4, size=8)


def test_the_line_of_a_model_is_found_and_the_model_is_left_as_it_was(data, rng):
    net = Gated(rng)
    before = {name: value.copy() for name, value in net.params.items()}
    report = model_gradient_check(net, *data, line_seconds=0)
    asked = net.asked
    found = report.locate(seconds=20)
    assert (found.line, found.kind) == (line_of(Gated, "h1 < 0"), "another comparison")
    assert found.labels == ("W1", "b1")
    assert net.asked == asked, "versions are asked on a copy"
    assert all(np.array_equal(net.params[name], value) for name, value in before.items())


def test_only_what_forms_the_wrong_gradient_is_tried(data, rng):
    report = model_gradient_check(Literal(rng), *data, line_seconds=0)
    assert [result.name for result in report.results if not result.passed] == ["W2"]
    found = report.locate(seconds=20)
    assert found is None or found.line == line_of(Literal, "dW2 = dW2")


def test_the_networks_of_the_course_are_told_the_line_when_they_fail_again(data, rng, monkeypatch):

    def said(change=""):
        def loss(self, X, y):
            return Gated.loss(self, X, y)

        loss.__qualname__ = "TwoLayerNet.loss"
        monkeypatch.setattr(locating, "source_text", lambda _: change)
        return loss

    monkeypatch.setattr(locating, "_FAILED", locating.defaultdict(set))
    assert not locating._is_told(said("one"))
    assert locating._is_told(said("another"))


def networks_forward(x, params):
    h = np.tanh(x @ params["W1"] + params["b1"])
    return h @ params["W2"] + params["b2"], (x, params, h)


def networks_backward(dout, cache):
    x, params, h = cache
    grads = {}
    grads["W2"] = h.T @ dout
    grads["b2"] = dout.sum(axis=0)
    dh = dout @ params["W2"].T
    dz = dh * (1 - h)
    grads["W1"] = x.T @ dz
    grads["b1"] = dz.sum(axis=0)
    return dz @ params["W1"].T, grads


def test_the_line_behind_a_dict_of_gradients_is_found(rng):
    n = rng.normal
    params = {"W1": n(size=(4, 5)), "b1": n(size=5), "W2": n(size=(5, 3)), "b2": n(size=3)}
    report = gradient_check(networks_forward, networks_backward, n(size=(6, 4)), params, line_seconds=0)
    assert {result.name for result in report.results if result.passed} == {"dparams['W2']", "dparams['b2']"}
    found = report.locate(seconds=20)
    first = networks_backward.__code__.co_firstlineno
    lines = Path(__file__).read_text().splitlines()
    assert found.line > first
    assert "dz = dh" in lines[found.line - 1]
