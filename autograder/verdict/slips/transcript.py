"""What was asked in each case of a question, and what came back."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from autograder.verdict.channel import Channel, Message
from autograder.verdict.reply import Raised, Reply, parse_reply, parse_row
from autograder.verdict.student import Student
from course_utils.grading.wire import WireError, decode

# What is kept of one question; what comes later is not looked at.
_MOST_BYTES = 8 * 2**20
_DOUBLE, _SINGLE = 1e-9, 1e-5


# What a check asks between cases.
_OF_NO_CASE = ("forbid", "forget")
# What is asked for nothing that could be told.
_NO_ANSWER = ("write_items", "run")
# Stands for an object that stayed where it is: nothing of it is known.
HELD = "<an object>"


@dataclass(frozen=True)
class Exchange:
    """One request and the reply, which is read when somebody looks at it.

    Attributes:
        header, buffers: of the request.
        serve: answers what is called back in between.
        reply, out: header and buffers of the reply.
    """

    header: dict[str, Any]
    buffers: list[bytes]
    serve: Callable[..., Message]
    reply: dict[str, Any]
    out: list[bytes]

    @cached_property
    def _read(self) -> tuple[Any, tuple[Any, ...]]:
        try:
            if "replies" not in self.reply:
                return _read(parse_reply(self.reply), self.out)
            row = [_read(*each) for each in parse_row(self.reply, self.out)]
            told = zip(row, self.header["requests"], strict=False)
            answers = [answer for (answer, _), asked in told if asked["op"] not in _NO_ANSWER]
            return answers, tuple(itertools.chain(*(changed for _, changed in row)))
        except WireError:
            return Raised("WireError", ""), ()

    @property
    def answer(self) -> Any:
        """What came: a value, or what was raised; of a row all of them."""
        return self._read[0]

    @property
    def changed(self) -> tuple[Any, ...]:
        """Arguments that were changed in place."""
        return self._read[1]

    def asks_as(self, other: Exchange) -> bool:
        """Whether both ask for the same."""
        return self.header == other.header and self.buffers == other.buffers

    def answers_as(self, other: Exchange, *, form_alone: bool = False) -> bool:
        """Whether both answers are the same, but for rounding; see `same`."""
        return same(self.answer, other.answer, form_alone=form_alone) and self.changed == other.changed


@dataclass
class Transcript:
    """What was exchanged in each case, by the case's place.

    Attributes:
        cases: the exchanges.
        held: the objects that the responder held before, by number.
        is_afresh: whether another kernel was asked, too.
    """

    cases: dict[int, list[Exchange]] = field(default_factory=dict)
    held: dict[int, dict[int, Any]] = field(default_factory=dict)
    is_afresh: bool = False

    def of(self, case: int) -> list[Exchange]:
        """Those of one case, after those that came before all cases."""
        return [*self.cases.get(-1, []), *self.cases.get(case, [])]

    def held_at(self, case: int) -> dict[int, Any]:
        """What was held before the first exchange of `of(case)`."""
        return {} if -1 in self.cases else self.held.get(case, {})


class Recorder:
    """A channel that notes what goes over another one.

    Args:
        channel: the other one.
        objects: what its responder holds, by number, where that is known.

    Attributes:
        transcript: what it has noted.
        student: who asks over it.
    """

    def __init__(self, channel: Channel, objects: Mapping[int, Any] | None = None):
        self.transcript = Transcript()
        self.student = Student(self)
        self._channel, self._objects = channel, {} if objects is None else objects
        self._left = _MOST_BYTES

    def request(self, header: dict[str, Any], buffers: list[bytes], serve: Callable[..., Message]) -> Message:
        """Have the other channel carry out a request."""
        case = len(self.student.cases) - 1
        if case not in self.transcript.held:
            self.transcript.held[case] = dict(self._objects)
        reply, out = self._channel.request(header, buffers, serve)
        self._left -= sum(map(len, buffers)) + sum(map(len, out))
        if self._left > 0 and header.get("op") not in _OF_NO_CASE:
            found = Exchange(header, buffers, serve, reply, out)
            self.transcript.cases.setdefault(case, []).append(found)
        return reply, out

    def start_afresh(self, prepare: str) -> None:
        """Have the other channel go on with another kernel."""
        self.transcript.is_afresh = True
        self._channel.start_afresh(prepare)


def _read(reply: Reply, out: list[bytes]) -> tuple[Any, tuple[Any, ...]]:
    """What a reply says, in a form that can be compared, and the arguments that were changed."""
    answer = reply.raised or decode(reply.value, out, foreign=lambda node: HELD)
    return answer, (*reply.changed, *reply.changed_since)


def same(one: Any, other: Any, *, form_alone: bool = False) -> bool:
    """Whether two answers differ by nothing but rounding.

    Args:
        form_alone: look at kinds, keys, shapes and dtypes, and at no number.
    """
    if isinstance(one, Raised) or isinstance(other, Raised):
        return isinstance(one, Raised) and isinstance(other, Raised) and one.kind == other.kind
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[k], other[k], form_alone=form_alone) for k in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        pairs = zip(one, other, strict=False)
        return len(one) == len(other) and all(same(a, b, form_alone=form_alone) for a, b in pairs)
    if _is_number(one) and _is_number(other):
        return _same_numbers(np.asarray(one), np.asarray(other), form_alone)
    return type(one) is type(other) and (form_alone or one == other)


def _is_number(value: Any) -> bool:
    return isinstance(value, np.ndarray | np.generic | bool | int | float)


def _same_numbers(one: np.ndarray, other: np.ndarray, form_alone: bool) -> bool:
    if one.shape != other.shape or (one.dtype.kind == "f") != (other.dtype.kind == "f"):
        return False
    if form_alone or one.dtype.kind not in "fiu":
        return form_alone or bool(np.array_equal(one, other))
    single = min(one.dtype.itemsize, other.dtype.itemsize) < 8 and one.dtype.kind == "f"
    finite = np.isfinite(one)
    if not np.array_equal(finite, np.isfinite(other)) or not np.array_equal(
        one[~finite], other[~finite], equal_nan=True
    ):
        return False
    scale = float(np.max(np.abs(one[finite]), initial=0.0))
    return bool(np.all(np.abs(one[finite] - other[finite]) <= (_SINGLE if single else _DOUBLE) * scale))


def says_something(answer: Any) -> bool:
    """Whether an answer is of a kind that a slip may give: words and finite numbers, and not one number throughout."""
    parts = list(_parts(answer))
    arrays = [part for part in parts if isinstance(part, np.ndarray) and part.size > 1]
    if not parts or not all(isinstance(part, str) or _is_finite(part) for part in parts):
        return False
    return not arrays or any(np.any(array != array.flat[0]) for array in arrays)


def _is_finite(part: Any) -> bool:
    return _is_number(part) and np.asarray(part).dtype.kind in "biuf" and bool(np.isfinite(part).all())


def holds_fractions(answer: Any) -> bool:
    """Whether an answer that says something holds numbers that are not whole."""
    return any(not isinstance(part, str) and np.any(part != np.round(part)) for part in _parts(answer))


def _parts(answer: Any) -> Iterator[Any]:
    if isinstance(answer, dict | list | tuple):
        for each in answer.values() if isinstance(answer, dict) else answer:
            yield from _parts(each)
    else:
        yield answer
