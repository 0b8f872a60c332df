"""nbgrader's configuration for a course folder: the same steps for its own commands, its formgrader and `course`."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from nbconvert.exporters import NotebookExporter
from nbformat.notebooknode import NotebookNode
from nbgrader import preprocessors as steps
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from autograder import hooks, pages
from autograder.course import Course
from autograder.database import let_nbgrader_find_alembic
from autograder.errors import CourseError
from autograder.execute import KERNEL_NAME, GradingExecute, WriteVerdicts
from autograder.export import SafeCsvExport
from autograder.feedback import FeedbackExporter, FeedbackGrades
from autograder.job import Job
from autograder.rebuild import rebuild, template
from autograder.stubs import NamedStubs

_UNWRITABLE = re.compile(r"(?:OSError|PermissionError): \[Errno \d+\] (.+?): '(.+)'")
RELEASE_STEPS = [
    steps.LockCells,
    NamedStubs,
    steps.ClearOutput,
    steps.CheckCellMetadata,
    steps.ComputeChecksums,
    steps.SaveCells,
    steps.ClearHiddenTests,
    steps.ComputeChecksums,
    steps.CheckCellMetadata,
]
MARKING_STEPS = [steps.SaveAutoGrades, steps.AssignLatePenalties, steps.CheckCellMetadata]


class SubmissionExporter(NotebookExporter):
    """Reads a submission as bytes and rebuilds it, so that no file a student hands in can stop a class."""

    def from_filename(
        self, filename: str, resources: dict | None = None, **kwargs: object
    ) -> tuple[str, dict]:
        if not self.parent._sanitizing:
            return super().from_filename(filename, resources=resources, **kwargs)
        course = Course(Path(self.parent.coursedir.root))
        assignment = course.assignment(resources["nbgrader"]["assignment"])
        base = template(course, assignment)
        job = Job.read(course, assignment, resources["nbgrader"]["student"], Path(filename))
        rebuilt = rebuild(base, job.submission or b"", job.files.notes)
        for note in rebuilt.notes:
            self.log.warning("%s: %s", filename, note)
        return self.from_notebook_node(rebuilt.notebook, resources=resources, **kwargs)

    def from_notebook_node(
        self, nb: NotebookNode, resources: dict | None = None, **kwargs: object
    ) -> tuple[str, dict]:
        output, resources = super().from_notebook_node(nb, resources, **kwargs)
        return output.rstrip("\n") + "\n", resources


def configure(c: Config, root: Path) -> Config:
    """Set up nbgrader for the course folder `root`; what `nbgrader_config.py` calls."""
    let_nbgrader_find_alembic()
    course = Course(Path(root).resolve())
    c.CourseDirectory.root = str(course.root)
    # The one that its Gradebook takes by default; a database that checks keys refuses an empty one.
    c.CourseDirectory.course_id = "default_course"
    c.CourseDirectory.source_directory = "solutions"
    c.CourseDirectory.release_directory = "assignments"
    c.CourseDirectory.db_url = course.gradebook_url
    c.CourseDirectory.ignore = [".ipynb_checkpoints", "*.pyc", "__pycache__", ".pytest_cache"]

    c.GenerateAssignment.preprocessors = RELEASE_STEPS
    c.Autograde.exporter_class = SubmissionExporter
    c.Autograde.sanitize_preprocessors = []
    c.Autograde.autograde_preprocessors = [GradingExecute, WriteVerdicts, *MARKING_STEPS]
    c.GenerateAssignment.post_convert_hook = partial(hooks.leave_out_of_release, course)
    c.Autograde.pre_convert_hook = partial(hooks.set_aside, course)
    c.Autograde.post_convert_hook = partial(hooks.leave_out_of_autograded, course)
    c.Execute.kernel_name = KERNEL_NAME
    c.Execute.skip_cells_with_tag = "demo"
    c.Execute.store_widget_state = False
    c.GradingExecute.course_root = str(course.root)
    c.GenerateFeedback.exporter_class = FeedbackExporter
    c.GenerateFeedback.preprocessors = [FeedbackGrades]
    # The formgrader's pages.
    c.HTMLExporter.sanitize_html = True
    c.HTMLExporter.filters = {"clean_html": pages.clean, "markdown2html": pages.clean_markdown}
    c.ExportApp.plugin_class = SafeCsvExport
    return c


def course_directory(course: Course, assignment: str = "", student: str = "*") -> CourseDirectory:
    """nbgrader's view of the course folder, with our configuration."""
    config = configure(Config(), course.root)
    directory = CourseDirectory(config=config)
    directory.assignment_id, directory.student_id = assignment, student
    return directory


@contextmanager
def converter_log() -> Iterator[logging.Logger]:
    """A logger for one of nbgrader's converters, which log a traceback and raise an error that says nothing.

    Raises:
        CourseError: the converter failed; the sentence is the last line of what it logged.
    """
    log = logging.Logger("nbgrader.converter", logging.ERROR)
    handler = _Collect()
    log.addHandler(handler)
    try:
        yield log
    except (NbGraderException, SystemExit) as error:
        raise CourseError(handler.reason() or str(error)) from error


class _Collect(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage().strip())

    def reason(self) -> str:
        tracebacks = [message for message in self.messages if message.startswith("Traceback")]
        reason = (tracebacks or self.messages or [""])[0].splitlines()[-1:][0]
        unwritable = _UNWRITABLE.fullmatch(reason)
        return (
            "{1} cannot be written ({0}): make it writable".format(*unwritable.groups())
            if unwritable
            else reason
        )
