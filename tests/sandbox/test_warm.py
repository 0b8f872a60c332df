"""A warm sandbox is the sandbox that a cold one is, and its source is trusted only while it is what it was."""

from __future__ import annotations

import json
import logging
import mmap
import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hostile.attack import right
from hostile.course import NAME, make_course
from processes import children

from autograder.grading.job import Graded, Job, grade
from autograder.limits import CellLimits
from autograder.sandbox import bubblewrap, session, warm
from autograder.sandbox.session import KernelSession
from course_utils.course import notebooks

pytestmark = pytest.mark.skipif(not bubblewrap.status().available, reason=bubblewrap.status().reason)

_FACTS = """
import gc, glob, json, os, resource, signal, socket, subprocess, sys
status = dict(line.split(":\\t", 1) for line in open("/proc/self/status").read().splitlines() if ":\\t" in line)
def writable(path):
    try:
        open(os.path.join(path, "x"), "w").close()
    except OSError as error:
        return error.errno
    os.unlink(os.path.join(path, "x"))
    return 0
folders = ["/", "/tmp", "/tmp/home", "/tmp/work", "/dev", "/dev/shm", "/dev/pts", "/proc", "/proc/sys/kernel", "/run", "/run/inside",
           "/usr", sys.prefix, sys.base_prefix]
print(json.dumps({
    "user": [os.getuid(), os.getgid(), os.getgroups(), os.getpriority(os.PRIO_PROCESS, 0)],
    "rights": [status[name] for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp")],
    "signals": [status[name] for name in ("SigBlk", "SigIgn", "SigCgt")],
    "limits": {name: resource.getrlimit(getattr(resource, name)) for name in dir(resource) if name.startswith("RLIMIT_")},
    "environment": {name: value for name, value in os.environ.items() if name not in ("PWD", "OLDPWD", "SHLVL")},
    "folder": os.getcwd(), "umask": os.umask(0o22), "host": socket.gethostname(),
    "interfaces": socket.if_nameindex(), "files": sorted(os.listdir()),
    "root": {name: sorted(os.listdir(name)) for name in ("/", "/dev", "/dev/pts", "/dev/shm")},
    "programs": sorted(os.listdir("/run/inside")), "writable": {path: writable(path) for path in folders},
    "namespaces": subprocess.run(["unshare", "--user", "true"], capture_output=True).returncode != 0,
    "modules": sorted(name for name in sys.modules if name.partition(".")[0] in ("numpy", "matplotlib", "course_utils", "IPython")),
    "path": sys.path, "flags": [sys.flags.utf8_mode, sys.flags.dev_mode], "arguments": sys.argv,
    "session": os.getsid(0) == os.getpid(), "core": open("/proc/self/coredump_filter").read() != "",
    "own files": os.stat("/proc/self/fd").st_uid, "output": os.fstat(1).st_rdev,
    "processes": len(glob.glob("/proc/[0-9]*")), "first process": open("/proc/1/cmdline").read() != "",
    "memory of the first": writable("/proc/1/mem") != 0,
}))
"""


@pytest.fixture(autouse=True)
def _no_sources() -> Iterator[None]:
    warm.close_all()
    yield
    warm.close_all()


def run(code: str, *, cold: bool = False) -> str:
    """What `code` prints as a cell of a graded kernel."""
    with (
        tempfile.TemporaryDirectory(prefix="w-") as folder,
        KernelSession(Path(folder), dict(os.environ), cold=cold) as kernel,
    ):
        done = kernel.run(code, CellLimits())
        assert not done.reason, done.reason
        return "".join(output.text for output in done.outputs)


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("warm") / "course"
    make_course(root)
    return root


def honest(course: Path, **options: object) -> Graded:
    return grade(Job("ann", NAME, notebooks.dumps(right()).encode(), course, seed=1, **options))


def source() -> warm.Source:
    (only,) = warm._sources.values()
    return only


def test_inside_it_is_what_a_cold_one_is() -> None:
    warm_one, cold_one = json.loads(run(_FACTS)), json.loads(run(_FACTS, cold=True))
    warm_one["modules"].remove("course_utils.notebook.kernel")  # a program of its own in the other
    assert warm_one == cold_one


@pytest.mark.parametrize("cold", [False, True])
def test_a_kernel_starts_without_what_grading_never_uses(cold: bool) -> None:
    costly = run("import sys; print({'debugpy', 'lark'} & set(sys.modules))", cold=cold)
    assert costly.strip() == "set()"


def test_a_kernel_has_imported_what_errors_are_described_with() -> None:
    look = "import sys\nbefore = set(sys.modules)"
    with (
        tempfile.TemporaryDirectory(prefix="w-") as folder,
        KernelSession(Path(folder), dict(os.environ)) as kernel,
    ):
        failed = [kernel.run(code, CellLimits()) for code in (look, "1 / 0")][-1]
        left = kernel.run("print(set(sys.modules) - before)", CellLimits())
    assert failed.outputs[-1].ename == "ZeroDivisionError"
    assert left.outputs[-1].text.strip() == "set()"


def test_kernels_out_of_one_source_know_nothing_of_each_other() -> None:
    leave = """
import atexit, numpy, os, random, sys, signal, subprocess, tempfile
numpy.left = random.left = 1
numpy.random.seed(0)
os.environ["LEFT"] = "1"
for folder in ("/tmp", "/tmp/home", "/dev/shm"):
    open(os.path.join(folder, "left"), "w").close()
subprocess.Popen(["sleep", "1000"])
os.openpty()
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print(os.getpid())
"""
    seen = run(leave)
    left = run("""
import glob, numpy, os, random
found = [path for path in ("/tmp/left", "/tmp/home/left", "/dev/shm/left") if os.path.exists(path)]
print(found, hasattr(numpy, "left"), hasattr(random, "left"), "LEFT" in os.environ, os.listdir("/dev/pts"))
""")
    assert left.strip() == "[] False False False ['ptmx']"
    assert seen.strip() == run("import os; print(os.getpid())").strip()


def test_some_of_a_sources_memory_is_in_huge_pages() -> None:
    with mmap.mmap(-1, 2**22, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as memory:
        memory.write(bytes(2**22))
        try:
            memory.madvise(25)
        except OSError:
            pytest.skip("this system puts nobody's memory into huge pages")
    run("pass")
    lines = Path(f"/proc/{source()._pid}/smaps_rollup").read_text().splitlines()[1:]
    kilobytes = {name: int(size.split()[0]) for name, size in (line.split(":") for line in lines)}
    assert kilobytes["AnonHugePages"] > 0  # how much depends on what is free in one piece


def test_a_sandbox_has_ended_only_with_all_that_is_in_it() -> None:
    with (
        tempfile.TemporaryDirectory(prefix="w-") as folder,
        KernelSession(Path(folder), dict(os.environ)) as kernel,
    ):
        kernel.run(
            "import subprocess; [subprocess.Popen(['sleep', '1000'], start_new_session=True) for _ in range(20)]",
            CellLimits(),
        )
        process = kernel._process
        inside = children(process.kernel_pid())
        os.kill(process.kernel_pid(), signal.SIGKILL)
        assert process._process.wait(5) == 128 + signal.SIGKILL
        assert [pid for pid in inside if _is_alive(pid)] == []
    assert len(inside) == 20


def test_no_two_kernels_draw_the_same_numbers() -> None:
    draw = "import numpy as np, random, secrets, uuid; print(random.random(), np.random.rand(), np.random.default_rng().random(), uuid.uuid4())"
    first, second = run(draw).split(), run(draw).split()
    assert not set(first) & set(second)


def test_one_source_serves_many_kernels_at_once() -> None:
    with tempfile.TemporaryDirectory(prefix="w-") as folder:
        kernels = [KernelSession(Path(folder), dict(os.environ)) for _ in range(3)]
        said = [kernel.run("print(1)", CellLimits()).outputs[0].text for kernel in kernels]
        for kernel in kernels:
            kernel.close()
        assert [kernel.disturbed for kernel in kernels] == ["", "", ""]
    assert said == ["1\n"] * 3
    assert source().is_alive()


def test_a_mark_is_the_same_either_way(course: Path) -> None:
    first, second = honest(course), honest(course, cold=True)
    assert first.verdicts == second.verdicts
    assert first.score == 10


def _leave_a_file(pid: int) -> None:
    Path(f"/proc/{pid}/root/tmp/left").touch()


def _kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


def _stop(pid: int) -> None:
    os.kill(pid, signal.SIGSTOP)


@pytest.mark.parametrize("disturb", [_leave_a_file, _kill, _stop])
def test_a_disturbed_source_is_thrown_away_and_its_last_kernel_graded_again(
    course: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, disturb
) -> None:
    caplog.set_level(logging.WARNING)
    monkeypatch.setattr(warm, "_ANSWER_SECONDS", 1.0)
    honest(course)
    disturbed, runs = source(), []
    original = session.KernelSession.run

    def interrupted(self, code: str, *arguments, **options):
        runs.append(code)
        if len(runs) == 3:
            disturb(disturbed._pid)
        return original(self, code, *arguments, **options)

    monkeypatch.setattr(session.KernelSession, "run", interrupted)
    graded = honest(course)
    assert (graded.score, graded.why()) == (10, "all correct")
    assert "graded again in a sandbox of its own" in caplog.text
    assert not disturbed.is_alive()
    assert honest(course).score == 10
    assert source() is not disturbed


def test_where_no_source_can_be_had_kernels_start_cold(
    course: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A bubblewrap that gives nobody rights inside."""
    real = bubblewrap.program()
    (tmp_path / "bwrap").write_text(
        f'#!/bin/sh\nfor each; do test "$each" = --cap-add && echo "no rights for anyone" >&2 && exit 1; done\nexec {real} "$@"\n'
    )
    (tmp_path / "bwrap").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    caplog.set_level(logging.WARNING)
    assert honest(course).score == 10
    assert "no rights for anyone; this kernel is started cold" in caplog.text


def test_a_source_ends_with_its_grader() -> None:
    run("pass")
    processes = warm.processes()
    warm.close_all()
    assert len(processes) == 3
    assert not [pid for pid in processes if _is_alive(pid)]


def _is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
