"""The hidden checks of one notebook, with its reference and the answers planted for them."""

from __future__ import annotations

import ast
import pickle
from collections.abc import Callable, Mapping
from functools import cached_property, lru_cache, wraps
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import numpy as np
from nbformat.notebooknode import NotebookNode
from places import ROOT

import answers
from autograder.course.manifest import Course
from autograder.course.reference import load_reference, run_cells
from autograder.verdict.check import Check, ask_in_process, load_checks
from autograder.verdict.slips import naming
from autograder.verdict.verdict import Verdict
from course_utils.course import notebooks

COURSE = Course(ROOT)
# Their loops take longer than all else in a question, and many answers to it have them do the same once more.
OF_LOOPS = (
    *("conv_forward_naive", "conv_backward_naive", "max_pool_forward_naive", "max_pool_backward_naive"),
    *("avg_pool_forward", "avg_pool_backward", "depthwise_forward", "depthwise_backward"),
)


class NotebookChecks:
    """What the tests of a notebook's checks ask.

    Args:
        room: the checks' room in `autograder.checks`, for example "layers".

    Attributes:
        assignment: the notebook.
        checks: by question.
        answers: all that are planted; those of `wrong` have a reason, those of `right` none.
    """

    def __init__(self, room: str):
        self.room = room
        self.checks: dict[str, Check] = load_checks(room)
        self.answers = answers.planted(room)
        self.wrong = [answer for answer in self.answers if answer.reason]
        self.right = [answer for answer in self.answers if not answer.reason]
        [self.assignment] = [each for each in COURSE.assignments if each.checks == room]

    def __str__(self) -> str:
        return self.room

    @cached_property
    def reference(self) -> SimpleNamespace:
        """What the notebook's solution cells define."""
        return load_reference(self.assignment.name, COURSE)

    @cached_property
    def kept(self) -> dict[str, Any]:
        """The namespace of `reference`, whose functions of loops keep what they have worked out, for answers that change nothing."""
        namespace = vars(self.reference)
        return namespace | {name: keeping(namespace[name]) for name in OF_LOOPS if name in self.checks}

    @cached_property
    def cells(self) -> list[NotebookNode]:
        """The cells of the solution notebook."""
        return notebooks.read(COURSE.source(self.assignment)).cells

    @cached_property
    def points(self) -> dict[str, float]:
        """What each question is worth in the notebook."""
        tests = [cell for cell in self.cells if notebooks.is_test(cell)]
        return {notebooks.question(cell): notebooks.points(cell) for cell in tests}

    @cached_property
    def written_by_students(self) -> list[str]:
        """The names of all functions and classes that a solution cell defines."""
        sources = [cell.source for cell in self.cells if notebooks.is_solution(cell)]
        return [node.name for source in sources for node in ast.parse(source).body if hasattr(node, "name")]

    def parts(self, question: str) -> list[str]:
        """The functions that a question asks for, itself among them: those that its cell defines, without helpers."""
        [source] = [cell.source for cell in self.cells if notebooks.grade_id(cell) == question]
        names = [node.name for node in ast.parse(source).body if hasattr(node, "name")]
        return [name for name in names if not name.startswith("_")]

    def ask(
        self, question: str, namespace: Mapping[str, Any], seed: int, *, explained: bool = False
    ) -> Verdict:
        """The verdict of a question's check on a student's namespace; `explained` looks for slips, too, which takes a while."""
        check = self.checks[question]
        if explained:
            # Slips are looked for in the reference's own code. What is found is asked, and not how much of it a busy machine
            # finds in time.
            with patch.object(naming, "SEARCH_SECONDS", 60):
                return ask_in_process(check, namespace, self.reference, seed)
        # What loops of the reference give is the same for all answers.
        return ask_in_process(check, namespace, SimpleNamespace(**self.kept), seed, explained=False)

    def ask_with(self, question: str, answer: Any, seed: int = 0) -> Verdict:
        """The verdict where everything but the question itself is the reference's."""
        return self.ask(question, self.kept | {question: answer}, seed)

    def ask_with_all(self, question: str, given: Mapping[str, Any]) -> Verdict:
        """The verdict where each function that the question asks for has an answer, and all else is the reference's."""
        return self.ask(question, self.kept | dict(given), 0)

    def with_planted(self, answer: answers.Planted) -> dict[str, Any]:
        """The namespace where a planted answer stands in for the reference's."""
        return answer.namespace(SimpleNamespace(**self.kept))


def keeping(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of plain data that is called once for each of its arguments; each time a copy of its result comes back."""
    results: dict[bytes, bytes] = {}

    @wraps(function)
    def kept(*args: Any, **kwargs: Any) -> Any:
        asked = pickle.dumps((args, kwargs))
        if asked not in results:
            results[asked] = pickle.dumps(function(*args, **kwargs))
        return pickle.loads(results[asked])

    return kept


def ask_edited(room: str, question: str, *changes: tuple[str, str]) -> Verdict:
    """The verdict on the reference's own cell with some texts (old, new) replaced."""
    namespace = edited(room, question, *changes)
    with np.errstate(all="ignore"):
        return checks_of(room).ask(question, namespace, 0, explained=True)


def edited(room: str, question: str, *changes: tuple[str, str]) -> dict[str, Any]:
    """A namespace like the reference's, but for a cell with some texts (old, new) replaced."""
    checks = checks_of(room)
    [source] = [
        cell.source
        for cell in checks.cells
        if notebooks.is_solution(cell) and notebooks.grade_id(cell) == question
    ]
    for old, new in changes:
        assert source.count(old), old
        source = source.replace(old, new, 1)
    namespace = run_cells(COURSE, checks.assignment)
    exec(compile(source, "<an answer>", "exec"), namespace)
    return namespace


@lru_cache
def checks_of(room: str) -> NotebookChecks:
    """The checks of one notebook, loaded once."""
    return NotebookChecks(room)


def sentences(verdict: Verdict) -> list[str]:
    """One sentence for each case that failed."""
    return [f"{case.title}: {case.message}" for case in verdict.cases if not case.passed]


def stumbles(verdict: Verdict) -> list[str]:
    """The cases that a check could not go on with."""
    return [f"{case.title}: {case.message}" for case in verdict.cases if case.outcome == "stumbled"]
