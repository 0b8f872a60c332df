"""The coordinator's side: jobs go out as workers have room for them, and results come back one by one."""

from __future__ import annotations

import logging
import queue
import threading
import uuid
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import partial

from distributed import CancelledError, Client, Future, KilledWorker
from distributed.comm.core import CommClosedError

from autograder.classroom.cluster.address import Scheduler
from autograder.classroom.cluster.at_worker import Answer, grade_here, resource, welcome
from autograder.classroom.cluster.parcel import Label, pack
from autograder.classroom.worker import LOST
from autograder.course.manifest import Assignment, Course
from autograder.grading.job import Graded, Job, Waiting
from course_utils.errors import CourseError

_ANSWER_SECONDS = 20
_LOOK_SECONDS = 1.0
_NOBODY = ""  # in place of a worker's address
NO_SCHEDULER = "the scheduler was lost"
# What asking one that is gone raises; the second where it went while a connection was being encrypted.
_GONE = (OSError, ValueError)


def grade_all(
    jobs: Iterable[Job | Waiting],
    *,
    course: Course,
    assignment: Assignment,
    scheduler: Scheduler,
    say: Callable[[str], object],
    began: Callable[[str], object],
) -> Iterator[Graded]:
    """Grade jobs on a scheduler's workers; every job yields exactly one result, and is read when its turn comes.

    Args:
        say: told in a sentence which worker takes no jobs, and why.
        began: told the student whose submission has gone out.

    Raises:
        CourseError: no scheduler answers.
    """
    label, archive = pack(course, assignment)
    fault = partial(Graded, assignment=assignment.name)
    with _client(scheduler) as client, _Crew(client, label, archive, say) as crew:
        work, waiting = _Work(client, label), deque(jobs)
        while waiting or work.running:
            if crew.has_grown():
                waiting.extendleft(work.taken_back())
            while waiting and len(work.running) < 2 * crew.slots:
                job = waiting.popleft()
                try:
                    work.give(job)
                    began(job.student)
                except CourseError as error:  # it is gone by now
                    yield fault(job.student, fault=str(error))
            for student, future in work.done(_LOOK_SECONDS):
                yield _result(future, partial(fault, student))
            if client.status != "running":
                left = [*work.running, *(job.student for job in waiting)]
                yield from (fault(student, fault=NO_SCHEDULER) for student in left)
                return


class _Work:
    """Jobs that are out.

    Attributes:
        running: by student, what is not back.
    """

    def __init__(self, client: Client, label: Label):
        self._client, self._label = client, label
        self._done: queue.SimpleQueue[tuple[str, Future[Graded]]] = queue.SimpleQueue()
        self.running: dict[str, tuple[Job | Waiting, Future[Graded]]] = {}

    def give(self, job: Job | Waiting) -> None:
        """Read a job and send it out.

        Raises:
            CourseError: it is gone or cannot be read any more.
        """
        student = job.student
        future = self._client.submit(
            grade_here,
            job.load(),
            self._label,
            key=f"{job.assignment}-{student}-{uuid.uuid4().hex}",
            resources={resource(self._label): 1},
            pure=False,
        )
        self.running[student] = job, future
        future.add_done_callback(lambda future: self._done.put((student, future)))

    def done(self, seconds: float) -> Iterator[tuple[str, Future[Graded]]]:
        """What has come back; waits a while for the first."""
        with suppress(queue.Empty):
            student, future = self._done.get(timeout=seconds)
            while True:
                if self._is_out(student, future):
                    del self.running[student]
                    yield student, future
                student, future = self._done.get_nowait()

    def taken_back(self) -> list[Job | Waiting]:
        """Jobs for which no worker was left: Dask does not look at them again when one that has joined makes room."""
        try:
            at_work = {key for keys in self._client.processing().values() for key in keys}
        except _GONE:
            return []  # they are lost, which whoever asks sees too
        idle = [
            job for job, future in self.running.values() if future.key not in at_work and not future.done()
        ]
        for job in idle:
            _, future = self.running.pop(job.student)
            future.cancel()
        return idle

    def _is_out(self, student: str, future: Future[Graded]) -> bool:
        return student in self.running and self.running[student][1].key == future.key


def _result(future: Future[Graded], fault: Callable[..., Graded]) -> Graded:
    """What a job came to; a fault where workers were lost over it again and again, or the scheduler was."""
    try:
        return future.result()
    except KilledWorker:
        return fault(fault=LOST)
    except CancelledError:
        return fault(fault=NO_SCHEDULER)


class _Crew:
    """The workers that take a course's jobs, and whoever joins them; use as a context manager."""

    def __init__(self, client: Client, label: Label, archive: bytes, say: Callable[[str], object]):
        self._client, self._label, self._archive, self._say = client, label, archive, say
        self._slots: dict[str, int] = {}
        self._known: set[str] = set()
        self._growth = threading.Event()
        self._over = threading.Event()
        self._looking = threading.Thread(target=self._look, name="looking for workers", daemon=True)

    def __enter__(self) -> _Crew:
        self._looking.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._over.set()

    @property
    def slots(self) -> int:
        """How many submissions they take at once."""
        return sum(self._slots.values())

    def has_grown(self) -> bool:
        """Whether a worker has joined since this was asked last."""
        grown = self._growth.is_set()
        self._growth.clear()
        return grown

    def _look(self) -> None:
        while not self._over.is_set():
            with suppress(*_GONE):  # the scheduler is gone, which the coordinator sees too
                self._greet()
            self._over.wait(_LOOK_SECONDS)

    def _greet(self) -> None:
        # Not `scheduler_info`, which may tell what the client asked last for itself: of no worker at all.
        here = set(self._client.nthreads())
        self._slots = {worker: slots for worker, slots in self._slots.items() if worker in here}
        self._known &= {*here, _NOBODY}
        answers = self._ask(here - self._known)
        answers |= self._ask({worker for worker, answer in answers.items() if answer.lacks}, self._archive)
        for worker, answer in answers.items():
            self._known.add(worker)
            if answer.slots:
                self._slots[worker] = answer.slots
                self._growth.set()
            else:
                self._say(f"the worker at {worker} takes no jobs: {answer.refusal}")
        if not here and not self._known:
            self._known.add(_NOBODY)
            self._say("no worker is there yet: `course worker` with the same address starts one")

    def _ask(self, workers: set[str], archive: bytes | None = None) -> dict[str, Answer]:
        if not workers:
            return {}
        said = self._client.run(welcome, self._label, archive, workers=sorted(workers), on_error="return")
        return {worker: _answer(answer) for worker, answer in said.items()}


def _answer(answer: Answer | BaseException) -> Answer:
    """A worker's answer; one of another version may not know the question."""
    if isinstance(answer, Answer):
        return answer
    return Answer(
        refusal=f"it cannot answer ({type(answer).__name__}: {answer}); start it by `course worker`"
    )


class _Caller(Client):
    """A client that calls a lost scheduler again even where one call ended while its connection was being encrypted."""

    async def _ensure_connected(self, timeout: float | None = None) -> None:
        try:
            await super()._ensure_connected(timeout)
        except ValueError as error:  # tornado's word for it; Dask calls again after an OSError alone
            raise CommClosedError(str(error)) from error


@contextmanager
def _client(scheduler: Scheduler) -> Iterator[Client]:
    for name in ("distributed", "distributed.client"):  # the second has a level of its own
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what is lost is said as a fault
    try:
        client = _Caller(
            scheduler.address, security=scheduler.security, timeout=_ANSWER_SECONDS, set_as_default=False
        )
    except (OSError, TimeoutError) as error:
        raise CourseError(
            f"no scheduler answers at {scheduler.address} ({error}): start one with `dask scheduler`, as docs/cluster.md shows"
        ) from error
    with client:
        yield client
