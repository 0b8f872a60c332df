"""What may not stand in for a student's update rule or schedule: the course's own rules, schedules and searches."""

from __future__ import annotations

from autograder.checks.asking.forbidden import functions_of
from course_utils.training import rules, schedules, search

LIBRARY = functions_of(rules, schedules, search)
