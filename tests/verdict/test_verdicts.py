"""Verdicts as they are told to a student."""

import numpy as np
import pytest

from autograder.checks.asking.advice import advice, known, likely, note, told
from autograder.verdict.refusals import NoAnswer, NotWritten, StudentError
from autograder.verdict.render import as_html, as_text, summary
from autograder.verdict.verdict import Case, Outcome, Verdict
from course_utils.compare import Cause, CheckFailed, Failure, difference


def wrong(title, fact, subject="", cause=None):
    return Case(title, outcome=Outcome.WRONG, failure=Failure(fact, subject, cause))


EPSILON = likely("epsilon was missing")
VERDICT = Verdict(
    "relu_forward",
    seed=0,
    cases=[
        wrong("a batch", "it raised IndexError"),
        Case("one example", outcome=Outcome.PASSED),
        wrong("one number", "out has shape (1,), expected (1, 1)"),
        wrong("many", "it raised IndexError"),
        wrong("few", "it raised IndexError"),
    ],
)


def test_a_reason_is_given_once_with_all_cases_it_holds_for():
    assert as_text(VERDICT).splitlines() == [
        "✗ relu_forward: 1 of 5 cases",
        "  ✗ a batch: it raised IndexError",
        "    The same: many; few",
        "  ✗ one number: out has shape (1,), expected (1, 1)",
    ]
    assert summary(VERDICT) == "a batch: it raised IndexError"


def test_the_notebook_and_the_feedback_page_say_no_reason_twice_and_name_every_case():
    page = as_html(VERDICT)
    assert page.count("it raised IndexError") == 1
    for case in VERDICT.cases:
        assert case.title in page


def test_a_reason_is_one_reason_whatever_the_numbers_are():
    cases = [
        wrong("one step", "w is 1, expected 2", "w", EPSILON),
        wrong("two steps", "w is 3, expected 5", "w", EPSILON),
        wrong("three steps", "w is 3, expected 5", "w"),
    ]
    assert as_text(Verdict("adam", 0, cases)).splitlines() == [
        "✗ adam: 0 of 3 cases",
        "  ✗ one step: w is 1, expected 2. It looks as if epsilon was missing",
        "    The same: two steps",
        "  ✗ three steps: w is 3, expected 5",
    ]


def test_the_same_guess_about_another_answer_is_another_reason():
    sign = Cause("sign", "the sign is flipped")
    cases = [wrong("x", "dx is 1, expected -1", "dx", sign), wrong("w", "dw is 1, expected -1", "dw", sign)]
    assert as_text(Verdict("f", 0, cases)).count("the sign is flipped") == 2


def test_a_verdict_survives_being_written_down():
    for cases in (VERDICT.cases, [wrong("a", "w is 1", "w", EPSILON)], []):
        verdict = Verdict("f", 3, cases, "" if cases else "nothing was handed in")
        assert Verdict.from_dict(verdict.to_dict()) == verdict


def test_advice_is_given_for_answers_and_not_where_none_came():
    with pytest.raises(CheckFailed, match=r"^out is wrong\. Look again$"), advice("Look again"):
        raise CheckFailed("out is wrong")
    with pytest.raises(CheckFailed, match=r"^is it\? Look again$"), advice("Look again"):
        raise CheckFailed("is it?")
    for silence in (NoAnswer, NotWritten):
        with pytest.raises(silence, match=r"^nothing came$"), advice("Look again"):
            raise silence("nothing came")


def test_advice_is_no_help_where_the_code_raised_or_the_mistake_is_known():
    with pytest.raises(StudentError, match=r"^f raised NameError$") as caught, advice("Look again"):
        raise StudentError("f raised NameError", "NameError")
    assert caught.value.raised == "NameError"
    with pytest.raises(CheckFailed, match=r"^w is 1. Here epsilon was missing$"), advice("Look again"):
        raise CheckFailed(Failure("w is 1", "w", known("epsilon was missing")))
    with pytest.raises(StudentError, match=r"OverflowError\. Look again$"), advice("Look again"):
        raise StudentError("f raised OverflowError", "OverflowError")


def test_what_was_asked_is_noted_whatever_failed():
    for failed in (
        StudentError("f raised KeyError", "KeyError"),
        CheckFailed(Failure("w", "w", known("eps"))),
    ):
        with pytest.raises(type(failed), match=r"Forward came first$") as caught, note("Forward came first"):
            raise failed
        assert getattr(caught.value, "raised", None) == getattr(failed, "raised", None)


def test_of_two_mistakes_the_nearer_one_is_told():
    out = np.array([1.0, 2.0, 3.0])
    with (
        pytest.raises(CheckFailed, match="Here the nearer"),
        told(out, lambda: {"a near one": out + 1e-9, "the nearer": out + 1e-11}),
    ):
        raise CheckFailed("out is wrong")


def test_a_mistake_is_told_whether_or_not_its_axes_were_kept():
    db = np.array([[1.0], [2.0]])
    with (
        pytest.raises(CheckFailed, match="Here the wrong axis"),
        told(db, lambda: {"the wrong axis": db.ravel()}),
    ):
        raise CheckFailed("db has shape (2, 1)")


@pytest.mark.parametrize("actual", [np.array([1.0, 2.1]).astype(np.float32), np.array([[1.0, 2.1]])])
def test_right_numbers_in_another_form_are_no_known_mistake(actual):
    right = np.array([1.0, 2.1])
    with (
        pytest.raises(CheckFailed, match=r"float32|keepdims"),
        told(actual, lambda: {"the order was turned": right}),
    ):
        raise CheckFailed(difference(actual, right, "out"))


def test_where_two_mistakes_give_the_same_neither_is_told():
    out = np.array([1.0, 2.0])
    with pytest.raises(CheckFailed, match=r"out is wrong$"), told(out, lambda: {"one": out, "another": out}):
        raise CheckFailed("out is wrong")


def test_a_known_mistake_takes_the_place_of_a_guess():
    out = np.array([2.0, 4.0, 6.0])
    doubled = difference(out, out / 2, "out")
    with pytest.raises(CheckFailed) as caught, told(out, lambda: {"x was doubled": out}):
        raise CheckFailed(doubled)
    assert caught.value.failure == doubled.because(known("x was doubled"))
    assert str(caught.value).endswith("expected 3. Here x was doubled")
    with pytest.raises(CheckFailed, match="it looks like"), told(out, lambda: {"x was tripled": 1.5 * out}):
        raise CheckFailed(doubled)
