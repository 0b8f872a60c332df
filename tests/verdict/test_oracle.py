"""The oracle counts the first answer to the question that is open, and hears nothing else."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace

import numpy as np
import pytest

from autograder.limits import QuestionLimits
from autograder.verdict.check import check
from autograder.verdict.expect import expect_close
from autograder.verdict.oracle import Oracle
from course_utils.grading import Responder
from course_utils.grading.grade import answer_grader
from course_utils.grading.stream import Frames, framed

LIMITS = QuestionLimits(call_seconds=1, question_seconds=2, messages=50, strays=20)


@check("double")
def double(student, reference, rng):
    for title in ("one", "two"):
        with student.case(title):
            x = rng.normal(size=3)
            expect_close(student.double(x), reference.double(x), "double")


@check("slope")
def slope(student, reference, rng):
    with student.case("of a parabola"):
        expect_close(student.slope(lambda x: float(x) ** 2, 3.0), 6.0, "slope", rtol=1e-5)


@check("broken")
def broken(student, reference, rng):
    raise ZeroDivisionError("the check itself is wrong")


@check("remembered", forbids=("numpy.linalg.norm",))
def remembered(student, reference, rng):
    first = student.remembered()
    student.start_afresh("x = 1")
    with student.case("in another kernel"):
        expect_close(student.remembered(), first, "remembered")
    with student.case("what is forbidden stays so"):
        student.call("norm", np.ones(2))


CHECKS = {each.question: each for each in (double, slope, broken, remembered)}
REFERENCE = SimpleNamespace(double=lambda x: 2 * x)
HONEST = {"double": lambda x: 2 * x, "slope": lambda f, x: (f(x + 1e-5) - f(x - 1e-5)) / 2e-5}


@pytest.fixture
def no_ticks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever an oracle waits for, it goes on when it is woken and not before."""
    monkeypatch.setattr("autograder.verdict.oracle._TICK_SECONDS", 100)


@pytest.fixture
def oracle() -> Iterator[Oracle]:
    with TemporaryDirectory(prefix="o-") as folder:
        oracle = Oracle(Path(folder), CHECKS, REFERENCE, 1, LIMITS)
        yield oracle
        oracle.shut_down()
    assert not [thread for thread in threading.enumerate() if thread.name == "oracle"]


def ask(oracle: Oracle, name: str, namespace: dict = HONEST, endpoint: str = "") -> None:
    """What `grade(name)` does in a kernel with this namespace."""
    answer_grader(endpoint or oracle.endpoint, name, Responder(namespace))


class Liar:
    """A kernel that answers each request with what `answer(request)` makes of it: a list of frames, or None."""

    def __init__(self, oracle: Oracle):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(10)
        self.socket.connect(oracle.endpoint)
        self._frames = Frames()

    def send(self, *frames: bytes) -> None:
        self.socket.sendall(framed(frames))

    def receive(self) -> dict:
        while (frames := self._frames.take()) is None:
            assert self._frames.read(self.socket), "the oracle hung up"
        return json.loads(frames[0])

    def grade(self, name: str, answer) -> int:
        """The number of requests until the oracle says that it is done."""
        self.send(json.dumps({"op": "grade", "name": name}).encode())
        for count in range(100):
            header = self.receive()
            if header["op"] == "done":
                return count
            frames = answer(header) if header["op"] != "received" else None
            if frames:
                self.send(*frames)
        raise AssertionError("the oracle never ends")

    def close(self) -> None:
        self.socket.close()


@pytest.fixture
def liar(oracle: Oracle) -> Iterator[Liar]:
    liar = Liar(oracle)
    yield liar
    liar.close()


def test_a_right_answer_earns_everything(oracle: Oracle) -> None:
    oracle.open("double")
    ask(oracle, "double")
    oracle.close()
    assert oracle.verdicts["double"].fraction == 1


def test_a_function_that_the_grader_lends_is_called_back(oracle: Oracle) -> None:
    oracle.open("slope")
    ask(oracle, "slope")
    oracle.close()
    assert oracle.verdicts["slope"].fraction == 1


def test_questions_that_are_not_open_are_not_heard(oracle: Oracle) -> None:
    ask(oracle, "double")
    oracle.open("slope")
    ask(oracle, "double")
    oracle.close()
    ask(oracle, "slope")
    assert oracle.verdicts == {}


def test_only_the_first_answer_counts(oracle: Oracle) -> None:
    oracle.open("double")
    ask(oracle, "double", {"double": lambda x: 3 * x})
    ask(oracle, "double")
    oracle.close()
    assert oracle.verdicts["double"].fraction == 0


def test_right_and_wrong_answers_are_told_the_same(oracle: Oracle, liar: Liar) -> None:
    """One request a case, whatever the answers were worth, and nothing about them at the end."""
    oracle.open("double")
    requests = liar.grade(
        "double", lambda header: [b'{"op": "reply", "seq": %d, "value": 0}' % header["seq"]]
    )
    oracle.close()
    assert requests == 1 + 2
    assert oracle.verdicts["double"].fraction == 0


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        ([b"{"], "cannot be marked: a message has no readable header"),
        ([b"[]"], "cannot be marked"),
        (
            [b'{"op": "reply", "seq": SEQ, "value": {"array": 0, "dtype": "|O", "shape": [1]}}', bytes(8)],
            "none of the numeric ones",
        ),
        (
            [b'{"op": "reply", "seq": SEQ, "value": {"array": 0, "dtype": "<f8", "shape": [9]}}', bytes(8)],
            "disagree",
        ),
        ([b'{"op": "reply", "seq": SEQ, "value": {"int": "x"}}'], "unknown form"),
        ([b'{"op": "reply", "seq": SEQ, "error": {"type": [], "message": {}}}'], "whose type is no text"),
        ([b'{"op": "reply", "seq": SEQ, "malformed": 5}'], "neither a value nor an error"),
        ([b'{"op": "callback", "callback": 5, "arguments": {"list": []}}'], "messages were exchanged"),
        ([b'{"op": "callback", "callback": -1}'], "messages were exchanged"),
        ([b'{"op": "reply", "seq": 999}'], "did not return within 1 s"),
        (None, "did not return within 1 s"),
    ],
)
def test_malformed_answers_fail_with_a_sentence(
    oracle: Oracle, liar: Liar, reply: list | None, says: str
) -> None:
    oracle.open("double")
    liar.grade(
        "double", lambda h: reply and [part.replace(b"SEQ", str(h.get("seq", 0)).encode()) for part in reply]
    )
    oracle.close()
    verdict = oracle.verdicts["double"]
    assert verdict.fraction == 0
    assert says in verdict.cases[0].message
    assert oracle.fault == ""


def test_what_the_lent_function_makes_of_odd_arguments_is_the_students_fault(oracle: Oracle) -> None:
    oracle.open("slope")
    ask(oracle, "slope", {"slope": lambda f, x: f({"a": 1})})
    oracle.close()
    assert "float() argument" in oracle.verdicts["slope"].cases[0].message
    assert oracle.fault == ""


def test_callbacks_without_end_are_counted(oracle: Oracle) -> None:
    def slope(f, x):
        while True:
            f(x)

    oracle.open("slope")
    ask(oracle, "slope", {"slope": slope})
    oracle.close()
    assert "more than 50 messages" in oracle.verdicts["slope"].cases[0].message


@pytest.mark.usefixtures("no_ticks")
def test_a_kernel_that_goes_away_leaves_the_rest_unanswered(oracle: Oracle, liar: Liar) -> None:
    asked = threading.Event()
    oracle.open("double")
    thread = threading.Thread(target=liar.grade, args=("double", lambda header: asked.set()), daemon=True)
    thread.start()
    assert asked.wait(10)
    oracle.close()
    assert "kernel stopped" in oracle.verdicts["double"].cases[0].message
    thread.join(10)


def test_strangers_messages_are_counted(oracle: Oracle, liar: Liar) -> None:
    for _ in range(LIMITS.strays + 1):
        liar.send(b"{}")
    oracle._thread.join(10)
    assert "more than 20 messages" in oracle.flooded


def test_a_check_that_is_wrong_itself_is_a_fault(oracle: Oracle) -> None:
    oracle.open("broken")
    ask(oracle, "broken")
    oracle.close()
    assert oracle.fault == "ZeroDivisionError: the check itself is wrong"
    assert "broken" not in oracle.verdicts


def test_a_question_can_be_asked_in_another_kernel_and_the_first_has_no_more_say(oracle: Oracle) -> None:
    first = {"remembered": lambda: 5, "norm": np.linalg.norm}
    oracle.open("remembered")
    ask(oracle, "remembered", first)
    assert oracle.afresh is not None
    assert oracle.afresh.prepare == "x = 1"
    ask(oracle, "remembered", {"remembered": lambda: 5}, oracle.afresh.endpoint)  # in a cell of one's own
    oracle.open_afresh()
    ask(oracle, "double", HONEST, oracle.afresh.endpoint)
    posing = threading.Thread(target=ask, args=(oracle, "remembered", first), daemon=True)
    posing.start()
    ask(oracle, "remembered", first | {"remembered": lambda: 6}, oracle.afresh.endpoint)
    oracle.close()
    posing.join(10)
    told = [case.message for case in oracle.verdicts["remembered"].cases]
    assert told[0].startswith("remembered is 6")
    assert "norm may not stand in for your answer" in told[1]
    assert np.linalg.norm(np.ones(1)) == 1
    assert not Path(oracle.afresh.endpoint).exists()


@pytest.mark.usefixtures("no_ticks")
def test_another_kernel_that_never_asks_costs_what_was_to_be_asked_there(oracle: Oracle) -> None:
    oracle.open("remembered")
    ask(oracle, "remembered", {"remembered": lambda: 5})
    oracle.close("the other kernel died")
    assert oracle.verdicts["remembered"].fraction == 0
    assert "the other kernel died" in oracle.verdicts["remembered"].cases[0].message


def test_the_same_seed_asks_the_same_question(oracle: Oracle) -> None:
    seen = []

    def keep(x):
        seen.append(np.array(x))
        return 2 * x

    for number in range(2):
        with TemporaryDirectory(prefix="o-") as folder:
            again = Oracle(Path(folder), CHECKS, REFERENCE, 7, LIMITS)
            again.open("double")
            ask(again, "double", {"double": keep})
            again.shut_down()
        assert len(seen) == 2 * (number + 1)
    assert np.array_equal(seen[:2], seen[2:])
