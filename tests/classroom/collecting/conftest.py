"""A course to collect into."""

from pathlib import Path

import pytest
from exports import course_of_two

from autograder.course.manifest import Course


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """A course of two assignments with nothing collected yet."""
    return course_of_two(tmp_path / "course")
