"""What is particular to the hidden checks of 01_layers; test_bars.py holds them to what all are held to."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from notebook_checks import checks_of, stumbles

from autograder.checks.asking import inputs
from autograder.verdict.check import InProcess, run_check

LAYERS = checks_of("layers")

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


def consistent_but_wrong(scale):
    """Forward and backward passes that agree with each other and with nothing else."""
    return {
        "relu_forward": lambda x: (scale * x, None),
        "relu_backward": lambda dout, cache: scale * dout,
        "tanh_forward": lambda x: (scale * x, None),
        "tanh_backward": lambda dout, cache: scale * dout,
        "sigmoid_forward": lambda x: (scale * x, None),
        "sigmoid_backward": lambda dout, cache: scale * dout,
    }


@pytest.mark.parametrize("scale", [0.0, 1.0, 2.0])
def test_agreeing_with_a_wrong_forward_pass_earns_nothing(scale):
    answers = consistent_but_wrong(scale)
    for question in answers:
        assert LAYERS.ask(question, vars(LAYERS.reference) | answers, 0).fraction == 0.0


class Odd:
    params = "none"

    def loss(self, *args):
        return "no"


STRANGE = {
    "text": "no",
    "objects": np.array([object()], dtype=object),
    "complex": 1j * np.ones((4, 3)),
    "strings": np.array(["a"]),
    "nan": np.full((4, 3), np.nan),
    "three": (1, 2, 3),
    "dict": {"a": 1},
    "set": {1},
    "function": len,
    "odd": Odd(),
    "odd pair": (Odd(), Odd()),
    "empty list": [],
    "empty array": np.zeros(0),
    "boolean": True,
    "nested": [[[1.0]]],
    "infinite": float("inf"),
    "huge": 10**400,
}


@pytest.mark.parametrize("question", LAYERS.checks)
def test_a_strange_answer_is_refused_in_words(question):
    verdicts = {
        name: LAYERS.ask_with_all(
            question,
            dict.fromkeys(LAYERS.parts(question), lambda *args, strange=strange, **kwargs: strange),
        )
        for name, strange in STRANGE.items()
    }
    assert {name: verdict.fraction for name, verdict in verdicts.items()} == dict.fromkeys(STRANGE, 0.0)
    assert {name: stumbles(verdict) for name, verdict in verdicts.items() if stumbles(verdict)} == {}


class Counting:
    """A channel that counts what is asked over it."""

    def __init__(self, inner):
        self.inner, self.sent = inner, 0

    def request(self, header, buffers, serve):
        self.sent += 1
        return self.inner.request(header, buffers, serve)


@pytest.mark.parametrize("question", LAYERS.checks)
def test_the_reference_says_no_more_than_its_checks_need(question):
    """A check of a second or more would be felt by a class; count messages, since time is not ours to promise."""
    channel = InProcess(vars(LAYERS.reference))
    counting = Counting(channel)
    run_check(LAYERS.checks[question], counting, LAYERS.reference, 0)
    channel.close()
    assert counting.sent < 1000


shapes = (
    st.lists(st.integers(1, 4), min_size=1, max_size=4).map(tuple).filter(lambda shape: np.prod(shape) >= 4)
)
seeds = st.integers(0, 2**32)


@given(shapes, seeds)
def test_drawn_inputs_have_both_signs_and_no_kink_near(shape, seed):
    x = inputs.mixed(np.random.default_rng(seed), shape)
    assert x.shape == shape
    assert abs(np.count_nonzero(x > 0) - np.count_nonzero(x < 0)) <= 1
    assert np.abs(x).min() >= 0.2


@given(shapes, seeds)
def test_drawn_upstream_gradients_have_both_signs_on_either_side(shape, seed):
    rng = np.random.default_rng(seed)
    x = inputs.mixed(rng, shape)
    dout = inputs.crossed(rng, x)
    assert dout.shape == shape
    for side in (dout[x > 0], dout[x < 0]):
        assert (side > 0).any()
        assert (side < 0).any()


@given(shapes, seeds)
def test_slopes_are_those_of_calculus(shape, seed):
    rng = np.random.default_rng(seed)
    x, a, dout = (inputs.mixed(rng, shape) for _ in range(3))
    kept = x.copy()
    np.testing.assert_allclose(
        inputs.slope(lambda points: [np.sin(a * v) for v in points], x, dout),
        a * np.cos(a * x) * dout,
        atol=1e-8,
    )
    assert (x == kept).all()
