"""What was right once is remembered; with or without memory a question is asked and marked the same."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace

import numpy as np
import pytest

from autograder.limits import QuestionLimits
from autograder.verdict import check as checking
from autograder.verdict import memo, oracle
from autograder.verdict.check import check
from autograder.verdict.expect import expect_close
from autograder.verdict.oracle import Oracle
from autograder.verdict.verdict import Outcome, Verdict
from course_utils.grading import Responder
from course_utils.grading.grade import answer_grader

LIMITS = QuestionLimits(call_seconds=0.5, question_seconds=3, messages=200, strays=20)


@check("twice", forbids=("numpy.linalg.norm",))
def twice(student, reference, rng):
    for title in ("one", "two", "three"):
        with student.case(title):
            x = rng.normal(size=3)
            expect_close(student.twice(x), reference.twice(x), "twice")
            expect_close(student.twice(-x), reference.twice(-x), "twice")


@check("slope")
def slope(student, reference, rng):
    with student.case("of a parabola"):
        expect_close(student.slope(lambda x: float(x) ** 2, 3.0), 6.0, "slope", rtol=1e-5)
    with student.case("of a line", 3):
        expect_close(student.slope(lambda x: 2 * float(x), 1.0), 2.0, "slope", rtol=1e-5)


@check("drawn", first=twice.function)
def drawn(student, reference, rng):
    with student.case("behind what is drawn"):
        expect_close(student.slope(lambda x: 2 * float(x), 1.0), 2.0, "slope", rtol=1e-5)


@check("fickle")
def fickle(student, reference, rng):
    with student.case("known"):
        expect_close(student.twice(np.ones(3)), 2 * np.ones(3), "twice")
    with student.case("not drawn from the seed"):
        for _ in range(3):
            x = np.random.default_rng().normal(size=3)
            expect_close(student.twice(x), 2 * x, "twice")


CHECKS = {each.question: each for each in (twice, slope, drawn, fickle)}
REFERENCE = SimpleNamespace(twice=lambda x: 2 * x)


def centred(f: Callable, x: float) -> float:
    return (f(x + 1e-5) - f(x - 1e-5)) / 2e-5


def one_sided(f: Callable, x: float) -> float:
    return (f(x + 1e-5) - f(x)) / 1e-5


def _only_at_first(x):
    _only_at_first.calls += 1
    return 2 * x if _only_at_first.calls < 4 else 3 * x


def _hangs_later(x):
    _only_at_first.calls += 1
    if _only_at_first.calls == 4:
        time.sleep(2 * LIMITS.call_seconds)
    return 2 * x


def _raises_later(x):
    _only_at_first.calls += 1
    return 2 * x if _only_at_first.calls < 3 else 1 // 0


def _changes_in_place(x):
    x *= 2
    return x


RIGHT = {"twice": lambda x: 2 * x, "slope": centred}
ANSWERS = {
    "right": RIGHT,
    "right, another way": {"twice": lambda x: x + x, "slope": lambda f, x: centred(f, x) + 1e-9},
    "wrong": {"twice": lambda x: 3 * x, "slope": lambda f, x: 7.0},
    "wrong from the fourth call on": {"twice": _only_at_first, "slope": one_sided},
    "raises from the third call on": {"twice": _raises_later, "slope": lambda f, x: f("x")},
    "does not return in time from the fourth call": {"twice": _hangs_later, "slope": centred},
    "in place": {"twice": _changes_in_place, "slope": lambda f, x: [f(x) for _ in range(400)].pop()},
    "not written": {},
    "of another kind": {"twice": lambda x: list(2 * x), "slope": lambda f, x: np.float32(centred(f, x))},
}


class Heard:
    """The channel of a kernel that keeps what it is asked for."""

    def __init__(self, namespace: dict):
        self.requests: list[tuple] = []
        self._responder = Responder(namespace)

    def respond(self, header, buffers, exchange):
        self.requests.append((repr(header), buffers))

        def kept(header, buffers):
            found = exchange(header, buffers)
            self.requests.append((repr(found[0]), found[1]))
            return found

        return self._responder.respond(header, buffers, kept)

    def close(self):
        self._responder.close()


def graded(question: str, namespace: dict, seed: int = 1, reference: SimpleNamespace = REFERENCE):
    """The verdict, and what the kernel heard."""
    _only_at_first.calls = 0
    kernel = Heard(namespace)
    with TemporaryDirectory(prefix="o-") as folder:
        asking = Oracle(Path(folder), CHECKS, reference, seed, LIMITS)
        asking.open(question)
        answer_grader(asking.endpoint, question, kernel)
        asking.shut_down()
    assert asking.fault == ""
    return asking.verdicts[question], kernel.requests


@pytest.fixture(autouse=True)
def ran(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The questions whose check ran, in a process that remembers nothing yet."""
    memo._memo.cache_clear()
    questions: list[str] = []
    original = checking.run_check

    def noted(check, *rest) -> Verdict:
        questions.append(check.question)
        return original(check, *rest)

    monkeypatch.setattr(oracle, "run_check", noted)
    yield questions
    memo._memo.cache_clear()


@pytest.mark.parametrize("question", ["twice", "slope"])
def test_a_right_answer_is_checked_once(question: str, ran: list[str]) -> None:
    first, heard = graded(question, RIGHT)
    assert first.fraction == 1
    assert graded(question, RIGHT) == (first, heard)
    assert ran == [question]


@pytest.mark.parametrize(
    "answer",
    [pytest.param(name, marks=[pytest.mark.slow] * name.startswith("does not return")) for name in ANSWERS],
)
@pytest.mark.parametrize("question", ["twice", "slope", "drawn"])
def test_memory_changes_neither_what_is_asked_nor_the_verdict(question: str, answer: str) -> None:
    alone = graded(question, ANSWERS[answer])
    memo._memo.cache_clear()
    for other in ("right", "right, another way", "in place"):
        graded(question, ANSWERS[other])
    assert graded(question, ANSWERS[answer]) == alone
    assert graded(question, ANSWERS[answer]) == alone


def test_what_failed_is_checked_again(ran: list[str]) -> None:
    for _ in range(2):
        assert graded("twice", ANSWERS["wrong"])[0].fraction == 0
    assert ran == ["twice", "twice"]


def test_another_seed_or_reference_is_another_question(ran: list[str]) -> None:
    graded("twice", RIGHT)
    graded("twice", RIGHT, seed=2)
    thrice = SimpleNamespace(twice=lambda x: 3 * x)
    assert graded("twice", RIGHT, reference=thrice)[0].fraction == 0
    assert graded("twice", RIGHT, reference=SimpleNamespace(**vars(REFERENCE)))[0].fraction == 1
    assert len(ran) == 4


def test_a_verdict_is_nobody_elses(ran: list[str]) -> None:
    """What is written into one of them, by a person who doubts it for example, stays there."""
    graded("twice", RIGHT)
    changed, _ = graded("twice", RIGHT)
    changed.cases[0].outcome = Outcome.WRONG
    assert graded("twice", RIGHT)[0].fraction == 1
    assert ran == ["twice"]


def test_what_is_drawn_anew_leaves_the_rest_to_memory(ran: list[str]) -> None:
    rng = np.random.default_rng(1)
    noisy = RIGHT | {"twice": lambda x: 2 * x + 1e-15 * rng.normal(size=3)}
    for _ in range(3):
        verdict, _ = graded("drawn", noisy)
        assert [case.title for case in verdict.cases] == ["one", "two", "three", "behind what is drawn"]
        assert verdict.fraction == 1
    assert len(ran) == 3 + 1


def test_a_check_that_asks_another_thing_each_time_is_still_a_check() -> None:
    """Of what is remembered nothing is taken for the reply to another question."""
    for _ in range(3):
        assert graded("fickle", RIGHT)[0].fraction == 1
        noisy = {"twice": lambda x: 2 * x + 1e-15}
        assert graded("fickle", noisy)[0].fraction == 1
        assert graded("fickle", {"twice": lambda x: 2 * x if x[0] == 1 else 3 * x})[0].fraction == 0.5


def test_a_first_part_has_one_memory() -> None:
    for _ in range(3):
        assert graded("drawn", RIGHT)[0].fraction == 1
    assert memo._memo.cache_info().currsize == 2


def test_memory_has_an_end(monkeypatch: pytest.MonkeyPatch, ran: list[str]) -> None:
    monkeypatch.setattr(memo, "_MOST_BYTES", 100)
    for _ in range(2):
        assert graded("twice", RIGHT)[0].fraction == 1
    assert ran == ["twice", "twice"]
