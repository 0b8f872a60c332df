"""Grading a class: one process more than there are cores, each of which grades one submission after the other.

A worker that is lost costs nothing but time: its job is tried again, and after three losses reported as a fault.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import wait

from autograder.classroom.forking import at_once, is_possible
from autograder.classroom.worker import ATTEMPTS, LOST, Worker
from autograder.course.manifest import Assignment, Course
from autograder.grading.job import Graded, Job, Waiting
from autograder.grading.job_folders import sweep
from autograder.sandbox import bubblewrap
from course_utils.errors import CourseError, cannot_write


def grade_all(
    jobs: Iterable[Job | Waiting],
    workers: int | None = None,
    began: Callable[[str], object] = lambda student: None,
    staff: list[Worker] | None = None,
) -> Iterator[Graded]:
    """Grade jobs, and yield each result as it comes; every job yields exactly one, and is read when its turn comes.

    Args:
        workers: how many at once; one more than there are cores by default.
        began: told the student whose turn has come.
        staff: workers that were started before.

    Raises:
        CourseError: there is no sandbox, and that was not accepted.
    """
    waiting = deque((job, 1) for job in jobs)
    for unsandboxed in {job.unsandboxed for job, _ in waiting}:
        bubblewrap.require(unsandboxed)
    return _grade(waiting, at_once(workers), began, [] if staff is None else staff)


@contextmanager
def getting_ready(
    course: Course, assignment: Assignment, jobs: int, workers: int | None = None, *, cold: bool = False
) -> Iterator[list[Worker]]:
    """Workers for so many jobs of an assignment, who get ready for them while this process still reads; ended with the block.

    Args:
        jobs: how many there will be at least; there are no more workers than that.
        workers: as `grade_all`.
        cold: no kernel will be forked from a source.
    """
    staff: list[Worker] = []
    try:
        with suppress(OSError):  # no room for a folder, which is said of the jobs
            for _ in range(min(jobs, at_once(workers)) if is_possible() else 0):
                staff.append(Worker())
                staff[-1].start()
                staff[-1].expect(course, assignment.name, cold=cold)
        yield staff
    finally:
        _end(staff)


def _end(staff: list[Worker]) -> None:
    for worker in staff:
        worker.terminate()
    for worker in staff:
        worker.kill()
    staff.clear()


def _grade(
    waiting: deque[tuple[Job | Waiting, int]],
    workers: int,
    began: Callable[[str], object],
    staff: list[Worker],
) -> Iterator[Graded]:
    sweep()
    finished: deque[Graded] = deque()
    try:
        while waiting or finished or any(worker.task for worker in staff):
            idle = [worker for worker in staff if not worker.task]
            while waiting and (idle or len(staff) < workers):
                job, attempt = waiting.popleft()
                try:
                    loaded = job.load()
                    worker = idle.pop() if idle else Worker()
                except CourseError as error:  # it is gone by now
                    yield Graded(job.student, job.assignment, fault=str(error))
                    continue
                except OSError as error:  # no room for its folder
                    yield Graded(job.student, job.assignment, fault=cannot_write(error))
                    continue
                if worker not in staff:
                    staff.append(worker)
                    worker.start()
                worker.give(job, loaded, attempt)
                began(job.student)
            if finished:  # every worker has something to do while this is written down
                yield finished.popleft()
            if busy := [worker.connection for worker in staff if worker.task]:
                wait(busy, timeout=0 if finished else 1.0)
            for worker in [worker for worker in staff if worker.is_over()]:
                task = worker.task
                result = worker.take()
                if worker.is_done_for:
                    staff.remove(worker)
                    worker.kill()
                if task and result is None and task.attempt < ATTEMPTS:
                    waiting.append((task.job, task.attempt + 1))
                elif task:
                    finished.append(result or Graded(task.job.student, task.job.assignment, fault=LOST))
    finally:
        _end(staff)
