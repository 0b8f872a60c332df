"""Functions of what strangers wrote, run in a process of the grader's own that is stopped when it takes too much.

No code of a student's runs there, so it needs no sandbox; but nobody knows how long a parser of someone else's takes.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from types import TracebackType
from typing import IO, cast

# A busy machine may take this much longer on the wall than the processor works; a process that waits ends as well.
_WALL = 10
_FAREWELL_SECONDS = 5.0


class TooMuch(Exception):
    """A function took more than it may; the text says how much that is."""


class Bounded:
    """One process that calls functions of one module, from bytes to bytes; it starts with the first call.

    Args:
        module: name of a module that imports little, since the process starts with it.
        seconds: processor time of all calls together, until `renew`.
        memory_bytes: memory of the process.
    """

    def __init__(self, module: str, *, seconds: float, memory_bytes: int):
        self._module, self._seconds, self._memory = module, max(1, round(seconds)), memory_bytes
        self._process: subprocess.Popen[bytes] | None = None
        self._granted = self._spent = False
        self._overdue = threading.Event()

    def __enter__(self) -> Bounded:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def renew(self) -> None:
        """Grant the processor time anew, for example for another student's page."""
        self._granted = self._spent = False

    def call(self, function: str, argument: bytes) -> bytes:
        """What the module's function returns; asked again once where something else killed the process.

        Raises:
            TooMuch: this call, or one before it since `renew`, took more than there is.
            RuntimeError: the function failed; a fault of ours.
        """
        if self._spent:
            raise TooMuch(self._sentence())
        for _ in range(2):
            outcome, reply, code = self._tried(function, argument)
            if outcome == b"done":
                return reply
            if outcome == b"fault":
                raise RuntimeError(f"{self._module}.{function} failed: {reply.decode()}")
            if code > 0:
                raise RuntimeError(f"the process for {self._module} ended with code {code}")
            # Neither of its own limits ends it in this way.
            if code != -signal.SIGKILL or self._overdue.is_set():
                break
        self._spent = True
        raise TooMuch(self._sentence())

    def _tried(self, function: str, argument: bytes) -> tuple[bytes, bytes, int]:
        """Outcome and reply, or how the process ended that gave none."""
        process = self._running()
        self._overdue.clear()
        timer = threading.Timer(self._seconds * _WALL, self._end_overdue, [process])
        timer.start()
        try:
            outcome, reply = self._asked(process, function, argument)
        except (OSError, ValueError):  # it ended before it had read, or replied
            outcome, reply = b"", b""
        finally:
            timer.cancel()
        return outcome, reply, 0 if outcome in (b"done", b"fault") else self._ended()

    def _end_overdue(self, process: subprocess.Popen[bytes]) -> None:
        self._overdue.set()
        process.kill()

    def close(self) -> None:
        """End the process, whatever it does."""
        if self._process is not None:
            self._process.kill()
            self._ended()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            command = [sys.executable, "-P", "-m", "autograder.sandbox.bounded_worker"]
            self._process = subprocess.Popen(
                [*command, self._module, str(self._memory)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                start_new_session=True,  # Ctrl-C is the caller's
            )
            self._granted = False
        return self._process

    def _asked(self, process: subprocess.Popen[bytes], function: str, argument: bytes) -> tuple[bytes, bytes]:
        requests, replies = cast(IO[bytes], process.stdin), cast(IO[bytes], process.stdout)
        seconds = 0 if self._granted else self._seconds
        self._granted = True
        requests.write(b"%s %d %d\n" % (function.encode(), len(argument), seconds))
        requests.write(argument)
        requests.flush()
        outcome, length = replies.readline().split()
        reply = replies.read(int(length))
        return (outcome, reply) if len(reply) == int(length) else (b"", b"")

    def _ended(self) -> int:
        """See to the process's end; its code, or minus the signal that ended it."""
        process, self._process = cast("subprocess.Popen[bytes]", self._process), None
        for pipe in (process.stdin, process.stdout):
            try:
                cast(IO[bytes], pipe).close()
            except OSError:  # what it did not read cannot be written any more
                continue
        try:
            return process.wait(_FAREWELL_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()

    def _sentence(self) -> str:
        return f"more than {self._seconds} s of processor time or {self._memory // 2**20:,} MiB of memory are needed"
