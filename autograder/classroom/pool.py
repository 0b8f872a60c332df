"""Grading a class: as many processes at once as there are cores, each of which grades one submission after the other.

A worker that is lost costs nothing but time: its job is tried again, and after three losses reported as a fault.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from multiprocessing.connection import wait

from autograder.classroom.forking import ready_context
from autograder.classroom.worker import ATTEMPTS, LOST, Worker
from autograder.grading.job import Graded, Job, Waiting
from autograder.grading.job_folders import sweep
from autograder.sandbox import bubblewrap
from course_utils.errors import CourseError, cannot_write


def grade_all(
    jobs: Iterable[Job | Waiting],
    workers: int | None = None,
    began: Callable[[str], object] = lambda student: None,
) -> Iterator[Graded]:
    """Grade jobs, and yield each result as it comes; every job yields exactly one, and is read when its turn comes.

    Args:
        workers: how many at once; one for each core by default.
        began: told the student whose turn has come.

    Raises:
        CourseError: there is no sandbox, and that was not accepted.
    """
    waiting = deque((job, 1) for job in jobs)
    for unsandboxed in {job.unsandboxed for job, _ in waiting}:
        bubblewrap.require(unsandboxed)
    return _grade(waiting, workers or os.cpu_count() or 1, began)


def _grade(
    waiting: deque[tuple[Job | Waiting, int]], workers: int, began: Callable[[str], object]
) -> Iterator[Graded]:
    context = ready_context()
    sweep()
    staff: list[Worker] = []
    finished: deque[Graded] = deque()
    try:
        while waiting or finished or any(worker.task for worker in staff):
            idle = [worker for worker in staff if not worker.task]
            while waiting and (idle or len(staff) < workers):
                job, attempt = waiting.popleft()
                try:
                    loaded = job.load()
                    worker = idle.pop() if idle else Worker(context)
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
        for worker in staff:
            worker.terminate()
        for worker in staff:
            worker.kill()
