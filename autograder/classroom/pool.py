"""Grading a class: one child process a submission, as many at once as there are cores.

A worker that is lost costs nothing but time: its job is tried again, and after three losses reported as a fault.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerContext

from autograder.classroom.job_folders import JobFolder, sweep
from autograder.course.manifest import Course
from autograder.errors import cannot_write
from autograder.grading.job import Graded, Job, grade, prepare
from autograder.sandbox.clock import wall_seconds

ATTEMPTS = 3
_GRACE_SECONDS = 60.0
_FAREWELL_SECONDS = 5.0
_SAFE_PATH = "PYTHONSAFEPATH"


def grade_all(jobs: Iterable[Job], workers: int | None = None) -> Iterator[Graded]:
    """Grade jobs, and yield each result as it comes; every job yields exactly one.

    Args:
        workers: how many at once; one for each core by default.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["autograder.grading.job"])
    sweep()
    waiting = deque((job, 1) for job in jobs)
    running: list[_Worker] = []
    try:
        while waiting or running:
            while waiting and len(running) < (workers or os.cpu_count() or 1):
                job, attempt = waiting.popleft()
                try:
                    running.append(_Worker(context, job, attempt))
                except OSError as error:  # no room for its folder
                    yield Graded(job.student, job.assignment, fault=cannot_write(error))
                    continue
                with _safe_path():
                    running[-1].start()
            wait([worker.results for worker in running], timeout=1.0)
            for worker in [worker for worker in running if worker.is_over()]:
                running.remove(worker)
                result = worker.finish()
                if result.fault and worker.attempt < ATTEMPTS and worker.lost:
                    waiting.append((worker.job, worker.attempt + 1))
                else:
                    yield result
    finally:
        for worker in running:
            worker.terminate()
        for worker in running:
            worker.kill()


class _Worker:
    """One attempt at one job; made before it is started, so that nobody who is interrupted in between forgets it."""

    def __init__(self, context: ForkServerContext, job: Job, attempt: int):
        self.job, self.attempt, self.lost = job, attempt, False
        self._folder = JobFolder()  # removed whatever becomes of the worker
        self.results, self._sender = context.Pipe(duplex=False)
        self._process = context.Process(
            target=_work, args=(job, self._sender, str(self._folder.path)), name=f"grade-{job.student}"
        )
        self._started = time.monotonic()

    def start(self) -> None:
        self._process.start()
        self._sender.close()

    def is_over(self) -> bool:
        limit = wall_seconds(self.job.limits.notebook_seconds) + _GRACE_SECONDS
        return self.results.poll() or not self._process.is_alive() or time.monotonic() > self._started + limit

    def finish(self) -> Graded:
        try:
            result = self.results.recv() if self.results.poll() else None
        except (EOFError, OSError):  # it died before it sent, or while it did
            result = None
        if result is None:
            self.lost = True
            result = Graded(
                self.job.student, self.job.assignment, fault="the process that graded it was lost"
            )
        self.kill()
        result.seconds = time.monotonic() - self._started
        return result

    def terminate(self) -> None:
        """Ask it to stop, to end its kernel and to clear away its files."""
        if self._process.pid is not None:
            self._process.terminate()

    def kill(self) -> None:
        """See to its end: by itself, on being asked, or by force."""
        self.results.close()
        self._sender.close()
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


@contextmanager
def _safe_path() -> Iterator[None]:
    """Let Python programs that start now import nothing from the working folder, where anything may lie."""
    before = os.environ.get(_SAFE_PATH)
    os.environ[_SAFE_PATH] = "1"
    try:
        yield
    finally:
        os.environ.pop(_SAFE_PATH)
        if before is not None:
            os.environ[_SAFE_PATH] = before


def _work(job: Job, sender: Connection, folder: str) -> None:
    tempfile.tempdir = folder
    # Ctrl-C reaches every process of a terminal; the coordinator is the one that decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _stop)
    try:
        prepare(Course(job.course_root), job.assignment)
        result = grade(job)
    except Exception as error:
        result = Graded(job.student, job.assignment, fault=f"{type(error).__name__}: {error}")
    sender.send(result)
    sender.close()


def _stop(*_: object) -> None:
    """End on being asked to; what was half made by then has nothing to say."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    sys.exit(1)
