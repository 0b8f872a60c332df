"""Measures a question: all mutants and planted answers of it, put to its checks."""

from __future__ import annotations

import multiprocessing
import os
import time
import warnings
from dataclasses import dataclass, field

import numpy as np
from threadpoolctl import threadpool_limits
from tqdm import tqdm

import answers
from benchmarks.mutants.asking import fraction, judge, judge_mutant, passes_visible
from benchmarks.mutants.bounded import CPU_SECONDS, Outcome, in_child
from benchmarks.mutants.questions import (
    Question,
    equivalents,
    mutants_of,
    namespace_of,
    reference_of,
    related,
)
from benchmarks.mutants.tolerance import Errors

EQUIVALENT_SEEDS = 20


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


def measure(question: Question, seeds: int = 3, right_seeds: int = 100, every: int = 1) -> Row:
    """Put all mutants and planted answers of a question to its checks.

    Args:
        seeds: how often each wrong answer must be refused.
        right_seeds: how often each right answer must be accepted.
        every: take each mutant (1) or one in so many.
    """
    row = measure_mutants(question, seeds, every)
    row.broken = any(
        not passes_visible(other, namespace_of(question.assignment)) for other in related(question)
    )
    _measure_equivalent(row, question)
    _measure_planted(row, question, seeds)
    _measure_right(row, question, right_seeds)
    return row


def measure_mutants(question: Question, seeds: int, every: int) -> Row:
    """Put one mutant in so many to a question's checks."""
    row = Row(question.name, question.assignment.name)
    # In this process, so that what is loaded once is not loaded by every forked child again.
    judge(question, dict(namespace_of(question.assignment)), 1, see=False)
    for mutant in mutants_of(question)[::every]:
        if (question.assignment.name, question.name, mutant.change) in equivalents():
            row.equivalent += 1
            continue
        outcome = in_child(lambda mutant=mutant: judge_mutant(question, mutant, seeds))
        if not outcome.applies:
            continue
        row.ast += 1
        row.hidden += outcome.hidden
        row.visible += outcome.visible
        _note(row, outcome, f"{mutant.kind}: {mutant.change}")
    return row


def _measure_equivalent(row: Row, question: Question) -> None:
    """Ask what is called no mistake in many seeds: one that refuses it shows that it is one."""
    for mutant in mutants_of(question):
        if (question.assignment.name, question.name, mutant.change) in equivalents():
            outcome = in_child(
                lambda mutant=mutant: judge_mutant(question, mutant, EQUIVALENT_SEEDS, see=False),
                CPU_SECONDS * EQUIVALENT_SEEDS,
            )
            if outcome.hidden or outcome.refusals:
                row.doubtful.append(mutant.change)


def _measure_planted(row: Row, question: Question, seeds: int) -> None:
    reference = reference_of(question.assignment)
    for answer in answers.planted(question.assignment.checks):
        if answer.question != question.name or answer.reason is None:
            continue
        own = Question(question.assignment, question.name, "", question.visible, (question.name,))
        outcome = in_child(lambda own=own, answer=answer: judge(own, answer.namespace(reference), seeds))
        row.planted += 1
        row.planted_hidden += outcome.hidden
        row.planted_visible += outcome.visible
        _note(row, outcome, f"planted: {answer.name}")


def _note(row: Row, outcome: Outcome, name: str) -> None:
    """Keep whom the checks missed, and the smallest error that they refused."""
    if not outcome.hidden:
        row.survivors.append(name)
    if not outcome.visible:
        row.unseen.append(name)
    for kind, error in outcome.errors.items():
        if error > 1:
            row.smallest_wrong[kind] = min(error, row.smallest_wrong.get(kind, np.inf))


def _measure_right(row: Row, question: Question, seeds: int) -> None:
    """Ask the reference and the differently written answers, in this process: they need no limits."""
    reference = reference_of(question.assignment)
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
