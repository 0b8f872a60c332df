"""Names of files that mean the assignment's own: as it is called, or with what a platform appends."""

from __future__ import annotations

import re

from autograder.course.manifest import Assignment

_ATTEMPT = re.compile(r"-([1-9]\d{0,2})(?=\.[^.]+$)")


def is_expected(name: str, assignment: Assignment) -> bool:
    """Whether a file is called as the assignment's notebook or one of its files, but for the number of an attempt."""
    return without_attempt(name) in (f"{assignment.name}.ipynb", *assignment.files)


def without_attempt(name: str) -> str:
    """A file's name without the number that Canvas appends to what was uploaded again."""
    return _ATTEMPT.sub("", name)


def attempt(name: str) -> int:
    """That number, 0 where there is none."""
    found = _ATTEMPT.search(name)
    return int(found.group(1)) if found else 0
