"""Questions that need no check any more: the same was asked before, from the same seed, and the same came back.

A check is a function of its seed and of what the kernel replies, so a kernel that replies to the same messages with the
same bytes as one that was found to be right is right. Of what was right the messages are kept, in the order they went;
where a reply is another one, the check runs as ever, is given what has come so far, and goes on from there: nothing is
asked twice, and no kernel is asked for anything that its own check would not ask for.
"""

from __future__ import annotations

import hashlib
import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from types import SimpleNamespace
from typing import Any, NamedTuple

from autograder.verdict.check import Check
from autograder.verdict.line import Line
from autograder.verdict.refusals import NoAnswer
from autograder.verdict.verdict import Case, Outcome, Verdict
from course_utils.grading.stream import framed
from course_utils.grading.wire import WireError

log = logging.getLogger(__name__)

# Of one question's messages, each counted once; beyond this nothing more is learnt.
_MOST_BYTES = 32 * 2**20
_MOST_PATHS = 200
# Of questions, in one process: those of the notebooks that are graded at the time.
_MEMOS = 128


class _Sent(NamedTuple):
    """Something that was done at a line: `how` is the name of the line's method."""

    how: str
    arguments: tuple[Any, ...]


@dataclass
class _Place:
    """Where a conversation may be: what is sent next, and where each reply leads that was right.

    Attributes:
        sent: what is sent before the next reply is waited for.
        places: by the reply's digest.
        passed: title and weight of each case, where the conversation ends here.
    """

    sent: Sequence[_Sent] | None = None
    places: dict[bytes, _Place] = field(default_factory=dict)
    passed: list[tuple[str, float]] | None = None


class Tape:
    """A line that notes what goes over another one, and can play it once more.

    Args:
        line: the other one.

    Attributes:
        exchanges: what was sent before each message that came, and the message's digest.
        sent: what was sent since the last one came.
    """

    def __init__(self, line: Line):
        self._line = line
        self._to_send: deque[_Sent] = deque()
        self._to_receive: deque[list[bytes] | WireError] = deque()
        self._received: list[list[bytes] | WireError] = []
        self.exchanges: list[tuple[list[_Sent], bytes]] = []
        self.sent: list[_Sent] = []

    def rewind(self) -> None:
        """From now on what has been sent is not sent again, and what has come comes again, before anything new does."""
        self._to_send = deque(each for sent, _ in [*self.exchanges, (self.sent, b"")] for each in sent)
        self._to_receive = deque(self._received)
        self._received, self.exchanges, self.sent = [], [], []

    def ask(self, message: bytes, calls: int) -> None:
        """Send a framed request."""
        self.send(_Sent("ask", (message, calls)))

    def answer(self, message: bytes) -> None:
        """Send a framed message that is no request."""
        self.send(_Sent("answer", (message,)))

    def start_afresh(self, prepare: str) -> None:
        """Go on with another kernel."""
        self.send(_Sent("start_afresh", (prepare,)))

    def send(self, what: _Sent) -> None:
        """Do this at the line, unless it was done before the tape was rewound."""
        # A check that is no function of its seed is asked as if nothing were known.
        if self._to_send and self._to_send[0] != what:
            self._to_send.clear()
            self._to_receive.clear()
        if self._to_send:
            self._to_send.popleft()
        else:
            getattr(self._line, what.how)(*what.arguments)
        self.sent.append(what)

    def wait(self) -> list[bytes] | WireError:
        """The frames of the next message, or why it is none."""
        frames = self._to_receive.popleft() if self._to_receive else self._line.wait()
        self._received.append(frames)
        self.exchanges.append((self.sent, _digest(frames)))
        self.sent = []
        return frames


class Memo:
    """What was right of one question that was asked from one seed.

    Args:
        question: its name.
        seed: what the inputs are drawn from.
    """

    def __init__(self, question: str, seed: int):
        self._question, self._seed = question, seed
        self._start = _Place()
        self._messages: dict[_Sent, _Sent] = {}
        self._left, self._paths = _MOST_BYTES, _MOST_PATHS

    def recall(self, tape: Tape) -> Verdict | None:
        """Hold the conversation as far as it has been held before.

        Returns:
            The verdict on a kernel that has replied as one before that was right; None as soon as it has not.
        """
        place: _Place | None = self._start
        try:
            while place and place.sent is not None:
                for each in place.sent:
                    tape.send(each)
                if place.passed is not None:
                    cases = [Case(title, weight, Outcome.PASSED) for title, weight in place.passed]
                    return Verdict(self._question, self._seed, cases)
                tape.wait()
                place = place.places.get(tape.exchanges[-1][1])
        except NoAnswer:
            pass  # the check itself finds the line as it is
        return None

    def learn(self, tape: Tape, verdict: Verdict) -> None:
        """Keep what went over a line, where all of it was right."""
        if not verdict.cases or not all(case.passed for case in verdict.cases) or self._paths <= 0:
            return
        place = self._start
        for sent, digest in tape.exchanges:
            if not self._keep(place, sent):
                return
            place = place.places.setdefault(digest, _Place())
        if self._keep(place, tape.sent):
            place.passed = [(case.title, case.weight) for case in verdict.cases]
            self._paths -= 1

    def _keep(self, place: _Place, sent: list[_Sent]) -> bool:
        """Note what is sent at a place; False where there is no room, or where another time something else was sent there."""
        if place.sent is None:
            new = [each for each in sent if each not in self._messages]
            self._left -= sum(len(each.arguments[0]) for each in new)
            if self._left < 0:
                return False
            place.sent = [self._messages.setdefault(each, each) for each in sent]
        elif list(place.sent) != sent:
            log.warning("%s: the same seed and the same replies led to another request", self._question)
            self._paths = 0
            return False
        return True


def memo_of(check: Check, reference: SimpleNamespace, seed: int) -> Memo:
    """What this process remembers of a check that is asked from a seed and compared with a reference."""
    return _memo(check, _Same(reference), seed)


@dataclass(frozen=True, eq=False)
class _Same:
    """A reference as a key: itself and no other, however alike, for as long as the key is kept."""

    reference: SimpleNamespace

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.reference is other.reference

    def __hash__(self) -> int:
        return id(self.reference)


@lru_cache(maxsize=_MEMOS)
def _memo(check: Check, reference: _Same, seed: int) -> Memo:
    return Memo(check.question, seed)


def _digest(frames: list[bytes] | WireError) -> bytes:
    return hashlib.sha256(b"" if isinstance(frames, WireError) else framed(frames)).digest()
