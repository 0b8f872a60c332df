"""Whatever a backward pass does that none should do, the checker has a sentence for it."""

import numpy as np
import pytest

from answers.gradcheck import layers
from course_utils.gradcheck import (
    gradient_check,
    loss_gradient_check,
    model_gradient_check,
)


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
