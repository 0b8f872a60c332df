"""Answers of any form at all: every hidden check says what is wrong with them, and none stumbles."""

from functools import lru_cache

import numpy as np
import pytest

from autograder.course.manifest import Course
from autograder.course.reference import load_reference
from autograder.verdict.check import ask_in_process, load_checks

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::DeprecationWarning")

QUESTIONS = [
    (assignment.name, assignment.checks, question)
    for assignment in Course.find().assignments
    if assignment.checks
    for question in load_checks(assignment.checks)
]


def like(value):
    """An answer in the form of a pair: an array of the first argument's shape, and an empty dict."""
    return lambda *args, **kwargs: (np.full(np.shape(args[0]) if args else (), value), {})


ANSWERS = {
    "nothing": lambda *args, **kwargs: None,
    "a word": lambda *args, **kwargs: "x",
    "a pair of nothing": lambda *args, **kwargs: (None, None),
    "an object": lambda *args, **kwargs: object(),
    "its arguments": lambda *args, **kwargs: args,
    "a state of words": lambda *args, **kwargs: (
        "x",
        {"velocity": "x", "cache": None, "m": "x", "v": [], "t": "one"},
    ),
    "nan": like(np.nan),
    "huge numbers": like(1e308),
    "booleans": like(True),
    "whole numbers": like(1),
    "an empty array": lambda *args, **kwargs: (np.zeros((0, 3)), {}),
    "an array of objects": lambda *args, **kwargs: (np.array([None, 1]), {"velocity": np.array([None])}),
    "a list": lambda *args, **kwargs: [1, 2, 3],
    "a dict": lambda *args, **kwargs: {"a": 1},
    "a number": lambda *args, **kwargs: 3,
    "a complex number": lambda *args, **kwargs: 1j,
}


@lru_cache
def reference(notebook):
    return load_reference(notebook)


@pytest.mark.parametrize(("notebook", "checks", "question"), QUESTIONS, ids=lambda value: value)
def test_no_check_stumbles_over_an_answer_of_another_form(notebook, checks, question):
    check = load_checks(checks)[question]
    # Drawing the capstone's pictures takes a second each time.
    forms = list(ANSWERS.items())[: 3 if question == "predict" else None]
    for form, answer in forms:
        verdict = ask_in_process(
            check, vars(reference(notebook)) | {question: answer}, reference(notebook), 0
        )
        assert verdict.fraction < 1, form
        for case in verdict.cases:
            assert case.outcome != "stumbled", (form, case.title, case.message)
