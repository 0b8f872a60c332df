"""Measures the checks by mutation: how many wrong answers they refuse, and whether they accept all right ones.

    python -m benchmarks.mutants                  every notebook, results into docs/mutants.md
    python -m benchmarks.mutants --notebook 01_layers
    python -m benchmarks.mutants --question relu_backward --show

A mutant is refused when the checks refuse it in each of several seeds. A mutant of a forward pass is also put to the
checks of its backward pass: a wrong cache shows nowhere else. Equivalent mutants, which are no mistakes, are listed
with a reason in benchmarks/equivalent_mutants.toml.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import multiprocessing
import os
import resource
import signal
import time
import tomllib
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits
from tqdm import tqdm

import answers
from autograder.course import notebooks
from autograder.course.manifest import Assignment, Course
from autograder.course.reference import load_reference, run_cells
from autograder.verdict import expect
from autograder.verdict.check import ask_in_process, load_checks
from benchmarks.mutation import Mutant, mutants

ROOT = Path(__file__).resolve().parents[1]

EQUIVALENT = ROOT / "benchmarks" / "equivalent_mutants.toml"
REPORT = ROOT / "docs" / "mutants.md"
BARS = {"hidden": 0.99, "visible": 0.80}
MARGIN = 10
CPU_SECONDS = 5
EQUIVALENT_SEEDS = 20
MEMORY = 4 * 2**30


@dataclass(frozen=True)
class Question:
    """A graded function or class with all that is known about it.

    Attributes:
        source: its solution cell.
        visible: what a student sees of its test cell.
        asked: the questions whose checks see a mistake in it.
    """

    assignment: Assignment
    name: str
    source: str
    visible: str
    asked: tuple[str, ...]


@dataclass
class Outcome:
    """What the checks said to one wrong answer.

    Attributes:
        hidden: whether the hidden checks refused it in each seed.
        refusals: in how many seeds they did.
        applies: False when there was nothing to break.
    """

    hidden: bool
    visible: bool
    refusals: int = 0
    applies: bool = True
    errors: dict[str, float] = field(default_factory=dict)


@dataclass
class Row:
    """One question's line of the table."""

    question: str
    notebook: str = ""
    broken: bool = False
    ast: int = 0
    equivalent: int = 0
    hidden: int = 0
    visible: int = 0
    planted: int = 0
    planted_hidden: int = 0
    planted_visible: int = 0
    right: int = 0
    seeds: int = 0
    refused: int = 0
    milliseconds: float = 0.0
    survivors: list[str] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)
    doubtful: list[str] = field(default_factory=list)
    largest_right: dict[str, float] = field(default_factory=dict)
    smallest_wrong: dict[str, float] = field(default_factory=dict)


def questions(course: Course) -> list[Question]:
    """Every question of every notebook that has hidden checks, in the course's order."""
    found = []
    for assignment in course.assignments:
        if not assignment.checks:
            continue
        cells = notebooks.read(course.source(assignment))["cells"]
        sources = {notebooks.grade_id(cell): cell["source"] for cell in cells if notebooks.is_solution(cell)}
        tests = {
            notebooks.question(cell): notebooks.visible_part(cell["source"])
            for cell in cells
            if notebooks.is_test(cell) and notebooks.question(cell)
        }
        for name, visible in tests.items():
            back = name.replace("_forward", "_backward")
            asked = (name, back) if back != name and back in tests else (name,)
            found.append(Question(assignment, name, sources[name], visible, asked))
    return found


@lru_cache
def equivalents() -> dict[tuple[str, str, str], str]:
    """Reasons by notebook, question and change."""
    entries = tomllib.loads(EQUIVALENT.read_text())["equivalent"] if EQUIVALENT.exists() else []
    return {
        (entry["notebook"], entry["question"], change): entry["reason"]
        for entry in entries
        for change in entry["changes"]
    }


@lru_cache
def namespace_of(assignment: Assignment) -> dict[str, Any]:
    return run_cells(Course.find(ROOT), assignment)


class Helpers:
    """Names that mutated code calls."""

    def __init__(self):
        self.damaged = False
        self._first: list = []

    def namespace(self) -> dict[str, Callable]:
        return {
            "_stale_": self.stale,
            "_negative_": lambda value: each(value, np.negative),
            "_single_": lambda value: each(value, np.float32),
            "_rounded_": lambda value: each(value, lambda item: np.float32(item).astype(np.float64)),
            "_damage_": self.damage,
        }

    def stale(self, value: Any) -> Any:
        """What the first call kept, for ever."""
        self._first.append(value)
        return self._first[0]

    def damage(self, value: Any, result: Any) -> None:
        """Change an array in place, unless it is what is returned."""
        if (
            not isinstance(value, np.ndarray)
            or not value.size
            or any(np.shares_memory(value, r) for r in arrays(result))
        ):
            return
        value[...] = ~value if value.dtype == bool else -value - 1
        self.damaged = True


def each(value: Any, change: Callable) -> Any:
    if isinstance(value, dict):
        return {key: change(item) for key, item in value.items()}
    return [change(item) for item in value] if isinstance(value, list | tuple) else change(value)


def arrays(value: Any) -> Iterable[np.ndarray]:
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, list | tuple | dict):
        for item in value.values() if isinstance(value, dict) else value:
            yield from arrays(item)


def judge_mutant(question: Question, mutant: Mutant, seeds: int, see: bool = True) -> Outcome:
    helpers = Helpers()
    namespace = namespace_of(question.assignment) | helpers.namespace()
    try:
        exec(compile(mutant.source, "<mutant>", "exec"), namespace)
    except Exception:
        return Outcome(hidden=True, visible=True)
    outcome = judge(question, namespace, seeds, see)
    outcome.applies = helpers.damaged or mutant.kind != "input damaged"
    return outcome


def judge(question: Question, namespace: dict[str, Any], seeds: int, see: bool = True) -> Outcome:
    """Whether hidden and visible checks refuse what is in `namespace`; with `see` off the hidden ones alone."""
    errors = Errors()
    visible = see and any(not passes_visible(other, namespace) for other in related(question))
    with errors.watched():
        refusals = sum(
            any(fraction(q, question, namespace, s) < 1 for q in question.asked) for s in range(seeds)
        )
    return Outcome(refusals == seeds, visible, refusals, errors=errors.largest)


@lru_cache
def related(question: Question) -> tuple[Question, ...]:
    return tuple(
        q
        for q in questions(Course.find(ROOT))
        if q.assignment == question.assignment and q.name in question.asked
    )


def fraction(name: str, question: Question, namespace: dict[str, Any], seed: int) -> float:
    check = load_checks(question.assignment.checks)[name]
    reference = load_reference(question.assignment.name, Course.find(ROOT))
    return ask_in_process(check, namespace, reference, seed).fraction


def passes_visible(question: Question, namespace: dict[str, Any]) -> bool:
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(question.visible, f"<test_{question.name}>", "exec"), dict(namespace))
    except Exception:
        return False
    return True


class Errors:
    """Largest error that a comparison saw, in units of its tolerance, by kind of tolerance."""

    def __init__(self):
        self.largest: dict[str, float] = {}

    @contextlib.contextmanager
    def watched(self):
        kept = expect.difference

        def difference(
            actual: Any, expected: Any, name: str, *, rtol: float, atol: float, **more: Any
        ) -> str | None:
            self._note(actual, expected, rtol, atol)
            return kept(actual, expected, name, rtol=rtol, atol=atol, **more)

        expect.difference = difference
        try:
            yield self
        finally:
            expect.difference = kept

    def _note(self, actual: Any, expected: Any, rtol: float, atol: float) -> None:
        for a, e in zip(arrays_of(actual), arrays_of(expected), strict=False):
            # What is refused for its shape or its dtype says nothing about the tolerance.
            if a.shape != e.shape or not e.size or rtol == 0 or a.dtype.itemsize < e.dtype.itemsize:
                continue
            error = np.abs(a.astype(float) - e.astype(float)) / (atol + rtol * np.abs(e))
            worst = float(error.max())
            if np.isfinite(worst):
                kind = f"{rtol:.0e}"
                self.largest[kind] = max(worst, self.largest.get(kind, 0.0))


def arrays_of(value: Any) -> list[np.ndarray]:
    if isinstance(value, list | tuple):
        return [array for item in value for array in arrays_of(item)]
    array = np.asarray(value) if isinstance(value, np.ndarray | np.generic | float | int) else None
    return [] if array is None or array.dtype.kind not in "biuf" else [array]


def in_child(work: Callable[[], Outcome], cpu_seconds: int = CPU_SECONDS) -> Outcome:
    """Run `work` in a forked process with limits; one that does not come back in time counts as refused."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        status = 1
        try:
            resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 1))
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            signal.alarm(10 * cpu_seconds)
            # Threads of the matrix library that wait for a busy core would use up the time of the answer.
            threadpool_limits(1)
            os.write(writer, json.dumps(vars(work())).encode())
            status = 0
        finally:
            os._exit(status)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    return Outcome(**json.loads(answer)) if answer else Outcome(hidden=True, visible=True)


def measure(question: Question, seeds: int = 3, right_seeds: int = 100, every: int = 1) -> Row:
    """Put all mutants and planted answers of a question to its checks.

    Args:
        seeds: how often each wrong answer must be refused.
        right_seeds: how often each right answer must be accepted.
        every: take each mutant (1) or one in so many.
    """
    row = measure_mutants(question, seeds, every)
    _measure_equivalent(row, question)
    _measure_planted(row, question, seeds)
    _measure_right(row, question, right_seeds)
    return row


def measure_mutants(question: Question, seeds: int, every: int) -> Row:
    """Put one mutant in so many to a question's checks."""
    row = Row(question.name, question.assignment.name)
    # In this process, so that what is loaded once is not loaded by every forked child again.
    row.broken = judge(question, dict(namespace_of(question.assignment)), 1).visible
    for mutant in mutants(question.name, question.source)[::every]:
        if (question.assignment.name, question.name, mutant.change) in equivalents():
            row.equivalent += 1
            continue
        outcome = in_child(lambda mutant=mutant: judge_mutant(question, mutant, seeds))
        if not outcome.applies:
            continue
        row.ast += 1
        row.hidden += outcome.hidden
        row.visible += outcome.visible
        _keep_smallest(row, outcome)
        if not outcome.hidden:
            row.survivors.append(f"{mutant.kind}: {mutant.change}")
        if not outcome.visible:
            row.unseen.append(f"{mutant.kind}: {mutant.change}")
    return row


def _measure_equivalent(row: Row, question: Question) -> None:
    """Ask what is called no mistake in many seeds: one that refuses it shows that it is one."""
    for mutant in mutants(question.name, question.source):
        if (question.assignment.name, question.name, mutant.change) in equivalents():
            outcome = in_child(
                lambda mutant=mutant: judge_mutant(question, mutant, EQUIVALENT_SEEDS, see=False),
                CPU_SECONDS * EQUIVALENT_SEEDS,
            )
            if outcome.hidden or outcome.refusals:
                row.doubtful.append(mutant.change)


def _measure_planted(row: Row, question: Question, seeds: int) -> None:
    reference = load_reference(question.assignment.name, Course.find(ROOT))
    for answer in answers.planted(question.assignment.checks):
        if answer.question != question.name or answer.reason is None:
            continue
        own = Question(question.assignment, question.name, "", question.visible, (question.name,))
        outcome = in_child(lambda own=own, answer=answer: judge(own, answer.namespace(reference), seeds))
        row.planted += 1
        row.planted_hidden += outcome.hidden
        row.planted_visible += outcome.visible
        _keep_smallest(row, outcome)
        if not outcome.hidden:
            row.survivors.append(f"planted: {answer.name}")
        if not outcome.visible:
            row.unseen.append(f"planted: {answer.name}")


def _keep_smallest(row: Row, outcome: Outcome) -> None:
    for kind, error in outcome.errors.items():
        if error > 1:
            row.smallest_wrong[kind] = min(error, row.smallest_wrong.get(kind, np.inf))


def _measure_right(row: Row, question: Question, seeds: int) -> None:
    """Ask the reference and the differently written answers, in this process: they need no limits."""
    reference = load_reference(question.assignment.name, Course.find(ROOT))
    right = [
        a for a in answers.planted(question.assignment.checks) if a.question == question.name and not a.reason
    ]
    namespaces = [vars(reference), *(answer.namespace(reference) for answer in right)]
    row.right, row.seeds = len(namespaces), seeds
    errors, spent = Errors(), 0.0
    with errors.watched():
        for number, namespace in enumerate(namespaces):
            # What an answer computes once and keeps (a trained network) is not the check's time.
            fraction(question.name, question, namespace, 0)
            started = time.process_time()
            for seed in range(seeds):
                row.refused += fraction(question.name, question, namespace, seed) < 1
            spent = time.process_time() - started if number == 0 else spent
    row.milliseconds = 1e3 * spent / max(seeds, 1)
    row.largest_right = errors.largest


def _measure_quietly(arguments: tuple) -> Row:
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    with threadpool_limits(1):
        return measure(*arguments)


def measure_all(chosen: list[Question], seeds: int, right_seeds: int, every: int = 1) -> list[Row]:
    """Rows of all questions, measured on as many cores as there are."""
    # The longest first, so that no core is left with one of them at the end.
    tasks = [(q, seeds, right_seeds, every) for q in sorted(chosen, key=lambda q: -len(q.source))]
    with multiprocessing.get_context("fork").Pool(os.cpu_count()) as pool:
        rows = list(tqdm(pool.imap(_measure_quietly, tasks), total=len(tasks), unit="question"))
    order = [(question.assignment.name, question.name) for question in chosen]
    return sorted(rows, key=lambda row: order.index((row.notebook, row.question)))


def total(rows: list[Row]) -> Row:
    added = Row("all")
    for name in (
        "ast",
        "equivalent",
        "hidden",
        "visible",
        "planted",
        "planted_hidden",
        "planted_visible",
        "right",
        "refused",
    ):
        setattr(added, name, sum(getattr(row, name) for row in rows))
    added.milliseconds = sum(row.milliseconds for row in rows)
    return added


def table(rows: list[Row]) -> str:
    lines = [
        "| question | mutants | equivalent | hidden refuse | visible refuse | planted | hidden refuse | visible refuse "
        "| right answers | refused | ms of cpu |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for row in [*rows, total(rows)]:
        lines.append(
            f"| `{row.question}` | {row.ast} | {row.equivalent} | {percent(row.hidden, row.ast)} "
            f"| {percent(row.visible, row.ast)} | {row.planted} | {percent(row.planted_hidden, row.planted)} "
            f"| {percent(row.planted_visible, row.planted)} | {row.right} | {row.refused} | {row.milliseconds:.0f} |"
        )
    return "\n".join(lines)


def percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "-"


_KINDS = {
    "1e-08": "values in double precision",
    "1e-09": "updates of a rule",
    "1e-07": "numbers far from zero",
    "1e-06": "numeric gradients",
    "1e-04": "numeric gradients across a kink",
    "5e-04": "single precision",
    "1e-03": "gradients of normalized networks in single precision",
}


def tolerances(rows: list[Row]) -> str:
    """For each kind of comparison: the largest error of right answers and of the nearest wrong one."""
    lines = [
        "| comparison | tolerance (relative) | largest error of a right answer | nearest wrong answer |",
        "|---|--:|--:|--:|",
    ]
    kinds = sorted({kind for row in rows for kind in row.largest_right})
    for kind in kinds:
        right = max(row.largest_right.get(kind, 0.0) for row in rows)
        wrong, name = min((row.smallest_wrong.get(kind, np.inf), row.question) for row in rows)
        share = f"1/{1 / right:.0f} of the tolerance" if right > 1e-9 else "none"
        nearest = f"{wrong:.1f} × the tolerance (`{name}`)" if np.isfinite(wrong) else "none"
        lines.append(f"| {_KINDS.get(kind, 'others')} | {kind} | {share} | {nearest} |")
    return "\n".join(lines)


PREFACE = f"""# What the checks catch

Written by `make mutants`, or for one notebook by `python -m benchmarks.mutants --notebook NAME`; do not edit. Each
graded function is broken in every way that one small change to its syntax tree allows, and answered with the planted
mistakes of `answers/`. A wrong answer counts as refused when the hidden checks refuse it in each of several seeds;
visible checks are the test cells as a student sees them. A mutant of a forward pass is also put to the checks of its
backward pass. Equivalent mutants, with reasons: `benchmarks/equivalent_mutants.toml`; none
is refused in any of {EQUIVALENT_SEEDS} seeds.

Right answers are the reference and differently written ones; *refused* counts the verdicts below full marks, *ms of
cpu* is one verdict on the reference.

Errors are given in units of the tolerance: below 1 is accepted. The nearest wrong answer is the one, of all mutants and
planted answers that a comparison of this kind refused, whose largest error was smallest; most are results rounded to
single precision. The margin: no right answer may come nearer than 1/{MARGIN} of a tolerance, in any seed.
"""


def section(name: str, rows: list[Row], seeds: int, right_seeds: int) -> str:
    """What docs/mutants.md says about one notebook."""
    survivors = [f"- `{row.question}`: {text}" for row in rows for text in row.survivors]
    return "\n".join(
        [
            f"## {name}",
            "",
            f"Each wrong answer was asked with {seeds} seeds, each right one with {right_seeds}.",
            "",
            table(rows),
            "",
            tolerances(rows),
            "",
            "Survivors of the hidden checks:" if survivors else "No survivors of the hidden checks.",
            *(["", *survivors] if survivors else []),
            "",
        ]
    )


def sections() -> dict[str, str]:
    """The sections of docs/mutants.md by notebook."""
    text = REPORT.read_text() if REPORT.exists() else ""
    return {part.split("\n", 1)[0]: f"## {part.rstrip()}\n" for part in text.split("\n## ")[1:]}


def write_report(rows: list[Row], seeds: int, right_seeds: int) -> None:
    """Put the rows of whole notebooks into docs/mutants.md and leave those of the others as they are."""
    found = sections()
    for name in {row.notebook for row in rows}:
        found[name] = section(name, [row for row in rows if row.notebook == name], seeds, right_seeds)
    REPORT.write_text("\n".join([PREFACE, *(found[name] for name in sorted(found))]))


def missed_bars(rows: list[Row]) -> list[str]:
    """What falls short, in sentences, notebook by notebook."""
    names = dict.fromkeys(row.notebook for row in rows)
    return [
        f"{name}: {text}" for name in names for text in _missed([row for row in rows if row.notebook == name])
    ]


def _missed(rows: list[Row]) -> list[str]:
    added = total(rows)
    missed = [f"the reference of {row.question} fails its own visible checks" for row in rows if row.broken]
    for which, part in (("hidden", added.hidden), ("visible", added.visible)):
        if part < BARS[which] * added.ast:
            missed.append(
                f"{which} checks refuse {percent(part, added.ast)} of the mutants, fewer than {BARS[which]:.0%}"
            )
    missed += [f"nothing is planted for {row.question}" for row in rows if not row.planted]
    if added.planted_hidden < added.planted:
        missed.append(f"hidden checks accept {added.planted - added.planted_hidden} planted wrong answers")
    for kind in {kind for row in rows for kind in row.largest_right}:
        if max(row.largest_right.get(kind, 0.0) for row in rows) > 1 / MARGIN:
            missed.append(f"a right answer comes nearer to the tolerance {kind} than 1/{MARGIN} of it")
    missed += [
        f"a seed refuses what is called equivalent in {row.question}: {change}"
        for row in rows
        for change in row.doubtful
    ]
    if added.refused:
        missed.append(f"right answers were refused {added.refused} times")
    return missed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--question", action="append", help="only this one (may be repeated); writes no report"
    )
    parser.add_argument("--notebook", action="append", help="only this one (may be repeated)")
    parser.add_argument("--seeds", type=int, default=3, help="how often a wrong answer must be refused")
    parser.add_argument(
        "--right-seeds", type=int, default=1000, help="how often a right answer must be accepted"
    )
    parser.add_argument("--show", action="store_true", help="list what the visible checks miss as well")
    arguments = parser.parse_args()
    chosen = [
        q
        for q in questions(Course.find(ROOT))
        if (not arguments.question or q.name in arguments.question)
        and (not arguments.notebook or q.assignment.name in arguments.notebook)
    ]
    rows = measure_all(chosen, arguments.seeds, arguments.right_seeds)
    print(table(rows), tolerances(rows), sep="\n\n")
    for row in rows:
        for text in row.survivors:
            print(f"survived the hidden checks of {row.question}: {text}")
        for text in row.unseen if arguments.show else ():
            print(f"survived the visible checks of {row.question}: {text}")
    if not arguments.question:
        write_report(rows, arguments.seeds, arguments.right_seeds)
        print(f"\nwritten to {REPORT.relative_to(ROOT)}")
    missed = missed_bars(rows)
    print(*missed, sep="\n")
    return bool(missed)


if __name__ == "__main__":
    raise SystemExit(main())
