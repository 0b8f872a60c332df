"""The tiny course's notebook, and a submission of right answers to spoil."""

from __future__ import annotations

import json

import pytest
import tiny
from handed_in_cells import BACKWARD, FORWARD, WORDS
from nbformat.notebooknode import NotebookNode

from autograder.course.manifest import Course
from autograder.course.template import template


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    return tiny.make_course(tmp_path_factory.mktemp("real") / "course")


@pytest.fixture(scope="module")
def base(course: Course) -> NotebookNode:
    return template(course, course.assignment(tiny.NAME))


@pytest.fixture
def work(course: Course) -> list[dict]:
    """The cells of a submission with right answers, to be spoilt."""
    answers = {"relu_forward": FORWARD, "relu_backward": BACKWARD, "answer_zero": WORDS}
    return json.loads(tiny.answered(course, **answers))["cells"]
