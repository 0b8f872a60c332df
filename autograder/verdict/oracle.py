"""The oracle: hears `grade(...)` on a private socket, asks the questions and keeps the verdicts.

It runs in the grader, in a thread beside the kernel's client. The kernel computes and learns nothing: it is told
"received", then asked for values, then "done", whatever they were worth.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from autograder.limits import QuestionLimits
from autograder.verdict.asked import Afresh
from autograder.verdict.check import Check, joined, run_check
from autograder.verdict.clients import PATIENCE_SECONDS, Client, Clients
from autograder.verdict.conversation import Conversation
from autograder.verdict.line import Line
from autograder.verdict.memo import Tape, memo_of
from autograder.verdict.refusals import NoAnswer
from autograder.verdict.verdict import Verdict
from course_utils.grading.stream import framed
from course_utils.grading.wire import WireError, pack, unpack

log = logging.getLogger(__name__)

_TICK_SECONDS = 0.05
_RECEIVED, _DONE = (framed(pack({"op": op})) for op in ("received", "done"))


class Oracle:
    """Answers one kernel's `grade(...)` calls, each for the question that is open and only once.

    Args:
        folder: a private folder for the socket; the path must be short (a socket's may have about 100 characters).
        checks: hidden checks by question.
        reference: the reference implementations.
        seed: what all inputs are drawn from; random by default.

    Attributes:
        verdicts: what has been found, by question.
        fault: why a hidden check could not be run, or "".
        flooded: why no more questions are taken from this kernel, or "".
        explanations: what would say more of the verdicts, to be done when no kernel waits any more; see `explain`.
        afresh: what the open question wants of another kernel; None as long as it wants none.
    """

    def __init__(
        self,
        folder: Path,
        checks: dict[str, Check],
        reference: SimpleNamespace,
        seed: int | None = None,
        limits: QuestionLimits | None = None,
    ):
        self.endpoint = str(folder / "oracle")
        self.seed = secrets.randbits(63) if seed is None else seed
        self.verdicts: dict[str, Verdict] = {}
        self.fault = ""
        self.clock: Callable[[], float] = time.monotonic  # of the kernel, once there is one
        self.flooded = ""
        self.afresh: Afresh | None = None
        self._is_afresh_open = False
        self._checks, self._reference, self._limits = checks, reference, limits or QuestionLimits()
        self._open: str | None = None
        self._why = ""
        self._lost = threading.Event()
        self._stop = threading.Event()
        self._idle = threading.Event()
        self._clients = Clients(Path(self.endpoint), self._limits.wire)
        self._other: Clients | None = None
        self.explanations: list[Callable[[], None]] = []
        self._thread = threading.Thread(target=self._serve, name="oracle", daemon=True)
        self._thread.start()

    def open(self, question: str) -> None:
        """From now on, and until `close`, the kernel may ask for `question` to be graded."""
        self._open = question
        self.afresh, self._is_afresh_open = None, False

    def open_afresh(self) -> None:
        """From now on the other kernel may ask for the open question to be graded: its cells have run."""
        self._is_afresh_open = True

    def close(self, why: str = "") -> None:
        """No question may be asked; one that is running ends with the cases it has, the rest unanswered.

        Args:
            why: what ended it, if not the kernel's end.
        """
        self._open = None
        self._why = why or "the notebook's kernel stopped before it answered"
        if not self._idle.is_set():
            self._lost.set()
            self._wake()
            self._idle.wait(10)

    def shut_down(self) -> None:
        """Stop listening; the verdicts stay."""
        self.close()
        self._stop.set()
        self._wake()
        self._thread.join(10)
        self._clients.close()

    def _wake(self) -> None:
        for clients in filter(None, (self._clients, self._other)):
            clients.wake()

    # the oracle's thread

    def _serve(self) -> None:
        self._idle.set()
        strays = 0
        while not self._stop.is_set() and not self.flooded:
            received = self._receive(self._clients)
            if received is None:
                continue
            strays += 1
            if strays > self._limits.strays:
                self.flooded = (
                    f"the notebook sent more than {self._limits.strays:,} messages that nobody asked for"
                )
            client, header = received
            if header.get("op") == "grade":
                self._idle.clear()
                try:
                    self._answer(client, header.get("name"))
                except Exception as error:
                    log.exception("a hidden check could not be run")
                    self.fault = f"{type(error).__name__}: {error}"
                    self._clients.send(client, _DONE)
                finally:
                    self._leave_other()
                    self._lost.clear()
                    self._idle.set()

    def _answer(self, client: Client, question: object) -> None:
        question = question if isinstance(question, str) else ""
        is_open = question == self._open and question not in self.verdicts
        patience = PATIENCE_SECONDS if is_open else 0.0  # nobody waits for whom nobody asked
        self._clients.send(client, _RECEIVED, patience)
        if is_open:
            line = _KernelLine(self, self._clients, client)
            parts = self._checks[question].parts
            self.verdicts[question] = joined([self._verdict(part, line) for part in parts])
            line.end()
        else:
            log.info("ignored a call to grade for %.60r", question)
            self._clients.send(client, _DONE, patience)

    def _verdict(self, check: Check, line: Line) -> Verdict:
        """The verdict on what comes over a line, from memory where the same has come before and was right."""
        memo = memo_of(check, self._reference, self.seed)
        tape = Tape(line)
        if verdict := memo.recall(tape):
            return verdict
        tape.rewind()
        channel = Conversation(tape, self._limits.wire)
        verdict = run_check(check, channel, self._reference, self.seed, self.explanations)
        memo.learn(tape, verdict)
        return verdict

    def _listen_afresh(self, prepare: str) -> Clients:
        """A socket for another kernel, which whoever runs this one has to start."""
        self._other = Clients(Path(f"{self.endpoint}-afresh"), self._limits.wire)
        self.afresh = Afresh(str(self._other.path), prepare)
        return self._other

    def _await(self, clients: Clients) -> tuple[Clients, Client]:
        """Wait until a kernel asks for the open question to be graded.

        Raises:
            NoAnswer: the question was closed before that.
        """
        while not self._lost.is_set():
            received = self._receive(clients)
            if received and received[1].get("op") == "grade":
                client, is_open = received[0], self._is_afresh_open and received[1].get("name") == self._open
                clients.send(client, _RECEIVED)
                if is_open:
                    return clients, client
                clients.send(client, _DONE)
        raise NoAnswer(self._why)

    def _leave_other(self) -> None:
        if self._other:
            self._other.close()
            self._other = None

    def _receive(self, clients: Clients) -> tuple[Client, dict[str, Any]] | None:
        """The next message as (client, header); the header of one that cannot be read is empty."""
        received = clients.receive(_TICK_SECONDS)
        if received is None:
            return None
        client, frames = received
        try:
            if isinstance(frames, WireError):
                raise frames
            return client, unpack(frames, self._limits.wire)[0]
        except WireError as error:
            log.info("ignored a message from the kernel: %s", error)
            return client, {}


class _KernelLine:
    """One question's line to one client of the oracle's socket, and then to one of another kernel's."""

    def __init__(self, oracle: Oracle, clients: Clients, client: Client):
        self._oracle, self._limits = oracle, oracle._limits
        self._messages = 0
        self._until = 0.0
        self._gone = ""
        self._talk_to(clients, client)

    def _talk_to(self, clients: Clients, client: Client) -> None:
        self._clients, self._client = clients, client
        self._deadline = self._oracle.clock() + self._limits.question_seconds

    def start_afresh(self, prepare: str) -> None:
        if self._gone:
            raise NoAnswer(self._gone)
        clients = self._oracle._listen_afresh(prepare)
        self.end()  # whoever runs the first kernel goes on then, and sees what is wanted
        try:
            self._talk_to(*self._oracle._await(clients))
        except NoAnswer as failure:
            self._give_up(str(failure))

    def end(self) -> None:
        """Tell whoever answers that this is all."""
        self._clients.send(self._client, _DONE)

    def ask(self, message: bytes, calls: int) -> None:
        if self._gone:
            raise NoAnswer(self._gone)
        self._until = min(self._deadline, self._oracle.clock() + calls * self._limits.call_seconds)
        self._clients.send(self._client, message)

    def answer(self, message: bytes) -> None:
        self._clients.send(self._client, message)

    def wait(self) -> list[bytes] | WireError:
        while True:
            self._check_limits()
            received = self._clients.receive(_TICK_SECONDS)
            if received is None:
                continue
            self._messages += 1
            client, frames = received
            if client is self._client:
                return frames

    def _check_limits(self) -> None:
        if self._gone:
            raise NoAnswer(self._gone)
        now = self._oracle.clock()
        if self._oracle._lost.is_set():
            self._give_up(self._oracle._why)
        elif now > self._deadline:
            self._give_up(
                f"not answered within the {self._limits.question_seconds:g} s that a question may take"
            )
        elif now > self._until:
            self._give_up(
                f"a call did not return within {self._limits.call_seconds:g} s: is there a loop that never ends?"
            )
        elif self._messages > self._limits.messages:
            self._give_up(f"more than {self._limits.messages} messages were exchanged")

    def _give_up(self, reason: str) -> None:
        self._gone = reason
        raise NoAnswer(reason)
