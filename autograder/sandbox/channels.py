"""A kernel's line as its grader uses it: messages of a bounded size, each of them doubted."""

from __future__ import annotations

import json
import logging
import select
import socket
import time
from dataclasses import dataclass
from typing import Any

from course_utils.grading.stream import Frames, framed
from course_utils.grading.wire import DEFAULT_LIMITS, WireError, pack, unpack

log = logging.getLogger(__name__)

_SEND_SECONDS = 2.0


class LineLost(ConnectionError):
    """The kernel's end of the line is closed, or does not read."""


@dataclass(frozen=True)
class Message:
    """What a kernel says.

    Attributes:
        kind: of the message; "" where it is malformed.
        cell: the cell that it is said to belong to; anything at all.
        content: anything at all, or None where it is too long to be read.
        size: bytes of the whole message.
    """

    kind: str
    cell: Any
    content: Any
    size: int


class Line:
    """The grader's end of a kernel's socket.

    Args:
        connected: the socket.

    Attributes:
        lost: why nothing more comes, or "".
    """

    def __init__(self, connected: socket.socket):
        self.lost = ""
        self._socket = connected
        self._frames = Frames(DEFAULT_LIMITS)
        self._poller = select.poll()
        self._poller.register(connected, select.POLLIN)

    def send(self, cell: str, source: str, silent: bool) -> None:
        """Have a cell run.

        Raises:
            LineLost: the kernel does not take it.
        """
        message = pack({"cell": cell, "silent": silent}, [source.encode("utf-8", "replace")])
        try:
            self._socket.settimeout(_SEND_SECONDS)
            self._socket.sendall(framed(message))
        except OSError as error:
            raise LineLost(str(error)) from error

    def receive(self, seconds: float, longest: int) -> Message | None:
        """The next message, waiting for it at most so long.

        Args:
            longest: bytes of a message whose content is read.
        """
        until = time.monotonic() + seconds
        while True:
            try:
                frames = self._frames.take()
            except WireError as error:
                self.lost = str(error)
                return None
            if frames is not None:
                return _read(frames, longest)
            left = until - time.monotonic()
            if self.lost or not self._poller.poll(max(0.0, 1000 * left)):
                return None
            self._take_part()

    def _take_part(self) -> None:
        try:
            there = self._frames.read(self._socket)
        except OSError:
            there = False
        if not there:
            self.lost = "it hung up on its grader"


def _read(frames: list[bytes], longest: int) -> Message:
    size = sum(map(len, frames))
    try:
        header, buffers = unpack(frames)
        kind, content = header["op"], json.loads(buffers[0]) if size <= longest else None
    except Exception as error:  # the kernel's own doing, and of any kind
        log.info("ignored a malformed message: %s", type(error).__name__)
        return Message("", None, None, size)
    return Message(kind if isinstance(kind, str) else "", header.get("cell"), content, size)
