"""How the kernel of a graded notebook is started: in a sandbox, unless none was accepted by name."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from autograder.limits import SandboxLimits
from autograder.sandbox import bubblewrap, cgroups, syscalls, walls, warm
from autograder.sandbox.environment import kernel_environment
from autograder.sandbox.last_words import LastWords, not_started, reason
from autograder.sandbox.watch import Watch
from course_utils.errors import CourseError
from course_utils.grading import SOCKET_VARIABLE

log = logging.getLogger(__name__)

_KERNEL = "course_utils.notebook.kernel"
_END_SECONDS = 5.0


class KernelProcess:
    """A kernel's processes, from start to end; `KernelSession` says what the arguments are.

    Attributes:
        line: the grader's end of the socket over which the kernel speaks, which no other process can reach.

    Raises:
        CourseError: the sandbox did not start; or there is none here, and that was not accepted.
    """

    def __init__(
        self,
        folder: Path,
        env: Mapping[str, str],
        *,
        limits: SandboxLimits,
        hidden: Iterable[Path],
        unsandboxed: bool,
        cold: bool,
    ):
        self._limits, self._hidden, self._env = limits, tuple(hidden), env
        self._is_sandboxed = bubblewrap.require(unsandboxed) is not bubblewrap.Sandbox.NONE
        self._process: Any = None
        self._first = 0
        self._source: warm.Source | None = None
        self._watch: Watch | None = None
        self._errors: LastWords | None = None
        self._home: Path | None = None
        self.line, theirs = socket.socketpair()
        try:
            with theirs:
                if not self._is_sandboxed:
                    self._launch_bare(folder, theirs.fileno())
                elif cold or not self._launch_warm(folder, theirs.fileno()):
                    self._launch_cold(folder, theirs.fileno())
        except BaseException:
            self.close()
            raise

    def _launch_warm(self, files: Path, line: int) -> bool:
        """Have a sandbox forked; False where that cannot be."""
        shown = {walls.ORACLE: walls.oracle(self._env)} if SOCKET_VARIABLE in self._env else {}
        read, write = os.pipe()
        try:
            source = warm.source(self._env, self._hidden)
            child = source.start(self._limits, shown=shown, files=files, errors=write, line=line)
        except warm.SourceFailed as error:
            log.warning("%s; this kernel is started cold", error)
            os.close(read)
            return False
        finally:
            os.close(write)
        self._source, self._process = source, child
        child.stderr = os.fdopen(read, "rb", buffering=0)
        self._begin(child.pid)
        child.go()
        return True

    def _launch_cold(self, files: Path, line: int) -> None:
        info_read, info_write = os.pipe()
        block_read, block_write = os.pipe()
        filter_read = _readable(syscalls.program())
        passed = [fd for fd in (info_write, block_read, filter_read) if fd is not None]
        try:
            arguments = walls.cold(
                _command(line),
                self._limits,
                files=files,
                env=self._env,
                hidden=self._hidden,
                info_fd=info_write,
                block_fd=block_read,
                filter_fd=filter_read,
            )
            self._process = _started([bubblewrap.program(), *arguments], {}, "/", [*passed, line])
            for fd in passed:
                os.close(fd)
            passed = []
            first = bubblewrap.first_process(info_read)
            if first is None:
                self._process.wait(10)
                said = LastWords(self._process.stderr).text()
                raise CourseError(not_started("sandbox", reason(said)))
            self._begin(first)
            os.write(block_write, b"\n")
        finally:
            for fd in (*passed, info_read, block_write):
                os.close(fd)

    def _launch_bare(self, folder: Path, line: int) -> None:
        self._home = Path(tempfile.mkdtemp(prefix="kernel-"))
        env = kernel_environment(self._env, str(self._home), sandboxed=False)
        self._process = _started(_command(line), env, str(folder), [line])
        self._first = self._process.pid
        self._errors = LastWords(self._process.stderr)

    def _begin(self, first: int) -> None:
        """Watch a sandbox, from before the first line of a student's."""
        self._first = first
        self._errors = LastWords(self._process.stderr)
        cgroup = cgroups.make(self._limits)
        if cgroup:
            cgroup.add(first)
        log.info("%s", bubblewrap.status())
        self._watch = Watch(first, self._limits, cgroup)

    def kernel_pid(self) -> int:
        """The kernel's process as this system numbers it; in a sandbox it is the first process's child."""
        if not self._is_sandboxed:
            return self._first
        with contextlib.suppress(OSError):
            return next(iter(bubblewrap.children(self._first)), self._first)
        return self._first

    def is_alive(self) -> bool:
        """Whether the sandbox has not ended."""
        return self._process.poll() is None

    def interrupt(self) -> None:
        """Send SIGINT to the kernel."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.kernel_pid(), signal.SIGINT)

    def disturbed(self) -> str:
        """Why what this kernel was forked from, and so this kernel, is not to be trusted, or ""; known after its end."""
        return self._source.disturbed if self._source else ""

    def why(self) -> str:
        """Why the kernel ended, in words: a limit, a signal, an exit status; "" when nothing is known."""
        reason = self._watch.why() if self._watch else ""
        return reason or _exit_reason(self._process.poll() if self._process else None)

    def errors(self) -> str:
        """The last lines that the kernel's processes wrote to standard error, for the grader's log."""
        return self._errors.text() if self._errors else ""

    def end(self) -> None:
        """Kill the kernel with all that it has started, and wait for its end."""
        if self._process is None or self._process.poll() is not None:
            return
        if self._watch:
            self._watch.kill()
        elif self._source:
            self._process.kill()
        elif self._is_sandboxed:
            bubblewrap.kill(self._process)
        else:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_SECONDS)

    def close(self) -> None:
        """End it, and forget it."""
        self.end()
        self.line.close()
        if self._watch:
            self._watch.close()
        if self._source:
            self._source.finish(self._process)
        if self._process is not None and self._process.stderr:
            self._process.stderr.close()
        if self._home:
            shutil.rmtree(self._home, ignore_errors=True)


def _command(line: int) -> list[str]:
    return [sys.executable, "-m", _KERNEL, str(line)]


def _started(
    command: list[str], env: Mapping[str, str], folder: str, passed: list[int]
) -> subprocess.Popen[bytes]:
    """A process whose output reaches no terminal and no log but the last of its errors."""
    return subprocess.Popen(
        command,
        env=env,
        cwd=folder,
        pass_fds=passed,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def _readable(content: bytes | None) -> int | None:
    """A descriptor from which `content`, smaller than a pipe, can be read."""
    if content is None:
        return None
    read, write = os.pipe()
    os.write(write, content)
    os.close(write)
    return read


def _exit_reason(code: int | None) -> str:
    if code is None:
        return ""
    # bubblewrap reports a signal as a shell does, as 128 plus its number.
    number = -code if code < 0 else code - 128
    if number in {member.value for member in signal.Signals}:
        name = signal.Signals(number).name
        return {"SIGSEGV": "segmentation fault", "SIGXCPU": "limit of processor time"}.get(name, name)
    return f"exit status {code}: does a cell end the process?"
