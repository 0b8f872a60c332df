"""The tests that a student can read, run where nobody has the hidden ones: what passes, and no mark."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from nbformat.notebooknode import NotebookNode

from autograder.course.manifest import Assignment, Course
from autograder.grading.job import Job
from autograder.grading.rebuild import rebuild
from autograder.grading.run import KERNEL_NAME
from autograder.grading.scratch import working_directory
from autograder.sandbox.cell import CellEnd, CellRun
from autograder.sandbox.session import KernelSession
from course_utils.course import notebooks
from course_utils.errors import CourseError
from course_utils.study.attempts import NOT_WRITTEN
from course_utils.submission.rebuild import HandedIn


@dataclass(frozen=True)
class VisibleTest:
    """How one test cell ended.

    Attributes:
        question: what it tests.
        reason: why it does not pass, or "".
        written: no stub stands in its way.
    """

    question: str
    reason: str
    written: bool = True


def visible_tests(course: Course, assignment: Assignment, job: Job) -> list[VisibleTest]:
    """Run a notebook's answers with the tests of the released notebook, in order.

    Raises:
        CourseError: the assignment is not released, or nothing can be taken from the notebook.
        RuntimeError: the kernel could not be started.
    """
    rebuilt = rebuild(
        notebooks.read(course.released_path(assignment)), job.submission, job.files.notes, job.limits.reading
    )
    if rebuilt.handed_in is not HandedIn.READ:
        raise CourseError(f"{rebuilt.reason}: is it the notebook {assignment.name}?")
    with tempfile.TemporaryDirectory(prefix="grade-") as name:
        folder = working_directory(Path(name), course, assignment, job.files.contents)
        with KernelSession(
            KERNEL_NAME,
            folder,
            dict(os.environ),
            limits=job.limits.sandbox,
            hidden=[course.root],
            unsandboxed=job.unsandboxed,
        ) as session:
            return _tests(rebuilt.notebook, session, job)


def _tests(notebook: NotebookNode, session: KernelSession, job: Job) -> list[VisibleTest]:
    tests, deadline = [], session.clock() + job.limits.notebook_seconds
    for cell in notebook.cells:
        if cell.cell_type != "code" or notebooks.has_tag(cell, "demo"):
            continue
        late = session.clock() > deadline
        run = (
            CellRun(CellEnd.TIMEOUT, reason="the notebook took too long")
            if late
            else session.run(cell.source, job.limits.cell)
        )
        if notebooks.is_test(cell):
            question = (notebooks.grade_id(cell) or "").removeprefix("test_")
            tests.append(
                VisibleTest(question, "" if run.status is CellEnd.OK else _reason(run), not _met_a_stub(run))
            )
    return tests


def _met_a_stub(run: CellRun) -> bool:
    errors = [output for output in run.outputs if output.output_type == "error"]
    return any(each.ename == "NotImplementedError" and NOT_WRITTEN in each.evalue for each in errors)


def _reason(run: CellRun) -> str:
    """What the test itself said is wrong, or how its cell ended."""
    printed = "\n".join(output.text for output in run.outputs if output.output_type == "stream")
    said = [line.removeprefix("✗").strip() for line in printed.split("\n") if line.startswith("✗")]
    return said[0] if said else run.reason
