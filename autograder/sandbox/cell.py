"""The messages of one cell's execution, collected within limits."""

from __future__ import annotations

import logging
import re
import time
import uuid
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from nbformat import NotebookNode

from autograder.limits import MIB, CellLimits
from autograder.sandbox.channels import Line, Message
from autograder.sandbox.outputs import clean_output, text_of
from course_utils.grading.kernel_output import OUTPUTS
from course_utils.text import plain

log = logging.getLogger(__name__)

# Of all messages of a cell, read or not.
_CELL_BYTES = 256 * MIB
# A cell's code seems to come from a file of the kernel's, which nobody can open.
_CELLS_FILE = re.compile(r"\(\d+\.py, (line \d+)\)")


class CellEnd(StrEnum):
    """How the run of a cell ended."""

    OK = "ok"
    ERROR = "error"  # it raised
    TIMEOUT = "timeout"  # it was stopped for its time or its messages
    DEAD = "dead"  # its kernel is gone


@dataclass
class CellRun:
    """How the run of a cell ended, with its outputs and a sentence."""

    status: CellEnd = CellEnd.OK
    outputs: list[NotebookNode] = field(default_factory=list)
    reason: str = ""


class CellMessages:
    """The messages of one cell's execution, collected within limits.

    Attributes:
        replied: the cell has ended and said how, or nothing more is waited for.
        flooded: why no more messages are taken, or "".

    Raises:
        LineLost: the kernel does not take the cell.
    """

    def __init__(self, line: Line, source: str, limits: CellLimits, silent: bool = False):
        self._line, self.limits = line, limits
        self.result = CellRun()
        self.replied = False
        self.flooded = ""
        self._bytes = self._messages = self._output_bytes = 0
        # What is too long to be kept need not be read; replies are short.
        self._longest = max(limits.output_bytes, MIB)
        self._cell = uuid.uuid4().hex
        line.send(self._cell, source, silent)

    def end(self, status: CellEnd, reason: str) -> None:
        """Wait for nothing more; the cell ended in this way."""
        self.replied = True
        self.result.status, self.result.reason = status, reason

    def take_messages(self, seconds: float, *, past_limits: bool = False) -> None:
        """Take what arrives until the cell has ended or sent too much, for at most so long.

        Args:
            past_limits: wait for its end though it has sent too much.
        """
        until = time.monotonic() + seconds
        while not self.replied and (past_limits or not self.flooded):
            left = until - time.monotonic()
            if left <= 0:
                return
            message = self._line.receive(left, self._longest)
            if message is None:
                return
            self._take(message)

    def _take(self, message: Message) -> None:
        self._messages += 1
        self._bytes += message.size
        if self._messages > 10 * self.limits.output_messages:
            self.flooded = f"it sent more than {10 * self.limits.output_messages:,} messages"
        elif self._bytes > _CELL_BYTES:
            self.flooded = f"it sent more than {_CELL_BYTES // MIB} MiB"
        if message.cell != self._cell or not isinstance(message.content, dict):
            return
        if message.kind == "reply":
            self._take_reply(message.content)
        elif message.kind in OUTPUTS:
            self._take_output(message.kind, message.content, message.size)

    def _take_reply(self, content: dict[str, Any]) -> None:
        self.replied = True
        if content.get("status") == "error" and self.result.status is CellEnd.OK:
            self.result.status = CellEnd.ERROR
            name, value = (text_of(content.get(key))[:500] for key in ("ename", "evalue"))
            value = _CELLS_FILE.sub(r"(\1)", value)
            self.result.reason = plain(f"{name}: {value}"[:500])

    def _take_output(self, kind: str, content: dict[str, Any], size: int) -> None:
        self._output_bytes += size
        if self._messages > self.limits.output_messages or self._output_bytes > self.limits.output_bytes:
            return
        output = clean_output(kind, content)
        if output is None:
            log.info("ignored a malformed output")
            return
        before = self.result.outputs[-1] if self.result.outputs else None
        if before and before.output_type == output.output_type == "stream" and before.name == output.name:
            before.text += output.text
        else:
            self.result.outputs.append(output)
