"""A check's requests over a line: each with a number of its own, and nothing but its reply ends it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from autograder.verdict.channel import Message
from autograder.verdict.line import Line
from autograder.verdict.refusals import StudentError
from course_utils.compare import CheckFailed
from course_utils.grading.stream import framed
from course_utils.grading.wire import Limits, WireError, pack, unpack

log = logging.getLogger(__name__)


class Conversation:
    """A channel that speaks over a line.

    Args:
        line: to the kernel.
        limits: what one message may cost.
    """

    def __init__(self, line: Line, limits: Limits):
        self._line, self._limits = line, limits
        self._sequence = 0

    def request(
        self,
        header: dict[str, Any],
        buffers: list[bytes],
        serve: Callable[[dict[str, Any], list[bytes]], Message],
    ) -> Message:
        """Send a request and return the reply, answering with `serve` what is called back in between."""
        self._sequence += 1
        calls = max(1, sum(each["op"] == "call" for each in header.get("requests", ())))
        self._line.ask(framed(pack(header | {"seq": self._sequence}, buffers)), calls)
        while True:
            reply, out = self._received()
            if reply.get("op") == "callback":
                self._line.answer(framed(pack(*_serve_safely(serve, reply, out))))
            elif reply.get("op") == "reply" and reply.get("seq") == self._sequence:
                return reply, out

    def _received(self) -> Message:
        frames = self._line.wait()
        try:
            if isinstance(frames, WireError):
                raise frames
            return unpack(frames, self._limits)
        except WireError as malformed:
            log.info("a message from the kernel cannot be read: %s", malformed)
            raise StudentError(f"the answer cannot be marked: {malformed}") from malformed

    def start_afresh(self, prepare: str) -> None:
        """Ask another kernel from now on."""
        self._line.start_afresh(prepare)


def _serve_safely(
    serve: Callable[[dict[str, Any], list[bytes]], Message], header: dict[str, Any], buffers: list[bytes]
) -> Message:
    """Call a function that the grader lent, with whatever the student's code handed to it; errors go back to it."""
    try:
        return serve(header, buffers)
    except Exception as error:
        text = str(error) if isinstance(error, CheckFailed) else f"{type(error).__name__}: {error}"
        return {"op": "callback_value", "error": text[:300]}, []
