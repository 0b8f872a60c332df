"""What 100,000 submissions on 50 machines would take, from what one costs here, and what would be saturated first.

python -m benchmarks.at_scale [--students 60] [--submissions 100000] [--machines 50] [--slots 2]

A class of correct submissions is graded by a scheduler and a worker on this machine, as docs/cluster.md shows. What a
submission costs each part is measured, and multiplied; nothing else is guessed but a network of 1 Gbit/s.
"""

from __future__ import annotations

import argparse
import os
import pickle
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import psutil

from autograder.classroom.cluster import coordinator
from autograder.classroom.cluster.address import Scheduler
from autograder.classroom.grade import recorded
from autograder.classroom.gradebook import GradebookWriter
from autograder.classroom.journal import Journal
from autograder.classroom.submissions import find_submissions
from autograder.demo.members import solutions, submission
from benchmarks.grading import hand_in, make_course
from course_utils.course import notebooks

PROGRAMS = Path(sys.executable).parent
ADDRESS = "tcp://127.0.0.1:8796"
BYTES_PER_SECOND = 1e9 / 8


@contextmanager
def machines(folder: Path, slots: int) -> Iterator[dict[str, psutil.Process]]:
    """A scheduler and a worker, processes of their own."""
    env = os.environ | {"XDG_CACHE_HOME": str(folder / "cache")}
    commands = {
        "scheduler": ["dask", "scheduler", "--host", "127.0.0.1", "--port", "8796", "--no-dashboard"],
        "worker": ["course", "worker", ADDRESS, "--slots", str(slots)],
    }
    started = {}
    with (folder / "log").open("wb") as log:
        for name, (program, *arguments) in commands.items():
            command = [str(PROGRAMS / program), *arguments]
            started[name] = psutil.Popen(command, cwd=folder, env=env, stdout=log, stderr=subprocess.STDOUT)
            time.sleep(3)
    try:
        yield started
    finally:
        for process in started.values():
            for each in [*process.children(recursive=True), process]:
                each.kill()
            process.wait()


def seconds_of(process: psutil.Process) -> float:
    """Processor time of a process until now."""
    times = process.cpu_times()
    return times.user + times.system


def measure(name: str, students: int, slots: int) -> dict[str, float]:
    """Seconds and bytes that one submission costs each part."""
    with tempfile.TemporaryDirectory(prefix="b-") as place:
        folder = Path(place)
        course = make_course(folder / "course", name)
        assignment = course.assignment(name)
        content = submission(notebooks.read(course.released_path(assignment)), solutions(course, assignment))
        hand_in(course.root, name, {f"student{number:05}": content for number in range(students)})
        jobs = {job.student: job for job in find_submissions(course, assignment).jobs}
        journal, writer = Journal(course, assignment), GradebookWriter(course, assignment)
        grade = partial(
            coordinator.grade_all,
            course=course,
            assignment=assignment,
            scheduler=Scheduler.at(ADDRESS),
            say=print,
            began=lambda student: None,
        )
        with machines(folder, slots) as started:
            list(grade(list(jobs.values())[: 2 * slots]))  # so that programs and sandboxes are there
            before = seconds_of(started["scheduler"]), time.process_time(), time.perf_counter()
            results = list(grade(jobs.values()))
            after = seconds_of(started["scheduler"]), time.process_time(), time.perf_counter()
        scheduler, own, wall = (b - a for a, b in zip(before, after, strict=True))
        job = next(iter(jobs.values())).load()
        sent, received = len(pickle.dumps(job)), len(pickle.dumps(results[0]))
        begun = time.perf_counter()
        faults = sum(bool(recorded(writer, journal, jobs[each.student], each).fault) for each in results)
        writing = time.perf_counter() - begun
        kept = sum(path.stat().st_size for path in course.root.rglob("*") if path.is_file())
    assert not faults, f"{faults} were not graded"
    parts = {"slot": wall * slots, "scheduler": scheduler, "coordinator": own, "write": writing, "kept": kept}
    return {part: value / students for part, value in parts.items()} | {"sent": sent, "received": received}


def extrapolate(cost: dict[str, float], submissions: int, machines: int, slots: int) -> dict[str, float]:
    """Hours that each part is busy, by part."""
    seconds = {
        "all workers": cost["slot"] / (machines * slots),
        "scheduler, one core": cost["scheduler"],
        "coordinator, one core": cost["coordinator"] + cost["write"],
        "coordinator's network, 1 Gbit/s": (cost["sent"] + cost["received"]) / BYTES_PER_SECOND,
    }
    return {part: submissions * each / 3600 for part, each in seconds.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--students", type=int, default=60)
    parser.add_argument("--submissions", type=int, default=100_000)
    parser.add_argument("--machines", type=int, default=50)
    parser.add_argument("--slots", type=int, default=2)
    parser.add_argument("--notebook", default="01_layers")
    options = parser.parse_args()
    cost = measure(options.notebook, options.students, options.slots)
    print(f"one submission of {options.notebook}, of {options.students}: ", end="")
    print(", ".join(f"{part} {cost[part]:.3f} s" for part in ("slot", "scheduler", "coordinator", "write")))
    print(", ".join(f"{part} {cost[part] / 1e3:.0f} kB" for part in ("sent", "received", "kept")))
    hours = extrapolate(cost, options.submissions, options.machines, options.slots)
    for part, busy in sorted(hours.items(), key=lambda item: -item[1]):
        print(f"{busy:8.2f} h {part}")
    others = max(busy for part, busy in hours.items() if part != "all workers")
    more = hours["all workers"] * options.machines / others
    print(
        f"{options.submissions:,} submissions on {options.machines} machines: {max(hours.values()):.1f} h; ",
        end="",
    )
    print(f"beyond {more:.0f} machines the coordinator's side is saturated first")


if __name__ == "__main__":
    main()
