"""Warm sandboxes: kernels forked from a source that has imported what they need, each into walls of its own.

A source is one process inside bubblewrap's walls (`inside/source.py`). It holds nothing secret and runs no student code;
what it forks enters namespaces, file trees and limits of its own first. After each kernel the source is looked over from
outside, and thrown away when it is not what it was.
"""

from __future__ import annotations

import atexit
import json
import logging
import os
import select
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from autograder.limits import SandboxLimits
from autograder.sandbox import bubblewrap, walls
from autograder.sandbox.forked import Child, first_word
from autograder.sandbox.last_words import reason

log = logging.getLogger(__name__)

_READY_SECONDS = 60.0
_ANSWER_SECONDS = 10.0
_MESSAGE_BYTES = 65536
_MIB = 2**20
_GROWTH_BYTES = 64 * _MIB
# Each holds about 100 MB.
_KEPT = 2
_sources: dict[tuple[str, ...], Source] = {}


class SourceFailed(RuntimeError):
    """No kernel can be had from this source; a cold one can."""


def source(env: Mapping[str, str], hidden: Iterable[Path]) -> Source:
    """This process's source of kernels that see these things, started when it is asked for first.

    Raises:
        SourceFailed: there is none to be had here.
    """
    key = (str(os.getpid()), *walls.source_walls(env, hidden, Path()))
    found = _sources.pop(key, None)
    if found and not found.is_alive():  # it goes with the thread that started it
        found.close()
        found = None
    _sources[key] = found or Source(env, hidden)
    while len(_sources) > _KEPT:
        _sources.pop(next(iter(_sources))).close()
    return _sources[key]


def processes() -> set[int]:
    """The numbers of all processes that are sources, or bubblewrap around them."""
    return {pid for each in _sources.values() for pid in each.processes()}


@atexit.register
def close_all() -> None:
    """End the sources of this process."""
    own = str(os.getpid())
    for key in [key for key in _sources if key[0] == own]:
        _sources.pop(key).close()


class Source:
    """A process that forks kernels.

    Args:
        env: the grader's environment, of which a few harmless variables are handed on.
        hidden: folders that stay out of sight.

    Attributes:
        disturbed: why it is to be used no more, or "".

    Raises:
        SourceFailed: it did not start.
    """

    def __init__(self, env: Mapping[str, str], hidden: Iterable[Path]):
        self.disturbed = ""
        self._kernels = 0
        self._handle: int | None = None
        self.folder = Path(tempfile.mkdtemp(prefix="source-"))
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._control.settimeout(_READY_SECONDS)
        info_read, info_write = os.pipe()
        with theirs, open(self.folder / "errors", "wb") as errors:
            self._process = subprocess.Popen(
                [
                    bubblewrap.program(),
                    *walls.source_walls(env, hidden, self.folder),
                    *("--info-fd", str(info_write)),
                    *walls.source_program(theirs.fileno()),
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                pass_fds=(theirs.fileno(), info_write),
                env={},
                start_new_session=True,
            )
            os.close(info_write)
        try:
            self._first, self._pid = _source_pids(info_read, self._process)
            self._handle = os.pidfd_open(self._first)
            self._answer()
            self._before = self._look()
        except (OSError, ValueError) as error:
            said = (self.folder / "errors").read_text("utf-8", "replace").strip()
            self.close()
            why = reason(said, str(error))
            raise SourceFailed(f"the source of warm sandboxes did not start: {why}") from error
        except BaseException:
            self.close()
            raise
        finally:
            os.close(info_read)

    def processes(self) -> set[int]:
        """Its number and those of bubblewrap around it."""
        return {self._process.pid, self._first, self._pid}

    def is_alive(self) -> bool:
        """Whether it can be asked for kernels."""
        return not self.disturbed and self._process.poll() is None

    def start(
        self,
        limits: SandboxLimits,
        *,
        shown: Mapping[str, Path],
        files: Path | None,
        errors: int,
        line: int,
    ) -> Child:
        """Fork a sandbox, which then waits for `Child.go`.

        Args:
            limits: what it may cost.
            shown: paths inside and what is to be seen there.
            files: a folder whose content the kernel finds, as a copy, in its working directory.
            errors: a descriptor to which the sandbox may write.
            line: a descriptor of the socket over which the kernel speaks to its grader.

        Raises:
            SourceFailed: the source did not answer.
        """
        job = Path(tempfile.mkdtemp(dir=self.folder))
        mine, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            mine.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
            mine.settimeout(_ANSWER_SECONDS)
            for number, path in enumerate(shown.values()):
                os.link(path, job / str(number))
            if files:
                shutil.copytree(files, job / "files", copy_function=os.link)
            request = walls.source_request(limits, job.name, tuple(shown), files is not None)
            with theirs:
                message = json.dumps(request).encode()
                socket.send_fds(self._control, [message], [errors, theirs.fileno(), line])
            child = Child(first_word(mine), mine, job)
            self._kernels += 1
            return child
        except (OSError, ValueError) as error:
            mine.close()
            shutil.rmtree(job, ignore_errors=True)
            self.disturbed = f"it did not answer: {error}"
            raise SourceFailed(f"the source of warm sandboxes did not answer: {error}") from error

    def finish(self, child: Child) -> None:
        """Forget a kernel that has ended, and see whether the source is what it was; `disturbed` says what is not."""
        child.close()
        self._kernels -= 1
        if self.disturbed:
            return
        try:
            now = self._look()
        except (OSError, ValueError) as error:
            self.disturbed = f"it cannot be looked at: {error}"
            return
        grown = now.pop("memory") - self._before["memory"]
        changed = [what for what, value in now.items() if value != self._before[what]]
        if grown > _GROWTH_BYTES:
            changed.append("memory")
        if changed:
            self.disturbed = f"changed: {', '.join(changed)}"
            log.warning("a source of warm sandboxes was thrown away (%s)", self.disturbed)

    def close(self) -> None:
        """End it, with all that it has forked."""
        self._control.close()
        bubblewrap.kill(self._process)
        if self._handle is not None:
            select.select([self._handle], [], [], _ANSWER_SECONDS)
            os.close(self._handle)
            with suppress(ChildProcessError):
                os.waitpid(self._first, os.WNOHANG)  # which a worker has adopted
        shutil.rmtree(self.folder, ignore_errors=True)

    def _answer(self) -> Any:
        return json.loads(self._control.recv(_MESSAGE_BYTES))

    def _without_children(self) -> bool:
        """Whether no process is left of kernels that have ended; the last one may still be ending."""
        until = time.monotonic() + _ANSWER_SECONDS
        while len(bubblewrap.children(self._pid)) > self._kernels and time.monotonic() < until:
            time.sleep(0.001)
        return len(bubblewrap.children(self._pid)) <= self._kernels

    def _look(self) -> dict[str, Any]:
        self._control.settimeout(_ANSWER_SECONDS)
        self._control.send(b'{"describe": true}')
        own = self._answer()
        proc = Path(f"/proc/{self._pid}")
        lines = dict(line.split(":", 1) for line in (proc / "status").read_text().splitlines() if ":" in line)
        return {
            "environment": own["environment"],
            "modules": own["modules"],
            "folder": own["folder"],
            "descriptors": {fd: os.readlink(proc / "fd" / fd) for fd in os.listdir(proc / "fd")},
            "signals": [lines[name] for name in ("SigPnd", "ShdPnd", "SigBlk", "SigIgn", "SigCgt")],
            "threads": lines["Threads"],
            "children": self._without_children(),
            "mounts": (proc / "mountinfo").read_text(),
            "files": _files(proc / "root"),
            "memory": int(lines["RssAnon"].split()[0]) * 1024,
        }


def _source_pids(info_fd: int, process: subprocess.Popen[bytes]) -> tuple[int, int]:
    """The numbers of bubblewrap's first process inside and of its child, the source."""
    first = bubblewrap.first_process(info_fd)
    deadline = time.monotonic() + _READY_SECONDS
    while first and process.poll() is None and time.monotonic() < deadline:
        if children := bubblewrap.children(first):
            return first, children[0]
        time.sleep(0.002)
    raise OSError("it ended")


def _files(root: Path) -> list[tuple[str, int, int]]:
    """Path, size and time of all that lies in the source's own scratch folders."""
    found = []
    for scratch in walls.SCRATCH:
        device = os.stat(root / scratch.lstrip("/")).st_dev
        for folder, folders, names in os.walk(root / scratch.lstrip("/")):
            folders[:] = [name for name in folders if os.lstat(f"{folder}/{name}").st_dev == device]
            states = ((name, os.lstat(f"{folder}/{name}")) for name in (*folders, *names))
            found += [(f"{folder}/{name}", state.st_size, state.st_mtime_ns) for name, state in states]
    return sorted(found)
