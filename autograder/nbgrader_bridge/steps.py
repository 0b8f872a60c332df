"""nbgrader's steps of autograding, replaced by ours: the same rebuild, run and marks as `course grade`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbconvert.exporters import NotebookExporter
from nbformat.notebooknode import NotebookNode
from nbgrader.preprocessors import Execute, NbGraderPreprocessor
from traitlets import Bool, Unicode

from autograder.course.manifest import Course
from autograder.course.template import template
from autograder.grading.handed_in import read_files
from autograder.grading.job import Job
from autograder.grading.marks import write_verdicts
from autograder.grading.rebuild import rebuild
from autograder.grading.run import run_notebook
from autograder.limits import load
from autograder.nbgrader_bridge.hooks import before_autograding
from autograder.nbgrader_bridge.marks_by_hand import Answers, answers_in_file
from autograder.sandbox import bubblewrap
from course_utils.errors import CourseError


class GradingExecute(Execute):
    """nbgrader's execution step, under the oracle."""

    course_root = Unicode(help="The folder that holds course.toml.").tag(config=True)
    unsandboxed = Bool(False, help="Accept that student code runs without a sandbox.").tag(config=True)

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any], km: object = None
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Do this step for one notebook; see nbgrader's preprocessors."""
        course = Course.find(self.course_root or ".")
        assignment = course.assignment(resources["nbgrader"]["assignment"])
        limits = load(course.manifest.get("limits", {}))
        resources["sandbox"] = bubblewrap.require(self.unsandboxed)
        folder = course.folder("submitted", resources["nbgrader"]["student"], assignment)
        resources["verdicts"] = run_notebook(
            nb,
            course,
            assignment,
            files=read_files(folder, assignment.files, limits.handed_in_bytes).contents,
            limits=limits,
            unsandboxed=self.unsandboxed,
        )
        return nb, resources


class WriteVerdicts(NbGraderPreprocessor):
    """Puts the oracle's marks where `SaveAutoGrades` looks for them; must follow `GradingExecute`."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Do this step for one notebook; see nbgrader's preprocessors."""
        write_verdicts(nb, resources["verdicts"], resources["sandbox"])
        return nb, resources


class SubmissionExporter(NotebookExporter):
    """Reads a submission as bytes and rebuilds it, so that no file a student hands in can stop a class."""

    parent: Any  # nbgrader's converter

    def __init__(self, **kwargs: Any):
        super().__init__(**kwargs)
        course = Course(Path(self.parent.coursedir.root))
        try:
            before_autograding(self.parent, course)
        except CourseError as error:  # said and ended as nbgrader does with what is wrong itself
            self.log.error(str(error))
            raise SystemExit(1) from error
        self.marked = self._marked(course)

    def _marked(self, course: Course) -> dict[str, Answers]:
        """By student, the answers that were graded last: nbgrader removes those notebooks before it grades anew."""
        assignment = course.assignment(self.parent.coursedir.assignment_id)
        students = [Path(folder).parent.name for folder in self.parent.assignments]
        return {student: answers_in_file(course.graded_path(student, assignment)) for student in students}

    def from_filename(
        self, filename: str, resources: Any = None, **kwargs: Any
    ) -> tuple[Any, dict[str, Any]]:
        """Read a submission, rebuilt; anything else as nbgrader does."""
        if not self.parent._sanitizing:
            return super().from_filename(filename, resources=resources, **kwargs)
        course = Course(Path(self.parent.coursedir.root))
        assignment = course.assignment(resources["nbgrader"]["assignment"])
        base = template(course, assignment)
        job = Job.read(course, assignment, resources["nbgrader"]["student"], Path(filename))
        rebuilt = rebuild(base, job.submission, job.files.notes, job.limits.reading)
        for note in rebuilt.notes:
            self.log.warning("%s: %s", filename, note)
        return self.from_notebook_node(rebuilt.notebook, resources=resources, **kwargs)

    def from_notebook_node(
        self, nb: NotebookNode, resources: Any = None, **kwargs: Any
    ) -> tuple[Any, dict[str, Any]]:
        """Write a notebook as text that ends with one newline."""
        output, resources = super().from_notebook_node(nb, resources, **kwargs)
        return output.rstrip("\n") + "\n", resources
