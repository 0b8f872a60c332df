"""The sandbox of a graded kernel: what bubblewrap is told, and whether it can run here.

Inside there are the Python environment, `course_utils`, system libraries and one sized scratch folder in memory;
no network, no other process, nothing else of the course. docs/trust.md says what is promised and how it is tested.
"""

from __future__ import annotations

import json
import math
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

import autograder
import course_utils
from autograder.errors import CourseError
from autograder.limits import MIB, SandboxLimits
from autograder.sandbox import cgroups, syscalls
from autograder.sandbox.environment import kernel_environment
from course_utils.grading import SOCKET_VARIABLE


class Sandbox(StrEnum):
    """What student code ran in; the value is what reports print."""

    BUBBLEWRAP = "bubblewrap"
    NONE = "none (accepted by name)"


# Paths inside the sandbox. No such folder exists outside, so a stale path leads nowhere.
RUN = "/run/course-kernel"
CHANNEL = f"{RUN}/channel"
_LAUNCH, _CONNECTION, _ORACLE, _FILES = "/run/launch.py", "/run/connection.json", "/run/oracle", "/run/files"
_TMP, _HOME, _WORK, _SHM = "/tmp", "/tmp/home", "/tmp/work", "/dev/shm"
SCRATCH = (_TMP, _SHM, RUN)

_OLDEST = (0, 8)
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_ETC = ("/etc/ld.so.cache", "/etc/localtime", "/etc/fonts", "/etc/alternatives", "/etc/mime.types")
_NAMESPACES = (
    "--unshare-user",
    "--unshare-ipc",
    "--unshare-pid",
    "--unshare-net",
    "--unshare-uts",
    "--unshare-cgroup-try",
    "--disable-userns",
)
# Files beside the interpreter that may hold an instructor's passwords.
_PRIVATE = ("pip.conf", "etc/jupyter", "etc/pip.conf")
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
    if bwrap is None:
        return Status(False, reason=f"bubblewrap is not installed: {_how_to_install()}")
    version = _version(bwrap)
    tool = f"bubblewrap {'.'.join(map(str, version))}"
    if version < _OLDEST:
        return Status(False, tool, reason=f"{tool} is too old, 0.8 or newer is needed: {_how_to_install()}")
    trial = [
        bwrap,
        *_NAMESPACES,
        *_outer_options(),
        *_root((), SandboxLimits()),
        sys.executable,
        "-I",
        "-S",
        "-c",
        "",
    ]
    try:
        done = subprocess.run(trial, capture_output=True, text=True, timeout=_TRIAL_SECONDS, env={})
        problem = done.stderr.strip() if done.returncode else ""
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
        CourseError: there is no sandbox here and that was not accepted.
    """
    if unsandboxed:
        return Sandbox.NONE
    found = status()
    if not found.available:
        raise CourseError(
            f"student code cannot be sandboxed: {found.reason}; or accept the risk with --unsandboxed"
        )
    return Sandbox.BUBBLEWRAP


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


def command(
    cmd: list[str],
    limits: SandboxLimits,
    *,
    connection: Path,
    files: Path | None,
    env: dict[str, str],
    hidden: Iterable[Path] = (),
    info_fd: int,
    block_fd: int,
    filter_fd: int | None,
) -> list[str]:
    """The command line that runs `cmd` in a sandbox.

    Args:
        cmd: the kernel's command; the path `connection` in it becomes the path inside.
        connection: the kernel's connection file.
        files: a folder whose content the kernel finds, as a copy, in its working directory.
        env: the grader's environment, of which a few harmless variables are handed on.
        hidden: folders that stay out of sight even where they lie in one that is shown.
        info_fd: bubblewrap writes here which process is the sandbox's first.
        block_fd: the sandbox waits until a byte can be read here.
        filter_fd: the system call filter can be read here.
    """
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        raise CourseError(f"bubblewrap is not installed: {_how_to_install()}")
    inside = [_CONNECTION if part == str(connection) else part for part in cmd]
    return [
        bwrap,
        *_NAMESPACES,
        *_outer_options(),
        *("--info-fd", str(info_fd), "--block-fd", str(block_fd)),
        *(("--seccomp", str(filter_fd)) if filter_fd is not None else ()),
        *_environment(env),
        *_root(hidden, limits, _handed_in(connection, files, env)),
        *(cmd[0], "-I", "-S", _LAUNCH, _settings(limits, files is not None), *inside),
    ]


def _outer_options() -> list[str]:
    return [
        *("--uid", "1000", "--gid", "1000", "--cap-drop", "ALL", "--hostname", "grader"),
        *("--die-with-parent", "--new-session", "--clearenv"),
    ]


def _environment(env: dict[str, str]) -> list[str]:
    variables = kernel_environment(env, _HOME, sandboxed=True) | {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "USER": "student",
    }
    if SOCKET_VARIABLE in env:
        variables[SOCKET_VARIABLE] = f"ipc://{_ORACLE}"
    return [part for name, value in variables.items() for part in ("--setenv", name, value)]


def _handed_in(connection: Path, files: Path | None, env: dict[str, str]) -> list[str]:
    binds = [(str(connection), _CONNECTION), (str(Path(__file__).with_name("launch.py")), _LAUNCH)]
    if files:
        binds.append((str(files), _FILES))
    if SOCKET_VARIABLE in env:
        binds.append((env[SOCKET_VARIABLE].removeprefix("ipc://"), _ORACLE))
    return [part for source, target in binds for part in ("--ro-bind", source, target)]


def _root(hidden: Iterable[Path], limits: SandboxLimits, handed_in: Iterable[str] = ()) -> list[str]:
    """Mounts, from the outermost to the innermost; in the end nothing but the scratch folders can be written."""
    sized = {_TMP: limits.scratch_bytes, _SHM: min(limits.scratch_bytes, 64 * MIB), RUN: MIB}
    return [
        *_system(),
        *("--proc", "/proc", "--dev", "/dev"),
        *(part for path, size in sized.items() for part in ("--size", str(size), "--tmpfs", path)),
        *_environments(hidden),
        *handed_in,
        # A superuser's sandbox would own the kernel's settings under /proc/sys.
        *("--remount-ro", "/proc", "--remount-ro", "/dev", "--remount-ro", "/"),
    ]


def _system() -> list[str]:
    parts: list[str] = []
    for path in map(Path, _SYSTEM):
        if path.is_symlink():
            parts += ["--symlink", os.readlink(path), str(path)]
        elif path.is_dir():
            parts += ["--ro-bind", str(path), str(path)]
    for file in _ETC:
        parts += ["--ro-bind-try", file, file]
    return parts


def _environments(hidden: Iterable[Path]) -> list[str]:
    """Python and course_utils, each shown at its own path; what must stay hidden is covered where it shows through."""
    shown = {Path(path) for path in (sys.base_prefix, sys.prefix, Path(course_utils.__file__).parent)}
    shown |= {path.resolve() for path in shown}
    system = tuple(map(Path, _SYSTEM))
    mounts = {path: ["--ro-bind", str(path), str(path)] for path in shown if not _within(path, system)}
    # The whole package: the checks must stay out of sight wherever in it this module lies.
    covered = {path.resolve() for path in (*hidden, Path(autograder.__file__).parent)}
    for path in covered:
        if _within(path, (*shown, *system)) and path not in shown:
            mounts[path] = ["--tmpfs", str(path), "--remount-ro", str(path)]
            # What must be seen below a covered folder has to be shown again.
            mounts |= {p: ["--ro-bind", str(p), str(p)] for p in shown if path in p.parents}
    for path in (Path(sys.prefix, name) for name in _PRIVATE):
        if path.is_dir():
            mounts[path] = ["--tmpfs", str(path), "--remount-ro", str(path)]
        elif path.exists():
            mounts[path] = ["--ro-bind", "/dev/null", str(path)]
    return [part for path in sorted(mounts, key=lambda p: len(p.parts)) for part in mounts[path]]


def _within(path: Path, folders: Iterable[Path]) -> bool:
    return any(folder == path or folder in path.parents for folder in folders)


def _settings(limits: SandboxLimits, files: bool) -> str:
    rlimits = {
        "RLIMIT_CORE": 0,
        "RLIMIT_CPU": math.ceil(limits.cpu_seconds),
        "RLIMIT_DATA": limits.memory_bytes,
        "RLIMIT_FSIZE": limits.file_bytes,
        "RLIMIT_NOFILE": limits.open_files,
        "RLIMIT_MEMLOCK": 0,
        "RLIMIT_MSGQUEUE": 0,
    }
    # Before Linux 5.14 this counted all processes of the user, the grader's own among them.
    if tuple(map(int, re.findall(r"\d+", platform.release())[:2])) >= (5, 14):
        rlimits["RLIMIT_NPROC"] = limits.tasks
    return json.dumps({"work": _WORK, "files": _FILES if files else "", "rlimits": rlimits})


def filter_program() -> bytes | None:
    """The system call filter for this machine's processor."""
    return syscalls.program()
