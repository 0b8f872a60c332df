"""The student's functions as a hidden check sees them: what looks like a call is a message to the kernel."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from autograder.verdict.raised import hint
from autograder.verdict.reply import Raised, Reply, parse_reply
from autograder.verdict.verdict import Case, Outcome
from course_utils.compare import CheckFailed, Failure
from course_utils.grading.responder import NOT_DEFINED
from course_utils.grading.wire import DEFAULT_LIMITS, Limits, WireError, decode, encode

# The layer API's convention: the second result of a forward function is its cache, and a cache is opaque.
_RETURNS_CACHE = re.compile(r"_forward(_naive)?$")
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")


class StudentError(CheckFailed):
    """The student's code raised instead of returning; the text says what and where.

    Attributes:
        outcome: how the case ends in which this is raised.
        raised: the type of what the student's code raised, or "" when it raised nothing.
    """

    outcome = Outcome.RAISED

    def __init__(self, failure: Failure | str, raised: str = ""):
        super().__init__(failure)
        self.raised = raised


class NotWritten(StudentError):
    """The student's function is still the stub, or is not defined at all."""

    outcome = Outcome.NOT_WRITTEN


class NotDefined(NotWritten):
    """The student's notebook defines no such function; `failure.subject` is its name."""

    outcome = Outcome.NOT_DEFINED


class NoAnswer(StudentError):
    """The kernel did not answer: the call took too long, or the kernel is gone."""

    outcome = Outcome.NO_ANSWER


Message = tuple[dict[str, Any], list[bytes]]


class Channel(Protocol):
    """Carries one request to the responder and brings its reply back."""

    def request(
        self,
        header: dict[str, Any],
        buffers: list[bytes],
        serve: Callable[[dict[str, Any], list[bytes]], Message],
    ) -> Message:
        """Send a request and return the reply, answering with `serve` what is called back in between.

        Raises:
            NoAnswer: no reply came in time.
        """


@dataclass(frozen=True)
class Handle:
    """An object that stays in the student's kernel: a cache, a model.

    `net.loss(X, y)` calls a method, `net.read("params")` brings an attribute that is data,
    `net.write_item("params", "W1", value)` sets one entry of a dict.
    """

    _student: Student
    _number: int
    _type: str

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *args, **kwargs: self._student.call_method(self, name, *args, **kwargs)

    def read(self, attribute: str) -> Any:
        """An attribute that is data, or a handle of one that is not."""
        return self._student.ask({"op": "read", "handle": self._number, "attribute": attribute}, attribute)

    def write_item(self, attribute: str, key: str, value: Any) -> None:
        """Set one entry of a dict that the object holds."""
        self._student.write_item(self, attribute, key, value)

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
        cache = returns is None and bool(_RETURNS_CACHE.search(name))
        header = {"op": "call", "name": name, "cache": cache, "as_handle": as_handle}
        result = self._call(header, name, args, kwargs)
        names = "out, cache" if cache else returns
        return _expect_results(result, name, names) if names else result

    def call_method(self, handle: Handle, name: str, *args: Any, **kwargs: Any) -> Any:
        """Call a method of an object that stays in the kernel; see `call`."""
        header = {"op": "call", "handle": handle._number, "name": name}
        return self._call(header, f"{handle._type}.{name}", args, kwargs)

    def write_item(self, handle: Handle, attribute: str, key: str, value: Any) -> None:
        """Set one entry of a dict that the object holds."""
        tree, buffers = encode(value, self._name_foreign)
        header = {
            "op": "write_item",
            "handle": handle._number,
            "attribute": attribute,
            "key": key,
            "item": tree,
        }
        self.ask(header, f"{handle._type}.{attribute}", buffers)

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
        if names:
            self.ask({"op": "forbid", "names": list(names)}, "the grader")

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

    def _call(self, header: dict[str, Any], label: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        tree, buffers = encode({"args": list(args), "kwargs": kwargs}, self._name_foreign)
        return self.ask(header | {"arguments": tree}, label, buffers)

    def ask(self, header: dict[str, Any], label: str, buffers: Sequence[bytes] = ()) -> Any:
        """Send one request, serve what the student's code calls back for, and return the answer."""
        reply, out = self._channel.request(header, list(buffers), self._serve)
        try:
            parsed = parse_reply(reply)
            value = decode(parsed.value, out, self._limits, self._as_handle)
        except WireError as error:
            raise StudentError(f"{label} returned something that cannot be marked: {error}") from error
        if parsed.raised:
            raise _as_exception(label, parsed.raised)
        self._note_changes(label, parsed)
        return value

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
        if callable(value):
            self._callbacks.append(value)
            return {"callback": len(self._callbacks) - 1}
        raise TypeError(f"a check cannot send a value of type {type(value).__name__}")

    def _as_handle(self, node: dict[str, Any]) -> Handle:
        number, kind = node.get("handle"), node.get("type", "object")
        if type(number) is not int or not 0 <= number < 2**63 or not isinstance(kind, str):
            raise WireError("a node of unknown form")
        return Handle(self, number, kind[:80])

    def _note_changes(self, label: str, reply: Reply) -> None:
        for which in reply.changed:
            self.changed.add(f"{_argument(which)} of {label}"[:200])
        for forward, which in reply.changed_since:
            self.changed.add(f"{_argument(which)} of {forward} (during {label})"[:200])


def _argument(which: int | str) -> str:
    known = isinstance(which, int) and which < len(_ORDINALS)
    return f"the {_ORDINALS[int(which)]} argument" if known else f"`{which}`"


def _expect_results(result: Any, name: str, names: str) -> Any:
    wanted = names.split(", ")
    if len(wanted) == 1 or (isinstance(result, tuple | list) and len(result) == len(wanted)):
        return result
    came = f"{len(result)} values" if isinstance(result, tuple | list) else f"one {type(result).__name__}"
    raise StudentError(f"{name} must return ({names}), but returned {came}")


def _as_exception(label: str, raised: Raised) -> StudentError:
    if raised.kind == "NotImplementedError":
        return NotWritten(raised.message or f"{label} is not written yet")
    if raised.kind == NOT_DEFINED:
        return NotDefined(Failure(f"{label} is not defined", label))
    said = hint(raised.kind, raised.message, inside=bool(raised.where))
    fact = f"{label} raised {raised.kind}: {raised.message}{raised.where}"
    return StudentError(Failure(fact, advice=(said,) if said else ()), raised.kind)
