"""Verdicts as they are told to a student."""

import numpy as np
import pytest

from autograder.checks.asking.advice import advice, told
from autograder.verdict.render import render
from autograder.verdict.student import NoAnswer, NotWritten
from autograder.verdict.verdict import Case, Verdict
from course_utils.compare import CheckFailed

VERDICT = Verdict(
    "relu_forward",
    seed=0,
    cases=[
        Case("a batch", message="it raised IndexError"),
        Case("one example", passed=True),
        Case("one number", message="out has shape (1,), expected (1, 1)"),
        Case("many", message="it raised IndexError"),
        Case("few", message="it raised IndexError"),
    ],
)


def test_a_reason_is_given_once_with_all_cases_it_holds_for():
    assert render(VERDICT).splitlines() == [
        "✗ relu_forward: 1 of 5 cases",
        "  ✗ a batch: it raised IndexError",
        "    The same: many; few",
        "  ✗ one number: out has shape (1,), expected (1, 1)",
    ]


def test_a_reason_is_one_reason_whatever_the_numbers_are():
    verdict = Verdict(
        "adam",
        seed=0,
        cases=[
            Case("one step", message="w is 1, expected 2. It looks as if epsilon was missing"),
            Case("two steps", message="w is 3, expected 5. It looks as if epsilon was missing"),
            Case("three steps", message="w is 3, expected 5"),
        ],
    )
    assert render(verdict).splitlines() == [
        "✗ adam: 0 of 3 cases",
        "  ✗ one step: w is 1, expected 2. It looks as if epsilon was missing",
        "    The same: two steps",
        "  ✗ three steps: w is 3, expected 5",
    ]
    assert [message for _, message in verdict.told()][1:] == ["the same", "w is 3, expected 5"]


def test_what_was_said_is_not_repeated_in_the_list_of_all_cases():
    told = [message for _, message in VERDICT.told()]
    assert told == ["it raised IndexError", "", "out has shape (1,), expected (1, 1)", "the same", "the same"]
    assert VERDICT.cases[3].message == "it raised IndexError"


def test_advice_is_given_for_answers_and_not_where_none_came():
    with pytest.raises(CheckFailed, match=r"^out is wrong\. Look again$"), advice("Look again"):
        raise CheckFailed("out is wrong")
    with pytest.raises(CheckFailed, match=r"^is it\? Look again$"), advice("Look again"):
        raise CheckFailed("is it?")
    for silence in (NoAnswer, NotWritten):
        with pytest.raises(silence, match=r"^nothing came$"), advice("Look again"):
            raise silence("nothing came")


def test_a_known_mistake_takes_the_place_of_a_guess():
    out = np.array([2.0, 4.0, 6.0])
    with (
        pytest.raises(CheckFailed, match=r"^out is wrong\. Here x was doubled$"),
        told(out, lambda: {"x was doubled": out}),
    ):
        raise CheckFailed("out is wrong: it looks like it is doubled")
    with pytest.raises(CheckFailed, match="it looks like"), told(out, lambda: {"x was tripled": 1.5 * out}):
        raise CheckFailed("out is wrong: it looks like it is doubled")
