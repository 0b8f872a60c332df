"""Records what every planted answer and the demo's class earn and are told, and compares two such records.

    python -m benchmarks.marks record build/before.json      at one commit
    python -m benchmarks.marks record build/after.json       at another
    python -m benchmarks.marks compare build/before.json build/after.json

A change that should leave marks alone is shown to: fractions, cases and messages are held side by side, seed by seed.
"""

from __future__ import annotations

import argparse
import itertools
import json
import multiprocessing
import sys
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits
from tqdm import tqdm

import answers
from autograder.classroom.pool import grade_all
from autograder.course.manifest import Course
from autograder.course.reference import load_reference
from autograder.demo.members import ASSIGNMENT, CLASS, solutions
from autograder.grading.job import Job
from autograder.verdict.check import ask_in_process, load_checks
from autograder.verdict.verdict import Verdict
from course_utils.course import notebooks

ROOT = Path(__file__).resolve().parents[1]

SEEDS = (0, 1)
SHOWN = 40


def record(path: Path) -> None:
    """Write the verdicts on all planted answers and on the demo's class to a file."""
    course = Course.find(ROOT)
    graded = [assignment for assignment in course.assignments if assignment.checks]
    with _same_chance():
        for assignment in graded:
            load_reference(assignment.name)
        tasks = [(a.name, a.checks, index) for a in graded for index in range(len(answers.planted(a.checks)))]
        # A process for each answer: what one draws or remembers is no other's affair.
        with multiprocessing.get_context("fork").Pool(maxtasksperchild=1) as pool:
            found = pool.imap_unordered(_ask, tasks)
            verdicts = dict(tqdm(found, total=len(tasks), unit="answer"))
    verdicts |= dict(_demo(course))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(verdicts, indent=1, sort_keys=True), encoding="utf-8")
    print(f"{len(tasks)} planted answers in {len(SEEDS)} seeds and {len(CLASS)} students → {path}")


def _ask(task: tuple[str, str, int]) -> tuple[str, list[dict[str, Any]]]:
    assignment, checks, index = task
    answer, reference = answers.planted(checks)[index], load_reference(assignment)
    check = load_checks(checks)[answer.question]
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        verdicts = [ask_in_process(check, answer.namespace(reference), reference, seed) for seed in SEEDS]
    return f"{assignment} {answer.question} {answer.name}", [_told(verdict) for verdict in verdicts]


@contextmanager
def _same_chance() -> Iterator[None]:
    """Let what draws without a seed draw the same each time, so that two records can be compared."""
    real, seeds = np.random.default_rng, itertools.count()
    np.random.seed(0)  # noqa: NPY002 (some planted answers draw from it)
    np.random.default_rng = lambda seed=None: real(next(seeds) if seed is None else seed)
    try:
        yield
    finally:
        np.random.default_rng = real


def _demo(course: Course) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    assignment = course.assignment(ASSIGNMENT)
    answers = solutions(course, assignment)
    released = notebooks.read(course.root / "assignments" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb")
    jobs = [
        Job(member.name, ASSIGNMENT, member.hand_in(released, answers), course.root, seed=1)
        for member in CLASS
    ]
    for graded in tqdm(grade_all(jobs), total=len(jobs), unit="student"):
        for question, verdict in graded.verdicts.items():
            yield f"demo {graded.student} {question}", [_told(verdict)]
        yield f"demo {graded.student}", [{"score": graded.score, "why": graded.why(), "notes": graded.notes}]


def _told(verdict: Verdict) -> dict[str, Any]:
    cases = [(case.title, case.weight, case.passed, case.message) for case in verdict.cases]
    return {"fraction": verdict.fraction, "cases": cases, "reason": verdict.reason}


def compare(before: Path, after: Path) -> int:
    """Print what differs between two records, most telling first; returns how many marks do."""
    old, new = (json.loads(path.read_text(encoding="utf-8")) for path in (before, after))
    differences: dict[str, list[str]] = {"missing": [], "mark": [], "cases": [], "message": []}
    for key in sorted(old.keys() | new.keys()):
        if key not in old or key not in new:
            differences["missing"].append(f"{key}: only {'after' if key in new else 'before'}")
            continue
        for was, now in zip(old[key], new[key], strict=True):
            for kind, sentence in _differences(was, now):
                differences[kind].append(f"{key}: {sentence}")
    for kind, found in differences.items():
        print(f"{len(found)} × {kind}")
        for sentence, count in Counter(found).most_common(SHOWN):
            print(f"  {sentence}{f' (× {count})' if count > 1 else ''}")
    print(f"{len(old)} answers before, {len(new)} after")
    return len(differences["missing"]) + len(differences["mark"]) + len(differences["cases"])


def _differences(was: dict[str, Any], now: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for key in ("fraction", "score"):
        if was.get(key) != now.get(key):
            yield "mark", f"{was.get(key)} → {now.get(key)}"
    for key in ("reason", "why", "notes"):
        if was.get(key) != now.get(key):
            yield "message", f"{was.get(key)!r} → {now.get(key)!r}"
    asked, asks = ([case[:3] for case in verdict.get("cases", ())] for verdict in (was, now))
    if asked != asks:
        yield "cases", f"{asked} → {asks}"
        return
    for case, other in zip(was.get("cases", ()), now.get("cases", ()), strict=True):
        if case[3] != other[3]:
            yield "message", f"{case[0]}:\n    {case[3]}\n    {other[3]}"


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("record").add_argument("file", type=Path)
    pair = commands.add_parser("compare")
    pair.add_argument("before", type=Path)
    pair.add_argument("after", type=Path)
    asked = parser.parse_args()
    if asked.command == "record":
        record(asked.file)
    else:
        sys.exit(1 if compare(asked.before, asked.after) else 0)


if __name__ == "__main__":
    main()
