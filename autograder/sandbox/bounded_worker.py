"""The process behind `bounded`: calls a module's functions from bytes to bytes until its input ends or its limits do.

A request is a line `function length seconds` and that many bytes; `seconds` of processor time are granted from now on where
it is not 0. A reply is a line `outcome length` and that many bytes.
"""

from __future__ import annotations

import importlib
import math
import os
import sys
import time
from types import ModuleType
from typing import BinaryIO

try:
    import resource as limits
except ImportError:  # Windows has none; there the caller's clock alone ends what takes too long
    limits: ModuleType | None = None  # type: ignore[no-redef]


def main() -> None:
    """Serve requests about one module within a limit on memory; both are the program's arguments."""
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints is no reply
    _lower("RLIMIT_CORE", 0)
    module = importlib.import_module(sys.argv[1])
    _lower("RLIMIT_AS", int(sys.argv[2]))
    while head := sys.stdin.buffer.readline():
        name, length, seconds = head.split()
        if int(seconds):
            _grant(int(seconds))
        outcome, reply = _called(module, name.decode(), sys.stdin.buffer, int(length))
        try:
            replies.write(b"%s %d\n" % (outcome, len(reply)))
            replies.write(reply)
            replies.flush()
        except BrokenPipeError:  # who asked has ended, by Ctrl-C for one
            os._exit(0)


def _called(module: object, name: str, requests: BinaryIO, length: int) -> tuple[bytes, bytes]:
    try:
        return b"done", getattr(module, name)(requests.read(length))
    except (MemoryError, RecursionError):
        return b"much", b""
    except Exception as error:
        return b"fault", f"{type(error).__name__}: {error}".encode("utf-8", "replace")


def _grant(seconds: int) -> None:
    """Allow so much processor time from now on; the kernel ends the process that takes more."""
    _lower("RLIMIT_CPU", math.ceil(time.process_time()) + seconds)


def _lower(name: str, limit: int) -> None:
    if limits is None:
        return
    kind = getattr(limits, name)
    try:
        limits.setrlimit(kind, (limit, limits.getrlimit(kind)[1]))
    except (OSError, ValueError):  # some systems know no limit of this kind, or have a lower one
        return


if __name__ == "__main__":
    main()
