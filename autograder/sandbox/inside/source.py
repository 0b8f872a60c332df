"""The source of warm sandboxes: a process that has imported what every graded kernel imports, and forks one after another.

Run by bubblewrap inside its walls, as `autograder.sandbox.walls` says; `main` gets the number of a socket to the grader.
It holds nothing secret and never runs a line of a student's. For each request it forks two processes:

- the sandbox's first process, which enters new namespaces, lays out its file tree, says that it is there, waits for the grader's
  word and in the end says how the kernel ended;
- the kernel, which gives up all rights, loads the filter of system calls and only then runs.

One thread only: what another one holds at the moment of a fork would be held for ever in the child.
"""

from __future__ import annotations

import gc
import hashlib
import json
import os
import random
import re
import signal
import socket
import sys
from typing import Any

from . import launch, linux

_REQUEST_BYTES = 65536
_STUDENT = 1000
# The kernel's only descriptor beside the standard ones.
_LINE = 3
_OCTAL = re.compile(r"\\([0-7]{3})")
_FRESH = linux.NEW_MOUNTS | linux.NEW_IPC | linux.NEW_NETWORK | linux.NEW_UTS


def serve(control: socket.socket, app: Any) -> None:
    """Fork a sandbox for each request, until the grader hangs up.

    Args:
        control: socket to the grader.
        app: the kernel that is forked.
    """
    # Who waits for nobody is told of nobody's end, and leaves no trace of it.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    own_pids = os.open("/proc/self/ns/pid", os.O_RDONLY)
    control.send(b"{}")
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, _REQUEST_BYTES, 3)
        if not message:
            return
        if not descriptors:
            control.send(json.dumps(_description()).encode())
        else:
            # Whoever is forked in between is the first process of a new namespace.
            linux.unshare(linux.NEW_PIDS)
            if os.fork() == 0:
                os.close(own_pids)
                control.close()
                _child(_first_process, app, json.loads(message), *descriptors)
            linux.enter(own_pids, linux.NEW_PIDS)
        for descriptor in descriptors:
            os.close(descriptor)


def _description() -> dict[str, Any]:
    """What a grader cannot see of this process from outside."""
    environment = hashlib.sha256(repr(sorted(os.environ.items())).encode()).hexdigest()
    return {"environment": environment, "modules": len(sys.modules), "folder": os.getcwd()}


def _child(work: Any, *arguments: Any) -> None:
    """Run a forked process's work and end it, whatever happens, without the parent's farewells."""
    code = 70
    try:
        code = work(*arguments) or 0
    except BaseException:
        import traceback

        traceback.print_exc(file=sys.__stderr__)  # not where a notebook's errors go
    finally:
        os._exit(code)


def _first_process(app: Any, request: dict[str, Any], errors: int, grader: int, line: int) -> None:
    os.dup2(errors, 2)
    os.close(errors)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    # The first process of a namespace hears no signal that it has no handler for.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.setsid()
    linux.unshare(_FRESH)
    proc = _lay_out(request)
    channel = socket.socket(fileno=grader)
    channel.send(b"{}")  # the grader learns this process's number from the message's credentials
    if channel.recv(16) != b"go":
        return
    kernel = os.fork()
    if kernel == 0:
        _child(_kernel, app, request, proc, line)
    os.close(proc)
    os.close(line)  # whose other end learns of the kernel's end by the last of its copies
    ended = status = 0
    while ended != kernel:
        ended, status = os.wait()
    code = os.waitstatus_to_exitcode(status)
    channel.send(json.dumps({"status": code if code >= 0 else 128 - code}).encode())


def _lay_out(request: dict[str, Any]) -> int:
    """Mount what belongs to this sandbox alone; returns a descriptor of a /proc that can be written."""
    linux.mount("none", "/", None, linux.RECURSIVE | linux.PRIVATE)
    covered = [path for path in _mounts() if path.startswith(tuple(f"{each}/" for each in request["sizes"]))]
    kept = [(path, os.open(path, os.O_PATH)) for path in covered]
    for path, size in request["sizes"].items():
        linux.mount("tmpfs", path, "tmpfs", linux.NO_SUID | linux.NO_DEVICES, f"mode=0755,size={size}")
    for path, descriptor in kept:
        _show_again(path, descriptor)
    linux.mount(
        "devpts", "/dev/pts", "devpts", linux.NO_SUID | linux.NO_EXEC, "newinstance,ptmxmode=0666,mode=620"
    )
    linux.mount("proc", "/proc", "proc", linux.NO_SUID | linux.NO_DEVICES | linux.NO_EXEC)
    proc = os.open("/proc", os.O_PATH | os.O_DIRECTORY)
    linux.mount("/proc", "/proc", None, linux.BIND)
    read_only = linux.REMOUNT | linux.BIND | linux.READ_ONLY
    linux.mount("none", "/proc", None, read_only | linux.NO_SUID | linux.NO_DEVICES | linux.NO_EXEC)
    for target, source in request["shown"].items():
        linux.mount(source, target, None, linux.BIND)
    linux.bring_loopback_up()
    launch.furnish(request["settings"])
    linux.unmount(request["exchange"])
    return proc


def _mounts() -> list[str]:
    """Where something is mounted, outermost first."""
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as file:
        return [_OCTAL.sub(lambda found: chr(int(found[1], 8)), line.split()[4]) for line in file]


def _show_again(path: str, descriptor: int) -> None:
    """Mount what a descriptor stands for at the path where it lay before that was covered."""
    source = f"/proc/self/fd/{descriptor}"
    if os.path.isdir(source):
        os.makedirs(path, exist_ok=True)
    elif not os.path.lexists(path):
        open(path, "x").close()
    linux.mount(source, path, None, linux.BIND)
    os.close(descriptor)


def _kernel(app: Any, request: dict[str, Any], proc: int, line: int) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    linux.become_user(_STUDENT, proc)
    os.dup2(line, _LINE)
    os.closerange(_LINE + 1, os.sysconf("SC_OPEN_MAX"))
    launch.limit(request["settings"])
    linux.drop_all_rights()
    if request["filter"]:
        linux.filter_calls(bytes.fromhex(request["filter"]))
    _reseed()
    from course_utils.notebook import kernel

    kernel.run(app, _LINE)


def _reseed() -> None:
    """No two kernels draw the same numbers."""
    import numpy as np

    random.seed()
    np.random.seed()  # noqa: NPY002 -- the generator that a notebook finds


def main(control: int) -> None:
    """Import what kernels import, and wait for requests."""
    from course_utils.notebook import kernel

    gc.disable()  # which would look through all that is imported, many times
    app = kernel.ready()
    gc.enable()
    gc.collect()
    gc.freeze()
    linux.gather_memory()
    serve(socket.socket(fileno=control), app)
