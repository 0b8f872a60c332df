"""The one writer: puts graded submissions into nbgrader's gradebook and folders."""

from __future__ import annotations

import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader.api import Gradebook, MissingEntry, SubmittedAssignment
from nbgrader.preprocessors import NbGraderPreprocessor

from autograder.course.manifest import Assignment, Course
from autograder.grading.handed_in import TIMESTAMP, read_timestamp
from autograder.grading.job import Graded
from autograder.nbgrader_bridge.convert import course_directory
from autograder.nbgrader_bridge.database import opened, refuse_another_course, usable
from autograder.nbgrader_bridge.deadlines import tell_deadline
from autograder.nbgrader_bridge.marks_by_hand import SaveMarks, answers_in_file
from autograder.nbgrader_bridge.penalties import assign_penalty
from autograder.nbgrader_bridge.registration import one_transaction, register
from autograder.nbgrader_bridge.rows import Rows, add_submission
from autograder.nbgrader_bridge.settled import settled
from autograder.nbgrader_bridge.standing import Standing, standing_of
from course_utils.course import notebooks
from course_utils.errors import CourseError
from course_utils.files import replaced


class GradebookWriter:
    """Writes the marks of one assignment; one at a time, since a gradebook has one writer.

    Raises:
        CourseError: the gradebook cannot be opened, or belongs to another course.
    """

    def __init__(self, course: Course, assignment: Assignment):
        self._course, self._assignment = course, assignment
        self._directory = course_directory(course, assignment.name)
        self._url = course.gradebook_url
        with opened(self._url) as gradebook:
            refuse_another_course(course, gradebook)
        register(course, assignment, self._directory.config)
        self._open: Gradebook | None = None

    def recorded(self) -> set[str]:
        """Ids of the students whose submission is in the gradebook."""
        with opened(self._url) as gradebook:
            return {
                submission.student.id
                for submission in gradebook.assignment_submissions(self._assignment.name)
            }

    def record(self, graded: Graded) -> None:
        """Write one graded submission: its notebook, its marks; the same result twice changes nothing.

        The result is told how the submission stands now, and what that moved.

        Raises:
            ValueError: the result carries a fault instead of marks.
        """
        if graded.notebook is None:
            raise ValueError(f"{graded.student} has no marks to record: {graded.fault}")
        with self._transaction() as gradebook:
            gradebook.update_or_create_student(graded.student)
            with self._told(gradebook, graded) as rows:
                self._save_marks(rows, graded.student, graded.notebook)
        self._write_notebook(graded.student, graded.notebook)

    def renew(self, results: Iterable[Graded]) -> Iterator[Graded]:
        """Bring times of submission and late penalties up to date, of submissions that need not be graded again.

        Returns:
            The results, told how they stand now; with a fault those with whom that failed.
        """
        waiting = self._settled()
        for graded in results:
            if graded.student in waiting:
                graded.waiting = waiting[graded.student]
                yield graded
            else:
                yield self._renewed(graded)

    def _renewed(self, graded: Graded) -> Graded:
        try:
            with self._transaction() as gradebook, self._told(gradebook, graded):
                pass
        except CourseError as error:
            return Graded(graded.student, graded.assignment, fault=str(error))
        return graded

    def _settled(self) -> dict[str, float]:
        """Points still to be marked, by student of whom there is nothing to write; nobody where the gradebook cannot say."""
        with suppress(CourseError), self._transaction() as gradebook:  # which each of them will say
            return settled(self._course, gradebook, self._assignment)
        return {}

    @contextmanager
    def _transaction(self) -> Iterator[Gradebook]:
        """The gradebook, which is looked over when it is opened first and has no connection between two transactions."""
        with usable(self._url):
            self._open = self._open or Gradebook(self._url)
            with one_transaction(self._open):
                yield self._open

    @contextmanager
    def _told(self, gradebook: Gradebook, graded: Graded) -> Iterator[Rows]:
        """A submission's time and penalty around whatever is done to its marks, and what moved by all that."""
        submission, rows, before = self._submission(gradebook, graded.student)
        tell_deadline(self._course, submission)
        yield rows
        assign_penalty(gradebook, self._directory.config, submission)
        gradebook.db.flush()
        gradebook.db.expire_all()
        now = standing_of(submission)
        graded.waiting, graded.moved = now.waiting, now.moved_from(before)

    def enrol(self, student: str) -> None:
        """Let a student whose submission could not be graded appear among the grades, without a mark."""
        with opened(self._url) as gradebook:
            gradebook.update_or_create_student(student)

    def _submission(self, gradebook: Gradebook, student: str) -> tuple[SubmittedAssignment, Rows, Standing]:
        """A student's submission with its rows, made if there was none, and how it stood so far."""
        name, submitted = self._assignment.name, self._course.folder("submitted", student, self._assignment)
        timestamp = read_timestamp(submitted / TIMESTAMP)  # without one, an earlier submission's goes, too
        try:
            submission = gradebook.find_submission(name, student)
        except MissingEntry:
            return *add_submission(gradebook, name, student, timestamp), Standing()
        before = standing_of(submission)
        submission.timestamp = timestamp
        return submission, Rows.of(gradebook, name, student), before

    def _save_marks(self, rows: Rows, student: str, notebook: NotebookNode) -> None:
        """What `SaveMarks.preprocess` does, in a session that is open already."""
        step = SaveMarks(config=self._directory.config)
        step.look(notebook, answers_in_file(self._course.graded_path(student, self._assignment)))
        step.gradebook, step.student_id = rows, student
        step.notebook_id = step.assignment_id = self._assignment.name
        NbGraderPreprocessor.preprocess(step, notebook, self._resources(student))

    def _write_notebook(self, student: str, notebook: NotebookNode) -> None:
        path = self._course.graded_path(student, self._assignment)
        path.parent.mkdir(parents=True, exist_ok=True)
        with replaced(path, mode=stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH) as file:
            file.write(notebooks.dumps_on_one_line(notebook))

    def _resources(self, student: str) -> dict[str, Any]:
        name = self._assignment.name
        return {"nbgrader": {"notebook": name, "assignment": name, "student": student, "db_url": self._url}}
