"""Running a rebuilt notebook under the oracle: cell by cell, within limits, a verdict for each test cell."""

from __future__ import annotations

import logging
import secrets
import tempfile
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from itertools import takewhile
from pathlib import Path
from types import MappingProxyType

from nbformat.notebooknode import NotebookNode

from autograder.course.manifest import Assignment, Course
from autograder.course.reference import load_reference
from autograder.grading.afresh import run_above
from autograder.grading.kernels import Kernels
from autograder.limits import CellLimits, GradingLimits
from autograder.sandbox.bubblewrap import require
from autograder.sandbox.cell import CellEnd, CellRun
from autograder.sandbox.session import KernelSession
from autograder.verdict.asked import Afresh
from autograder.verdict.check import Check, explain, load_checks
from autograder.verdict.oracle import Oracle
from autograder.verdict.verdict import Outcome, Verdict
from course_utils.compare import Failure
from course_utils.course import notebooks
from course_utils.errors import CourseError
from course_utils.text import one_line, plain

log = logging.getLogger(__name__)


def run_notebook(
    notebook: NotebookNode,
    course: Course,
    assignment: Assignment,
    *,
    files: Mapping[str, bytes] = MappingProxyType({}),
    seed: int | None = None,
    limits: GradingLimits | None = None,
    unsandboxed: bool = False,
    cold: bool = False,
    without: Collection[str] = (),
) -> dict[str, Verdict]:
    """Run a rebuilt notebook and return a verdict for each of its test cells, by question.

    The notebook's cells get their outputs. Demo cells are skipped; of a test cell only the hidden line runs, since its
    visible checks decide nothing. A kernel that dies costs the questions it has not answered.

    Args:
        files: what was handed in beside the notebook, by name; the kernel finds it in its working directory.
        unsandboxed: accept by name that the notebook runs without a sandbox.
        cold: run it in a sandbox of its own, not in one that is forked from a source.
        without: questions that are not asked.

    Raises:
        CourseError: the kernel could not be started, or a hidden check could not be run, faults that are never the
            student's; or there is no sandbox on this machine, and that was not accepted.
    """
    require(unsandboxed)
    limits = limits or GradingLimits()
    questions = [question for question, _ in notebooks.tests(notebook) if question not in without]
    checks = _checks_for(assignment, questions)
    seed = secrets.randbits(63) if seed is None else seed
    with tempfile.TemporaryDirectory(prefix="grade-") as name:
        folder = Path(name)

        def attempt(cold: bool) -> _NotebookRun:
            oracle = Oracle(folder, checks, load_reference(assignment.name, course), seed, limits.question)
            kernels = Kernels(folder, course, assignment, limits.sandbox, unsandboxed, cold)
            run = _NotebookRun(notebook, oracle, kernels, limits, without)
            run.in_kernel(files)
            return run

        run = attempt(cold)
        if disturbed := run.kernels.disturbed:
            log.warning("graded again in a sandbox of its own: the source of its sandbox %s", disturbed)
            run = attempt(cold=True)
    if run.oracle.fault:
        raise CourseError(f"a hidden check could not be run: {run.oracle.fault}")
    explain(run.oracle.explanations)
    return {question: run.verdict(question) for question in questions}


def _checks_for(assignment: Assignment, questions: Iterable[str]) -> dict[str, Check]:
    checks = load_checks(assignment.checks) if assignment.checks else {}
    if missing := sorted(set(questions) - set(checks)):
        raise CourseError(
            f"{assignment.name} has no hidden check for {', '.join(missing)}: write it or remove the cell"
        )
    return checks


class _NotebookRun:
    """The cells of one notebook, one after the other."""

    def __init__(
        self,
        notebook: NotebookNode,
        oracle: Oracle,
        kernels: Kernels,
        limits: GradingLimits,
        without: Collection[str] = (),
    ):
        self.notebook, self.oracle, self.kernels = notebook, oracle, kernels
        self.limits, self._without = limits, without
        self._trouble: dict[str, str] = {}
        self._stopped = ""
        self._output_bytes = limits.output_bytes
        self._clock: Callable[[], float] = time.monotonic
        self._deadline = 0.0

    def in_kernel(self, files: Mapping[str, bytes]) -> None:
        """Run all cells in a new kernel, which finds these files in its working directory."""
        try:
            with self.kernels.start(self.oracle.endpoint, files) as session:
                self._cells(session)
        finally:
            self.oracle.shut_down()

    def _cells(self, session: KernelSession) -> None:
        """Run all cells, as far as limits and kernel allow."""
        self._clock = self.oracle.clock = session.clock
        self._deadline = self._clock() + self.limits.notebook_seconds
        last = "the start"
        for cell in self.notebook.cells:
            if not _runs(cell) or self._stands(cell):
                continue
            if not self._has_time():
                self._stopped = self._too_long()
            self._stopped = self._stopped or self.oracle.flooded
            if self._stopped:
                return
            run = (
                self._test(cell, session)
                if notebooks.is_test(cell)
                else session.run(cell.source, self._limits(self.limits.cell.seconds))
            )
            cell.outputs = run.outputs
            self._output_bytes -= sum(len(repr(output)) for output in run.outputs)
            self._note(cell, run, last)
            last = f"`{_name(cell)}`"

    def verdict(self, question: str) -> Verdict:
        """The oracle's verdict, or one without points that says why there is none."""
        verdict = self.oracle.verdicts.get(question) or Verdict(question, self.oracle.seed)
        if not verdict.cases:
            verdict.reason = self._trouble.get(question) or self._stopped or "the question was never answered"
        verdict.reason = one_line(verdict.reason)
        for case in verdict.cases:
            if case.failure:
                case.failure = case.failure.cleaned(plain)
                undefined = case.outcome is Outcome.NOT_DEFINED and case.failure.subject == question
                if undefined and question in self._trouble:
                    case.failure = Failure(self._trouble[question])
        return verdict

    def _stands(self, cell: NotebookNode) -> bool:
        return notebooks.is_test(cell) and notebooks.question(cell) in self._without

    def _test(self, cell: NotebookNode, session: KernelSession) -> CellRun:
        question = notebooks.question(cell)
        if question is None:
            return session.run(cell.source, self._limits(self.limits.cell.seconds))
        self.oracle.open(question)
        why = ""
        try:
            run = self._ask(question, session, lambda: bool(self.oracle.afresh))
            if run.status is CellEnd.TIMEOUT:
                why = f"the cell was stopped: {run.reason}"
            elif run.status is CellEnd.DEAD:
                why = run.reason
            if afresh := self.oracle.afresh:
                why = self._ask_afresh(question, afresh)
            return run
        finally:
            self.oracle.close(why)
            self.oracle.clock = self._clock

    def _ask(self, question: str, session: KernelSession, is_over: Callable[[], bool]) -> CellRun:
        # Only a line of the grader's own: a student's `grade` defined elsewhere has no say.
        line = f"from course_utils.grading import grade as _grade; _grade({question!r})"
        limits = self._limits(self.limits.question.question_seconds + self.limits.cell.seconds)
        return session.run(line, limits, lambda: is_over() or self._is_settled(question), silent=True)

    def _ask_afresh(self, question: str, afresh: Afresh) -> str:
        """Ask the open question in another kernel; returns what stopped that, or ""."""
        with self.kernels.start(afresh.endpoint, {}) as other:
            self.oracle.clock = other.clock
            seconds = self.limits.cell.seconds
            above = takewhile(lambda _: self._has_time(), self._above(question))
            run_above(other, afresh.prepare, above, lambda part: self._limits(part * seconds))
            if not self._has_time():
                return self._too_long()
            self.oracle.open_afresh()
            run = self._ask(question, other, lambda: False)
        return f"it was asked in a new kernel, and there {run.reason}" if run.reason else ""

    def _above(self, question: str) -> list[str]:
        """The sources of the cells above a question's, without those that ask another one."""
        upto = takewhile(lambda cell: notebooks.question(cell) != question, self.notebook.cells)
        return [cell.source for cell in upto if _runs(cell) and not notebooks.is_test(cell)]

    def _is_settled(self, question: str) -> bool:
        return question in self.oracle.verdicts or bool(self.oracle.fault or self.oracle.flooded)

    def _has_time(self) -> bool:
        return self._clock() <= self._deadline

    def _too_long(self) -> str:
        return f"the notebook took longer than {self.limits.notebook_seconds:g} s"

    def _limits(self, seconds: float) -> CellLimits:
        """Limits of the next cell: its own, or what is left of the notebook's."""
        cell = self.limits.cell
        return replace(
            cell,
            seconds=max(1.0, min(seconds, self._deadline - self._clock())),
            output_bytes=max(0, min(cell.output_bytes, self._output_bytes)),
        )

    def _note(self, cell: NotebookNode, run: CellRun, last: str) -> None:
        name = _name(cell)
        question = notebooks.question(cell) or name
        if run.status is CellEnd.DEAD:
            self._stopped = f"{run.reason} in the cell `{name}`, after {last}"
            self._trouble.setdefault(question, self._stopped)
        elif run.status is CellEnd.TIMEOUT:
            self._trouble.setdefault(question, f"the cell `{name}` was stopped: {run.reason}")
        elif run.status is CellEnd.ERROR:
            self._trouble.setdefault(question, f"the cell `{name}` stopped with {plain(run.reason)}")


def _runs(cell: NotebookNode) -> bool:
    return cell.cell_type == "code" and not notebooks.has_tag(cell, "demo")


def _name(cell: NotebookNode) -> str:
    return notebooks.grade_id(cell) or notebooks.part_of(cell) or "a cell of your own"
