"""The hidden checks of 02_batchnorm: planted wrong answers fail for their reason, right ones earn everything."""

import pytest
from check_bars import EMPTY, Bars, label, unfilled

BARS = Bars("batchnorm", "02_batchnorm")

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


@pytest.mark.parametrize("answer", BARS.wrong, ids=label)
def test_a_planted_wrong_answer_fails_for_its_reason(answer):
    BARS.fails_for_its_reason(answer, range(1))


@pytest.mark.parametrize("answer", BARS.right, ids=label)
def test_a_planted_right_answer_earns_everything(answer, seeds):
    BARS.earns_everything(answer.question, answer.namespace(BARS.reference), seeds)


@pytest.mark.parametrize("question", BARS.checks)
def test_the_reference_earns_everything(question, seeds):
    BARS.earns_everything(question, vars(BARS.reference), seeds)


@pytest.mark.parametrize("question", BARS.checks)
@pytest.mark.parametrize("empty", EMPTY, ids=lambda empty: empty.__name__)
def test_an_answer_that_says_nothing_earns_nothing(question, empty):
    BARS.earns_nothing(question, empty, range(1))


def test_nothing_written_is_no_attempt():
    # Every stub is a function of its own: what is forbidden is one of them, not all.
    stubs = {name: lambda *args, **kwargs: unfilled() for name in BARS.checks}
    for question in BARS.checks:
        assert not BARS.ask(question, stubs, 0).attempted, question
        assert not BARS.ask(question, {}, 0).attempted, question


@pytest.mark.parametrize("question", BARS.checks)
def test_the_cases_do_not_depend_on_the_student(question):
    BARS.asks_every_student_alike(question)


@pytest.mark.parametrize("question", BARS.checks)
def test_every_check_has_planted_answers(question):
    BARS.has_planted_answers(question)


def test_no_planted_answer_is_left_over():
    assert {answer.question for answer in BARS.answers} <= set(BARS.checks)
    assert len({(answer.question, answer.name) for answer in BARS.answers}) == len(BARS.answers)
