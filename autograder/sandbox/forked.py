"""A sandbox that was forked from a source, as its grader holds it."""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import socket
import struct
import subprocess
from pathlib import Path
from typing import Any

_MESSAGE_BYTES = 65536
_CREDENTIALS = struct.Struct("3i")


class Child:
    """The first process of a sandbox that was forked; as much of `subprocess.Popen` as the grader asks of a kernel.

    Attributes:
        pid: of the sandbox's first process.
        returncode: how the sandbox ended, or None.
    """

    def __init__(self, pid: int, channel: socket.socket, job: Path):
        self.pid = pid
        self.returncode: int | None = None
        self.stderr: Any = None
        self._handle = os.pidfd_open(pid)
        self._channel, self._job = channel, job

    def go(self) -> None:
        """Let the kernel start."""
        self._channel.send(b"go")

    def poll(self) -> int | None:
        """How the sandbox ended, or None."""
        return self._ended(0)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the sandbox's end.

        Raises:
            subprocess.TimeoutExpired: it did not end in so many seconds.
        """
        code = self._ended(timeout)
        if code is None:
            raise subprocess.TimeoutExpired("a warm sandbox", timeout or 0)
        return code

    def kill(self) -> None:
        """Kill the first process of the sandbox, and so all of them."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._handle, signal.SIGKILL)

    def close(self) -> None:
        """Forget it, after its end."""
        os.close(self._handle)
        self._channel.close()
        shutil.rmtree(self._job, ignore_errors=True)

    def _ended(self, timeout: float | None) -> int | None:
        # The first process of a sandbox ends after all others; what it said of the kernel's end is there by then.
        if self.returncode is None and _has_ended(self._handle, timeout):
            try:
                said = self._channel.recv(_MESSAGE_BYTES, socket.MSG_DONTWAIT)
                self.returncode = int(json.loads(said)["status"])
            except (OSError, ValueError, KeyError):
                self.returncode = -signal.SIGKILL
        return self.returncode


def _has_ended(handle: int, timeout: float | None) -> bool:
    poller = select.poll()
    poller.register(handle, select.POLLIN)
    return bool(poller.poll(None if timeout is None else timeout * 1000))


def first_word(channel: socket.socket) -> int:
    """The number, as this system counts, of the first process of a new sandbox, which says that it is there.

    Raises:
        OSError: it says nothing.
    """
    message, ancillary, _, _ = channel.recvmsg(_MESSAGE_BYTES, socket.CMSG_SPACE(_CREDENTIALS.size))
    if message != b"{}":
        raise OSError("no sandbox was forked")
    return int(_CREDENTIALS.unpack(ancillary[0][2])[0])
