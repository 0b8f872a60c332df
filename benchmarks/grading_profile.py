"""Where the seconds of one correct submission go, on both sides of the wire; see `benchmarks.grading`."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from threadpoolctl import threadpool_limits

from autograder.classroom.forking import collect_rarely
from autograder.course.manifest import Assignment, Course
from autograder.course.reference import load_reference, run_cells
from autograder.grading import job as jobs
from autograder.grading.job import Job, grade, prepare
from autograder.sandbox import session, warm
from autograder.verdict import oracle
from autograder.verdict.check import ask_in_process, load_checks
from benchmarks.grading import hand_in, make_course, submissions

_TICKS = os.sysconf("SC_CLK_TCK")
_ROUNDS = 7


class Costs:
    """Seconds and counts of one submission, by what they were spent on."""

    def __init__(self) -> None:
        self.wall: Counter[str] = Counter()
        self.number: Counter[str] = Counter()

    def watch(self, owner: Any, name: str, label: Callable[..., str] | str) -> None:
        """Count the wall time of a function, for as long as this process lives."""
        original = getattr(owner, name)

        def counted(*args: Any, **kwargs: Any) -> Any:
            begun = time.perf_counter()
            try:
                return original(*args, **kwargs)
            finally:
                what = label if isinstance(label, str) else label(*args)
                self.wall[what] += time.perf_counter() - begun
                self.number[what] += 1

        setattr(owner, name, counted)


def _cell(_: Any, source: str, *__: Any) -> str:
    return "cells that ask questions" if "_grade(" in source else "cells of the student"


def profile(name: str) -> None:
    """Print the medians of several gradings of one submission in this process, warm.

    As in a worker BLAS has one thread, a second one spins and its time is not the grader's, and garbage is rarely collected.
    """
    with threadpool_limits(1):
        _profile(name)


def _profile(name: str) -> None:
    costs = Costs()
    kernel: list[float] = []
    costs.watch(session.KernelSession, "__init__", "starting the kernel")
    costs.watch(session.KernelSession, "run", _cell)
    costs.watch(jobs, "rebuild", "reading and rebuilding the notebook")
    costs.watch(jobs, "write_verdicts", "writing the verdicts")
    costs.watch(oracle._KernelLine, "wait", "waiting for the kernel, in questions")
    close = session.KernelSession.close

    def closing(self: session.KernelSession) -> None:
        kernel.append(_processor_seconds(self._process.kernel_pid()))
        close(self)

    session.KernelSession.close = closing  # type: ignore[method-assign]
    costs.watch(session.KernelSession, "close", "closing the kernel")
    with tempfile.TemporaryDirectory(prefix="b-") as folder:
        course = make_course(Path(folder), name)
        correct = {"ann": submissions(course, name, 1).popitem()[1]}
        hand_in(course.root, name, correct)
        assignment = course.assignment(name)
        prepare(course, name)
        path = course.folder("submitted", "ann", assignment) / f"{name}.ipynb"
        job = Job.read(course, assignment, "ann", path, seed=1)
        grade(job)  # starts the source
        _checks_alone(course, assignment)
        collect_rarely()
        rounds: list[_Round] = []
        for _ in range(_ROUNDS):
            for spent in (costs.wall, costs.number, kernel):
                spent.clear()
            begun, processor = time.perf_counter(), time.process_time()
            graded = grade(job)
            wall, grader = time.perf_counter() - begun, time.process_time() - processor
            rounds.append(
                _Round(
                    {**costs.wall, "": wall},
                    dict(costs.number),
                    grader,
                    sum(kernel),
                    _checks_alone(course, assignment),
                )
            )
        assert graded.score == graded.max_score, graded.why()
    warm.close_all()
    _report(name, rounds)


class _Round(NamedTuple):
    """What one submission took, in seconds, and right after it its checks alone.

    Attributes:
        wall: by what it was spent on; all of it under "".
        number: how many times that was.
        grader, kernel, alone: processor time.
    """

    wall: dict[str, float]
    number: dict[str, int]
    grader: float
    kernel: float
    alone: float


def _report(name: str, rounds: list[_Round]) -> None:
    def median(of: Callable[[_Round], float]) -> float:
        return statistics.median(of(one) for one in rounds)

    print(f"{name}: {median(lambda one: one.wall['']):.2f} s of wall time")
    seconds = {what: statistics.median(one.wall[what] for one in rounds) for what in rounds[0].wall if what}
    for what in sorted(seconds, key=lambda what: -seconds[what]):
        print(f"  {what:38} {seconds[what]:6.3f} s, {rounds[0].number[what]:5} times")
    print(
        f"processor time: grader {median(lambda one: one.grader):.2f} s, kernel {median(lambda one: one.kernel):.2f} s; "
        f"the checks alone, in one process, {median(lambda one: one.alone):.2f} s; "
        f"beyond them {median(lambda one: one.grader + one.kernel - one.alone):.2f} s"
    )


def _checks_alone(course: Course, assignment: Assignment) -> float:
    """Processor time of all hidden checks, asked in this process.

    The solution has answered nothing yet and finds no pictures that were drawn before, as in a new kernel.
    """
    reference = load_reference(assignment.name, course)
    student = run_cells(course, assignment)
    with tempfile.TemporaryDirectory(prefix="b-") as no_pictures:
        os.environ["XDG_CACHE_HOME"] = no_pictures
        begun = time.process_time()
        for check in load_checks(assignment.checks).values():
            ask_in_process(check, student, reference, 1)
        return time.process_time() - begun


def _processor_seconds(pid: int) -> float:
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / _TICKS
