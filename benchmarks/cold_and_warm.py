"""Whether every planted answer is marked alike in a sandbox of its own and in one that is forked from a source, case by case.

python -m benchmarks.cold_and_warm [--notebook 01_layers] [--most 3]

A submission holds one planted answer to every question of a notebook: the first of each, the second of each, and so on. Each
is graded warm and cold, twice each, from the same seed. What is told otherwise when graded the same way twice draws by
chance, and is counted apart. --most takes so many submissions of a notebook and leaves the others out.
"""

from __future__ import annotations

import argparse
import inspect
import json
import multiprocessing
import re
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache
from pathlib import Path

import answers
from autograder.course.manifest import Course
from autograder.demo.members import solutions, submission
from autograder.grading.job import Job, grade
from autograder.verdict.verdict import Case
from benchmarks.grading import ROOT, hand_in, make_course
from course_utils.course import notebooks

SEED = 1
# What a cell needs of the package that a student does not have.
_PLANTED = """
import sys as _sys, types as _types
_registry = _types.ModuleType("answers")
_sys.modules["answers"] = _registry
exec({registry!r}, vars(_registry))
_module = _types.ModuleType({module!r})
_sys.modules[{module!r}] = _module
exec({source!r}, vars(_module))
for _answer in _registry._answers:
    if (_answer.question, _answer.name) == ({question!r}, {name!r}):
        globals().update(_answer.namespace(_types.SimpleNamespace()))
"""


def planted_cell(answer: answers.Planted) -> str:
    """The source of a cell that defines what a planted answer defines."""
    source = inspect.getsource(sys.modules[answer.module])
    registry = inspect.getsource(answers)
    return _PLANTED.format(
        registry=registry, module=answer.module, source=source, question=answer.question, name=answer.name
    )


def by_turn(room: str) -> list[dict[str, answers.Planted]]:
    """The first planted answer to each question, the second of each, and so on."""
    turns: list[dict[str, answers.Planted]] = []
    for answer in answers.planted(room):
        turn = next((turn for turn in turns if answer.question not in turn), None)
        if turn is None:
            turns.append(turn := {})
        turn[answer.question] = answer
    return turns


@lru_cache(maxsize=1)
def _course(root: str, name: str) -> Course:
    """A course with the notebook released, of this process alone."""
    return make_course(Path(tempfile.mkdtemp(dir=root)), name)


def compare(task: tuple[str, str, int]) -> tuple[int, list[str], list[str]]:
    """How many cases one submission has, which are marked otherwise cold, and which by chance."""
    root, name, turn = task
    course = _course(root, name)
    assignment = course.assignment(name)
    planted = by_turn(assignment.checks)[turn]
    cells = solutions(course, assignment) | {
        question: planted_cell(each) for question, each in planted.items()
    }
    released = notebooks.read(course.released_path(assignment))
    student = f"turn{turn}"
    hand_in(course.root, name, {student: submission(released, cells)})
    path = course.folder("submitted", student, assignment) / f"{name}.ipynb"

    def cases(cold: bool) -> dict[str, str]:
        graded = grade(Job.read(course, assignment, student, path, seed=SEED, cold=cold))
        return {
            f"{question}, case {number} ({case.title})": _told(case)
            for question, verdict in graded.verdicts.items()
            for number, case in enumerate(verdict.cases)
        }

    (warm, warm_again), (cold, cold_again) = ([cases(way), cases(way)] for way in (False, True))
    every = warm | cold
    chance = [
        which
        for which in every
        if warm.get(which) != warm_again.get(which) or cold.get(which) != cold_again.get(which)
    ]
    found = [which for which in every if warm.get(which) != cold.get(which) and which not in chance]
    return len(every), [f"{name} {student}: {which}" for which in found], chance


def _told(case: Case) -> str:
    """All of a case, without addresses of objects."""
    return re.sub(r"0x[0-9a-f]+", "0x", json.dumps(case.to_dict(), sort_keys=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--notebook")
    parser.add_argument("--most", type=int)
    options = parser.parse_args()
    chosen = [each for each in Course(ROOT).assignments if options.notebook in (None, each.name)]
    spawning = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory(prefix="b-") as root, ProcessPoolExecutor(mp_context=spawning) as pool:
        tasks = [
            (root, each.name, turn)
            for each in chosen
            if each.checks
            for turn in range(len(by_turn(each.checks)))[: options.most]
        ]
        results = list(pool.map(compare, tasks))
    cases, chance = sum(number for number, *_ in results), sum(len(drawn) for *_, drawn in results)
    differing = [which for _, found, _ in results for which in found]
    print(
        f"{len(tasks)} submissions, {cases} cases cold and warm: {len(differing)} differ, {chance} draw by chance"
    )
    print("\n".join(differing))
    sys.exit(bool(differing))


if __name__ == "__main__":
    main()
