"""Attacks that look for what is not theirs: solutions, checks, marks, the machine and the network."""

from __future__ import annotations

import os

from hostile.attack import NOTHING, attack, theft
from hostile.course import SECRET
from hostile.world import TOKEN, World

_SEARCH = '''
import os, pathlib

def holds(path, words, budget=[50_000_000]):
    """Whether a readable file holds one of the words; looks at 50 MB at most."""
    try:
        size = os.path.getsize(path)
        if not os.path.isfile(path) or size > 3_000_000 or budget[0] < size:
            return False
        budget[0] -= size
        content = open(path, "rb").read()
    except OSError:
        return False
    return any(word in content for word in words)
'''


@attack(NOTHING)
def read_what_lies_around(world: World) -> dict:
    paths = [world.root, world.tmp, world.root / "solutions", world.root / "gradebook.db"]
    return theft(f"""
    {_indented(_SEARCH)}
    for path in {[str(path) for path in paths]!r}:
        LOOT = LOOT or os.path.exists(path)
    words = [{SECRET.encode()!r}, {TOKEN.encode()!r}]
    for top in ["/tmp", "/home", "/root", "/run", "/var", "/srv", "/opt", "/etc", "/mnt", "/dev/shm"]:
        for folder, inner, names in os.walk(top):
            inner[:] = [name for name in inner if name not in ("lib", "include", "share", ".cache")]
            for name in names:
                LOOT = LOOT or holds(os.path.join(folder, name), words)
    """)


@attack(NOTHING)
def read_the_environment(world: World) -> dict:
    return theft(f"""
    import os, glob
    LOOT = {TOKEN!r} in repr(dict(os.environ))
    for path in glob.glob("/proc/[0-9]*/environ"):
        try:
            LOOT = LOOT or {TOKEN.encode()!r} in open(path, "rb").read()
        except OSError:
            pass
    """)


@attack(NOTHING)
def follow_links_out_of_proc(world: World) -> dict:
    return theft(f"""
    import glob, os
    for path in glob.glob("/proc/*/root") + glob.glob("/proc/*/cwd") + glob.glob("/proc/*/fd/*"):
        LOOT = LOOT or os.path.exists(path + {str(world.root)!r}) or os.path.exists(path + "/course.toml")
    LOOT = LOOT or {str(world.root)!r} in open("/proc/self/mountinfo").read()
    """)


@attack(NOTHING)
def import_the_grader(world: World) -> dict:
    return theft("""
    import importlib, sys
    for name in ["autograder", "autograder.cli", "autograder.checks", "hostile"]:
        try:
            importlib.import_module(name)
            LOOT = True
        except ImportError:
            pass
    """)


@attack(NOTHING)
def look_for_the_checks(world: World) -> dict:
    """Looks wherever Python looks, and beside what the course shows, for the grader's own files."""
    return theft("""
    import course_utils, os, sys
    shown = os.path.dirname(os.path.realpath(course_utils.__file__))
    places = {os.path.dirname(shown), os.path.join(os.path.dirname(shown), ".."), "/run", sys.prefix, *sys.path}
    for place in filter(os.path.isdir, places):
        for name in ["autograder", "answers", "solutions", "tests", "benchmarks"]:
            LOOT = LOOT or any(names for _, _, names in os.walk(os.path.join(place, name)))
    """)


@attack(NOTHING)
def search_the_memory(world: World) -> dict:
    return theft("""
    import gc, sys
    for found in gc.get_objects():
        if type(found).__name__ in ("Oracle", "Verdict", "Student", "Case", "Check"):
            LOOT = True
        if isinstance(found, dict) and ("scale_backward" in found or "expected" in found) and found is not globals():
            LOOT = True
    frame = sys._getframe()
    while frame:
        LOOT = LOOT or "reference" in frame.f_locals or "verdicts" in frame.f_locals
        frame = frame.f_back
    """)


@attack(NOTHING)
def write_everywhere(world: World) -> dict:
    return theft(f"""
    import course_utils, numpy, os, sys
    folders = ["/", "/etc", "/usr", "/usr/lib", "/bin", "/var", "/root", "/home", "/run", "/run/inside", "/run/exchange", "/dev", "/proc", "/sys",
               sys.prefix, sys.base_prefix, os.path.dirname(course_utils.__file__), os.path.dirname(numpy.__file__),
               {str(world.root)!r}, {str(world.tmp)!r}]
    for folder in folders:
        for name in ["sitecustomize.py", "x.pth"]:
            try:
                open(os.path.join(folder, name), "w").close()
                LOOT = True
            except OSError:
                pass
    for path in ["/run/oracle", "/run/connection.json", "/run/inside/launch.py", "/run/inside/source.py", course_utils.__file__]:
        for damage in (os.unlink, lambda p: os.rename(p, p + "x"), lambda p: open(p, "r+b").close()):
            try:
                damage(path)
                LOOT = True
            except OSError:
                pass
    """)


@attack(NOTHING)
def settings_of_the_machine(world: World) -> dict:
    """Tries to write values that are already there, so that even success would change nothing."""
    return theft("""
    import os
    for path in ["/proc/sys/vm/overcommit_memory", "/proc/sys/kernel/hostname", "/proc/sys/kernel/core_pattern"]:
        try:
            before = open(path).read()
            with open(path, "w") as file:
                file.write(before)
            LOOT = True
        except OSError:
            pass
    try:
        os.close(os.open("/proc/sysrq-trigger", os.O_WRONLY))
        LOOT = True
    except OSError:
        pass
    """)


@attack(NOTHING)
def files_that_python_and_ipython_run_at_start(world: World) -> dict:
    return theft("""
    import os, pathlib, site, subprocess, sys
    trap = "import builtins; builtins.TRAPPED = True\\n"
    home = pathlib.Path.home()
    for path in [home / "ipython/profile_default/startup/00.py", pathlib.Path("sitecustomize.py"),
                 home / ".local/lib/python3/site-packages/x.pth", home / ".pythonrc.py", home / ".bashrc"]:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(trap)
    """)


@attack(NOTHING)
def signals_and_ptrace_to_the_grader(world: World) -> dict:
    return theft(f"""
    import ctypes, os
    for pid in [{os.getpid()}, {os.getppid()}]:
        try:
            os.kill(pid, 0)  # asks only; the sandbox's own processes have small numbers
            LOOT = LOOT or pid > 100
        except OSError:
            pass
    libc = ctypes.CDLL(None)
    for call, arguments in [("ptrace", (16, {os.getpid()}, 0, 0)), ("unshare", (0x10000000,)), ("setuid", (0,)),
                            ("mount", (b"none", b"/tmp", b"tmpfs", 0, None)), ("chroot", (b"/tmp",))]:
        LOOT = LOOT or getattr(libc, call)(*arguments) == 0
    """)


@attack(NOTHING)
def the_network(world: World) -> dict:
    return theft(f"""
    import socket
    targets = [
        (socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", {world.tcp})),
        (socket.AF_UNIX, socket.SOCK_STREAM, "\\0{world.abstract}"),
        (socket.AF_UNIX, socket.SOCK_STREAM, {str(world.named)!r}),
    ]
    for family, kind, address in targets:
        with socket.socket(family, kind) as s:
            s.settimeout(1)
            try:
                s.connect(address)
                LOOT = True
            except OSError:
                pass
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.sendto(b"hello", ("127.0.0.1", {world.udp}))
    """)


@attack(NOTHING)
def interfaces_routes_and_other_address_families(world: World) -> dict:
    return theft("""
    import socket
    LOOT = [name for _, name in socket.if_nameindex()] != ["lo"]
    LOOT = LOOT or len(open("/proc/net/route").read().splitlines()) > 1
    # Virtual machines talk to their host over vsock, which no network namespace holds.
    for family in [40, 38, 17, 31]:
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET):
            try:
                socket.socket(family, kind).close()
                LOOT = True
            except OSError:
                pass
    """)


@attack(NOTHING)
def other_processes(world: World) -> dict:
    return theft("""
    import os
    names = [open(f"/proc/{pid}/comm").read().strip() for pid in os.listdir("/proc") if pid.isdigit()]
    LOOT = any(not name.startswith(("python", "bwrap", "pt_main")) for name in names) or len(names) > 4
    """)


@attack(NOTHING)
def inherited_descriptors(world: World) -> dict:
    return theft("""
    import os
    # Descriptors that lead to files or to pipes and sockets of before the kernel's start.
    for number in os.listdir("/proc/self/fd"):
        try:
            leads = os.readlink(f"/proc/self/fd/{number}")
        except OSError:
            continue
        LOOT = LOOT or (leads.startswith("/") and not leads.startswith(("/dev/", "/proc/", "/tmp/", "/run/")))
    """)


def _indented(source: str) -> str:
    return source.strip().replace("\n", "\n    ")
