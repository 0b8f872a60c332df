"""What a kernel's processes write past Jupyter: kept as the last of it, for the grader's log and for why none started."""

from __future__ import annotations

import os
import sys
import threading
from typing import Any

from course_utils.packages import install_again, lacks
from course_utils.text import one_line


class LastWords:
    """Reads a stream to its end in a thread and keeps the last of it.

    Args:
        stream: a pipe's reading end; it is not closed here.
    """

    _KEPT = 2000

    def __init__(self, stream: Any):
        self._stream, self._kept = stream, b""
        self._thread = threading.Thread(target=self._read, name="kernel-stderr", daemon=True)
        self._thread.start()

    def text(self) -> str:
        """The last lines, without control characters."""
        self._thread.join(0.5)
        return (
            self._kept.decode("utf-8", "replace")
            .encode("unicode_escape")
            .decode()
            .replace("\\n", "\n")
            .strip()
        )

    def _read(self) -> None:
        try:
            while part := os.read(self._stream.fileno(), 65536):
                self._kept = (self._kept + part)[-self._KEPT :]
        except (OSError, ValueError):  # closed when the kernel was cleaned up
            pass


def reason(said: str, why: str = "") -> str:
    """Why a process did not start, from what it said last and how it ended."""
    if package := lacks(said):
        return install_again(package, sys.executable)
    return one_line(said.rpartition("\n")[2]) or why or "it said nothing"


def not_started(what: str, reason: str) -> str:
    """The sentence for a kernel or sandbox that did not start."""
    return f"the {what} did not start: {reason}; `course doctor` says what this machine lacks"
