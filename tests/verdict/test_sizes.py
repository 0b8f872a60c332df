"""Whatever a student's code hands back, what is said of it is a few sentences."""

import json
import tracemalloc

import numpy as np
import pytest
from notebook_checks import COURSE, checks_of

from autograder.checks.asking.advice import known
from autograder.verdict.render import as_html, as_text
from course_utils.compare import CheckFailed, Failure, cut, kind_of, listed, quoted

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::DeprecationWarning")

LABEL = "x" * 250_000
ROWS = [[0.5] * 30] * 60
ROOMS = [checks_of(assignment.checks) for assignment in COURSE.assignments if assignment.checks]


def deep(levels: int) -> list:
    tree: list = []
    for _ in range(levels):
        tree = [tree]
    return tree


HUGE = {
    "a label": LABEL,
    "characters that double when quoted": "\x00" * 100_000,
    "a key": {LABEL: np.zeros(2)},
    "many keys": {f"W{k}": 0.0 for k in range(500)},
    "keys of two kinds": {LABEL: 1, 7: 2},
    "a list of labels": [LABEL] * 10,
    "nested lists": [ROWS, (ROWS, ROWS)],
    "a deep list": deep(14),
    "a large number": 10**399,
    "an array of sixteen axes": np.zeros((2,) * 16, dtype=bool),
    "an empty array": np.zeros((2**30, 0)),
}


MORE = HUGE | {
    "a list nine hundred deep": deep(900),
    "an array of ten axes": np.zeros((5,) * 10, dtype=bool),
    "a number of 100,000 digits": 10**100_000,
    "a class": type("X" * 9000, (), {}),
}


@pytest.mark.parametrize("name", MORE)
def test_quoting_is_short_and_makes_nothing_whole_before(name):
    value = MORE[name]
    tracemalloc.start()
    try:
        texts = [quoted(value), kind_of(value), quoted([value] * 3), quoted({"a": value})]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert max(map(len, texts)) <= 200
    assert peak < 2_000_000


def test_what_is_short_is_quoted_as_one_types_it():
    for value in ("it's", 1.5, (2, 3), ["a", {"b": None}], {"W1": [1]}, True, -7):
        assert quoted(value) == repr(value)
    assert quoted(np.zeros((2, 3))) == "an array of dtype float64 and shape (2, 3)"
    assert listed({"W1": 0, 3: 1}) == "'W1', 3"
    assert listed([]) == "nothing"
    assert listed(range(9)) == "0, 1, 2, 3, 4, 5 and 3 more"
    assert (cut("abc", 3), cut("abcd", 3)) == ("abc", "ab…")


def test_no_failure_is_longer_than_some_sentences():
    failure = Failure(LABEL, LABEL, known(LABEL), (LABEL,) * 100).advised(LABEL).because(known(LABEL))
    for made in (
        failure,
        Failure.from_dict(failure.to_dict()),
        failure.cleaned(str.upper),
        CheckFailed(LABEL).failure,
    ):
        assert len(json.dumps(made.to_dict())) < 20_000
        assert len(str(made)) < 20_000


@pytest.mark.slow
@pytest.mark.parametrize("room", ROOMS, ids=str)
def test_no_answer_makes_any_question_say_much(room):
    """Each question gets the two that are quoted most, and the first of each notebook all."""
    quoted_most = {name: HUGE[name] for name in ("a label", "a key")}
    for number, question in enumerate(room.checks):
        for value in (quoted_most if number else HUGE).values():
            for answer in answers_of(value):
                verdict = room.ask(question, vars(room.reference) | {question: answer}, 0)
                told = (json.dumps(verdict.to_dict()), as_html(verdict), as_text(verdict))
                assert max(map(len, told)) < 1500 * len(verdict.cases), question


def answers_of(value):
    """Answers that hand it back alone, in a pair, and from a network."""

    class Net:
        def __init__(self, *args, **kwargs):
            self.params = {"W1": value, LABEL: value}

        def loss(self, X, y=None):
            return value, value

    return (lambda *args, **kwargs: value), (lambda *args, **kwargs: (value, value)), Net
