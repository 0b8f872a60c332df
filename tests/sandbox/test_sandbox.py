"""The sandbox where there is one, and what is said where there is none."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
import threading
from dataclasses import replace
from pathlib import Path

import numpy
import pytest
from hostile.attack import right
from hostile.course import NAME, make_course
from places import ROOT, TESTS

from autograder.grading.job import Job, grade
from autograder.limits import MIB, GradingLimits, SandboxLimits, load
from autograder.sandbox import bubblewrap, cgroups, syscalls, walls
from autograder.sandbox.watch import Watch
from course_utils.course import notebooks
from course_utils.errors import CourseError

needs_sandbox = pytest.mark.skipif(not bubblewrap.status().available, reason=bubblewrap.status().reason)


def run(code: str, *, hidden: tuple[Path, ...] = (), env: dict[str, str] | None = None) -> str:
    """What `code` prints when Python runs it in the sandbox."""
    block_read, block_write = os.pipe()
    info_read, info_write = os.pipe()
    os.write(block_write, b"\n")
    arguments = walls.cold(
        [sys.executable, "-c", textwrap.dedent(code)],
        SandboxLimits(),
        files=None,
        env=env or {},
        hidden=hidden,
        info_fd=info_write,
        block_fd=block_read,
        filter_fd=None,
    )
    done = subprocess.run(
        [bubblewrap.program(), *arguments],
        capture_output=True,
        text=True,
        pass_fds=(info_write, block_read),
        env={},
        timeout=60,
    )
    for fd in (block_read, block_write, info_read, info_write):
        os.close(fd)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def fake_bwrap(folder: Path, script: str) -> str:
    """A search path on which `bwrap` is this shell script and nothing else."""
    folder.mkdir()
    (folder / "bwrap").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "bwrap").chmod(0o755)
    return str(folder)


def honest_job(folder: Path, **options: object) -> Job:
    make_course(folder / "course")
    return Job("ann", NAME, notebooks.dumps(right()).encode(), folder / "course", **options)


def test_without_bubblewrap_grading_refuses_and_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(
        CourseError, match=r"bubblewrap is not installed: run `sh scripts/system-packages.sh`"
    ):
        grade(honest_job(tmp_path))


def test_no_sandbox_can_be_accepted_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    graded = grade(honest_job(tmp_path, unsandboxed=True))
    assert (graded.score, graded.sandbox) == (10, "none (accepted by name)")


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("echo bubblewrap 0.6.1", r"bubblewrap 0\.6\.1 is too old, 0\.8 or newer is needed"),
        (
            'test "$1" = --version && echo bubblewrap 0.9.0 && exit\necho "setting up uid map: denied" >&2; exit 1',
            r"cannot start a sandbox here \(setting up uid map: denied\): allow user namespaces",
        ),
        (
            'test "$1" = --version && echo bubblewrap 0.9.0 && exit\necho "Can\'t find source path /x" >&2; exit 1',
            "may not enter a folder on the way to the Python environment",
        ),
    ],
)
def test_a_sandbox_that_does_not_work_is_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, says: str
) -> None:
    monkeypatch.setenv("PATH", fake_bwrap(tmp_path / "bin", script))
    assert not bubblewrap.status().available
    with pytest.raises(CourseError, match=says):
        bubblewrap.require()


@needs_sandbox
def test_status_names_the_tool_and_the_limits() -> None:
    assert bubblewrap.status().tool.startswith("bubblewrap ")
    assert str(bubblewrap.status()).endswith(cgroups.describe())


@needs_sandbox
def test_inside_there_is_a_user_without_rights_and_an_empty_home() -> None:
    said = run("""
        import json, os
        status = dict(line.split(":\\t", 1) for line in open("/proc/self/status").read().splitlines() if ":\\t" in line)
        print(json.dumps([os.getuid(), status["CapEff"], status["NoNewPrivs"], os.listdir(os.path.expanduser("~")), os.getcwd()]))
    """)
    assert json.loads(said) == [1000, "0" * 16, "1", [], "/tmp/work"]


@needs_sandbox
def test_the_environment_is_cleared_but_for_a_few_names() -> None:
    said = run(
        "import json, os; print(json.dumps(dict(os.environ)))",
        env={"TZ": "UTC", "AWS_SECRET": "x", "PATH": "/secret"},
    )
    assert set(json.loads(said)) <= {
        *("TZ", "PATH", "USER", "HOME", "PWD", "IPYTHONDIR", "MPLBACKEND", "MPLCONFIGDIR"),
        *("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "LC_CTYPE"),
        *("MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_"),
    }
    assert "secret" not in said


@needs_sandbox
def test_course_utils_is_there_and_the_grader_is_not() -> None:
    said = run("""
        import importlib.util, course_utils.grading, numpy
        print(importlib.util.find_spec("autograder.checks") if importlib.util.find_spec("autograder") else None)
    """)
    assert said == "None"


@needs_sandbox
def test_a_hidden_folder_is_empty_even_inside_the_environment() -> None:
    folder = Path(numpy.__file__).parent / "linalg"
    code = f"import os; print(os.listdir({str(folder)!r}))"
    assert "linalg.py" in run(code)
    assert run(code, hidden=(folder,)) == "[]"


@needs_sandbox
def test_a_hidden_folder_that_holds_the_environment_hides_only_the_rest() -> None:
    root = Path(sys.prefix).parent
    said = run(f"import course_utils, numpy, os; print(sorted(os.listdir({str(root)!r})))", hidden=(root,))
    assert "solutions" not in said
    assert Path(sys.prefix).name in said


@needs_sandbox
@pytest.mark.skipif(
    os.getuid() != 0 or not shutil.which("unshare"), reason="only a superuser can become another user"
)
def test_an_ordinary_user_can_grade(tmp_path: Path) -> None:
    """In a mount namespace where everyone may enter the folders on the way to the interpreter."""
    folder = Path(tempfile.mkdtemp(prefix="u-"))
    shutil.copytree(TESTS / "hostile", folder / "hostile")
    program = f"""
import sys
sys.path.insert(0, {str(folder)!r})
from pathlib import Path
from hostile.attack import right
from hostile.course import NAME, make_course
from course_utils.course import notebooks
from autograder.grading.job import Job, grade
make_course(Path({str(folder)!r}, "course"))
graded = grade(Job("ann", NAME, notebooks.dumps(right()).encode(), Path({str(folder)!r}, "course")))
print(graded.score, graded.sandbox, graded.why())
"""
    (folder / "program.py").write_text(program)
    subprocess.run(["chown", "-R", "12345:12345", folder], check=True)
    opened = _open_the_way_to(Path(sys.base_prefix).resolve(), ROOT)
    become = "setpriv --reuid 12345 --regid 12345 --clear-groups"
    environment = f"env -i PATH=/usr/bin:/bin:{Path(sys.executable).parent} HOME={folder}"
    script = f"{opened}exec {become} {environment} {sys.executable} {folder}/program.py"
    done = subprocess.run(
        ["unshare", "--mount", "--propagation", "private", "sh", "-c", script],
        capture_output=True,
        text=True,
        timeout=100,
        cwd="/",
    )
    shutil.rmtree(folder)
    assert done.stdout.strip() == "10.0 bubblewrap all correct", done.stderr


def _open_the_way_to(*paths: Path) -> str:
    """Shell commands that show each path again after those folders on its way that only their owner may enter."""
    folders = {folder for path in paths for folder in (path, *path.parents)}
    closed = sorted(folder for folder in folders if not folder.stat().st_mode & 0o001)
    lines = ["mount -t tmpfs none /mnt"]
    for number, path in enumerate(paths):
        lines += [f"mkdir /mnt/{number}", f"mount --bind {path} /mnt/{number}"]
    lines += [f"mount -t tmpfs -o mode=755 none {folder}" for folder in closed[:1]]
    lines += [f"mkdir -p {path} && mount --bind /mnt/{n} {path}" for n, path in enumerate(paths) if closed]
    return "".join(f"{line} && " for line in lines)


@needs_sandbox
def test_a_kernel_that_cannot_start_is_a_fault_and_no_mark(tmp_path: Path) -> None:
    limits = GradingLimits(sandbox=SandboxLimits(memory_bytes=16 * MIB))
    job = replace(honest_job(tmp_path, limits=limits), cold=True)  # what is forked has imported all it needs
    with pytest.raises(CourseError, match=r"the kernel did not start: .+; `course doctor` says"):
        grade(job)


def test_the_filter_is_a_whole_program_for_known_processors() -> None:
    for machine in ("x86_64", "aarch64"):
        assert len(syscalls.program(machine)) % 8 == 0
    assert syscalls.program("sparc") is None


def test_a_group_gets_its_limits(tmp_path: Path) -> None:
    group = cgroups.make(SandboxLimits(memory_bytes=10**9, tasks=7), parent=tmp_path)
    written = {
        name: (group.path / name).read_text() for name in ("memory.max", "pids.max", "memory.oom.group")
    }
    assert written == {"memory.max": "1000000000", "pids.max": "7", "memory.oom.group": "1"}
    (group.path / "memory.events").write_text("low 0\noom_kill 2\n")
    assert group.out_of_memory()


def test_where_no_group_can_be_made_there_is_none(tmp_path: Path) -> None:
    assert cgroups.make(SandboxLimits(), parent=tmp_path / "missing") is None


@pytest.mark.skipif(cgroups.parent_group() is None, reason="no writable cgroup v2 with memory and pids here")
def test_a_real_group_holds_a_process_and_is_removed() -> None:
    group = cgroups.make(SandboxLimits())
    child = subprocess.Popen(["sleep", "60"])
    group.add(child.pid)
    group.remove()
    assert child.wait(10) != 0
    assert not group.path.exists()


def test_a_watch_on_a_process_that_has_ended_stays_calm() -> None:
    child = subprocess.Popen(["true"])
    watch = Watch(child.pid, SandboxLimits())
    child.wait()
    watch.close()
    assert watch.why() == ""


def test_a_sandbox_that_is_not_set_up_yet_is_not_blamed_for_the_whole_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Until it has a root of its own, its /proc lists the processes of everybody."""
    looks, statvfs = threading.Semaphore(0), os.statvfs
    monkeypatch.setattr(os, "statvfs", lambda path: looks.release() or statvfs(path))
    with subprocess.Popen(["sleep", "60"]) as child:
        watch = Watch(child.pid, SandboxLimits(tasks=1))
        try:
            assert all(looks.acquire(timeout=30) for _ in range(6))
            assert watch.why() == ""
            assert child.poll() is None
        finally:
            watch.close()
            child.kill()


def test_limits_come_from_the_manifest() -> None:
    limits = load({"notebook_seconds": 60, "sandbox": {"tasks": 5}, "question": {"wire": {"depth": 3}}})
    assert (limits.notebook_seconds, limits.sandbox.tasks, limits.question.wire.depth) == (60.0, 5, 3)
    assert load({}) == GradingLimits()


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"memory": 5}, r"\[limits\] has no 'memory'; there are cell, "),
        ({"sandbox": {"tasks": -1}}, r"\[limits.sandbox\] tasks = -1 is no positive number"),
        ({"sandbox": 5}, r"\[limits\] sandbox = 5 is no positive number"),
        ({"notebook_seconds": "60"}, "notebook_seconds = '60' is no positive number"),
    ],
)
def test_wrong_limits_are_named(table: dict, says: str) -> None:
    with pytest.raises(CourseError, match=says):
        load(table)
