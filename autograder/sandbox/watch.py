"""Watches all processes of a sandbox from outside, and ends them together when they cost too much."""

from __future__ import annotations

import contextlib
import errno
import logging
import mmap
import os
import select
import signal
import threading
from dataclasses import dataclass
from pathlib import Path

from autograder.limits import MIB, SandboxLimits
from autograder.sandbox.cgroups import Cgroup
from autograder.sandbox.processor_time import Process, ProcessorTime, Used
from autograder.sandbox.walls import INSIDE, SCRATCH

log = logging.getLogger(__name__)

_EVERY_SECONDS = 0.1
_END_SECONDS = 20.0


@dataclass(frozen=True)
class _Seen:
    """A process: its threads, bytes of memory that no file backs, and processor time."""

    process: Process
    threads: int
    size: int
    time: Used


class Watch:
    """A thread that samples a sandbox ten times a second; killing its first process kills them all.

    Args:
        pid: the sandbox's first process.
        limits: beyond them, everything in it is killed.
        cgroup: the control group that it is in, if there is one.

    Attributes:
        reason: why it was killed, or "".
    """

    def __init__(self, pid: int, limits: SandboxLimits, cgroup: Cgroup | None = None):
        self.reason = ""
        self._root = Path(f"/proc/{pid}/root")
        self._limits, self._cgroup = limits, cgroup
        self._handle = os.pidfd_open(pid)
        self._grader_before = _own_bytes()
        self._processor_time = ProcessorTime()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)
        self._thread.start()

    def kill(self) -> None:
        """Kill every process of the sandbox."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._handle, signal.SIGKILL)

    def why(self) -> str:
        """Why the sandbox ended, as far as limits are the reason."""
        if self._cgroup and self._cgroup.out_of_memory():
            return _memory_reason(self._limits)
        return self.reason

    def close(self) -> None:
        """Stop watching, and see to the end of all that is left."""
        self._stop.set()
        self._thread.join(10)
        self.kill()
        self._wait_for_the_end()
        os.close(self._handle)
        if self._cgroup:
            self._cgroup.remove()

    def _wait_for_the_end(self) -> None:
        """The first process of a sandbox ends after all others."""
        poller = select.poll()
        poller.register(self._handle, select.POLLIN)
        if not poller.poll(_END_SECONDS * 1000):
            log.error("the processes of a sandbox did not end within %g s", _END_SECONDS)

    def _run(self) -> None:
        while not self._stop.wait(_EVERY_SECONDS):
            try:
                reason = self._excess()
            except OSError as error:
                if error.errno not in (errno.EMFILE, errno.ENFILE):  # it has ended, or not begun
                    continue
                reason = "it opened more connections than the grader can hold"
            if reason:
                self.reason = reason
                self.kill()
                return

    def _excess(self) -> str:
        limits = self._limits
        if _own_bytes() - self._grader_before > limits.grader_bytes:
            return "its messages were too large for the grader"
        # Where this is missing the sandbox is not set up yet: what /proc lists then is the whole machine.
        os.statvfs(self._root / INSIDE.lstrip("/"))
        sizes = [os.statvfs(self._root / path.lstrip("/")) for path in SCRATCH]
        pids = [name for name in os.listdir(self._root / "proc") if name.isdigit()]
        # Reading thousands of processes one by one would give them time to become more.
        if len(pids) > limits.tasks:
            return f"more than {limits.tasks} processes and threads were started"
        if sum(size.f_files - size.f_ffree for size in sizes) > limits.files:
            return f"more than {limits.files:,} files were made"
        used = [found for pid in pids if (found := self._process(pid))]
        if sum(each.threads for each in used) > limits.tasks:
            return f"more than {limits.tasks} processes and threads were started"
        stored = sum((size.f_blocks - size.f_bfree) * size.f_frsize for size in sizes)
        memory = stored + sum(each.size for each in used)
        if memory > limits.memory_bytes and stored + self._shared_once(pids) > limits.memory_bytes:
            return _memory_reason(limits)
        if self._cpu_seconds(used) > limits.cpu_seconds:
            return f"the limit of {limits.cpu_seconds:g} s of processor time was reached"
        return ""

    def _cpu_seconds(self, used: list[_Seen]) -> float:
        """As the control group has counted it, or as far as it can be seen."""
        seen = self._processor_time.add({each.process: each.time for each in used})
        counted = self._cgroup.cpu_seconds() if self._cgroup else None
        return seen if counted is None else counted

    def _process(self, pid: str) -> _Seen | None:
        try:
            text = (self._root / "proc" / pid / "status").read_text()
            times = (self._root / "proc" / pid / "stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):  # it has ended
            return None
        lines = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
        kilobytes = sum(
            int(lines.get(name, "0").split()[0]) for name in ("RssAnon", "RssShmem", "VmSwap", "VmPTE")
        )
        ticks = os.sysconf("SC_CLK_TCK")
        own, children = (sum(map(int, times[place : place + 2])) / ticks for place in (11, 13))
        return _Seen((int(pid), times[19]), int(lines["Threads"]), kilobytes * 1024, Used(own, children))

    def _shared_once(self, pids: list[str]) -> int:
        """Bytes of memory with pages that several processes share counted once; slow, so only asked when it matters."""
        total = 0
        for pid in pids:
            with contextlib.suppress(OSError, ValueError, StopIteration):
                lines = (self._root / "proc" / pid / "smaps_rollup").read_text().splitlines()
                total += sum(int(x.split()[1]) for x in lines if x.startswith(("Pss_Anon:", "Pss_Shmem:")))
        return total * 1024


def _own_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * mmap.PAGESIZE


def _memory_reason(limits: SandboxLimits) -> str:
    size = limits.memory_bytes / MIB
    return f"the memory limit of {f'{size / 1024:g} GiB' if size >= 1024 else f'{size:g} MiB'} was reached"
