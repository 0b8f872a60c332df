"""The student's functions as a hidden check sees them: what looks like a call is a message to the kernel."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

import numpy as np

from autograder.verdict.asked import TOGETHER, Asked, Made, row, together
from autograder.verdict.channel import Channel
from autograder.verdict.handle import NEVER_MADE, Handle
from autograder.verdict.lent import Lent
from autograder.verdict.refusals import StudentError, as_error, expect_results, marking
from autograder.verdict.reply import Reply, parse_reply, parse_row
from autograder.verdict.verdict import Case, Outcome
from course_utils.compare import CheckFailed, Failure
from course_utils.grading.wire import DEFAULT_LIMITS, Limits, WireError, decode, encode

# The layer API's convention: the second result of a forward function is its cache, and a cache is opaque.
_RETURNS_CACHE = re.compile(r"_forward(_naive)?$")


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
        self._lent = Lent(limits)
        self._forbidden: tuple[str, ...] = ()
        # What goes with the next message, and what each makes; while a row is sent, what those ahead of the others make.
        self._waiting: list[tuple[Asked, Handle | None]] = []
        self._ahead: list[Handle | None] = []
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
        header = {"op": "call", "name": name, "cache": cache, "as_handle": as_handle}
        values = {"args": list(args), "kwargs": kwargs}
        return Asked(header, values, name, returns="out, cache" if cache else returns or "")

    def asking(self, name: str, *args: Any, **kwargs: Any) -> Asked:
        """A call of the student's function `name`, not made yet; see `ask_each`."""
        return Asked({"op": "call", "name": name}, {"args": list(args), "kwargs": kwargs}, name)

    def row(self, asked: Sequence[Asked]) -> Iterator[Any]:
        """Ask for several things with one message, where a later one may be about what an earlier one makes; see `Made`.

        Returns:
            The results one after the other; taking one raises what `call` would have raised, and then there are no more.
        """
        waiting, self._waiting = self._waiting, []
        requests = [*(each for each, _ in waiting), *asked]
        self._ahead = [made for _, made in waiting]
        try:
            header, buffers = self._encoded(requests, row)
            reply, out = self._channel.request(header, buffers, self._lent.serve)
            results = self._results(requests, reply, out)
            for position, (_, made) in enumerate(waiting):
                # What is ahead of an error has been done, and no more.
                self._waiting = waiting[position + 1 :]
                self._ahead = self._ahead[: position + 1]
                result = next(results)
                if made:
                    made.settle(result)
        finally:
            for made in self._ahead:
                if made and made.number is None:
                    made.number = NEVER_MADE
            self._ahead = []
        return results

    def _encoded(
        self, asked: Sequence[Asked], join: Callable[[Sequence[Asked], Sequence[Any]], dict[str, Any]]
    ) -> tuple[dict[str, Any], list[bytes]]:
        """One request for all of these, as (header, buffers)."""
        tree, buffers = encode([each.values for each in asked], self._name_foreign)
        return join(list(map(self._sendable, asked)), tree["list"]), list(buffers)

    def _sendable(self, asked: Asked) -> Asked:
        handle = asked.header.get("handle")
        if not isinstance(handle, Handle):
            return asked
        node = self._name_foreign(handle)
        return replace(asked, header=asked.header | {"handle": node.get("handle", node)})

    def send_with_next(self, asked: Asked, makes: Handle | None = None) -> None:
        """Ask for something in one message with what is asked next, at the latest when the case ends.

        Args:
            makes: stands for the result from now on.
        """
        self._waiting.append((asked, makes))

    def _send_waiting(self) -> None:
        if self._waiting:
            self.row(())

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
            self._send_waiting()
            header, buffers = self._encoded(some, together)
            values = self.ask(header, some[-1].label, buffers)
            if not isinstance(values, list) or len(values) != len(some):
                raise StudentError(
                    f"{some[-1].label} was asked {len(some)} times and did not answer each time"
                )
            found += values
        return found

    def run(self, source: str) -> Handle:
        """Run the grader's own source text in the kernel, in a namespace of its own; the name `result` comes back."""
        made = self.run_with_next(source)
        self._send_waiting()
        return made

    def run_with_next(self, source: str) -> Handle:
        """As `run`, in one message with what is asked next."""
        made = Handle(self, None, "object")
        self.send_with_next(Asked({"op": "run", "source": source}, (), "the grader's own code"), made)
        return made

    def forbid(self, names: tuple[str, ...]) -> None:
        """Let functions of these names raise while this question is asked."""
        self._forbidden += names
        if names:
            self.ask({"op": "forbid", "names": list(names)}, "the grader")

    def forget(self) -> None:
        """Have the kernel forget all that its handles stand for, and number new ones from the first on."""
        self.ask({"op": "forget"}, "the grader")

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
        self._waiting = []
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
            self._send_waiting()
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
        finally:
            while self._waiting:
                with suppress(StudentError):  # of a case that has failed anyhow
                    self._send_waiting()

    def expect_unchanged(self) -> None:
        """Fail when a call of this case changed one of its arguments in place."""
        if self.changed:
            raise CheckFailed(f"{', '.join(sorted(self.changed))} changed in place; work on a copy")

    # messages

    def send(self, asked: Asked) -> Any:
        """Ask for one thing, and return the answer."""
        if self._waiting:
            return next(self.row([asked]))
        tree, buffers = encode(asked.values, self._name_foreign)
        header = self._sendable(asked).header | {asked.key: tree}
        return self.ask(header, asked.label, buffers, asked.returns)

    def ask(
        self, header: dict[str, Any], label: str, buffers: Sequence[bytes] = (), returns: str = ""
    ) -> Any:
        """Send one request, serve what the student's code calls back for, and return the answer."""
        reply, out = self._channel.request(header, list(buffers), self._lent.serve)
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

    def _name_foreign(self, value: Any) -> dict[str, Any]:
        if isinstance(value, Handle):
            if value.number is None:
                return Made(self._ahead.index(value)).node()
            return {"handle": value.number}
        if isinstance(value, Made):
            return replace(value, position=value.position + len(self._ahead)).node()
        if isinstance(value, type) and issubclass(value, np.generic):
            return {"numpy": value.__name__}
        if callable(value):
            return self._lent.node(value)
        raise TypeError(f"a check cannot send a value of type {type(value).__name__}")

    def _as_handle(self, node: dict[str, Any]) -> Handle:
        number, kind = node.get("handle"), node.get("type", "object")
        if type(number) is not int or not 0 <= number < 2**63 or not isinstance(kind, str):
            raise WireError("a node of unknown form")
        return Handle(self, number, kind[:80])
