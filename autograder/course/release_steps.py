"""nbgrader's steps of a release, and ours between them, up to what a submission is rebuilt on.

Importing this loads all of nbgrader, a Jupyter server and a database's library among it: that takes longer than grading a notebook.
"""

from __future__ import annotations

from nbformat.notebooknode import NotebookNode
from nbgrader.preprocessors import ClearOutput, ComputeChecksums, LockCells

from autograder.course.manifest import Assignment, Course
from autograder.course.signposts import Signposts
from autograder.course.stubs import NamedStubs
from autograder.course.withheld import DropWithheld


def with_hidden_tests(course: Course, assignment: Assignment, notebook: NotebookNode) -> NotebookNode:
    """What becomes of a solution notebook, hidden tests still in place."""
    signposts = Signposts(course_root=str(course.root))
    steps = (DropWithheld(), signposts, LockCells(), NamedStubs(), ClearOutput(), ComputeChecksums())
    for preprocessor in steps:
        notebook, _ = preprocessor.preprocess(notebook, {"nbgrader": {"assignment": assignment.name}})
    return notebook
