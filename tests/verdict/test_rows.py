"""Several requests in one message, a later one about what an earlier one made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from autograder.verdict.asked import Made
from autograder.verdict.channel import Message
from autograder.verdict.check import InProcess
from autograder.verdict.refusals import NotWritten, StudentError
from autograder.verdict.student import Student


class Toy:
    def __init__(self, dtype: type = float) -> None:
        self.params = {"W": np.zeros(2, dtype)}

    def loss(self, x: np.ndarray) -> float:
        return float(self.params["W"] @ x)


def double_forward(x: np.ndarray) -> tuple[np.ndarray, Any]:
    return 2 * x, {"x": x}


def double_backward(dout: np.ndarray, cache: Any) -> np.ndarray:
    return 2 * dout


def spoiling_backward(dout: np.ndarray, cache: Any) -> np.ndarray:
    cache["x"] += 1
    return 2 * dout


def bare_forward(x: np.ndarray) -> np.ndarray:
    return 2 * x


def unwritten_backward(dout: np.ndarray, cache: Any) -> np.ndarray:
    raise NotImplementedError


def raising_forward(x: np.ndarray) -> tuple[np.ndarray, Any]:
    raise ValueError("too small")


X, DOUT = np.arange(3.0), np.ones(3)


class Counting(InProcess):
    """A channel that counts messages."""

    messages = 0

    def request(self, header: dict[str, Any], buffers: list[bytes], serve: Callable[..., Message]) -> Message:
        self.messages += 1
        return super().request(header, buffers, serve)


class Short(InProcess):
    """A kernel that leaves the last replies of every row away, or all buffers."""

    def __init__(self, namespace: dict[str, Any], lost: Sequence[str]):
        super().__init__(namespace)
        self._lost = lost

    def request(self, header: dict[str, Any], buffers: list[bytes], serve: Callable[..., Message]) -> Message:
        reply, out = super().request(header, buffers, serve)
        if "reply" in self._lost:
            reply["replies"] = reply["replies"][:-1]
        return reply, [] if "buffers" in self._lost else out


def asked(student: Student, forward: str, backward: str) -> list[Any]:
    return [student.calling(forward, X), student.calling(backward, DOUT, Made(0, 1), returns="dx")]


def test_a_row_is_one_message_and_its_results_come_one_after_the_other() -> None:
    channel = Counting(globals())
    student = Student(channel)
    results = student.row(asked(student, "double_forward", "double_backward"))
    out, _ = next(results)
    np.testing.assert_array_equal(out, 2 * X)
    np.testing.assert_array_equal(next(results), 2 * DOUT)
    assert channel.messages == 1


def test_what_an_earlier_request_made_can_be_asked_and_written_to() -> None:
    student = Student(InProcess(globals()))
    net, _ = student.row([student.calling("Toy", dtype=np.float32), student.asking("double_forward", X)])
    net.write_items("params", {"W": np.ones(2), "b": np.zeros(1)})
    assert net.loss(np.array([3.0, 4.0])) == 7.0
    assert set(net.read("params")) == {"W", "b"}


def test_a_numpy_type_arrives_as_itself() -> None:
    student = Student(InProcess(globals()))
    assert student.Toy(np.float32).read("params")["W"].dtype == np.float32


def test_the_first_error_ends_a_row_and_is_raised_where_its_result_is_taken() -> None:
    student = Student(InProcess(globals()))
    results = student.row(asked(student, "raising_forward", "double_backward"))
    with pytest.raises(StudentError, match="raising_forward raised ValueError: too small"):
        next(results)
    results = student.row(asked(student, "double_forward", "unwritten_backward"))
    next(results)
    with pytest.raises(NotWritten):
        next(results)


def test_a_forward_pass_without_a_cache_is_told_before_the_way_back() -> None:
    student = Student(InProcess(globals()))
    results = student.row(asked(student, "bare_forward", "double_backward"))
    with pytest.raises(
        StudentError, match=r"bare_forward must return \(out, cache\), but returned one ndarray"
    ):
        next(results)


def test_changes_are_noted_with_the_result_that_made_them() -> None:
    student = Student(InProcess(globals()))
    results = student.row(asked(student, "double_forward", "spoiling_backward"))
    next(results)
    assert not student.changed
    next(results)
    assert student.changed == {"the first argument of double_forward (during spoiling_backward)"}


@pytest.mark.parametrize(
    ("lost", "sentence"),
    [
        ("reply", "double_backward was not answered"),
        ("buffers", "double_forward returned something that cannot"),
    ],
)
def test_a_row_that_is_not_answered_whole_is_the_kernels_own_doing(lost: str, sentence: str) -> None:
    student = Student(Short(globals(), [lost]))
    results = student.row(asked(student, "double_forward", "double_backward"))
    with pytest.raises(StudentError, match=sentence):
        list(results)
