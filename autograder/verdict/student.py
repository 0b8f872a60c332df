"""The student's functions as a hidden check sees them: what looks like a call is a message to the kernel."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from autograder.verdict.asked import TOGETHER, Asked, Made, row, together
from autograder.verdict.channel import Channel, Message
from autograder.verdict.refusals import StudentError, as_error, expect_results, marking
from autograder.verdict.reply import Reply, parse_reply, parse_row
from autograder.verdict.verdict import Case, Outcome
from course_utils.compare import CheckFailed, Failure
from course_utils.grading.wire import DEFAULT_LIMITS, Limits, WireError, decode, encode

# The layer API's convention: the second result of a forward function is its cache, and a cache is opaque.
_RETURNS_CACHE = re.compile(r"_forward(_naive)?$")


@dataclass(frozen=True)
class Handle:
    """An object that stays in the student's kernel: a cache, a model.

    `net.loss(X, y)` calls a method, `net.read("params")` brings an attribute that is data,
    `net.write_items("params", {"W1": value})` sets entries of a dict.
    """

    _student: Student
    _number: int
    _type: str

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *args, **kwargs: self._student.send(self.asking(name, *args, **kwargs))

    def read(self, attribute: str) -> Any:
        """An attribute that is data, or a handle of one that is not."""
        return self._student.ask({"op": "read", "handle": self._number, "attribute": attribute}, attribute)

    def write_items(self, attribute: str, items: Mapping[str, Any]) -> None:
        """Set entries of a dict that the object holds."""
        self._student.send(self.writing(attribute, items))

    def asking(self, name: str, *args: Any, **kwargs: Any) -> Asked:
        """A call of a method, not made yet; see `Student.ask_each`."""
        header = {"op": "call", "handle": self._number, "name": name}
        return Asked(header, {"args": list(args), "kwargs": kwargs}, f"{self._type}.{name}")

    def writing(self, attribute: str, items: Mapping[str, Any]) -> Asked:
        """Entries of a dict, not set yet; see `Student.ask_each`."""
        header = {"op": "write_items", "handle": self._number, "attribute": attribute}
        return Asked(header, dict(items), f"{self._type}.{attribute}", key="items")

    def ask_each(self, asked: Sequence[Asked]) -> list[Any]:
        """Make many calls at once; see `Student.ask_each`."""
        return self._student.ask_each(asked)

    def __repr__(self) -> str:
        return f"<{self._type} in the student's kernel>"


class Student:
    """A student's namespace, asked by message.

    `student.affine_forward(x, w, b)` calls the function of that name. Arrays and numbers come back as data, anything
    else as a `Handle`; so does the cache, the second result of every `*_forward` function.

    Args:
        channel: carries the messages.
        limits: what one reply may cost.
    """

    def __init__(self, channel: Channel, limits: Limits = DEFAULT_LIMITS):
        self._channel = channel
        self._limits = limits
        self._callbacks: list[Callable[..., Any]] = []
        self._forbidden: tuple[str, ...] = ()
        self.cases: list[Case] = []
        self.changed: set[str] = set()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *args, **kwargs: self.call(name, *args, **kwargs)

    def call(
        self, name: str, *args: Any, returns: str | None = None, as_handle: bool = False, **kwargs: Any
    ) -> Any:
        """Call the student's function `name`.

        Args:
            as_handle: the result stays in the kernel, whatever it is made of.
            returns: names of the results, as in "dx, dw, db"; a result of another length fails with a sentence.
                Forward functions return "out, cache" unless this says otherwise; `returns=""` takes whatever comes.

        Raises:
            StudentError: the function raised, is not written, did not answer, or returned something else.
        """
        return self.send(self.calling(name, *args, returns=returns, as_handle=as_handle, **kwargs))

    def calling(
        self, name: str, *args: Any, returns: str | None = None, as_handle: bool = False, **kwargs: Any
    ) -> Asked:
        """What `call` asks for, not asked yet; see `row`."""
        cache = returns is None and bool(_RETURNS_CACHE.search(name))
        asked = self.asking(name, *args, **kwargs)
        header = asked.header | {"cache": cache, "as_handle": as_handle}
        return replace(asked, header=header, returns="out, cache" if cache else returns or "")

    def asking(self, name: str, *args: Any, **kwargs: Any) -> Asked:
        """A call of the student's function `name`, not made yet; see `ask_each`."""
        return Asked({"op": "call", "name": name}, {"args": list(args), "kwargs": kwargs}, name)

    def row(self, asked: Sequence[Asked]) -> Iterator[Any]:
        """Ask for several things with one message, where a later one may be about what an earlier one makes; see `Made`.

        Returns:
            The results one after the other; taking one raises what `call` would have raised, and then there are no more.
        """
        tree, buffers = encode([each.values for each in asked], self._name_foreign)
        reply, out = self._channel.request(row(asked, tree["list"]), list(buffers), self._serve)
        return self._results(asked, reply, out)

    def _results(self, asked: Sequence[Asked], reply: dict[str, Any], out: list[bytes]) -> Iterator[Any]:
        replies = parse_row(reply, out)
        for each in asked:
            with marking(each.label):
                parsed = next(replies, None)
            if parsed is None:
                raise StudentError(f"{each.label} was not answered")
            yield self._value(each.label, each.returns, *parsed)

    def ask_each(self, asked: Sequence[Asked]) -> list[Any]:
        """Make many calls, some dozens with each message.

        Returns:
            Of each its result; of a result of several values the first alone.

        Raises:
            StudentError: as `call`, with the first that fails.
        """
        found: list[Any] = []
        for start in range(0, len(asked), TOGETHER):
            some = asked[start : start + TOGETHER]
            tree, buffers = encode([each.values for each in some], self._name_foreign)
            values = self.ask(together(some, tree["list"]), some[-1].label, buffers)
            if not isinstance(values, list) or len(values) != len(some):
                raise StudentError(
                    f"{some[-1].label} was asked {len(some)} times and did not answer each time"
                )
            found += values
        return found

    def run(self, source: str) -> Handle:
        """Run the grader's own source text in the kernel, in a namespace of its own; the name `result` comes back."""
        made = self.ask({"op": "run", "source": source}, "the grader's own code")
        if not isinstance(made, Handle):
            raise StudentError(
                "the grader's own code did not run as it was sent: is the grade client patched?"
            )
        return made

    def forbid(self, names: tuple[str, ...]) -> None:
        """Let functions of these names raise while this question is asked."""
        self._forbidden += names
        if names:
            self.ask({"op": "forbid", "names": list(names)}, "the grader")

    def start_afresh(self, prepare: str = "") -> None:
        """Ask a new kernel from now on, in which the cells above this question ran and nothing else did.

        It has no file that was handed in, and no question was asked there; each of its cells has a few seconds, and of one
        that was stopped or raised the other statements still count. What is forbidden stays so; handles of the first kernel
        are worth nothing there. In an author's own process there is no other kernel: there this changes nothing.

        Args:
            prepare: the grader's own source text, which runs before all cells.

        Raises:
            NoAnswer: the new kernel ended, or asks for nothing.
        """
        self._channel.start_afresh(prepare)
        names, self._forbidden = self._forbidden, ()
        self.forbid(names)

    @contextmanager
    def case(self, title: str, weight: float = 1.0) -> Iterator[None]:
        """One part of a question: passes when its body ends, fails with the sentence of a `CheckFailed`.

        Any other exception also fails the case: what a student returned may be anything at all, and code that works
        on it may stumble. The verdict keeps the exception for the instructor.
        """
        self.changed = set()
        case = Case(title, weight)
        self.cases.append(case)
        try:
            yield
        except StudentError as error:
            case.outcome, case.failure = error.outcome, error.failure
        except CheckFailed as failed:
            case.outcome, case.failure = Outcome.WRONG, failed.failure
        except Exception as error:
            case.outcome, case.failure = (
                Outcome.STUMBLED,
                Failure(
                    f"the answer has an unexpected form, and comparing it stopped with {type(error).__name__}: {error}"
                ),
            )
        else:
            case.outcome = Outcome.PASSED

    def expect_unchanged(self) -> None:
        """Fail when a call of this case changed one of its arguments in place."""
        if self.changed:
            raise CheckFailed(f"{', '.join(sorted(self.changed))} changed in place; work on a copy")

    # messages

    def send(self, asked: Asked) -> Any:
        """Ask for one thing, and return the answer."""
        tree, buffers = encode(asked.values, self._name_foreign)
        return self.ask(asked.header | {asked.key: tree}, asked.label, buffers, asked.returns)

    def ask(
        self, header: dict[str, Any], label: str, buffers: Sequence[bytes] = (), returns: str = ""
    ) -> Any:
        """Send one request, serve what the student's code calls back for, and return the answer."""
        reply, out = self._channel.request(header, list(buffers), self._serve)
        with marking(label):
            parsed = parse_reply(reply)
        return self._value(label, returns, parsed, out)

    def _value(self, label: str, returns: str, reply: Reply, out: list[bytes]) -> Any:
        with marking(label):
            value = decode(reply.value, out, self._limits, self._as_handle)
        if reply.raised:
            raise as_error(label, reply.raised)
        self.changed.update(reply.changes(label))
        return expect_results(value, label, returns) if returns else value

    def _serve(self, message: dict[str, Any], buffers: list[bytes]) -> Message:
        try:
            tree, out = encode(self._lent(message)(*self._arguments(message, buffers)))
        except CheckFailed:
            raise
        except (
            Exception
        ) as error:  # of a function of the check's own, to which anything at all may have been handed
            raise StudentError(
                f"the function that was handed in was called with something else: {error}"
            ) from error
        return {"op": "callback_value", "value": tree}, out

    def _lent(self, message: dict[str, Any]) -> Callable[..., Any]:
        number = message.get("callback")
        if type(number) is not int or not 0 <= number < len(self._callbacks):
            raise WireError("no function of this number was handed in")
        return self._callbacks[number]

    def _arguments(self, message: dict[str, Any], buffers: list[bytes]) -> list[Any]:
        arguments = decode(message.get("arguments"), buffers, self._limits)
        if not isinstance(arguments, list):
            raise WireError("its arguments are no list")
        return arguments

    def _name_foreign(self, value: Any) -> dict[str, Any]:
        if isinstance(value, Handle):
            return {"handle": value._number}
        if isinstance(value, Made):
            return value.node()
        if isinstance(value, type) and issubclass(value, np.generic):
            return {"numpy": value.__name__}
        if callable(value):
            self._callbacks.append(value)
            return {"callback": len(self._callbacks) - 1}
        raise TypeError(f"a check cannot send a value of type {type(value).__name__}")

    def _as_handle(self, node: dict[str, Any]) -> Handle:
        number, kind = node.get("handle"), node.get("type", "object")
        if type(number) is not int or not 0 <= number < 2**63 or not isinstance(kind, str):
            raise WireError("a node of unknown form")
        return Handle(self, number, kind[:80])
