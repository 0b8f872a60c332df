"""What a graded kernel says to its grader: outputs and how cells ended, over one socket and from the thread they come from.

A student's own JupyterLab prints as ever; nothing of this is used there.
"""

from __future__ import annotations

import io
import json
import os
import threading
import time
from collections.abc import Mapping
from contextvars import ContextVar, Token
from typing import Any

from jupyter_client.jsonutil import json_default
from jupyter_client.session import Session, extract_header

from course_utils.grading.stream import Connection
from course_utils.grading.wire import DEFAULT_LIMITS

OUTPUTS = frozenset({"stream", "display_data", "execute_result", "error"})
# What a message needs beside its content.
_OVERHEAD_BYTES = 4096


class Line:
    """The kernel's end of the socket: messages from any thread, each of them whole.

    Args:
        connection: to the grader.
    """

    def __init__(self, connection: Connection):
        self._connection = connection
        self._lock = threading.RLock()
        self._pid = os.getpid()
        self._is_busy = self._is_interrupted = False

    def say(self, kind: str, cell: object, content: Any) -> None:
        """Send a message; what no message can carry, and what a forked process says, is not sent.

        Args:
            kind: of the message.
            cell: the number of the cell that it belongs to, as the grader counts.
            content: what can be written as JSON.

        Raises:
            ConnectionError: the grader has hung up.
            KeyboardInterrupt: the cell was interrupted meanwhile.
        """
        try:
            body = json.dumps(content, default=json_default).encode()
        except (TypeError, ValueError, RecursionError):
            return
        if len(body) + _OVERHEAD_BYTES > DEFAULT_LIMITS.message_bytes or os.getpid() != self._pid:
            return
        with self._lock:
            in_main = threading.current_thread() is threading.main_thread()
            self._is_busy = in_main
            try:
                self._connection.send({"op": kind, "cell": cell}, [body])
            finally:
                self._is_busy = self._is_busy and not in_main
        if in_main and self._is_interrupted:
            self._is_interrupted = False
            raise KeyboardInterrupt

    def listen(self) -> tuple[dict[str, Any], list[bytes]]:
        """Wait for the next message.

        Raises:
            ConnectionError: the grader has hung up.
        """
        return self._connection.receive()

    def forget_interrupt(self) -> None:
        """Forget one that came too late for its cell."""
        self._is_interrupted = False

    def interrupt(self, *_: object) -> None:
        """Handle SIGINT: at once, or when the message that is being sent is whole."""
        if self._is_busy:
            self._is_interrupted = True
        else:
            raise KeyboardInterrupt


class GraderSession(Session):
    """Where IPython hands its messages to; what belongs to a cell's outputs goes to the grader.

    Attributes:
        line: to the grader, once there is one.
    """

    line: Line | None = None

    def send(
        self, stream: Any, msg_or_type: Any, content: Any = None, parent: Any = None, *_: Any, **__: Any
    ) -> Any:
        """Send a message, given whole or by its parts as to any `Session`."""
        if isinstance(msg_or_type, Mapping):
            kind, header = msg_or_type.get("msg_type"), msg_or_type.get("parent_header")
            content = msg_or_type.get("content")
        else:
            kind, header = msg_or_type, extract_header(parent)
        if self.line and kind in OUTPUTS:
            cell = header.get("msg_id") if isinstance(header, Mapping) else None
            self.line.say(kind, cell, content)
        return msg_or_type


class CappedStream(io.TextIOBase):
    """Standard output or error of a kernel: of each cell the first characters are kept, and the first flushes obeyed.

    A kernel that holds a gigabyte of output dies of it. Each flush is a message of its own; without them what was written is sent
    when the cell ends, and at most five times a second before.

    Args:
        session: which takes the messages.
        name: "stdout" or "stderr".
    """

    CHARACTERS = 4_000_000
    FLUSHES = 200
    _SECONDS = 0.2

    def __init__(self, session: GraderSession, name: str):
        super().__init__()
        self.name = name
        self._session = session
        self._lock = threading.RLock()
        self._written: list[str] = []
        self._of: dict[str, Any] = {}
        self._sent = time.monotonic()
        self._cell: object = None
        self._left, self._flushes = self.CHARACTERS, self.FLUSHES
        # Of the threads that say so themselves; all others write for the cell that runs.
        self._header: ContextVar[dict[str, Any]] = ContextVar(f"{name}'s cell")
        self._last_header: dict[str, Any] = {}

    encoding = "UTF-8"

    def __setattr__(self, name: str, value: object) -> None:
        """Set any attribute but `write`, which IPython replaces by one that also keeps all it is given."""
        if name != "write":
            super().__setattr__(name, value)

    def writable(self) -> bool:
        """Whether it can be written to: yes."""
        return True

    def write(self, string: str) -> int:
        """Write what is left of the cell's share, and say as any stream that all of it was written."""
        if not isinstance(string, str):
            raise TypeError(f"write() argument must be str, not {type(string)}")
        with self._lock:
            self._begin_cell()
            kept = string[: self._left]
            self._left -= len(kept)
            if kept:
                self._written.append(kept)
            if time.monotonic() > self._sent + self._SECONDS:
                self.send()
        return len(string)

    def flush(self) -> None:
        """Send what was written, unless a cell has asked for that too often."""
        with self._lock:
            self._begin_cell()
            if self._written and self._flushes > 0:
                self._flushes -= 1
                self.send()

    def send(self) -> None:
        """Send what was written."""
        with self._lock:
            self._sent = time.monotonic()
            text, self._written = "".join(self._written), []
            if text:
                message = {"msg_type": "stream", "parent_header": self._of}
                self._session.send(None, message | {"content": {"name": self.name, "text": text}})

    @property
    def parent_header(self) -> dict[str, Any]:
        """Header of the request for the cell that this thread's output belongs to."""
        return self._header.get(self._last_header)

    def set_parent(self, parent: dict[str, Any]) -> None:
        """Say which cell runs."""
        self._last_header = extract_header(parent)
        self._header.set(self._last_header)

    def set_thread_parent(self, parent: dict[str, Any]) -> Token[dict[str, Any]]:
        """Say to which cell this thread belongs."""
        return self._header.set(extract_header(parent))

    def reset_thread_parent(self, token: Token[dict[str, Any]]) -> None:
        """Take that back."""
        self._header.reset(token)

    def _begin_cell(self) -> None:
        header = self.parent_header
        if header is not self._of:
            self.send()
            self._of = header
        if header.get("msg_id") != self._cell:
            self._cell, self._left, self._flushes = header.get("msg_id"), self.CHARACTERS, self.FLUSHES
