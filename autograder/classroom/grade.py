"""Grading a class: what is already graded, what remains to do, and the record of both."""

from __future__ import annotations

from collections.abc import Iterator

from autograder.classroom.gradebook import GradebookWriter
from autograder.classroom.journal import Journal
from autograder.classroom.pool import grade_all
from autograder.course.manifest import Assignment, Course
from autograder.grading.job import Graded, Job
from autograder.sandbox import bubblewrap


def grade_class(
    course: Course,
    assignment: Assignment,
    jobs: list[Job],
    *,
    force: bool = False,
    workers: int | None = None,
) -> Iterator[Graded]:
    """Grade and record submissions; yields each result once its marks are written.

    Args:
        force: grade again what was graded before and has not changed.

    Raises:
        CourseError: the gradebook cannot be used, or there is no sandbox and that was not accepted.
    """
    for unsandboxed in {job.unsandboxed for job in jobs}:
        bubblewrap.require(unsandboxed)
    writer = GradebookWriter(course, assignment)
    return _grade_and_record(writer, Journal(course, assignment), jobs, force, workers)


def _grade_and_record(
    writer: GradebookWriter, journal: Journal, jobs: list[Job], force: bool, workers: int | None
) -> Iterator[Graded]:
    recorded = set() if force else writer.recorded()
    done = [job for job in jobs if job.student in recorded and journal.is_done(job)]
    for job in done:
        yield journal.result(job.student)
    by_student = {job.student: job for job in jobs if job not in done}
    for graded in grade_all(by_student.values(), workers):
        if graded.fault:
            writer.enrol(graded.student)
        else:
            writer.record(graded)
            journal.write(by_student[graded.student], graded)
        yield graded
