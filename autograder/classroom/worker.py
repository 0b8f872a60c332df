"""A process that grades one submission after the other, and what becomes of a job whose process is lost."""

from __future__ import annotations

import mmap
import os
import signal
import sys
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import parent_process
from multiprocessing.connection import Connection, wait
from pathlib import Path

from autograder.classroom.forking import collect_rarely, ready_context, safe_path, undisturbed
from autograder.course.manifest import Course
from autograder.grading.job import Graded, Job, Waiting, get_ready, grade, prepare
from autograder.grading.job_folders import JobFolder
from autograder.sandbox import orphans, warm
from autograder.sandbox.clock import wall_seconds
from course_utils.errors import CourseError

ATTEMPTS = 3
LOST = "the process that graded it was lost"
_GRACE_SECONDS = 60.0
_FAREWELL_SECONDS = 5.0
_LARGE_BYTES = 768 * 2**20


@dataclass(frozen=True)
class Task:
    """A job that was given to a worker, the number of the attempt, and how many seconds that may take."""

    job: Job | Waiting
    attempt: int
    seconds: float


@dataclass(frozen=True)
class _Expected:
    """What a worker gets ready for: jobs of an assignment, in sandboxes of their own or not."""

    course_root: Path
    assignment: str
    cold: bool


class Worker:
    """A process that grades one job after the other.

    It is made before it is started, so that nobody who is interrupted in between forgets it.

    Attributes:
        task: what it has to do, or None.
        is_done_for: it grades no more.
        connection: to it.
    """

    def __init__(self) -> None:
        context = ready_context()
        self.task: Task | None = None
        self.is_done_for = False
        self._folder = JobFolder()  # removed whatever becomes of the worker
        self.connection, self._theirs = context.Pipe()
        self._process = context.Process(
            target=_work, args=(self._theirs, str(self._folder.path)), name="grading worker"
        )
        self._since = 0.0

    def start(self) -> None:
        """Start the process."""
        with undisturbed(), safe_path():
            self._process.start()
        self._theirs.close()

    def expect(self, course: Course, name: str, *, cold: bool) -> None:
        """Have it get ready for jobs of an assignment, before there is one."""
        with suppress(OSError):  # it is gone, which its first job will see
            self.connection.send(_Expected(course.root, name, cold))

    def give(self, job: Job | Waiting, loaded: Job, attempt: int) -> None:
        """Have it grade a job."""
        seconds = wall_seconds(loaded.limits.notebook_seconds) + _GRACE_SECONDS
        self.task, self._since = Task(job, attempt, seconds), time.monotonic()
        with suppress(OSError):  # it is gone, which `take` will see
            self.connection.send(loaded)

    def is_over(self) -> bool:
        """Whether its job is done, or it will not be."""
        if not self.task:
            return False
        return (
            self.connection.poll()
            or not self._process.is_alive()
            or time.monotonic() > self._since + self.task.seconds
        )

    def take(self) -> Graded | None:
        """What its job came to; None when the worker was lost."""
        self.task = None
        try:
            result, self.is_done_for = self.connection.recv() if self.connection.poll() else (None, True)
        except (EOFError, OSError):  # it died before it sent, or while it did
            result, self.is_done_for = None, True
        if result:
            result.seconds = time.monotonic() - self._since
        return result

    def terminate(self) -> None:
        """Ask it to stop, to end its kernels and to clear away its files."""
        if self._process.pid is not None:
            self._process.terminate()

    def kill(self) -> None:
        """See to its end: by itself, on being asked, or by force."""
        self.connection.close()
        self._theirs.close()
        if self._process.pid is not None:
            self._process.join(1)
            if self._process.is_alive():
                self.terminate()
                self._process.join(_FAREWELL_SECONDS)
            if self._process.is_alive():
                self._process.kill()
                self._process.join()
        self._process.close()
        self._folder.remove()


class Slot:
    """Room for one submission at a time, with a worker that is replaced when it is lost or has grown large."""

    def __init__(self) -> None:
        self._worker: Worker | None = None

    def grade(self, job: Job) -> Graded:
        """Grade a job; a worker that is lost over it is replaced, up to three times.

        Raises:
            OSError: there is no room for a worker's folder.
        """
        for _ in range(ATTEMPTS):
            worker = self._started()
            worker.give(job, job, 1)
            while not worker.is_over():
                wait([worker.connection], timeout=1.0)
            result = worker.take()
            if worker.is_done_for:
                self.close()
            if result:
                return result
        return Graded(job.student, job.assignment, fault=LOST)

    def close(self) -> None:
        """End its worker."""
        if self._worker:
            self._worker.kill()
            self._worker = None

    def _started(self) -> Worker:
        if not self._worker:
            self._worker = Worker()
            self._worker.start()
        return self._worker


def _work(connection: Connection, folder: str) -> None:
    tempfile.tempdir = folder
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Blocked where it was forked, and kernels are interrupted by it.
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    signal.signal(signal.SIGTERM, _stop)
    orphans.adopt()
    threading.Thread(target=_stop_with_the_coordinator, name="coordinator", daemon=True).start()
    with connection, suppress(EOFError, BrokenPipeError):  # nobody has more to grade, or listens
        try:
            while not _is_large():
                job = connection.recv()
                if isinstance(job, _Expected):
                    _get_ready(job)
                    continue
                result = _graded(job)
                connection.send((result, _is_large()))
        finally:
            warm.close_all()
            orphans.end_all()  # where it was asked to stop, it may know nothing yet of a sandbox that it just started


def _get_ready(expected: _Expected) -> None:
    with suppress(Exception):  # which the first job will meet, too, and say
        get_ready(Course(expected.course_root), expected.assignment, cold=expected.cold)


def _graded(job: Job) -> Graded:
    try:
        prepare(Course(job.course_root), job.assignment)
        collect_rarely()
        return grade(job)
    except CourseError as error:
        return Graded(job.student, job.assignment, fault=str(error))
    except Exception as error:
        return Graded(job.student, job.assignment, fault=f"{type(error).__name__}: {error}")


def _is_large() -> bool:
    """Whether what was handed in has made this process large; on macOS nobody can tell as cheaply."""
    with suppress(FileNotFoundError):
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return pages * mmap.PAGESIZE > _LARGE_BYTES
    return False


def _stop_with_the_coordinator() -> None:
    if coordinator := parent_process():
        coordinator.join()
    os.kill(os.getpid(), signal.SIGTERM)


def _stop(*_: object) -> None:
    """End on being asked to; what was half made by then has nothing to say."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    sys.exit(1)
