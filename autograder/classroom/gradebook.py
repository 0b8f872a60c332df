"""The one writer: puts graded submissions into nbgrader's gradebook and folders."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.preprocessors import AssignLatePenalties, NbGraderPreprocessor, SaveAutoGrades, SaveCells

from autograder.course import notebooks
from autograder.course.manifest import Assignment, Course
from autograder.course.template import template
from autograder.errors import CourseError
from autograder.grading.handed_in import read_timestamp
from autograder.grading.job import Graded
from autograder.nbgrader_bridge.convert import course_directory
from autograder.nbgrader_bridge.database import opened, refuse_another_course, shown


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
            gradebook.update_or_create_assignment(assignment.name)
        self._register_cells()

    def recorded(self) -> set[str]:
        """Ids of the students whose submission is in the gradebook."""
        with opened(self._url) as gradebook:
            return {
                submission.student.id
                for submission in gradebook.assignment_submissions(self._assignment.name)
            }

    def record(self, graded: Graded) -> None:
        """Write one graded submission: its notebook, its marks; the same result twice changes nothing.

        Raises:
            ValueError: the result carries a fault instead of marks.
        """
        if graded.notebook is None:
            raise ValueError(f"{graded.student} has no marks to record: {graded.fault}")
        submitted = self._course.folder("submitted", graded.student, self._assignment)
        timestamp = read_timestamp(submitted / "timestamp.txt")
        with opened(self._url) as gradebook, _one_transaction(gradebook):
            gradebook.update_or_create_student(graded.student)
            extra = {"timestamp": timestamp} if timestamp else {}
            gradebook.update_or_create_submission(self._assignment.name, graded.student, **extra)
            self._save_marks(gradebook, graded.student, graded.notebook)
        late = AssignLatePenalties(config=self._directory.config)
        late.preprocess(graded.notebook, self._resources(graded.student))
        self._write_notebook(graded.student, graded.notebook)

    def enrol(self, student: str) -> None:
        """Let a student whose submission could not be graded appear among the grades, without a mark."""
        with opened(self._url) as gradebook:
            gradebook.update_or_create_student(student)

    def _save_marks(self, gradebook: Gradebook, student: str, notebook: NotebookNode) -> None:
        """What `SaveAutoGrades.preprocess` does, in a session that is open already."""
        step = SaveAutoGrades(config=self._directory.config)
        step.gradebook, step.student_id = gradebook, student
        step.notebook_id = step.assignment_id = self._assignment.name
        NbGraderPreprocessor.preprocess(step, notebook, self._resources(student))

    def _write_notebook(self, student: str, notebook: NotebookNode) -> None:
        folder = self._course.folder("autograded", student, self._assignment)
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self._assignment.name}.ipynb"
        new = path.with_suffix(".new")
        notebooks.write(notebook, new)
        os.chmod(new, stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH)
        new.replace(path)

    def _register_cells(self) -> None:
        try:
            SaveCells(config=self._directory.config).preprocess(
                template(self._course, self._assignment), self._resources("")
            )
        except RuntimeError as error:
            raise CourseError(
                f"the cells of {self._assignment.name} changed after submissions were graded: "
                f"move {shown(self._url)} away and grade again, or take the change back"
            ) from error

    def _resources(self, student: str) -> dict[str, Any]:
        name = self._assignment.name
        return {"nbgrader": {"notebook": name, "assignment": name, "student": student, "db_url": self._url}}


@contextmanager
def _one_transaction(gradebook: Gradebook) -> Iterator[None]:
    """Let nbgrader's commits, one for each cell, wait for a single one: faster, and all or nothing."""
    with gradebook.engine.begin() as connection:
        gradebook.db.remove()
        gradebook.db.configure(bind=connection, join_transaction_mode="rollback_only")
        yield
        gradebook.db.flush()
        gradebook.db.remove()
