"""Whatever is killed while a class is graded, however often: in the end the marks are those of an undisturbed run."""

import json
import os
import random
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import tiny
from processes import children, command, worker_of
from terminal import run, start

from autograder.classroom.export import export_grades
from autograder.classroom.feedback import write_feedback
from autograder.course.manifest import Course
from autograder.sandbox import bubblewrap

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not bubblewrap.status().available, reason=bubblewrap.status().reason),
]
# So often somebody is killed; then the class may end in peace, which bounds the test.
_KILLED = 8
_RUNS = 2 * _KILLED


def victims(coordinator: int) -> dict[str, list[int]]:
    """Ids of the processes that take part in a grading, by what they are."""
    worker = worker_of(coordinator)
    below = {pid: command(pid) for pid in children(coordinator)}
    return {
        "coordinator": [coordinator],
        "worker": [worker] if worker else [],
        "source": [pid for pid, line in below.items() if "inside.source" in line],
        "reader": [pid for pid, line in below.items() if "bounded_worker" in line],
        "server": [pid for pid, line in below.items() if "forkserver" in line],
    }


def killings(draw: random.Random) -> Iterator[tuple[float, str]]:
    """When to kill whom: each kind at least once, after some tenths of seconds."""
    kinds = ["coordinator", "worker", "source", "reader", "server"]
    draw.shuffle(kinds)
    for number in range(_KILLED):
        yield draw.uniform(0.2, 2.0), kinds[number % len(kinds)]


def outcome(course: Course) -> dict[str, object]:
    """Marks, journal and pages, without what differs from run to run: seeds and times."""
    assignment = course.assignment(tiny.NAME)
    table = course.root / "grades.csv"
    export_grades(course, table, questions=True)
    pages = write_feedback(course, assignment).pages
    entries = sorted((course.root / ".grading" / tiny.NAME).glob("*.json"))
    noted = {
        path.stem: (entry["key"], entry["points"], [case["outcome"] for case in _cases(entry)])
        for path in entries
        for entry in [json.loads(path.read_text())]
    }
    return {
        "marks": sorted(table.read_text().splitlines()),
        "pages": [path.relative_to(course.root) for path in pages],
        "noted": noted,
    }


def _cases(entry: dict) -> list[dict]:
    return [case for verdict in entry["verdicts"].values() for case in verdict["cases"]]


def hand_in(course: Course, students: int) -> None:
    kinds = [
        tiny.answered(course),
        tiny.answered(course, relu_forward="def relu_forward(x):\n    return x, x"),
        b"not a notebook",
    ]
    for number in range(students):
        tiny.hand_in(course, f"student{number:03}", kinds[number % len(kinds)])


def test_a_class_survives_the_death_of_everyone_who_grades_it(
    tiny_course: Course, empty_gradebook: Path, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    shutil.copy(empty_gradebook, tiny_course.root / "gradebook.db")
    hand_in(tiny_course, pytestconfig.getoption("--class-size"))
    shutil.copytree(tiny_course.root, tmp_path / "undisturbed")
    undisturbed = Course(tmp_path / "undisturbed")
    assert run(undisturbed.root, "grade", tiny.NAME)[0] == 0

    seed = random.randrange(10**6)
    deaths, killed = killings(random.Random(seed)), []
    for _ in range(_RUNS):
        with start(tiny_course.root, "grade", tiny.NAME) as process:
            while process.poll() is None:
                seconds, kind = next(deaths, (60.0, "nobody"))
                with suppress(subprocess.TimeoutExpired):
                    process.wait(seconds)
                for pid in victims(process.pid).get(kind, [])[:1] if process.poll() is None else ():
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                        killed.append(kind)
            out, errors = process.communicate(timeout=60)
        if process.returncode == 0:
            break
    assert process.returncode == 0, (seed, killed, out, errors)
    assert killed, seed
    assert outcome(tiny_course) == outcome(undisturbed), (seed, killed)
    assert sorted(os.listdir(tiny_course.root)) == sorted(os.listdir(undisturbed.root))
