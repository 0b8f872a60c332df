"""Where the seconds of one correct submission go, on both sides of the wire; see `benchmarks.grading`."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from autograder.course.reference import load_reference
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
    """Print the medians of several gradings of one submission in this process, warm."""
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
        runs, wall, own = [], [], []
        for _ in range(_ROUNDS):
            costs.wall.clear()
            costs.number.clear()
            begun, processor = time.perf_counter(), time.process_time()
            graded = grade(job)
            wall.append(time.perf_counter() - begun)
            own.append(time.process_time() - processor)
            runs.append((Counter(costs.wall), Counter(costs.number)))
        assert graded.score == graded.max_score, graded.why()
        checks = _checks_alone(course, assignment)
    warm.close_all()
    _report(name, runs, wall, own, kernel[-_ROUNDS:], checks)


def _report(
    name: str,
    runs: list[tuple[Counter[str], Counter[str]]],
    wall: list[float],
    own: list[float],
    kernel: list[float],
    checks: float,
) -> None:
    print(f"{name}: {statistics.median(wall):.2f} s of wall time")
    for what in sorted(runs[0][0], key=lambda what: -runs[0][0][what]):
        seconds = statistics.median(run[0][what] for run in runs)
        print(f"  {what:38} {seconds:6.3f} s, {runs[0][1][what]:5} times")
    grader, inside = statistics.median(own), statistics.median(kernel)
    print(
        f"processor time: grader {grader:.2f} s, kernel {inside:.2f} s; the checks alone, in one process, {checks:.2f} s; "
        f"beyond them {grader + inside - checks:.2f} s"
    )


def _checks_alone(course: Any, assignment: Any) -> float:
    """Processor time of all hidden checks, asked of the reference in this process."""
    reference = load_reference(assignment.name, course)
    begun = time.process_time()
    for check in load_checks(assignment.checks).values():
        ask_in_process(check, dict(vars(reference)), reference, 1)
    return time.process_time() - begun


def _processor_seconds(pid: int) -> float:
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / _TICKS
