"""Control groups (version 2): memory and processes of a sandbox limited by the kernel, where that can be had.

A group can be had where this process may make one beside or below its own, with the memory and pids controllers: under
systemd as superuser or in a delegated session, seldom in a container.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from autograder.limits import SandboxLimits

_NEEDED = {"memory", "pids"}


class Cgroup:
    """One control group with its limits set; `remove` it when its processes are gone."""

    def __init__(self, path: Path):
        self.path = path

    def add(self, pid: int) -> None:
        """Put a process, and all that it will start, into the group."""
        (self.path / "cgroup.procs").write_text(str(pid))

    def out_of_memory(self) -> bool:
        """Whether the kernel killed a process for memory."""
        return (self._count("memory.events", "oom_kill") or 0) > 0

    def cpu_seconds(self) -> float | None:
        """Processor time of all that ever was in the group, or None where the kernel does not count it."""
        microseconds = self._count("cpu.stat", "usage_usec")
        return None if microseconds is None else microseconds / 1e6

    def remove(self) -> None:
        """Kill what is left in the group and remove it."""
        with contextlib.suppress(OSError):
            (self.path / "cgroup.kill").write_text("1")
        with contextlib.suppress(OSError):
            self.path.rmdir()

    def _count(self, file: str, key: str) -> int | None:
        try:
            lines = (self.path / file).read_text().splitlines()
        except OSError:
            return None
        return next((int(line.split()[1]) for line in lines if line.startswith(f"{key} ")), None)


def make(limits: SandboxLimits, parent: Path | None = None) -> Cgroup | None:
    """A new group with these limits, or None where none can be had.

    Args:
        parent: the group to make it in; by default the first that is possible.
    """
    parent = parent or parent_group()
    if parent is None:
        return None
    path = parent / f"course-kernel-{os.getpid()}-{secrets.token_hex(4)}"
    try:
        path.mkdir()
        (path / "memory.max").write_text(str(limits.memory_bytes))
        (path / "memory.oom.group").write_text("1")
        (path / "pids.max").write_text(str(limits.tasks))
        with contextlib.suppress(OSError):  # no swap, no such file
            (path / "memory.swap.max").write_text("0")
    except OSError:
        with contextlib.suppress(OSError):
            path.rmdir()
        return None
    return Cgroup(path)


def parent_group() -> Path | None:
    """A group whose children get the memory and pids controllers and in which this process may make one."""
    own = _own_group()
    if own is None:
        return None
    for path in (own, own.parent):
        try:
            controllers = set((path / "cgroup.subtree_control").read_text().split())
        except OSError:
            continue
        # To move a process, both groups' common ancestor must be writable.
        if controllers >= _NEEDED and os.access(path, os.W_OK) and os.access(path / "cgroup.procs", os.W_OK):
            return path
    return None


def describe() -> str:
    """How memory and processes of a sandbox are limited here."""
    return (
        "a control group"
        if parent_group()
        else "resource limits and a watching thread (no writable cgroup v2)"
    )


def _own_group() -> Path | None:
    try:
        mounts = Path("/proc/self/mounts").read_text().splitlines()
        groups = Path("/proc/self/cgroup").read_text().splitlines()
    except OSError:
        return None
    roots = [line.split()[1] for line in mounts if line.split()[2] == "cgroup2"]
    names = [line.removeprefix("0::") for line in groups if line.startswith("0::")]
    return Path(roots[0], names[0].lstrip("/")) if roots and names else None
