"""Whether student code can be sandboxed on this machine, and by which bubblewrap."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from autograder.limits import SandboxLimits
from autograder.sandbox import cgroups, walls
from course_utils.errors import CourseError


class Sandbox(StrEnum):
    """What student code ran in; the value is what reports print."""

    BUBBLEWRAP = "bubblewrap"
    NONE = "none (accepted by name)"


_OLDEST = (0, 8)
_TRIAL_SECONDS = 20


@dataclass(frozen=True)
class Status:
    """Whether student code can be sandboxed on this machine, and by what.

    Attributes:
        available: whether grading is sandboxed.
        tool: name and version, for example "bubblewrap 0.8.0".
        limits: how memory and the number of processes are limited.
        reason: why there is no sandbox and what to do, one sentence, or "".
    """

    available: bool
    tool: str = ""
    limits: str = ""
    reason: str = ""

    def __str__(self) -> str:
        return (
            f"{self.tool}; memory and processes limited by {self.limits}" if self.available else self.reason
        )


def status() -> Status:
    """Try the sandbox, once per process and search path."""
    return _status(shutil.which("bwrap"))


@lru_cache(maxsize=4)
def _status(bwrap: str | None) -> Status:
    if sys.platform != "linux":
        return Status(
            False, reason="the sandbox needs Linux: grade in WSL 2, a Linux container or a virtual machine"
        )
    if bwrap is None:
        return Status(False, reason=f"bubblewrap is not installed: {_how_to_install()}")
    version = _version(bwrap)
    tool = f"bubblewrap {'.'.join(map(str, version))}"
    if version < _OLDEST:
        return Status(False, tool, reason=f"{tool} is too old, 0.8 or newer is needed: {_how_to_install()}")
    trial = [
        bwrap,
        *walls.cold_namespaces(),
        *walls.root((), SandboxLimits()),
        sys.executable,
        "-I",
        "-S",
        "-c",
        "",
    ]
    try:
        problem = _complaint(trial)
    except (OSError, subprocess.TimeoutExpired) as error:
        problem = str(error)
    if problem:
        return Status(
            False, tool, reason=f"{tool} cannot start a sandbox here ({problem:.300}){_advice(problem)}"
        )
    return Status(True, tool, limits=cgroups.describe())


def require(unsandboxed: bool = False) -> Sandbox:
    """The sandbox that student code will run in.

    Args:
        unsandboxed: accept by name that there is none.

    Raises:
        CourseError: there is no sandbox here and that was not accepted, or this system lacks what even marking without one needs.
    """
    if not hasattr(socket, "AF_UNIX"):
        raise CourseError(
            "marking needs Unix sockets, which Python has on Linux and macOS and not here: on Windows run it in WSL 2; "
            'in a notebook, check("<function>") runs the visible tests on any system'
        )
    if unsandboxed:
        return Sandbox.NONE
    found = status()
    if not found.available:
        raise CourseError(
            f"student code cannot be sandboxed: {found.reason}; or accept the risk with --unsandboxed"
        )
    return Sandbox.BUBBLEWRAP


def program() -> str:
    """The path of bubblewrap.

    Raises:
        CourseError: it is not installed.
    """
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        raise CourseError(f"bubblewrap is not installed: {_how_to_install()}")
    return bwrap


def first_process(info_fd: int) -> int | None:
    """The number of a new sandbox's first process, as bubblewrap writes it to `info_fd`; None where it gave up."""
    text = b""
    while part := os.read(info_fd, 4096):
        text += part
        if text.rstrip().endswith(b"}"):
            return int(json.loads(text)["child-pid"])
    return None


def kill(process: subprocess.Popen[bytes]) -> None:
    """End bubblewrap and all that runs in it, at whatever moment, and wait for its own end.

    Its death alone is not enough while it starts: its first process waits for its word then, and would wait for ever. For the same
    reason it is started in a session of its own, where no Ctrl-C in a terminal reaches it.
    """
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGSTOP)  # so that it starts nothing more
    os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
    handles: list[int] = []
    with suppress(OSError):
        handles += [os.pidfd_open(child) for child in children(process.pid)]
    process.kill()
    process.wait()
    for handle in handles:
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(handle, signal.SIGKILL)
        os.close(handle)


def kill_left(folder: Path) -> None:
    """End what sandboxes that see a folder have left: those whose bubblewrap was killed while it started, with whoever had started it."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended, or is another user's
            is_sandbox = (process / "comm").read_text() == "bwrap\n"
            if is_sandbox and os.fsencode(folder) in (process / "cmdline").read_bytes():
                os.kill(int(process.name), signal.SIGKILL)


def children(pid: int) -> list[int]:
    """The numbers of the processes that the first thread of a process has started and that have not ended.

    Raises:
        OSError: it has ended, or this system's kernel was built not to tell.
    """
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _complaint(command: list[str]) -> str:
    """Why a sandbox could not be started, or ""."""
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={},
        start_new_session=True,
    )
    try:
        _, said = process.communicate(timeout=_TRIAL_SECONDS)
    finally:
        kill(process)
    return said.decode("utf-8", "replace").strip() if process.returncode else ""


def _version(bwrap: str) -> tuple[int, ...]:
    done = subprocess.run([bwrap, "--version"], capture_output=True, text=True, timeout=_TRIAL_SECONDS)
    return tuple(map(int, re.findall(r"\d+", done.stdout)[:3]))


def _how_to_install() -> str:
    return "run `sh scripts/system-packages.sh`, or install your system's package `bubblewrap`"


def _advice(problem: str) -> str:
    """What usually helps against bubblewrap's own complaint."""
    if "uid map" in problem or "namespace" in problem.lower() or "Operation not permitted" in problem:
        return (
            ": allow user namespaces (sysctl kernel.apparmor_restrict_unprivileged_userns=0 on Ubuntu 24.04)"
        )
    if "Can't find source path" in problem:
        return (
            ": this user may not enter a folder on the way to the Python environment; move it or allow that"
        )
    return ""
