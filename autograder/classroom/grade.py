"""Grading a class: what is already graded, what remains to do, and the record of both."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from autograder.classroom.gradebook import GradebookWriter
from autograder.classroom.journal import Journal
from autograder.classroom.once_a_group import joining, once_a_group
from autograder.classroom.pool import grade_all
from autograder.course.groups import groups_of
from autograder.course.manifest import Assignment, Course
from autograder.grading.job import Graded, Job, Waiting
from autograder.nbgrader_bridge.database import opened
from autograder.nbgrader_bridge.withdrawn import withdrawn
from course_utils.errors import CourseError, cannot_write
from course_utils.text import counted, some_of

Grader = Callable[[Iterable[Job | Waiting]], Iterator[Graded]]


def grade_class(
    course: Course,
    assignment: Assignment,
    jobs: Sequence[Job | Waiting],
    *,
    force: bool = False,
    grader: Grader = grade_all,
    say: Callable[[str], object] = lambda sentence: None,
) -> Iterator[Graded]:
    """Grade and record submissions; yields each result, without its notebook, once that and its marks are written.

    Args:
        force: grade again what was graded before and has not changed.
        grader: what grades them; by default processes on this machine, one more than it has cores.
        say: told what the instructor should know beside the results.

    Raises:
        CourseError: the gradebook cannot be used, or there is no sandbox and that was not accepted.
    """
    writer = GradebookWriter(course, assignment)
    groups = groups_of(course, assignment.name)
    grader = once_a_group(groups, grader)
    journal, known = Journal(course, assignment), writer.recorded()
    if lost := [job.student for job in jobs if job.student not in known and journal.knows(job.student)]:
        say(_lost(lost))
    return _grade_and_record(writer, journal, jobs, set() if force else known, force, grader, groups)


def withdrawn_students(course: Course, assignment: Assignment) -> list[str]:
    """Ids of the students who were graded and of whom nothing is handed in any more."""
    with opened(course.gradebook_url) as gradebook:
        return sorted(student for name, student in withdrawn(course, gradebook) if name == assignment.name)


def _grade_and_record(
    writer: GradebookWriter,
    journal: Journal,
    jobs: Sequence[Job | Waiting],
    known: set[str],
    force: bool,
    grader: Grader,
    groups: Mapping[str, str],
) -> Iterator[Graded]:
    done = [job for job in jobs if job.student in known and journal.is_done(job)]
    yield from writer.renew(journal.result(job.student) for job in done)
    by_student = {job.student: job for job in jobs if job not in done}
    waiting = [joining(groups, journal, job, done) for job in by_student.values()]
    if not force:
        waiting = [job if job.student in known else _restored(journal, job) for job in waiting]
    # One seed for all, that no student could know: who is asked the same is marked alike, and a worker remembers what was right.
    seed = secrets.randbits(63)
    waiting = [job.seeded(seed) for job in waiting]
    for graded in grader(waiting) if waiting else ():
        yield recorded(writer, journal, by_student[graded.student], graded)


def _lost(students: list[str]) -> str:
    return (
        f"the gradebook knows nothing of {counted(len(students), 'submission')} graded before ({some_of(students)}): the marks of the checks are "
        "written again, those given by hand are not: if you have a copy of the gradebook, put it back and run this again; without "
        "one, feedback/ shows what was given"
    )


def _restored(journal: Journal, job: Job | Waiting) -> Job | Waiting:
    """A job of whom the gradebook knows nothing, with the verdicts that were noted of the same hand-in: it was lost, not they."""
    noted = journal.standing(job)
    return job.partly(noted, journal.seed(job.student)) if noted else job


def recorded(writer: GradebookWriter, journal: Journal, job: Job | Waiting, graded: Graded) -> Graded:
    """The result, written down; what stands in the way of that, a full disk for example, is a fault and stops nobody else."""
    try:
        if graded.fault:
            writer.enrol(graded.student)
        else:
            writer.record(graded)
            journal.write(job, graded)
            graded.notebook = None  # which a class of results would be too large for
    except CourseError as error:
        return Graded(job.student, job.assignment, fault=graded.fault or str(error))
    except OSError as error:
        return Graded(job.student, job.assignment, fault=graded.fault or cannot_write(error))
    return graded
