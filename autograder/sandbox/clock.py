"""Time limits that are fair on a busy machine."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

# However long a process waits for a processor, at least this part of the wall time is charged to it: student code that
# starts a crowd to wait behind must come to an end too.
_AT_LEAST = 0.2
# A message a millisecond asks for the time, and reading it from /proc takes a tenth of that.
_EVERY_SECONDS = 0.02


class FairClock:
    """Seconds in which a process could have worked: wall time less the time that it waited for a processor.

    A loop that never ends and a long sleep are charged in full, a kernel that shares its machine with others is not.

    Args:
        pid: the process; its main thread is looked at (Linux, `/proc/<pid>/schedstat`). Elsewhere this is wall time.
    """

    def __init__(self, pid: int):
        self._file = Path(f"/proc/{pid}/schedstat")
        self._waited, self._asked = 0.0, -1.0
        self._start, self._waited_before = time.monotonic(), self._wait_seconds()

    def __call__(self) -> float:
        """Seconds."""
        wall = time.monotonic() - self._start
        return max(wall - (self._wait_seconds() - self._waited_before), _AT_LEAST * wall)

    def _wait_seconds(self) -> float:
        now = time.monotonic()
        if now > self._asked + _EVERY_SECONDS:
            self._asked = now
            with contextlib.suppress(
                OSError, ValueError, IndexError
            ):  # it has ended, or this system does not say
                self._waited = int(self._file.read_text().split()[1]) / 1e9
        return self._waited


def wall_seconds(fair_seconds: float) -> float:
    """The wall time after which so many fair seconds have passed for certain."""
    return fair_seconds / _AT_LEAST
