"""What may not stand in for a student's search, or for what is looked at during a training."""

from __future__ import annotations

from autograder.checks.asking.forbidden import functions_of
from course_utils.training import search

SEARCH = functions_of(search)
STOPPING = (
    "course_utils.training.stopping.has_diverged",
    "course_utils.training.stopping.update_ratio",
)
