"""Which questions a correction of a check touches: those that it can decide, and no others."""

from __future__ import annotations

import pytest

from autograder.course.manifest import Course
from autograder.grading import version
from autograder.grading.question_versions import question_versions

COURSE = Course.find()
ROOM = "autograder.checks.layers"


def touched(monkeypatch: pytest.MonkeyPatch, module: str, old: bytes, new: bytes) -> set[str]:
    """The questions of 01 whose version another text in a module changes."""
    assignment = COURSE.assignment("01_layers")
    before, source = question_versions(COURSE, assignment), version._source

    def changed(name: str) -> bytes:
        if name != module:
            return source(name)
        assert old in source(name)
        return source(name).replace(old, new, 1)

    monkeypatch.setattr(version, "_source", changed)
    after = question_versions(COURSE, assignment)
    return {question for question in before if before[question] != after[question]}


def test_a_check_that_is_mended_touches_its_own_question(monkeypatch: pytest.MonkeyPatch) -> None:
    weight = b'student.case("a batch of vectors", 3)'
    assert touched(monkeypatch, f"{ROOM}.affine", weight, weight.replace(b"3", b"4")) == {"affine_forward"}


def test_what_two_checks_share_touches_both(monkeypatch: pytest.MonkeyPatch) -> None:
    found = touched(
        monkeypatch, f"{ROOM}.affine", b"import numpy as np\n", b"import numpy as np\nADDED = 1\n"
    )
    assert found == {"affine_forward", "affine_backward"}


def test_a_mistake_touches_the_functions_it_is_made_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Though no check imports the module: it is found by the function's name."""
    found = touched(
        monkeypatch,
        "autograder.checks.mistakes.losses",
        b"import numpy as np\n",
        b"import numpy as np\nADDED = 1\n",
    )
    assert found == {"softmax_loss", "svm_loss"}


@pytest.mark.parametrize("module", ["autograder.verdict.expect", ROOM])
def test_what_every_question_needs_touches_all(monkeypatch: pytest.MonkeyPatch, module: str) -> None:
    everything = set(question_versions(COURSE, COURSE.assignment("01_layers")))
    assert touched(monkeypatch, module, b'"""', b'ADDED = 1\n"""') == everything
