"""Update rules and schedules: against formulas written out a second time, number by number."""

import importlib.util
import math
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils.training import rules, schedules
from course_utils.training.updates import RULES

# One number at a time, in plain Python floats: (w, gradients, hyperparameters) -> every w that follows.


def plain_sgd(w, gradients, learning_rate=1e-2):
    for g in gradients:
        w = w - learning_rate * g
        yield w


def plain_momentum(w, gradients, learning_rate=1e-2, momentum=0.9):
    v = 0.0
    for g in gradients:
        v = momentum * v - learning_rate * g
        w = w + v
        yield w


def plain_nesterov(w, gradients, learning_rate=1e-2, momentum=0.9):
    v = 0.0
    for g in gradients:
        before, v = v, momentum * v - learning_rate * g
        w = w - momentum * before + (1 + momentum) * v
        yield w


def plain_adagrad(w, gradients, learning_rate=1e-2, epsilon=1e-8):
    total = 0.0
    for g in gradients:
        total += g * g
        w = w - learning_rate * g / (math.sqrt(total) + epsilon)
        yield w


def plain_rmsprop(w, gradients, learning_rate=1e-2, decay_rate=0.99, epsilon=1e-8):
    mean = 0.0
    for g in gradients:
        mean = decay_rate * mean + (1 - decay_rate) * g * g
        w = w - learning_rate * g / (math.sqrt(mean) + epsilon)
        yield w


def plain_adam(w, gradients, learning_rate=1e-3, beta1=0.9, beta2=0.999, epsilon=1e-8):
    for t in range(1, len(gradients) + 1):
        m = (1 - beta1) * sum(beta1 ** (t - i) * gradients[i - 1] for i in range(1, t + 1))
        v = (1 - beta2) * sum(beta2 ** (t - i) * gradients[i - 1] ** 2 for i in range(1, t + 1))
        w = w - learning_rate * (m / (1 - beta1**t)) / (math.sqrt(v / (1 - beta2**t)) + epsilon)
        yield w


PLAIN = {
    "sgd": plain_sgd,
    "sgd_momentum": plain_momentum,
    "nesterov_momentum": plain_nesterov,
    "adagrad": plain_adagrad,
    "rmsprop": plain_rmsprop,
    "adam": plain_adam,
}
OTHER_SETTINGS = {
    "sgd": {"learning_rate": 0.3},
    "sgd_momentum": {"learning_rate": 0.3, "momentum": 0.5},
    "nesterov_momentum": {"learning_rate": 0.3, "momentum": 0.5},
    "adagrad": {"learning_rate": 0.3, "epsilon": 0.1},
    "rmsprop": {"learning_rate": 0.3, "decay_rate": 0.7, "epsilon": 0.1},
    "adam": {"learning_rate": 0.3, "beta1": 0.6, "beta2": 0.8, "epsilon": 0.1},
}
KEYS = {
    "sgd": set(),
    "sgd_momentum": {"momentum", "velocity"},
    "nesterov_momentum": {"momentum", "velocity"},
    "adagrad": {"epsilon", "cache"},
    "rmsprop": {"decay_rate", "epsilon", "cache"},
    "adam": {"beta1", "beta2", "epsilon", "m", "v", "t"},
}


def test_every_rule_of_the_solver_is_tested():
    assert set(RULES) == set(PLAIN) == set(OTHER_SETTINGS)


@pytest.mark.parametrize("hyper", ["defaults", "others"])
@pytest.mark.parametrize("scale", [1.0, 1e-6, 1e6])
@pytest.mark.parametrize("name", sorted(PLAIN))
def test_ten_steps_are_those_of_the_formula(name, scale, hyper):
    chosen = {} if hyper == "defaults" else OTHER_SETTINGS[name]
    rng = np.random.default_rng(0)
    start, gradients = rng.normal(size=(3, 4)), scale * rng.normal(size=(10, 3, 4))
    w, config = start.copy(), dict(chosen) or None
    found = []
    for dw in gradients:
        w, config = RULES[name](w, dw, config)
        found.append(w.copy())
    for i, j in np.ndindex(3, 4):
        wanted = list(PLAIN[name](start[i, j], list(gradients[:, i, j]), **chosen))
        np.testing.assert_allclose([w[i, j] for w in found], wanted, rtol=1e-12, atol=1e-14)
    assert set(config) == {"learning_rate"} | KEYS[name]


@settings(max_examples=30)
@given(
    name=st.sampled_from(sorted(PLAIN)),
    shape=st.sampled_from([(), (1,), (5,), (0,), (2, 3, 4), (1 << 14,), ((1 << 14) + 1,), (3, 1 << 13)]),
    order=st.sampled_from("CF"),
    dtype=st.sampled_from([np.float32, np.float64]),
)
def test_shape_and_dtype_stay_and_the_gradient_is_left_alone(name, shape, order, dtype):
    rng = np.random.default_rng(0)
    w = np.array(rng.normal(size=shape), dtype=dtype, order=order)
    dw = np.array(rng.normal(size=shape), dtype=dtype, order=order)
    flat, kept = w.copy().reshape(-1), dw.copy()
    config = None
    for _ in range(3):
        w, config = RULES[name](w, dw, config)
    # An array of another shape and order holds the same numbers, so it must move alike.
    other, config = flat, None
    for _ in range(3):
        other, config = RULES[name](other, dw.reshape(-1), config)
    assert w.shape == shape
    assert w.dtype == dtype
    np.testing.assert_array_equal(dw, kept)
    np.testing.assert_allclose(w.reshape(-1), other, rtol=1e-6)


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="PyTorch is not installed")
@pytest.mark.parametrize("name", ["sgd", "sgd_momentum", "nesterov_momentum", "adagrad", "rmsprop", "adam"])
def test_ten_steps_are_those_of_pytorch(name):
    import torch

    rng = np.random.default_rng(1)
    w, gradients = rng.normal(size=7), rng.normal(size=(10, 7))
    leaf = torch.tensor(w.copy(), requires_grad=True)
    make = {
        "sgd": partial(torch.optim.SGD, lr=0.1),
        "sgd_momentum": partial(torch.optim.SGD, lr=0.1, momentum=0.9),
        "nesterov_momentum": partial(torch.optim.SGD, lr=0.1, momentum=0.9, nesterov=True),
        "adagrad": partial(torch.optim.Adagrad, lr=0.1, eps=1e-8),
        "rmsprop": partial(torch.optim.RMSprop, lr=0.1, alpha=0.99, eps=1e-8),
        "adam": partial(torch.optim.Adam, lr=0.1, eps=1e-8),
    }
    optimizer, config = make[name]([leaf]), {"learning_rate": 0.1}
    for dw in gradients:
        leaf.grad = torch.tensor(dw)
        optimizer.step()
        w, config = RULES[name](w, dw, config)
    np.testing.assert_allclose(w, leaf.detach().numpy(), rtol=1e-10)


def test_the_average_moves_by_its_share():
    average, w = np.array([1.0, 2.0]), np.array([3.0, 0.0])
    found = rules.ema_update(average, w, 0.75)
    assert found is average
    np.testing.assert_allclose(found, [1.5, 1.5])


@pytest.mark.parametrize(
    ("schedule", "T", "wanted"),
    [
        (partial(schedules.constant, learning_rate=0.1), 10, {0: 0.1, 9: 0.1}),
        (
            partial(schedules.step_decay, learning_rate=0.8, every=3),
            10,
            {0: 0.8, 2: 0.8, 3: 0.4, 5: 0.4, 6: 0.2, 9: 0.1},
        ),
        (partial(schedules.step_decay, learning_rate=1.0, every=1, factor=0.1), 3, {0: 1, 1: 0.1, 2: 0.01}),
        (
            partial(schedules.exponential_decay, learning_rate=2.0, decay=0.5),
            9,
            {0: 2.0, 1: 2 / math.sqrt(math.e), 2: 2 / math.e},
        ),
        (
            partial(schedules.inverse_time_decay, learning_rate=2.0, decay=0.5),
            9,
            {0: 2.0, 2: 1.0, 6: 0.5},
        ),
        (
            partial(schedules.sqrt_decay, learning_rate=2.0),
            100,
            {0: 2.0, 75: 1.0, 99: 0.2, 100: 0.0, 101: 0.0},
        ),
        (partial(schedules.sqrt_decay, learning_rate=2.0), 0, {0: 2.0}),
        (
            partial(schedules.cosine_restarts, learning_rate=1.0),
            8,
            {0: 1.0, 2: (1 + math.sqrt(0.5)) / 2, 4: 0.5, 8: 0.0, 9: 0.0},
        ),
        (
            partial(schedules.cosine_restarts, learning_rate=1.0, period=4, lowest=0.2),
            99,
            {0: 1.0, 2: 0.6, 4: 1.0, 6: 0.6, 8: 1.0, 4_000_000: 1.0},
        ),
        (
            partial(schedules.cosine_restarts, learning_rate=1.0, period=2, growth=2),
            99,
            {0: 1.0, 1: 0.5, 2: 1.0, 4: 0.5, 6: 1.0, 10: 0.5, 14: 1.0},
        ),
        (
            partial(
                schedules.warm_up,
                schedule=partial(schedules.step_decay, learning_rate=1.0, every=5),
                steps=4,
            ),
            9,
            {0: 0.25, 2: 0.75, 3: 1.0, 4: 1.0, 5: 0.5},
        ),
        (
            partial(schedules.warm_up, schedule=partial(schedules.constant, learning_rate=0.3), steps=0),
            9,
            {0: 0.3},
        ),
    ],
)
def test_schedules_at_their_boundaries(schedule, T, wanted):
    for t, rate in wanted.items():
        assert schedule(t, T) == pytest.approx(rate, abs=1e-12), f"t = {t}"


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        (partial(schedules.step_decay, learning_rate=1.0, every=0), "every is 0"),
        (partial(schedules.cosine_restarts, learning_rate=1.0, period=0), "period is 0"),
        (partial(schedules.cosine_restarts, learning_rate=1.0, period=5, growth=0.5), "growth 0.5"),
    ],
)
def test_impossible_schedules_are_refused(schedule, words):
    with pytest.raises(ValueError, match=words):
        schedule(0, 10)


@pytest.mark.parametrize("module", [rules, schedules])
def test_all_names_every_function_that_answers_a_question(module):
    """The hidden checks forbid what __all__ names; nothing else of the module may do the work."""
    public = {
        name
        for name, value in vars(module).items()
        if getattr(value, "__module__", None) == module.__name__
        and not name.startswith("_")
        and callable(value)
    }
    assert public == set(module.__all__)


@pytest.mark.parametrize("threads", ["1", "3"])
@pytest.mark.parametrize("size", [0, 1, 1 << 15, 300_001])
def test_adam_moves_many_parameters_as_it_moves_few(monkeypatch, threads, size):
    """In pieces, and in several threads: the formula of the paper for each number by itself."""
    monkeypatch.setenv("COURSE_THREADS", threads)
    rng = np.random.default_rng(size)
    w, m, v = rng.standard_normal(size), np.zeros(size), np.zeros(size)
    moved, config = w.copy(), None
    for t in range(1, 4):
        dw = rng.standard_normal(size)
        moved, config = rules.adam(moved, dw, config)
        m, v = 0.9 * m + 0.1 * dw, 0.999 * v + 0.001 * dw**2
        w = w - 1e-3 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
    np.testing.assert_allclose(moved, w, rtol=1e-12, atol=1e-14)
