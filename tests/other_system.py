"""Runs `course` as another system would, as often as it is told: `python other_system.py darwin|win32`.

Each line that it reads is a command as JSON, its folder, the files for what it says and its arguments, or `imports` instead of those;
the answer is a line with its exit code. What Linux alone has is gone before the first line of ours runs: modules, functions, constants and files. What others wrote
is imported before that, since it was installed for this system and not for the other.
"""

import gc
import importlib
import json
import os
import pkgutil
import select
import selectors
import signal
import socket
import subprocess
import sys
import traceback
import types

OTHERS = (
    *(
        "distributed",
        "multiprocessing.connection",
        "subprocess",
        "filelock",
        "matplotlib.pyplot",
        "nbclient",
        "nbgrader.apps",
        "pooch",
    ),
    *("typer.main", "zmq.asyncio", "jupyter_client.manager", "jupyter_client.provisioning"),
    *("rich.console", "rich.live", "rich.progress", "rich.status", "rich.syntax", "rich.table"),
)
LINUX = {
    os: ("pidfd_open", "memfd_create", "sched_getaffinity", "O_PATH", "setns", "unshare", "prlimit"),
    signal: ("pidfd_send_signal",),
    socket: ("AF_NETLINK", "AF_VSOCK"),
    select: ("epoll",),
}
POSIX = {
    os: (
        *("fork", "forkpty", "getuid", "geteuid", "getgid", "getegid", "setsid", "killpg", "getpgid", "mkfifo", "uname"),
        *("wait4", "setpriority", "register_at_fork", "fchmod", "chown", "sysconf", "openpty", "posix_spawn"),
        *("O_NOFOLLOW", "O_CLOEXEC", "O_DIRECTORY", "WNOHANG"),
    ),
    signal: ("SIGKILL", "SIGCHLD", "SIGHUP", "SIGALRM", "SIGUSR1", "SIGSTOP", "SIGCONT", "SIGPIPE", "alarm", "setitimer"),
    socket: ("AF_UNIX", "SOCK_SEQPACKET", "socketpair", "sendmsg"),
    select: ("poll",),
}  # fmt: skip
GONE = {
    "darwin": ({"spwd", "nis"}, [LINUX]),
    "win32": ({"fcntl", "resource", "pwd", "grp", "termios", "tty", "pty", "syslog"}, [LINUX, POSIX]),
}
OURS = ("course_utils", "autograder")


class Missing:
    """Finds the modules that the other system lacks, to say that they are missing."""

    def __init__(self, names):
        self.names = names

    def find_spec(self, name, path=None, target=None):
        if name in self.names:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def become(system):
    for name in OTHERS:
        importlib.import_module(name)
    keep_processes_startable()
    modules, tables = GONE[system]
    sys.meta_path.insert(0, Missing(modules))
    for name in modules:
        sys.modules.pop(name, None)
    for module, names in ((module, names) for gone in tables for module, names in gone.items()):
        for name in names:
            vars(module).pop(name, None)
    sys.platform = system


def keep_processes_startable():
    """Give this system's `subprocess` modules of its own: the other system has another one, which needs none of what goes."""
    for module in (os, signal, select):
        own = types.ModuleType(module.__name__)
        vars(own).update(vars(module))
        setattr(subprocess, module.__name__, own)
        setattr(selectors, module.__name__, own)


def import_all():
    """Import every module of ours but those that run within a sandbox's walls, and say what could not be imported."""
    try:
        for package in OURS:
            for found in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
                if ".inside" not in found.name:
                    importlib.import_module(found.name)
    except Exception:
        return traceback.format_exc()
    return ""


def serve(fork, wait):
    """Run each command in a process of its own, which has all that was imported already."""
    fault = import_all()
    gc.collect()
    gc.freeze()  # else each of them goes through all of it once more when it ends
    for line in sys.stdin:
        folder, out, errors, arguments = json.loads(line)
        child = fork()
        if not child:
            os.chdir(folder)
            for number, path in ((0, os.devnull), (1, out), (2, errors)):
                os.dup2(os.open(path, os.O_RDWR | os.O_CREAT), number)
            run(arguments, fault)
            return
        print(os.waitstatus_to_exitcode(wait(child, 0)[1]), flush=True)


def run(arguments, fault):
    if arguments == ["imports"]:
        sys.exit(fault or None)
    else:
        from autograder.cli import main

        sys.argv = ["course", *arguments]
        main()


if __name__ == "__main__":
    calls = os.fork, os.waitpid
    become(sys.argv[1])
    serve(*calls)
