"""A class graded by workers that know each other by certificates and share no files; some are lost, some must not grade."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest
import tiny
from places import ROOT
from processes import children, command, until
from terminal import COURSE
from tornado.iostream import IOStream

from autograder.classroom.cluster.address import Scheduler
from autograder.classroom.cluster.coordinator import NO_SCHEDULER, grade_all
from autograder.classroom.cluster.parcel import pack, unpack
from autograder.classroom.journal import Journal
from autograder.classroom.submissions import find_submissions
from autograder.course.manifest import Course
from autograder.sandbox import bubblewrap
from benchmarks.machines import certificates as make_certificates

SECONDS = 120
SLOW = "import time\n\ntime.sleep(3)\n" + tiny.RELU_FORWARD
# So slow that it is surely not graded yet when something happens to the others.
SLOWEST = SLOW.replace("3", "25")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not bubblewrap.status().available, reason=bubblewrap.status().reason),
    pytest.mark.skipif(shutil.which("openssl") is None, reason="there is no openssl here"),
]


@pytest.fixture(scope="module")
def certificates(tmp_path_factory) -> dict[str, str]:
    """Made by the very commands of docs/cluster.md."""
    return make_certificates(tmp_path_factory.mktemp("certificates"))


class Machines:
    """A scheduler, and workers; what they have worked out of a course may lie there from other tests."""

    def __init__(self, folder: Path, cache: Path, certificates: dict[str, str], stack: ExitStack):
        self._folder, self._cache, self.stack = folder, cache, stack
        self.tls = [part for name, path in certificates.items() for part in (f"--tls-{name}", path)]
        program = [
            str(Path(sys.executable).with_name("dask")),
            "scheduler",
            "--protocol",
            "tls",
            "--no-dashboard",
        ]
        place = folder / "scheduler.json"
        own = ["--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(place)]
        self.scheduler = self._start("scheduler", cache, *program, *own, "--tls-ca-file", *self.tls[1:])
        until(place.exists)
        self.address = until(lambda: place.read_text() and json.loads(place.read_text())["address"])

    def worker(self, name: str, *, path: Path | None = None, is_new: bool = False) -> subprocess.Popen:
        """Start `course worker` with one slot.

        Args:
            path: where its programs are, when not those of this course.
            is_new: whether it has a cache of its own, with nothing in it.
        """
        program = [COURSE] if path is None else [sys.executable, "-c", _COURSE_FROM.format(path=str(path))]
        cache = self._folder / name if is_new else self._cache
        process = self._start(name, cache, *program, "worker", self.address, "--slots", "1", *self.tls)
        until(lambda: "Registered to" in self.said(name), SECONDS)
        return process

    def said(self, name: str) -> str:
        return (self._folder / f"{name}.log").read_text(errors="replace")

    def kept(self, name: str) -> list[Path]:
        """The files of a course that a new worker keeps."""
        courses = self._folder / name / "course-grader" / "courses"
        return [path for path in courses.rglob("*") if path.is_file()]

    def grade(self, course: Course, *options: str) -> subprocess.Popen:
        process = subprocess.Popen(
            [COURSE, "grade", tiny.NAME, "--scheduler", self.address, *self.tls, *options],
            cwd=course.root,
            env=os.environ | {"COLUMNS": "200"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.stack.callback(_end, process)
        return process

    def _start(self, name: str, cache: Path, *command: str) -> subprocess.Popen:
        env = os.environ | {"XDG_CACHE_HOME": str(cache), "PYTHONUNBUFFERED": "1"}
        with (self._folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                command, cwd=self._folder, env=env, stdout=log, stderr=log, start_new_session=True
            )
        self.stack.callback(_end, process)
        return process


# The same door, to programs that lie elsewhere.
_COURSE_FROM = """
import sys
if __name__ == "__main__":
    sys.path.insert(0, {path!r})
    from autograder.cli import main
    main()
"""


def _end(process: subprocess.Popen) -> None:
    for pid in [*children(process.pid), process.pid]:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    process.communicate() if process.stdout else process.wait()


@pytest.fixture(scope="module")
def cache(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def machines(tmp_path, cache, certificates):
    with ExitStack() as stack:
        yield Machines(tmp_path, cache, certificates, stack)


@pytest.fixture
def course(tmp_path):
    course = tiny.make_course(tmp_path / "course")
    for student in ("ada", "bao", "chidi"):
        tiny.hand_in(course, student, tiny.answered(course, relu_forward=SLOW))
    tiny.hand_in(course, "bao", tiny.answered(course, relu_backward=tiny.WRONG_BACKWARD))
    return course


def results(course: Course) -> dict[str, float]:
    journal = Journal(course, course.assignment(tiny.NAME))
    written = (course.root / ".grading" / tiny.NAME).glob("*.json")
    return {path.stem: journal.result(path.stem).score for path in written}


DESERVED = {"ada": 6.0, "bao": 2.0, "chidi": 6.0}


def test_two_workers_give_the_marks_and_keep_the_course(machines, course):
    manifest = course.root / "course.toml"
    manifest.write_text(f'gradebook = "sqlite:///{course.root}/gradebook.db"\n{manifest.read_text()}')
    for name in ("one", "two"):
        machines.worker(name, is_new=True)
    out, errors = machines.grade(course).communicate(timeout=SECONDS)
    assert results(course) == DESERVED, errors
    assert "bao" in out
    for name in ("one", "two"):
        kept = machines.kept(name)
        assert {path.name for path in kept} == {"course.toml", f"{tiny.NAME}.ipynb"}
        assert not any("gradebook" in path.read_text() for path in kept if path.name == "course.toml")
    before = [path.stat().st_mtime_ns for path in machines.kept("one")]
    machines.grade(course, "--force").communicate(timeout=SECONDS)
    assert [path.stat().st_mtime_ns for path in machines.kept("one")] == before


def test_a_lost_worker_costs_nothing_but_time(machines, course):
    lost = machines.worker("one")
    grading = machines.grade(course)
    until(lambda: any("inside.source" in line for line in _commands(lost.pid)), SECONDS)
    _end(lost)
    machines.worker("two")
    _, errors = grading.communicate(timeout=SECONDS)
    assert grading.returncode == 0, errors
    assert results(course) == DESERVED


def test_a_lost_scheduler_is_said_and_keeps_what_is_graded(machines, course):
    tiny.hand_in(course, "chidi", tiny.answered(course, relu_forward=SLOWEST))
    machines.worker("one")
    grading = machines.grade(course)
    until(lambda: results(course), SECONDS)
    machines.scheduler.kill()
    out, errors = grading.communicate(timeout=SECONDS)
    assert grading.returncode == 3, errors
    assert "not graded: the scheduler was lost" in out
    kept = results(course)
    assert kept.items() <= DESERVED.items()
    assert 0 < len(kept) < 3


def test_a_scheduler_lost_while_it_is_called_again_is_a_lost_one(machines, course, monkeypatch):
    """It goes just then when a connection is there and not yet encrypted, which tornado calls a ValueError."""
    heir = machines.stack.enter_context(socket.socket())
    heir.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)

    def not_idle(*_: object, **__: object) -> None:
        raise ValueError("IOStream is not idle; cannot convert to SSL")

    def lose(_: str) -> None:
        if machines.scheduler.poll() is None:
            monkeypatch.setattr(IOStream, "start_tls", not_idle)
            _end(machines.scheduler)
            heir.bind(("127.0.0.1", int(machines.address.rpartition(":")[2])))
            heir.listen()

    assignment = course.assignment(tiny.NAME)
    certificates = map(Path, machines.tls[1::2])
    jobs = find_submissions(course, assignment).jobs
    graded = grade_all(
        jobs,
        course=course,
        assignment=assignment,
        scheduler=Scheduler.at(machines.address, *certificates),
        say=lose,
        began=lose,
    )
    assert [result.fault for result in graded] == [NO_SCHEDULER] * len(jobs)


def test_ctrl_c_says_what_is_kept(machines, course):
    tiny.hand_in(course, "chidi", tiny.answered(course, relu_forward=SLOWEST))
    worker = machines.worker("one")
    grading = machines.grade(course)
    until(lambda: results(course), SECONDS)
    grading.send_signal(signal.SIGINT)
    out, errors = grading.communicate(timeout=SECONDS)
    assert grading.returncode == 130, errors
    assert re.search(r"stopped; the marks of [12] submissions? (is|are) written", out)
    assert "Traceback" not in errors
    below = children(worker.pid)
    os.killpg(worker.pid, signal.SIGINT)  # what a terminal does
    assert worker.wait(SECONDS) == 130
    assert "Traceback" not in machines.said("one")
    until(lambda: not [pid for pid in below if command(pid)])


def test_a_worker_with_other_programs_takes_no_jobs_and_says_why(machines, course, tmp_path):
    other = tmp_path / "other"
    for package in ("autograder", "course_utils"):
        shutil.copytree(ROOT / package, other / package)
    limits = other / "autograder" / "limits.py"
    limits.write_text(limits.read_text() + "\nLENIENT = True\n")
    elsewhere = machines.worker("other", path=other)
    grading = machines.grade(course)
    until(lambda: "welcome" in machines.said("other"), SECONDS)
    machines.worker("same")
    out, errors = grading.communicate(timeout=SECONDS)
    assert "takes no jobs: it has another version of the course's programs" in re.sub(
        r"\s+", " ", out + errors
    )
    assert results(course) == DESERVED
    assert elsewhere.poll() is None
    assert not any("inside.source" in line for line in _commands(elsewhere.pid))


def test_a_worker_without_bubblewrap_says_so(machines, tmp_path):
    (tmp_path / "bin").mkdir()
    ended = subprocess.run(
        [COURSE, "worker", machines.address, *machines.tls],
        env=os.environ | {"PATH": str(tmp_path / "bin")},
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    assert ended.returncode == 1
    assert "bubblewrap" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_damaged_parcel_is_replaced(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    course = tiny.make_course(tmp_path / "course")
    label, archive = pack(course, course.assignment(tiny.NAME))
    unpack(label, archive)
    (manifest,) = tmp_path.rglob(f"{label.digest}/course.toml")
    manifest.write_text("")
    unpack(label, archive)
    assert manifest.read_text() == (course.root / "course.toml").read_text()


def _commands(pid: int) -> list[str]:
    return [command(each) for each in children(pid)]
