"""The hidden checks of 04_convnets: planted wrong answers fail for their reason, right ones earn everything."""

import re
from functools import lru_cache

import numpy as np
import pytest

import answers
from autograder.course.reference import load_reference
from autograder.verdict.check import ask_in_process, load_checks

CHECKS = load_checks("convnets")
ANSWERS = answers.planted("convnets")
WRONG = [answer for answer in ANSWERS if answer.reason]
RIGHT = [answer for answer in ANSWERS if not answer.reason]

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


@lru_cache
def reference():
    return load_reference("04_convnets")


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


@pytest.mark.slow
@pytest.mark.parametrize("question", CHECKS)
def test_the_reference_earns_everything(question, seeds):
    for seed in seeds:
        assert sentences(ask(question, vars(reference()), seed)) == [], f"seed {seed}"


def unfilled(*args, **kwargs):
    raise NotImplementedError("conv_forward_naive is not written yet (section 2)")


def nothing(*args, **kwargs):
    return None


def a_pair_of_nothing(*args, **kwargs):
    return None, None


def inputs_back(*args, **kwargs):
    return args


def first_input_and_cache(*args, **kwargs):
    return args[0], args


def zeros_like_inputs(*args, **kwargs):
    arrays = [np.zeros_like(a) for a in args if isinstance(a, np.ndarray | float)]
    return (arrays[0], args) if len(arrays) == 1 else tuple(arrays)


def always_an_error(*args, **kwargs):
    raise ValueError("no")


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
    first_input_and_cache,
    zeros_like_inputs,
    always_an_error,
    EmptyNet,
)


@pytest.mark.parametrize("question", CHECKS)
@pytest.mark.parametrize("empty", EMPTY, ids=lambda empty: empty.__name__)
def test_an_answer_that_says_nothing_earns_nothing(question, empty):
    everything = dict.fromkeys(CHECKS, empty)
    alone = vars(reference()) | {question: empty}
    for namespace in (everything, alone):
        for seed in range(2):
            assert ask(question, namespace, seed).fraction <= 0.02


def test_nothing_written_is_no_attempt():
    for question in CHECKS:
        assert not ask(question, dict.fromkeys(CHECKS, unfilled), 0).attempted, question
        assert not ask(question, {}, 0).attempted, question


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
        asked.extend(np.asarray(a).tolist() for a in args if isinstance(a, np.ndarray | list | tuple))
        raise ValueError("no")

    ask(question, dict.fromkeys(CHECKS, spy), seed)
    return [str(a) for a in asked]


@pytest.mark.parametrize(
    "question", sorted(set(CHECKS) - {"ThreeLayerConvNet", "LeNet5", "count_parameters"})
)
def test_a_seed_asks_the_same_question_again(question):
    assert numbers_asked(question, 3) == numbers_asked(question, 3)
    assert numbers_asked(question, 3) != numbers_asked(question, 4)
