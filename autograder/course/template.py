"""The released notebook with its hidden tests still in place: what a submission is rebuilt on."""

from __future__ import annotations

from nbformat.notebooknode import NotebookNode
from nbgrader.preprocessors import ClearOutput, ComputeChecksums, LockCells

from autograder.course.manifest import Assignment, Course
from autograder.course.signposts import Signposts
from autograder.course.stubs import NamedStubs
from autograder.course.withheld import DropWithheld
from course_utils.course import notebooks
from course_utils.errors import CourseError


def template(course: Course, assignment: Assignment) -> NotebookNode:
    """The released notebook with its hidden tests still in place: what a submission is rebuilt on.

    Raises:
        CourseError: a test cell has points and asks for no hidden check, so that nobody could earn them.
    """
    notebook = notebooks.read(course.source(assignment))
    for cell in notebook.cells:
        if problem := notebooks.lacks_hidden_line(cell):
            raise CourseError(f"{assignment.name}: {problem}")
    signposts = Signposts(course_root=str(course.root))
    steps = (DropWithheld(), signposts, LockCells(), NamedStubs(), ClearOutput(), ComputeChecksums())
    for preprocessor in steps:
        notebook, _ = preprocessor.preprocess(notebook, {"nbgrader": {"assignment": assignment.name}})
    return notebook
