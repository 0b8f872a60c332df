"""The messages of one cell's execution, collected within limits."""

from __future__ import annotations

import logging
import re
import time
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from nbformat import NotebookNode

from autograder.limits import MIB, CellLimits
from autograder.sandbox.channels import parse, poll, receive
from autograder.sandbox.outputs import clean_output, text_of
from course_utils.text import plain

log = logging.getLogger(__name__)

_OUTPUTS = {"stream", "display_data", "execute_result", "error"}
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

    Args:
        deaf: the channel of outputs is lost, and with it the word that the cell is done; its reply says so too.

    Attributes:
        finished: nothing more is waited for.
        replied: the cell has ended and said how.
        idle: the kernel said that it is done with the cell.
        heard: something came on the channel of outputs.
        flooded: why no more messages are taken, or "".
    """

    def __init__(self, client: Any, source: str, limits: CellLimits, deaf: bool, silent: bool = False):
        self._client, self.limits = client, limits
        self.result = CellRun()
        self.finished = self.replied = self.idle = self.heard = False
        self.flooded = ""
        self._deaf = deaf
        self._bytes = self._messages = self._output_bytes = 0
        self._id = client.execute(
            source, silent=silent, store_history=not silent, allow_stdin=False, stop_on_error=False
        )

    def end(self, status: CellEnd, reason: str) -> None:
        """Wait for nothing more; the cell ended in this way."""
        self.finished = True
        self.result.status, self.result.reason = status, reason

    def take_messages(self, milliseconds: int) -> None:
        """Take what has arrived, waiting for the first message at most so long."""
        until = time.monotonic() + milliseconds / 1000
        ready = poll(self._client, milliseconds)
        for name in ready:
            while time.monotonic() < until:
                frames = receive(self._client, name)
                if frames is None:
                    break
                self._take(name, frames)
        if self.replied and (self.idle or self._deaf):
            self.finished = True

    def _take(self, channel: str, frames: list[bytes]) -> None:
        size = sum(map(len, frames))
        self._messages += 1
        self._bytes += size
        self.heard = self.heard or channel == "iopub"
        if self._messages > 10 * self.limits.output_messages:
            self.flooded = f"it sent more than {10 * self.limits.output_messages:,} messages"
        elif self._bytes > _CELL_BYTES:
            self.flooded = f"it sent more than {_CELL_BYTES // MIB} MiB"
        # What is too long to be kept need not be read; replies and states are short.
        if size > max(self.limits.output_bytes, MIB):
            return
        message = parse(self._client, frames)
        if message is None or message["parent_header"].get("msg_id") != self._id:
            return
        kind, content = message["msg_type"], message["content"]
        if channel == "shell":
            self._take_reply(content)
        elif kind == "status":
            self.idle = self.idle or content.get("execution_state") == "idle"
        elif kind in _OUTPUTS:
            self._take_output(kind, content, size)

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
