"""A sandbox ends with whoever started it, at whatever moment of its own start that is."""

import fcntl
import os
import signal
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path

import pytest
from processes import children, command, until

from autograder.grading.job_folders import JobFolder
from autograder.sandbox import bubblewrap, warm
from autograder.sandbox.session import KernelSession
from autograder.sandbox.walls import cold_namespaces

pytestmark = pytest.mark.skipif(not bubblewrap.status().available, reason=bubblewrap.status().reason)


def named(mark: str) -> list[int]:
    """The processes that have a word in their command line."""
    return [int(entry.name) for entry in Path("/proc").glob("[0-9]*") if mark in command(int(entry.name))]


@pytest.fixture
def mark():
    """A word for a command line, by which what is left of it can be found, and is killed in the end."""
    word = uuid.uuid4().hex
    yield word
    for pid in named(word):
        os.kill(pid, signal.SIGKILL)


@pytest.fixture
def full():
    """A pipe that is full: bubblewrap waits with what it says into it, and its first process for bubblewrap's word."""
    read, write = os.pipe()
    os.set_blocking(write, False)
    os.write(write, bytes(fcntl.fcntl(write, fcntl.F_GETPIPE_SZ)))
    os.set_blocking(write, True)
    yield write
    os.close(read)
    os.close(write)


def started(mark: str, *options: str, passed: tuple[int, ...] = ()) -> subprocess.Popen[bytes]:
    program = ["sh", "-c", f"sleep 600; : {mark}"]
    walls = [*cold_namespaces(), "--die-with-parent", "--ro-bind", "/", "/", *options]
    return subprocess.Popen(
        [bubblewrap.program(), *walls, *program],
        pass_fds=passed,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def test_a_sandbox_whose_first_process_waits_for_bubblewraps_word_ends_too(mark, full):
    process = started(mark, "--info-fd", str(full), passed=(full,))
    (first,) = until(lambda: bubblewrap.children(process.pid))
    bubblewrap.kill(process)
    until(lambda: not named(mark), 10)
    assert process.returncode == -signal.SIGKILL
    assert command(first) == ""


def test_what_a_killed_bubblewrap_has_left_goes_with_the_folder_of_its_grader(mark, full):
    folder, another = JobFolder(), JobFolder()
    walls = ("--bind", str(folder.path), "/tmp", "--info-fd", str(full))
    process = started(mark, *walls, passed=(full,))
    (first,) = until(lambda: bubblewrap.children(process.pid))
    process.kill()  # as a system that is out of memory kills
    process.wait()
    another.remove()
    assert command(first)
    folder.remove()
    until(lambda: not named(mark), 10)


def test_a_sandbox_that_runs_ends(mark):
    process = started(mark)
    until(lambda: [pid for pid in children(process.pid) if command(pid).startswith("sleep")])
    bubblewrap.kill(process)
    until(lambda: not named(mark), 10)


def test_a_sandbox_that_has_ended_is_let_be():
    process = subprocess.Popen([bubblewrap.program(), "--version"], stdout=subprocess.DEVNULL)
    process.wait(30)
    bubblewrap.kill(process)
    assert process.returncode == 0


def test_a_source_hears_no_ctrl_c_of_the_terminal():
    source = warm.source(dict(os.environ), ())
    try:
        assert os.getsid(0) not in {os.getsid(pid) for pid in source.processes()}
    finally:
        warm.close_all()


_INTERRUPTED = """
import os, sys, tempfile
from pathlib import Path
from autograder.sandbox import warm
from autograder.sandbox.kernel_process import KernelProcess
from autograder.sandbox.session import KernelSession

def interrupted(*_):
    raise KeyboardInterrupt

KernelProcess._begin = interrupted
with tempfile.TemporaryDirectory() as folder:
    try:
        KernelSession(Path(folder), dict(os.environ), cold=sys.argv[1] == "cold")
    except KeyboardInterrupt:
        print("interrupted")
warm.close_all()
print(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())
"""


@pytest.mark.parametrize("way", ["warm", "cold"])
def test_a_grader_that_is_interrupted_while_a_sandbox_starts_ends_that_and_nobody_else(way):
    done = subprocess.run(
        [sys.executable, "-c", _INTERRUPTED, way],
        capture_output=True,
        text=True,
        timeout=120,
        start_new_session=True,
    )
    assert (done.returncode, done.stdout.split("\n")) == (0, ["interrupted", "[]", ""]), done.stderr


def test_a_kernel_whose_first_process_nobody_watches_yet_is_killed():
    with tempfile.TemporaryDirectory() as folder, KernelSession(Path(folder), dict(os.environ)) as kernel:
        child = kernel._process._process
        child.kill()
        assert child.wait(10) == -signal.SIGKILL
        child.kill()  # which is nothing where it has ended
    warm.close_all()
