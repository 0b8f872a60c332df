"""Whatever a kernel replies, the student's answer is marked: no reply makes the grader itself fail."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_checks import COURSE, checks_of

from autograder.verdict.asked import Made
from autograder.verdict.channel import Message
from autograder.verdict.check import InProcess, ask_in_process, check, run_check
from autograder.verdict.expect import expect_close
from autograder.verdict.refusals import StudentError
from autograder.verdict.reply import parse_reply
from autograder.verdict.student import Student
from course_utils.grading.wire import WireError, pack, unpack

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::DeprecationWarning")

GONE = object()


def nested(depth: int, tag: str = "") -> Any:
    tree: Any = []
    for _ in range(depth):
        tree = {tag: [tree]} if tag else [tree]
    return tree


NODES = [
    GONE, None, True, 0, 1.0, -1, 7, 10**30, float("nan"), "", "text", "x" * 100_000, "\u202e\x1b[2J", [], {}, nested(900),
    nested(300, "list"), [1.0], [True], [[]], [-1], ["x" * 100_000], ["x"] * 70, {"handle": 1}, {"handle": True},
    {"handle": 10**40}, {"handle": 1, "type": nested(900)}, {"handle": 99, "type": ""}, {"callback": 0}, {"float": "inf"},
    {"int": "9" * 400}, {"list": [None] * 300}, {"dict": [[True, 1]]}, {"dict": [["x" * 100_000, 1], [2, 3]]},
    {"dict": [["W1", {"float": "nan"}], [-1, "\x00"]]}, {"tuple": []}, {"tuple": [1, 2, 3]},
    *({"array": 0, "dtype": dtype, "shape": [1]} for dtype in ("<b,(", "<b!,", "|O", "<f8", "|b1", nested(900), None)),
    *({"array": 0, "dtype": "<f8", "shape": shape} for shape in ([2**39, 2**39, 0], [0], [0] * 16, [10**400, 0], {}, [])),
    {"scalar": 0, "dtype": "<c16", "shape": []},
    {"type": nested(900), "message": "", "line": 1}, {"type": "Error", "message": "x" * 100_000, "line": 10**30},
    {"type": "UndefinedFunction", "message": ""}, {"type": "NotImplementedError", "message": ""},
]  # fmt: skip


def places(tree: Any) -> Iterator[tuple[Any, Any]]:
    """Every node below this one, as the container that holds it and its key there."""
    pairs = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, inner in list(pairs):
        yield tree, key
        yield from places(inner)


def replace(container: Any, key: Any, node: Any) -> None:
    if node is GONE:
        del container[key]
    else:
        container[key] = (
            copy.deepcopy(node) if isinstance(node, dict | list) and len(str(node)) < 300 else node
        )


class Lying:
    """A kernel whose message of one number has one node replaced; what it may not send at all is the student's error.

    Args:
        number: which of all messages, replies and calls back alike.
        place: which of its nodes; counted round.
        node: what takes its place.
        buffers: what to do to the message's arrays.
    """

    def __init__(self, namespace: dict[str, Any], number: int, place: int, node: Any, buffers: Callable):
        self._honest = InProcess(namespace)
        self._number, self._place, self._node, self._buffers = number, place, node, buffers
        self.messages = 0

    def request(self, header: dict[str, Any], buffers: list[bytes], serve: Callable[..., Message]) -> Message:
        def lie_and_serve(called: dict[str, Any], arguments: list[bytes]) -> Message:
            try:
                return serve(*self._lie(called, arguments))
            except StudentError as error:  # as the oracle tells the kernel
                return {"op": "callback_value", "error": str(error)}, []

        return self._lie(*self._honest.request(header, buffers, lie_and_serve))

    def _lie(self, header: dict[str, Any], buffers: list[bytes]) -> Message:
        self.messages += 1
        if self.messages == self._number:
            header = copy.deepcopy(header)
            found = [*places({"": header})][1:]
            replace(*found[self._place % len(found)], self._node)
            buffers = self._buffers(buffers)
        try:
            return unpack(pack(header, buffers))
        except (WireError, RecursionError) as error:
            raise StudentError(f"the answer cannot be marked: {error}") from error

    def start_afresh(self, prepare: str) -> None:
        pass

    def close(self) -> None:
        self._honest.close()


class Model:
    def __init__(self, size: int):
        self.params = {"W": np.ones(size)}

    def loss(self, x: np.ndarray) -> float:
        return float(self.params["W"].sum() + x.sum())


def apply(f: Callable, x: np.ndarray) -> Any:
    return f(x)


def scale_forward(x: np.ndarray, w: float) -> tuple[np.ndarray, Any]:
    return x * w, (x, w)


def scale_back(dout: np.ndarray, cache: Any) -> tuple[np.ndarray, Any]:
    x, w = cache
    return dout * w, (dout * x).sum()


NAMESPACE = {
    "scale_back": scale_back,
    "apply": apply,
    "Model": Model,
    "scale_forward": scale_forward,
    "helper": lambda x: x,
}


def ask_every_verb(student: Student) -> None:
    """Every request there is, in a case and outside of one."""
    student.forbid(("helper", "course_utils.gradcheck.numeric_gradient"))
    x = np.arange(4.0)
    out, cache = student.scale_forward(x, 3.0)
    expect_close(out, 3 * x, "out")
    with student.case("a cache"):
        student.call("scale_forward", x, cache, returns="")
    model = student.Model(3)
    with student.case("a model"):
        model.write_items("params", {"W": np.zeros(3)})
        expect_close(model.read("params"), {"W": np.zeros(3)}, "params")
        expect_close(model.loss(x), 6.0, "loss")
        student.expect_unchanged()
    made = student.run("result = {'W': np.ones(2)}.copy\n")
    with student.case("a function lent"):
        expect_close(
            student.apply(lambda x: np.sin(x).reshape(2, 2) @ np.ones(2), x), np.zeros(2), "out", atol=9
        )
        student.apply(made)
    with student.case("a row"):
        back = student.calling("scale_back", x, Made(0, 1), returns="dx, dw")
        first, second = student.row([student.calling("scale_forward", x, 3.0), back])
        expect_close(first[0], 3 * x, "out")
        expect_close(second[0], 3 * x, "dx")
        student.expect_unchanged()
    with student.case("another"):
        student.apply(lambda x: {"a": [x]}, x)


@check("everything")
def everything(student, reference, rng):
    ask_every_verb(student)


def honest_messages(namespace: dict[str, Any], asked, reference: SimpleNamespace) -> tuple[int, list[str]]:
    """How many messages a question takes, and the titles of its cases."""
    channel = Lying(namespace, 0, 0, None, list)
    verdict = run_check(asked, channel, reference, 0)
    channel.close()
    return channel.messages, [case.title for case in verdict.cases]


LIES = {
    "place": st.integers(0, 10**6),
    "node": st.sampled_from(NODES),
    "buffers": st.sampled_from(
        [list, list, lambda b: [], lambda b: [p[1:] for p in b], lambda b: [*b[1:], b""]]
    ),
}


@pytest.mark.slow
@given(number=st.integers(1, 12), **LIES)
@settings(max_examples=400, deadline=None)
def test_no_reply_makes_a_request_fail_otherwise_than_by_the_students_mistake(number, place, node, buffers):
    channel = Lying(NAMESPACE, number, place, node, buffers)
    asked = Student(channel)
    reference = SimpleNamespace(**NAMESPACE)
    try:
        verdict = run_check(everything, channel, reference, 0)
    finally:
        channel.close()
    assert [case.title for case in verdict.cases] == [
        "a cache",
        "a model",
        "a function lent",
        "a row",
        "another",
    ]
    assert asked.cases == []


@given(
    header=st.dictionaries(
        st.sampled_from(["value", "error", "changed", "changed_since"]), st.sampled_from(NODES[1:])
    )
)
def test_any_header_is_a_reply_or_refused(header):
    try:
        parse_reply(header)
    except WireError:
        return
    assert "value" in header or "error" in header


@pytest.mark.slow
@pytest.mark.parametrize("room", [checks_of(a.checks) for a in COURSE.assignments if a.checks], ids=str)
@given(data=st.data())
@settings(max_examples=12, deadline=None)
def test_no_reply_makes_a_hidden_check_fail(room, data):
    """Of every question of the course, some messages of some honest answers with one node replaced."""
    question = data.draw(st.sampled_from(sorted(room.checks)))
    number = data.draw(st.integers(1, 40) | st.integers(1, 4))
    lie = {name: data.draw(strategy) for name, strategy in LIES.items()}
    channel = Lying(vars(room.reference), number, **lie)
    try:
        verdict = run_check(room.checks[question], channel, room.reference, 0)
    finally:
        channel.close()
    honest = ask_in_process(room.checks[question], vars(room.reference), room.reference, 0)
    assert [case.title for case in verdict.cases] == [case.title for case in honest.cases]


@check("between")
def between(student, reference, rng):
    """Asks between its cases, as a check may whose cases share an answer."""
    with student.case("one", 1):
        expect_close(student.one(), 1, "one")
    total = student.rows() + 1
    with student.case("two", 3):
        expect_close(total, 3, "rows")
    with student.case("three", 4):
        expect_close(student.one(), 1, "one")


def raises() -> None:
    raise KeyError("x")


@pytest.mark.parametrize(
    "rows",
    [lambda: "text", lambda: None, dict, raises, 5],
    ids=["text", "none", "dict", "raises", "no function"],
)
def test_what_goes_wrong_between_cases_costs_all_that_were_not_asked(rows):
    honest = {"one": lambda: 1, "rows": lambda: 2}
    verdict = ask_in_process(between, honest | {"rows": rows}, SimpleNamespace(**honest), 0)
    assert [(case.title, case.passed) for case in verdict.cases] == [
        ("one", True),
        ("two", False),
        ("three", False),
    ]
    assert verdict.fraction == 1 / 8
    assert all(case.message for case in verdict.cases[1:])


def test_a_check_that_cannot_even_ask_the_reference_is_at_fault_itself():
    broken = {"one": lambda: 1, "rows": lambda: "text"}
    with pytest.raises(TypeError):
        ask_in_process(between, broken, SimpleNamespace(**broken), 0)
