"""Puts one answer to the hidden and the visible checks of a question."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from autograder.verdict.check import ask_in_process, load_checks
from benchmarks.mutants.bounded import Outcome
from benchmarks.mutants.mutation import Mutant
from benchmarks.mutants.questions import Question, namespace_of, reference_of, related
from benchmarks.mutants.tolerance import Errors


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


def fraction(name: str, question: Question, namespace: dict[str, Any], seed: int) -> float:
    check = load_checks(question.assignment.checks)[name]
    reference = reference_of(question.assignment)
    return ask_in_process(check, namespace, reference, seed, explained=False).fraction


def passes_visible(question: Question, namespace: dict[str, Any]) -> bool:
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(question.visible, f"<test_{question.name}>", "exec"), dict(namespace))
    except Exception:
        return False
    return True


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
