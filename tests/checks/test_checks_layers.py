"""The hidden checks of 01_layers: planted wrong answers fail for their reason, right ones earn everything."""

import importlib
import re
from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import answers
from autograder.checks.asking import inputs
from autograder.course.reference import load_reference
from autograder.verdict.check import InProcess, ask_in_process, load_checks, run_check

CHECKS = load_checks("layers")
ANSWERS = answers.planted("layers")
WRONG = [answer for answer in ANSWERS if answer.reason]
RIGHT = [answer for answer in ANSWERS if not answer.reason]

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


@lru_cache
def reference():
    return load_reference("01_layers")


def ask(question, namespace, seed):
    return ask_in_process(CHECKS[question], namespace, reference(), seed)


def sentences(verdict):
    return [f"{case.title}: {case.message}" for case in verdict.cases if not case.passed]


def label(answer):
    return f"{answer.question}-{answer.name}"


@pytest.mark.parametrize("answer", WRONG, ids=label)
def test_a_planted_wrong_answer_fails_for_its_reason(answer):
    for seed in range(1):
        verdict = ask(answer.question, answer.namespace(reference()), seed)
        found = sentences(verdict)
        assert any(re.search(answer.reason, sentence) for sentence in found), found
        low, high = answer.earns
        assert low <= verdict.fraction <= high, (verdict.fraction, found)
        assert not any(case.outcome == "stumbled" for case in verdict.cases), found


@pytest.mark.parametrize("answer", RIGHT, ids=label)
def test_a_planted_right_answer_earns_everything(answer, seeds):
    for seed in seeds:
        assert sentences(ask(answer.question, answer.namespace(reference()), seed)) == [], f"seed {seed}"


@pytest.mark.parametrize("question", CHECKS)
def test_the_reference_earns_everything(question, seeds):
    for seed in seeds:
        assert sentences(ask(question, vars(reference()), seed)) == [], f"seed {seed}"


def unfilled(*args, **kwargs):
    raise NotImplementedError("affine_forward is not written yet (section 5)")


def nothing(*args, **kwargs):
    return None


def a_pair_of_nothing(*args, **kwargs):
    return None, None


def inputs_back(*args, **kwargs):
    return args


def first_input_back(*args, **kwargs):
    return args[0]


def first_input_and_cache(*args, **kwargs):
    return args[0], args


def zeros_like_inputs(*args, **kwargs):
    arrays = [np.zeros_like(a) for a in args if isinstance(a, np.ndarray | float)]
    return (arrays[0], args) if len(arrays) == 1 else tuple(arrays)


def zero_and_cache(*args, **kwargs):
    return np.zeros_like(args[0]), args


class EmptyNet:
    def __init__(self, *args, **kwargs):
        self.params = {}

    def loss(self, X, y=None):
        return 0.0 if y is None else (0.0, {})


EMPTY = (
    unfilled,
    nothing,
    a_pair_of_nothing,
    inputs_back,
    first_input_back,
    first_input_and_cache,
    zeros_like_inputs,
    zero_and_cache,
    EmptyNet,
)


@pytest.mark.parametrize("question", CHECKS)
@pytest.mark.parametrize("empty", EMPTY, ids=lambda empty: empty.__name__)
def test_an_answer_that_says_nothing_earns_nothing(question, empty):
    everything = dict.fromkeys(CHECKS, empty)
    alone = vars(reference()) | {question: empty}
    for namespace in (everything, alone):
        for seed in range(1):
            assert ask(question, namespace, seed).fraction <= 0.02


def test_nothing_written_is_no_attempt():
    for question in CHECKS:
        assert not ask(question, dict.fromkeys(CHECKS, unfilled), 0).attempted, question
        assert not ask(question, {}, 0).attempted, question


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
        assert ask(question, vars(reference()) | answers, 0).fraction == 0.0


@pytest.mark.parametrize("question", CHECKS)
def test_the_cases_do_not_depend_on_the_student(question):
    filled = [(case.title, case.weight) for case in ask(question, vars(reference()), 0).cases]
    empty = [(case.title, case.weight) for case in ask(question, {}, 1).cases]
    assert filled == empty
    assert len({title for title, _ in filled}) == len(filled)


@pytest.mark.parametrize("question", CHECKS)
def test_every_check_has_planted_answers(question):
    assert len([answer for answer in WRONG if answer.question == question]) >= 5
    assert len([answer for answer in RIGHT if answer.question == question]) >= 3


def test_no_planted_answer_is_left_over():
    assert {answer.question for answer in ANSWERS} <= set(CHECKS)
    assert len({(answer.question, answer.name) for answer in ANSWERS}) == len(ANSWERS)


def numbers_asked(question, seed):
    asked = []

    def spy(*args, **kwargs):
        asked.extend(np.asarray(a).tolist() for a in args if isinstance(a, np.ndarray | list | float | int))
        raise ValueError("no")

    ask(question, dict.fromkeys(CHECKS, spy), seed)
    return asked


@pytest.mark.parametrize("question", sorted(set(CHECKS) - {"TwoLayerNet", "FullyConnectedNet"}))
def test_a_seed_asks_the_same_question_again(question):
    assert numbers_asked(question, 3) == numbers_asked(question, 3)
    assert numbers_asked(question, 3) != numbers_asked(question, 4)


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


@pytest.mark.parametrize("question", CHECKS)
@pytest.mark.parametrize("strange", STRANGE)
def test_a_strange_answer_is_refused_in_words(question, strange):
    verdict = ask(question, vars(reference()) | {question: lambda *args, **kwargs: STRANGE[strange]}, 0)
    assert verdict.fraction == 0.0
    assert not any(case.outcome == "stumbled" for case in verdict.cases), sentences(verdict)


def test_the_reference_says_no_more_than_its_checks_need():
    """A check of a second or more would be felt by a class; count messages, since time is not ours to promise."""
    for question in CHECKS:
        sent = []

        class Counting:
            def __init__(self, inner):
                self.inner = inner

            def request(self, header, buffers, serve, sent=sent):
                sent.append(header["op"])
                return self.inner.request(header, buffers, serve)

        channel = InProcess(vars(reference()))
        run_check(CHECKS[question], Counting(channel), reference(), 0)
        channel.close()
        assert len(sent) < 1000, question


def test_what_is_forbidden_exists():
    for check in CHECKS.values():
        for name in check.forbids:
            module, _, function = name.rpartition(".")
            assert callable(getattr(importlib.import_module(module), function))


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
        inputs.slope(lambda v: np.sin(a * v), x, dout), a * np.cos(a * x) * dout, atol=1e-8
    )
    assert (x == kept).all()
