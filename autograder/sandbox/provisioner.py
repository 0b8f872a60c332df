"""How the kernel of a graded notebook is started: in a sandbox, unless none was accepted by name.

Jupyter finds this class by the kernel spec "course-grader", so that `course grade`, `nbgrader autograde` and the
formgrader all start student code in the same way.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from autograder.limits import SandboxLimits
from autograder.sandbox import bubblewrap, cgroups, syscalls, walls, warm
from autograder.sandbox.environment import kernel_environment
from autograder.sandbox.last_words import LastWords, not_started, reason
from autograder.sandbox.watch import Watch
from course_utils.errors import CourseError
from course_utils.grading import SOCKET_VARIABLE

log = logging.getLogger(__name__)

_START_SECONDS = 60.0
_END_SECONDS = 5.0


class GradingProvisioner(LocalProvisioner):
    """Starts a kernel in a sandbox, with channels that only its grader can reach.

    `KernelManager.start_kernel` hands on these arguments:
        limits: a SandboxLimits.
        unsandboxed: accept by name that there is no sandbox.
        cold: start a sandbox of its own, not one that is forked from a source.
        hidden: folders that stay out of the kernel's sight.
    """

    # Jupyter's manager and the process, both there before anything of ours is called.
    parent: Any
    process: Any

    sandbox = bubblewrap.Sandbox.BUBBLEWRAP
    _source: warm.Source | None = None
    _folder: Path | None = None
    _watch: Watch | None = None
    _errors: LastWords | None = None
    _exit_code: int | None = None
    _started_cold = ""

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Choose the channels' place and the environment, before the kernel's files are written."""
        self._limits = kwargs.pop("limits", SandboxLimits())
        self._hidden = tuple(kwargs.pop("hidden", ()))
        self._cold = kwargs.pop("cold", False)
        self.sandbox = bubblewrap.require(kwargs.pop("unsandboxed", False))
        self._folder = folder = Path(tempfile.mkdtemp(prefix="kernel-"))
        manager = self.parent
        manager.transport = "ipc"
        manager.connection_file = str(folder / "connection.json")
        manager.ip = walls.CHANNEL if self.is_sandboxed else str(folder / "channel")
        kwargs["env"] = kwargs.get("env") or dict(os.environ)
        if not self.is_sandboxed:
            kwargs["env"] = _outside_environment(kwargs["env"], folder)
        return await super().pre_launch(**kwargs)

    @property
    def is_sandboxed(self) -> bool:
        """Whether this kernel runs in a sandbox."""
        return self.sandbox is not bubblewrap.Sandbox.NONE

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Start the kernel and wait until it listens."""
        # What the kernel's processes write past Jupyter reaches no terminal and no log but this one's last lines.
        kwargs |= {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
        if not self.is_sandboxed:
            info = await super().launch_kernel(cmd, **kwargs)
            self._errors = LastWords(self.process.stderr)
            await self._wait_for_channels()
            return info
        outside = Path(self.parent.connection_file)
        # The manager will rewrite its own file with the path by which it reaches the channels from outside.
        inside = Path(shutil.copy(outside, outside.with_name("inside.json")))
        files = Path(kwargs["cwd"]) if kwargs.get("cwd") else None
        if self._cold or warm.KERNEL not in cmd or not self._launch_warm(cmd, inside, files, kwargs["env"]):
            cmd = [str(inside) if part == str(outside) else part for part in cmd]
            await self._launch_cold(cmd, inside, files, **kwargs)
        self.parent.ip = f"/proc/{self._first}/root{walls.CHANNEL}"
        self.connection_info["ip"] = self.parent.ip
        await self._wait_for_channels()
        if self._started_cold and self.process.poll() is None:
            log.warning("%s; this kernel is started cold", self._started_cold)
        return self.connection_info

    def _launch_warm(self, cmd: list[str], connection: Path, files: Path | None, env: dict[str, str]) -> bool:
        """Have a sandbox forked; False where that cannot be."""
        shown = {walls.CONNECTION: connection} | (
            {walls.ORACLE: walls.oracle(env)} if SOCKET_VARIABLE in env else {}
        )
        arguments = cmd[cmd.index(warm.KERNEL) + 1 :]
        arguments[arguments.index("-f") + 1] = walls.CONNECTION
        read, write = os.pipe()
        try:
            self._source = warm.source(env, self._hidden)
            child = self._source.start(arguments, self._limits, shown=shown, files=files, errors=write)
        except warm.SourceFailed as error:
            self._started_cold = str(error)
            os.close(read)
            return False
        finally:
            os.close(write)
        self._child = child
        child.stderr = os.fdopen(read, "rb", buffering=0)
        self.process, self.pid = child, child.pid
        self._begin(child.pid)
        child.go()
        return True

    async def _launch_cold(self, cmd: list[str], connection: Path, files: Path | None, **kwargs: Any) -> None:
        info_read, info_write = os.pipe()
        block_read, block_write = os.pipe()
        filter_read = _readable(syscalls.program())
        passed = [fd for fd in (info_write, block_read, filter_read) if fd is not None]
        try:
            arguments = walls.cold(
                cmd,
                self._limits,
                connection=connection,
                files=files,
                env=kwargs["env"],
                hidden=self._hidden,
                info_fd=info_write,
                block_fd=block_read,
                filter_fd=filter_read,
            )
            full = [bubblewrap.program(), *arguments]
            await super().launch_kernel(full, **kwargs | {"env": {}, "pass_fds": passed, "cwd": "/"})
            for fd in passed:
                os.close(fd)
            passed = []
            first = bubblewrap.first_process(info_read)
            if first is None:
                self.process.wait(10)
                said = LastWords(self.process.stderr).text()
                raise CourseError(not_started("sandbox", reason(said)))
            self._begin(first)
            os.write(block_write, b"\n")
        finally:
            for fd in (*passed, info_read, block_write):
                os.close(fd)

    async def _wait_for_channels(self) -> None:
        """Wait until the kernel listens, since its grader connects once and never again.

        Later, student code could lay a trap where a socket should be.
        """
        waiting = [f"{self.parent.ip}-{port}" for port in self.parent.ports]
        deadline = time.monotonic() + _START_SECONDS
        while waiting and self.process.poll() is None and time.monotonic() < deadline:
            waiting = [path for path in waiting if not _listens(path)]
            await asyncio.sleep(0.01)

    def kernel_pid(self) -> int:
        """The kernel's process as this system numbers it; in a sandbox it is the first process's child."""
        if not self.is_sandboxed:
            return self.process.pid
        children: list[str] = []
        with contextlib.suppress(OSError):  # not every kernel is built to tell
            children = Path(f"/proc/{self._first}/task/{self._first}/children").read_text().split()
        return int(children[0]) if children else self._first

    def _begin(self, first: int) -> None:
        """Watch a sandbox, from before the first line of a student's."""
        self._first = first
        self._errors = LastWords(self.process.stderr)
        cgroup = cgroups.make(self._limits)
        if cgroup:
            cgroup.add(first)
        log.info("%s, limited by %s", bubblewrap.status().tool, cgroups.describe())
        self._watch = Watch(first, self._limits, cgroup)

    def disturbed(self) -> str:
        """Why what this kernel was forked from, and so this kernel, is not to be trusted, or ""; known after its end."""
        return self._source.disturbed if self._source else ""

    def why(self) -> str:
        """Why the kernel ended, in words: a limit, a signal, an exit status; "" when nothing is known."""
        reason = self._watch.why() if self._watch else ""
        if self.process is not None:
            self._exit_code = self.process.poll()
        return reason or _exit_reason(self._exit_code)

    def errors(self) -> str:
        """The last lines that the kernel's processes wrote to standard error, for the grader's log."""
        return self._errors.text() if self._errors else ""

    async def poll(self) -> int | None:
        """The kernel's exit status, kept for `why`; None while it runs."""
        code = await super().poll()
        if self.process is not None and code is not None:
            self._exit_code = code
        return code

    def end(self) -> None:
        """Kill the kernel and wait for its end; Jupyter's own way would look ten times a second whether it has come."""
        if self._watch and self.process is not None:
            self._watch.kill()
            with contextlib.suppress(subprocess.TimeoutExpired):  # then Jupyter has its try
                self.process.wait(_END_SECONDS)

    async def kill(self, restart: bool = False) -> None:
        """Kill the kernel and all that it has started."""
        if self._watch:
            self._watch.kill()
        await super().kill(restart=restart)

    async def cleanup(self, restart: bool = False) -> None:
        """Remove the kernel's folder and stop watching it."""
        await super().cleanup(restart)
        if self._watch:
            self._watch.close()
            self._watch = None
        if self._source:
            self._source.finish(self._child)
        if self._folder and not restart:
            shutil.rmtree(self._folder, ignore_errors=True)


def _outside_environment(env: dict[str, str], folder: Path) -> dict[str, str]:
    home = folder / "home"
    home.mkdir()
    return kernel_environment(env, str(home), sandboxed=False)


def _listens(path: str) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(path)
        except OSError:
            return False
        return True


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
