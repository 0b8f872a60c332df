"""How an answer can fail to be one: each an exception that ends the case in which it is raised."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from autograder.verdict.raised import hint
from autograder.verdict.reply import Raised
from autograder.verdict.verdict import Outcome
from course_utils.compare import CheckFailed, Failure
from course_utils.grading.responder import NOT_DEFINED
from course_utils.grading.wire import WireError


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


def as_error(label: str, raised: Raised) -> StudentError:
    """The error that stands for what the student's code raised."""
    if raised.kind == "NotImplementedError":
        return NotWritten(raised.message or f"{label} is not written yet")
    if raised.kind == NOT_DEFINED:
        return NotDefined(Failure(f"{label} is not defined", label))
    said = hint(raised.kind, raised.message, inside=bool(raised.where))
    fact = f"{label} raised {raised.kind}: {raised.message}{raised.where}"
    return StudentError(Failure(fact, advice=(said,) if said else ()), raised.kind)


@contextmanager
def marking(label: str) -> Iterator[None]:
    """Say of what is malformed inside who returned it."""
    try:
        yield
    except WireError as error:
        raise StudentError(f"{label} returned something that cannot be marked: {error}") from error


def expect_results(result: Any, name: str, names: str) -> Any:
    """A result of as many parts as there are names, as in "dx, dw, db"."""
    wanted = names.split(", ")
    if len(wanted) == 1 or (isinstance(result, tuple | list) and len(result) == len(wanted)):
        return result
    came = f"{len(result)} values" if isinstance(result, tuple | list) else f"one {type(result).__name__}"
    raise StudentError(f"{name} must return ({names}), but returned {came}")
