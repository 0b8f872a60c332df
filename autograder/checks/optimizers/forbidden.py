"""What may not stand in for a student's update rule, schedule or search."""

from __future__ import annotations

import inspect

from course_utils.training import rules, schedules, search

LIBRARY = tuple(
    f"{module.__name__}.{name}"
    for module in (rules, schedules, search)
    for name in module.__all__
    if inspect.isfunction(getattr(module, name))
)
