"""Grading again after a correction: only the questions that it touches, and nothing is written before it was shown."""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.classroom.grade import Grader, recorded
from autograder.classroom.gradebook import GradebookWriter
from autograder.classroom.journal import Journal
from autograder.classroom.once_a_group import once_a_group
from autograder.classroom.pool import grade_all
from autograder.course.groups import groups_of
from autograder.course.manifest import Assignment, Course
from autograder.grading.job import Graded, Waiting
from autograder.grading.job_folders import JobFolder
from autograder.verdict.render import summary


@dataclass(frozen=True)
class Move:
    """What a correction does to one student's mark for one question; `why` is the sentence of the new verdict."""

    student: str
    question: str
    was: float
    now: float
    why: str


class Regrade:
    """A correction's way into the marks of one assignment; use as a context manager.

    Args:
        jobs: what was handed in.
        grader: what grades them.

    Attributes:
        touched: the questions that are asked again, of anyone.
        others: students who were not graded before, or handed in something else since: they are left out.

    Raises:
        CourseError: the gradebook cannot be used.
    """

    def __init__(
        self, course: Course, assignment: Assignment, jobs: Sequence[Waiting], grader: Grader = grade_all
    ):
        self._writer, self._journal = GradebookWriter(course, assignment), Journal(course, assignment)
        self._grader = once_a_group(groups_of(course, assignment.name), grader)
        known = self._writer.recorded()
        standing = {job.student: self._journal.standing(job) for job in jobs}
        self.others = [
            job.student for job in jobs if standing[job.student] is None or job.student not in known
        ]
        self._jobs = {job.student: job for job in jobs if job.student not in self.others}
        self._kept = {student: standing[student] or {} for student in self._jobs}
        self.touched = sorted({name for student in self._jobs for name in self._open(student)})
        self._folder = JobFolder()  # swept up by the next run where this one is killed

    def __enter__(self) -> Regrade:
        return self

    def __exit__(self, *exception: object) -> None:
        self._folder.remove()

    def __len__(self) -> int:
        """How many submissions are asked again."""
        return len(self._stale())

    def grade(self) -> Iterator[Graded]:
        """Ask the touched questions again, from the seeds of the first time; yields results, written nowhere yet."""
        stale = [
            self._jobs[student].partly(self._kept[student], self._journal.seed(student))
            for student in self._stale()
        ]
        for graded in self._grader(stale):
            # A class of notebooks is too large for memory.
            self._place(graded.student).write_bytes(pickle.dumps(graded))
            graded.notebook = None
            yield graded

    def moves(self) -> list[Move]:
        """Whose marks are others than before, by student and question."""
        return [move for graded in self._graded() for move in self._moves(graded)]

    def write(self) -> Iterator[Graded]:
        """Write the new marks; those given by hand survive."""
        for graded in self._graded():
            yield recorded(self._writer, self._journal, self._jobs[graded.student], graded)

    def _stale(self) -> list[str]:
        return sorted(student for student in self._jobs if self._open(student))

    def _open(self, student: str) -> set[str]:
        """Questions of a student on which no verdict stands."""
        return set(self._journal.questions) - set(self._kept[student])

    def _moves(self, graded: Graded) -> Iterator[Move]:
        before = self._journal.result(graded.student)
        for name, verdict in graded.verdicts.items():
            old = before.verdicts.get(name)
            was = old.points(before.points[name]) if old else 0.0
            now = verdict.points(graded.points[name])
            if was != now:
                yield Move(graded.student, name, was, now, summary(verdict))

    def _graded(self) -> Iterator[Graded]:
        for student in self._stale():
            path = self._place(student)
            if path.exists():
                yield pickle.loads(path.read_bytes())

    def _place(self, student: str) -> Path:
        return self._folder.path / f"{student}.pickle"
