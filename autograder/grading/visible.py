"""The tests that a student can read, run in the sandbox: what passes, and no mark."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from autograder.course.manifest import Assignment, Course
from autograder.grading.job import Job
from autograder.grading.rebuild import rebuild
from autograder.grading.scratch import working_directory
from autograder.sandbox.cell import CellEnd
from autograder.sandbox.session import KernelSession
from course_utils.course import notebooks
from course_utils.errors import CourseError
from course_utils.submission.rebuild import HandedIn
from course_utils.submission.visible import Ran, VisibleTest, run_tests


def visible_tests(course: Course, assignment: Assignment, job: Job) -> list[VisibleTest]:
    """Run a notebook's answers with the tests of the released notebook, in order.

    Raises:
        CourseError: the assignment is not released, nothing can be taken from the notebook, or no kernel starts.
    """
    rebuilt = rebuild(
        notebooks.read(course.released_path(assignment)), job.submission, job.files.notes, job.limits.reading
    )
    if rebuilt.handed_in is not HandedIn.READ:
        raise CourseError(f"{rebuilt.reason}: is it the notebook {assignment.name}?")
    with tempfile.TemporaryDirectory(prefix="grade-") as name:
        folder = working_directory(Path(name), course, assignment, job.files.contents)
        with KernelSession(
            folder,
            dict(os.environ),
            limits=job.limits.sandbox,
            hidden=[course.root],
            unsandboxed=job.unsandboxed,
        ) as session:
            deadline = session.clock() + job.limits.notebook_seconds
            return run_tests(rebuilt.notebook, lambda source: _run(session, source, deadline, job))


def _run(session: KernelSession, source: str, deadline: float, job: Job) -> Ran:
    if session.clock() > deadline:
        return Ran("the notebook took too long")
    run = session.run(source, job.limits.cell)
    return Ran("" if run.status is CellEnd.OK else run.reason, run.outputs)
