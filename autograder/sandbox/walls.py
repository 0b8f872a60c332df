"""The walls of a sandbox as bubblewrap's options, cold or warm: what can be seen inside, and what it may cost.

Inside there are the Python environment, `course_utils`, system libraries and one sized scratch folder in memory;
no network, no other process, nothing else of the course. docs/trust.md says what is promised and how it is tested.
"""

from __future__ import annotations

import json
import math
import os
import platform
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import autograder
import course_utils
from autograder.limits import MIB, SandboxLimits
from autograder.sandbox import syscalls
from autograder.sandbox.environment import kernel_environment
from course_utils.grading import SOCKET_VARIABLE

# Paths inside the sandbox. No such folder exists outside, so a stale path leads nowhere.
ORACLE = "/run/oracle"
# Nothing outside has this path, so what has it is set up.
INSIDE = "/run/inside"
_EXCHANGE, _FILES = "/run/exchange", "/run/files"
_BEGIN = f"""\
import sys
sys.path[0] = {str(Path(INSIDE).parent)!r}  # in place of the working folder
from inside.source import main
del sys.path[0]
main(int(sys.argv[1]))
"""
_TMP, _HOME, _WORK, _SHM = "/tmp", "/tmp/home", "/tmp/work", "/dev/shm"
SCRATCH = (_TMP, _SHM)

_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_ETC = ("/etc/ld.so.cache", "/etc/localtime", "/etc/fonts", "/etc/alternatives", "/etc/mime.types")
_NAMESPACES = (
    "--unshare-user",
    "--unshare-ipc",
    "--unshare-pid",
    "--unshare-net",
    "--unshare-uts",
    "--unshare-cgroup-try",
)
_OUTER = ("--hostname", "grader", "--die-with-parent", "--new-session", "--clearenv")
_PROGRAMS = Path(__file__).with_name("inside")
# Files beside the interpreter that may hold an instructor's passwords.
_PRIVATE = ("pip.conf", "etc/jupyter", "etc/pip.conf")


def cold(
    cmd: list[str],
    limits: SandboxLimits,
    *,
    files: Path | None,
    env: Mapping[str, str],
    hidden: Iterable[Path] = (),
    info_fd: int,
    block_fd: int,
    filter_fd: int | None,
) -> list[str]:
    """Bubblewrap's arguments for one sandbox in which `cmd` runs.

    Args:
        cmd: the kernel's command.
        files: a folder whose content the kernel finds, as a copy, in its working directory.
        env: the grader's environment, of which a few harmless variables are handed on.
        hidden: folders that stay out of sight even where they lie in one that is shown.
        info_fd: bubblewrap writes here which process is the sandbox's first.
        block_fd: the sandbox waits until a byte can be read here.
        filter_fd: the system call filter can be read here.
    """
    binds = {INSIDE: _PROGRAMS} | ({_FILES: files} if files else {})
    if SOCKET_VARIABLE in env:
        binds[ORACLE] = oracle(env)
    settings = json.dumps(_settings(limits, _FILES if files else ""))
    return [
        *cold_namespaces(),
        *("--info-fd", str(info_fd), "--block-fd", str(block_fd)),
        *(("--seccomp", str(filter_fd)) if filter_fd is not None else ()),
        *_environment(env),
        *root(hidden, limits, binds),
        *(cmd[0], "-I", "-S", f"{INSIDE}/launch.py", settings, *cmd),
    ]


def cold_namespaces() -> list[str]:
    """A user without any right, in namespaces of its own."""
    return [*_NAMESPACES, "--disable-userns", "--uid", "1000", "--gid", "1000", "--cap-drop", "ALL", *_OUTER]


def source_walls(env: Mapping[str, str], hidden: Iterable[Path], exchange: Path) -> list[str]:
    """Bubblewrap's options for a source of warm sandboxes.

    Its superuser rules over nothing but the namespaces made here, out of which it forks those of its kernels.

    Args:
        env: the grader's environment, of which a few harmless variables are handed on.
        hidden: folders that stay out of sight even where they lie in one that is shown.
        exchange: a folder in which the source finds what its kernels are to see.
    """
    # A file to mount over, since nothing can be made in a root that is only read.
    empty = {ORACLE: Path(os.devnull)}
    return [
        *_NAMESPACES,
        *("--uid", "0", "--gid", "0", "--cap-add", "ALL"),
        *_OUTER,
        *_environment(env),
        *root(hidden, SandboxLimits(), {INSIDE: _PROGRAMS, _EXCHANGE: exchange} | empty),
    ]


def source_program(control_fd: int) -> list[str]:
    """The command that is a source of warm sandboxes, inside its walls.

    Args:
        control_fd: a socket to the grader.
    """
    return [sys.executable, "-c", _BEGIN, str(control_fd)]


def source_request(limits: SandboxLimits, job: str, shown: Iterable[str], files: bool) -> dict[str, Any]:
    """What a source is asked for.

    Args:
        limits: what the kernel may cost.
        job: name of the folder in the exchange that holds what it is to see.
        shown: paths inside; what is to be seen there lies in the folder, by number.
        files: whether its subfolder `files` is to be copied into the kernel's working directory.
    """
    folder = f"{_EXCHANGE}/{job}"
    program = syscalls.program()
    return {
        "exchange": _EXCHANGE,
        "sizes": _sizes(limits),
        "shown": {path: f"{folder}/{number}" for number, path in enumerate(shown)},
        "settings": _settings(limits, f"{folder}/files" if files else ""),
        "filter": program.hex() if program else "",
    }


def oracle(env: Mapping[str, str]) -> Path:
    """The grader's socket, outside."""
    return Path(env[SOCKET_VARIABLE])


def _environment(env: Mapping[str, str]) -> list[str]:
    variables = kernel_environment(env, _HOME, sandboxed=True) | {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "USER": "student",
    }
    if SOCKET_VARIABLE in env:
        variables[SOCKET_VARIABLE] = ORACLE
    return [part for name, value in variables.items() for part in ("--setenv", name, value)]


def root(
    hidden: Iterable[Path], limits: SandboxLimits, binds: Mapping[str, Path] = MappingProxyType({})
) -> list[str]:
    """Mounts, from the outermost to the innermost; in the end nothing but the scratch folders can be written."""
    return [
        *_system(),
        *("--proc", "/proc", "--dev", "/dev"),
        *(part for path, size in _sizes(limits).items() for part in ("--size", str(size), "--tmpfs", path)),
        *_environments(hidden),
        *(part for path, source in binds.items() for part in ("--ro-bind", str(source), path)),
        # A superuser's sandbox would own the kernel's settings under /proc/sys.
        *("--remount-ro", "/proc", "--remount-ro", "/dev", "--remount-ro", "/"),
    ]


def _sizes(limits: SandboxLimits) -> dict[str, int]:
    """Bytes of each scratch folder."""
    return {_TMP: limits.scratch_bytes, _SHM: min(limits.scratch_bytes, 64 * MIB)}


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
    # As text: the walls are made for each kernel, to find its source by, and most of that was making the paths' parents.
    return f"{path}/".startswith(tuple(os.path.join(folder, "") for folder in folders))


def _settings(limits: SandboxLimits, files: str) -> dict[str, Any]:
    """What `inside/launch.py` is told."""
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
    return {"work": _WORK, "files": files, "rlimits": rlimits}
