"""The released notebook with its hidden tests still in place: what a submission is rebuilt on."""

from __future__ import annotations

from nbformat.notebooknode import NotebookNode
from nbgrader.preprocessors import ClearOutput, ComputeChecksums, LockCells

from autograder.course.claims import DropClaims
from autograder.course.manifest import Assignment, Course
from autograder.course.signposts import Signposts
from autograder.course.stubs import NamedStubs
from course_utils.course import notebooks


def template(course: Course, assignment: Assignment) -> NotebookNode:
    """The released notebook with its hidden tests still in place: what a submission is rebuilt on."""
    notebook = notebooks.read(course.source(assignment))
    signposts = Signposts(course_root=str(course.root))
    steps = (DropClaims(), signposts, LockCells(), NamedStubs(), ClearOutput(), ComputeChecksums())
    for preprocessor in steps:
        notebook, _ = preprocessor.preprocess(notebook, {"nbgrader": {"assignment": assignment.name}})
    return notebook
