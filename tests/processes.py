"""The processes below another one, and waiting for something to become true, for tests that kill and watch."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


def children(pid: int) -> list[int]:
    """Ids of the processes below `pid`, however deep."""
    found: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            found.setdefault(parent, []).append(int(entry.name))
        except (OSError, IndexError):
            continue
    below, waiting = [], [pid]
    while waiting:
        for child in found.get(waiting.pop(), []):
            below.append(child)
            waiting.append(child)
    return below


def worker_of(parent: int) -> int | None:
    """The process that grades: the forkserver's child."""
    servers = [pid for pid in children(parent) if "forkserver" in command(pid) and ppid(pid) == parent]
    return next((pid for server in servers for pid in children(server) if ppid(pid) == server), None)


def command(pid: int) -> str:
    """The command line of a process; empty where it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""


def ppid(pid: int) -> int | None:
    """The parent of a process; None where it has ended."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, IndexError):
        return None


def until(condition: Callable[[], T], seconds: float = 180.0) -> T:
    """The first true value of `condition()`; on a crowded machine that may take a minute."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        threading.Event().wait(0.05)
    raise AssertionError("it never happened")
