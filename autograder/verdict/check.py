"""Hidden checks: ordinary functions that ask a student's code and compare its answers with the reference.

    @check("affine_forward")
    def affine_forward(student, reference, rng):
        with student.case("a batch of images"):
            x, w, b = rng.normal(size=(4, 3, 2)), rng.normal(size=(6, 5)), rng.normal(size=5)
            out, _ = student.affine_forward(x, w, b)
            expect_close(out, reference.affine_forward(x, w, b)[0], "out")

Cases pass or fail one by one; the mark is the weight of those that passed. Which cases there are must not depend on
the student, so that a kernel that dies half way loses only what it did not answer.
"""

from __future__ import annotations

import importlib
import logging
import time
import traceback
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.verdict.channel import Channel, Message
from autograder.verdict.slips.naming import has_unnamed, name_slips
from autograder.verdict.slips.transcript import Recorder, Transcript
from autograder.verdict.student import Student
from autograder.verdict.verdict import Case, Outcome, Verdict
from course_utils.compare import CheckFailed
from course_utils.errors import CourseError
from course_utils.grading import Responder

log = logging.getLogger(__name__)

# Of processor time, for all questions of a notebook.
_EXPLAIN_SECONDS = 10.0

CheckFunction = Callable[[Student, SimpleNamespace, np.random.Generator], None]


@dataclass(frozen=True)
class Check:
    """A hidden check and what may not stand in for the student's answer while it runs; see `check`."""

    question: str
    function: CheckFunction
    forbids: tuple[str, ...] = ()
    first: CheckFunction | None = None

    @cached_property  # the same ones each time, which are remembered by themselves
    def parts(self) -> list[Check]:
        """What is asked one after the other, each without knowing of the others."""
        rest = replace(self, first=None)
        return [replace(rest, function=partial(_and_forget, self.first)), rest] if self.first else [rest]


def _and_forget(
    first: CheckFunction, student: Student, reference: SimpleNamespace, rng: np.random.Generator
) -> None:
    """A check behind which another one begins as if nothing had been asked."""
    first(student, reference, rng)
    student.forget()


def check(
    question: str, *, forbids: tuple[str, ...] | list[str] = (), first: CheckFunction | None = None
) -> Callable[[CheckFunction], Check]:
    """Make the decorated function the hidden check of `question` in its module.

    Args:
        question: name of the graded function or class.
        forbids: functions that raise "write this one yourself" while the question is asked: dotted names of a
            library's, bare names of the student's own.
        first: a check of its own, whose cases come before: what a student's code draws anew each time, as first weights
            are. The other cases are then asked the same and answered the same as those of another right answer, and
            need not be looked at again; see `autograder.verdict.memo`.
    """
    return lambda function: Check(question, function, tuple(forbids), first)


def check_module(name: str) -> str:
    """Full name of the module that the manifest's entry `checks` names: a room of `autograder.checks`, or any other."""
    return name if "." in name else f"autograder.checks.{name}"


def load_checks(module_name: str) -> dict[str, Check]:
    """All checks of `autograder.checks.<module_name>`, or of the module of that full name, by question.

    Raises:
        CourseError: there is no such module, it cannot be imported, or two of its functions check the same question.
    """
    full_name = check_module(module_name)
    try:
        module = importlib.import_module(full_name)
    except ModuleNotFoundError as error:
        if error.name != full_name:
            raise _not_importable(full_name, error) from error
        raise CourseError(
            f"course.toml names the checks {module_name!r}, and there is no module {full_name}: write it, or take "
            "the entry `checks` out where nothing is graded"
        ) from error
    except Exception as error:  # an author's mistake, whatever it is
        raise _not_importable(full_name, error) from error
    checks: dict[str, Check] = {}
    for found in vars(module).values():
        if isinstance(found, Check):
            if found.question in checks:
                raise CourseError(f"{full_name} holds two checks of {found.question}: remove one")
            checks[found.question] = found
    return checks


def _not_importable(module: str, error: Exception) -> CourseError:
    """What is wrong with a module of checks, and where: the last line of its own, or the one that is no Python."""
    if isinstance(error, SyntaxError):
        place = f"{error.filename}, line {error.lineno}"
    else:
        frames = traceback.extract_tb(error.__traceback__)
        last = [frame for frame in frames if not frame.filename.startswith("<frozen")][-1]
        place = f"{last.filename}, line {last.lineno}"
    return CourseError(f"the checks {module} cannot be imported: {type(error).__name__}: {error} ({place})")


def run_check(
    check: Check,
    channel: Channel,
    reference: SimpleNamespace,
    seed: int,
    later: list[Callable[[], None]] | None = None,
) -> Verdict:
    """Ask one question over a channel and return its verdict; the student's mistakes never raise.

    Args:
        later: gets what would say more of the verdict's cases and takes a while, when somebody waits at the channel's
            other end; by default it is done at once.

    Raises:
        Exception: what a check raises that cannot even ask the reference.
    """
    if check.first:
        return joined([run_check(part, channel, reference, seed, later) for part in check.parts])
    recorder = Recorder(channel)
    student = recorder.student
    verdict = Verdict(check.question, seed, student.cases)
    try:
        student.forbid(check.forbids)
        check.function(student, reference, _draws(check, seed))
    except Exception as error:  # outside of any case: nothing more can be asked
        cases = _cases(check, reference, seed, error)
        with student.case(check.question):
            raise error
        last = student.cases.pop()
        unasked = cases[len(student.cases) :] or [last]
        student.cases += [replace(last, title=case.title, weight=case.weight) for case in unasked]
    else:
        if has_unnamed(student.cases):
            name = partial(_name_slips, check, recorder, reference, seed)
            if later is None:
                name()
            else:
                later.append(name)
    for case in student.cases:
        if case.outcome is Outcome.STUMBLED:
            log.warning("%s, case %r, seed %d: %s", check.question, case.title, seed, case.message)
    return verdict


def joined(verdicts: Sequence[Verdict]) -> Verdict:
    """The verdict on a question from those on its parts."""
    first = verdicts[0]
    return Verdict(first.question, first.seed, [case for verdict in verdicts for case in verdict.cases])


def explain(explanations: list[Callable[[], None]], seconds: float = _EXPLAIN_SECONDS) -> None:
    """Say more of the cases of a notebook's verdicts: what `run_check` left for later.

    Args:
        seconds: of processor time, after which no other one is begun.
    """
    until = time.thread_time() + seconds
    for each in explanations:
        if time.thread_time() < until:
            each()


def _name_slips(check: Check, recorder: Recorder, reference: SimpleNamespace, seed: int) -> None:
    """Say more of cases that failed for no known reason; whatever goes wrong in this, the verdict stands."""
    ask = partial(_ask_again, check, reference, seed)
    try:
        name_slips(check.question, recorder.student.cases, recorder.transcript, reference, ask)
    except Exception:
        log.exception("%s, seed %d: no slip could be looked for", check.question, seed)


def _ask_again(
    check: Check, reference: SimpleNamespace, seed: int, namespace: dict[str, Any]
) -> tuple[list[Case], Transcript]:
    """The cases of another namespace that is asked the same question, and what was exchanged."""
    channel = InProcess(namespace)
    recorder = Recorder(channel, channel.objects)
    try:
        check.function(recorder.student, reference, _draws(check, seed))
    finally:
        channel.close()
    return recorder.student.cases, recorder.transcript


def _draws(check: Check, seed: int) -> np.random.Generator:
    return np.random.default_rng([seed, zlib.crc32(check.question.encode())])


def _cases(check: Check, reference: SimpleNamespace, seed: int, error: Exception) -> list[Case]:
    """All cases of a question, by asking the reference; raises when not even the reference can be asked.

    Args:
        error: what ended the student's own cases; a check that did not choose to fail may be at fault itself.
    """
    channel = InProcess(vars(reference))
    student = Student(channel)
    try:
        check.function(student, reference, _draws(check, seed))
    except Exception:
        if not isinstance(error, CheckFailed):
            raise
    finally:
        channel.close()
    return student.cases


class InProcess:
    """A channel to a namespace in this process: for planted answers, authors and mutation tests, not for students.

    Args:
        namespace: where the functions are looked up by name.

    Attributes:
        objects: what stays here, by number.
    """

    def __init__(self, namespace: dict[str, Any]):
        self._responder = Responder(namespace)
        self.objects = self._responder.objects

    def request(self, header: dict[str, Any], buffers: list[bytes], serve: Callable[..., Message]) -> Message:
        """Have the responder carry out one request."""
        return self._responder.respond(header, buffers, serve)

    def start_afresh(self, prepare: str) -> None:
        """Nothing: a namespace has no kernel of its own that could be started again."""

    def close(self) -> None:
        """Forget all handles and give forbidden functions back."""
        self._responder.close()


def ask_in_process(
    check: Check,
    namespace: dict[str, Any],
    reference: SimpleNamespace,
    seed: int,
    *,
    explained: bool = True,
) -> Verdict:
    """Run a hidden check against functions of this process, through the same messages a kernel would get.

    Args:
        explained: say all that can be said of what is wrong; whoever wants the fraction alone saves time.
    """
    channel = InProcess(namespace)
    try:
        return run_check(check, channel, reference, seed, None if explained else [])
    finally:
        channel.close()
