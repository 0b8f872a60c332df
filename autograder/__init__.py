"""What marks a notebook: reference loader, hidden checks, oracle, grading pipeline, reports."""

from pathlib import Path

from autograder.library import import_from

import_from(Path(__file__).parents[1], "course_utils")
