"""Messages over a stream socket: the number of frames, their lengths, and the frames."""

from __future__ import annotations

import itertools
import socket
import struct
from collections.abc import Sequence
from typing import Any

from course_utils.grading.wire import DEFAULT_LIMITS, Limits, WireError, pack, unpack

_COUNT, _LENGTH_BYTES = struct.Struct(">I"), 8
_PART_BYTES = 2**16
_HUNG_UP = "the grader has hung up on this connection"


def framed(frames: Sequence[bytes]) -> bytes:
    """Frames as they travel."""
    head = struct.pack(f">I{len(frames)}Q", len(frames), *map(len, frames))
    return b"".join([head, *frames])


class Frames:
    """Puts messages together from the parts in which they arrive.

    Args:
        limits: what one message may cost.
    """

    def __init__(self, limits: Limits = DEFAULT_LIMITS):
        self._limits = limits
        self._arrived = bytearray()
        # Memory for each part anew would cost more than what is read into it.
        self._part = memoryview(bytearray(_PART_BYTES))

    def __len__(self) -> int:
        """Bytes that have arrived and are not taken."""
        return len(self._arrived)

    def read(self, connected: socket.socket) -> bool:
        """Add what has arrived at a socket; False where the other end has hung up.

        Raises:
            OSError: as `socket.recv_into`.
        """
        size = connected.recv_into(self._part)
        self._arrived += self._part[:size]
        return size > 0

    def take(self) -> list[bytes] | None:
        """The frames of the next message, or None while it is not whole.

        Raises:
            WireError: it will be larger than a message may be.
        """
        if len(self._arrived) < _COUNT.size:
            return None
        (count,) = _COUNT.unpack_from(self._arrived)
        if count > self._limits.nodes:
            raise WireError(f"a message has more than {self._limits.nodes} parts")
        start = _COUNT.size + count * _LENGTH_BYTES
        if len(self._arrived) < start:
            return None
        lengths = struct.unpack_from(f">{count}Q", self._arrived, _COUNT.size)
        end = start + sum(lengths)
        if end - start > self._limits.message_bytes:
            raise WireError(f"a message is larger than {self._limits.message_bytes} bytes")
        if len(self._arrived) < end:
            return None
        message = bytes(memoryview(self._arrived)[:end])
        del self._arrived[:end]
        ends = itertools.accumulate(lengths, initial=start)
        return [message[first:last] for first, last in itertools.pairwise(ends)]


class Connection:
    """The kernel's side of a conversation with its grader.

    Args:
        connected: a stream socket.
    """

    def __init__(self, connected: socket.socket):
        self._socket = connected
        self._frames = Frames()

    @classmethod
    def to(cls, path: str) -> Connection:
        """Connect to the grader's socket.

        Raises:
            OSError: nobody listens there.
        """
        connected = socket.socket(socket.AF_UNIX)
        try:
            connected.connect(path)
        except OSError:
            connected.close()
            raise
        return cls(connected)

    def send(self, header: dict[str, Any], buffers: Sequence[bytes] = ()) -> None:
        """Send a message.

        Raises:
            ConnectionError: the grader has hung up.
        """
        try:
            self._socket.sendall(framed(pack(header, buffers)))
        except ConnectionError as error:
            raise ConnectionError(_HUNG_UP) from error

    def receive(self) -> tuple[dict[str, Any], list[bytes]]:
        """Wait for the next message.

        Raises:
            ConnectionError: the grader has hung up.
        """
        while (frames := self._frames.take()) is None:
            try:
                there = self._frames.read(self._socket)
            except ConnectionError as error:
                raise ConnectionError(_HUNG_UP) from error
            if not there:
                raise ConnectionError(_HUNG_UP)
        return unpack(frames)

    def close(self) -> None:
        """Hang up."""
        self._socket.close()
