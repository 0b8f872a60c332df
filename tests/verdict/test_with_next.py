"""What nobody waits for goes with the next message, and its errors are those of the case that asked for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograder.verdict.channel import Message
from autograder.verdict.check import InProcess
from autograder.verdict.refusals import NoAnswer, StudentError
from autograder.verdict.student import Student
from autograder.verdict.verdict import Outcome


class Toy:
    def __init__(self) -> None:
        self.params = {"W": np.zeros(2)}

    def loss(self, x: np.ndarray) -> float:
        return float(self.params["W"] @ x)

    def scaled(self, x: float, scales: Any) -> float:
        return x * scales["s"]


class NoDict:
    params = ()

    def loss(self, x: np.ndarray) -> float:
        return 0.0


def draw(rng: np.random.Generator) -> float:
    return float(rng.random())


class Counting(InProcess):
    """A channel that counts messages, and from some moment on answers none."""

    messages = 0
    gone = False

    def request(self, header: dict[str, Any], buffers: list[bytes], serve: Callable[..., Message]) -> Message:
        self.messages += 1
        if self.gone:
            raise NoAnswer("the kernel has ended")
        return super().request(header, buffers, serve)


def test_the_graders_own_object_and_the_call_that_takes_it_are_one_message() -> None:
    channel = Counting(globals())
    student = Student(channel)
    rng = student.run_with_next("result = np.random.default_rng(3)")
    assert channel.messages == 0
    expected = np.random.default_rng(3).random(2)
    assert [student.draw(rng), student.draw(rng)] == list(expected)  # one generator, which goes on
    assert channel.messages == 2


def test_parameters_and_the_loss_are_one_message_and_are_as_they_were_when_written() -> None:
    channel = Counting(globals())
    net = Student(channel).Toy()
    W = np.ones(2)
    net.write_items("params", {"W": W})
    W[:] = 100
    assert net.loss(np.array([3.0, 4.0])) == 7.0
    assert channel.messages == 2


def test_many_things_may_wait_for_one_another_and_for_a_row() -> None:
    student = Student(channel := Counting(globals()))
    toy = student.run_with_next(
        "class Toy:\n    params = {}\n    def loss(self): return self.params['b']\nresult = Toy()"
    )
    toy.write_items("params", {"b": 5.0})
    scales = student.run_with_next("result = {'s': 2.0}")
    net = student.calling("Toy")
    row = student.row(
        [net, student.asking("draw", student.run_with_next("result = np.random.default_rng(0)"))]
    )
    assert next(row).scaled(3.0, scales) == 6.0
    next(row)
    assert channel.messages == 2
    assert toy.loss() == 5.0
    assert student.ask_each([toy.asking("loss")] * 3) == [5.0] * 3


def test_what_still_waits_is_sent_when_its_case_ends_and_fails_that_one() -> None:
    student = Student(Counting(globals()))
    with student.case("first"):
        student.NoDict().write_items("params", {"W": np.zeros(2)})
    with student.case("second"):
        assert student.Toy().loss(np.zeros(2)) == 0
    assert [case.outcome for case in student.cases] == [Outcome.RAISED, Outcome.PASSED]
    assert "NoDict.params" in student.cases[0].message


def test_a_case_that_fails_leaves_nothing_to_the_next() -> None:
    student = Student(Counting(globals()))
    with student.case("first"):
        net = student.NoDict()
        net.write_items("params", {"W": np.zeros(2)})
        kept = student.run_with_next("result = np.random.default_rng(0)")
        raise StudentError("something else")
    with student.case("second"):
        assert 0 <= student.draw(kept) < 1  # asked for behind the error, and made all the same
    assert [case.outcome for case in student.cases] == [Outcome.RAISED, Outcome.PASSED]
    assert student.cases[0].message == "something else"


def test_an_error_of_what_waits_is_told_before_what_was_asked() -> None:
    student = Student(Counting(globals()))
    net = student.NoDict()
    net.write_items("params", {"W": np.zeros(2)})
    with pytest.raises(StudentError, match=r"NoDict\.params raised TypeError"):
        net.loss(np.zeros(2))
    assert net.loss(np.zeros(2)) == 0.0


def test_a_kernel_that_is_gone_ends_every_case_alike() -> None:
    student = Student(channel := Counting(globals()))
    net = student.Toy()
    channel.gone = True
    for _ in range(2):
        with student.case("any"):
            net.write_items("params", {"W": np.zeros(2)})
            net.loss(np.zeros(2))
    assert {case.outcome for case in student.cases} == {Outcome.NO_ANSWER}
    assert channel.messages == 3
