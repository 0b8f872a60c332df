"""Names of files that mean the assignment's own: as it is called, or with what a platform appends."""

from __future__ import annotations

import re

from autograder.course.manifest import Assignment

_HAND_IN = re.compile(r"\.hand-in[^/]{0,20}\.zip$")
_ATTEMPT = re.compile(r"-([1-9]\d{0,2})(?=\.[^.]+$)")


def is_expected(name: str, assignment: Assignment) -> bool:
    """Whether a file is called as the assignment's notebook, one of its files or all of them packed, but for the number of an attempt."""
    return without_attempt(name) in (
        f"{assignment.name}.ipynb",
        f"{assignment.name}.hand-in.zip",
        *assignment.files,
    )


def is_hand_in(name: str) -> bool:
    """Whether a file is called as `course submit` calls what it writes, whatever a platform or a browser adds."""
    return bool(_HAND_IN.search(name.lower()))


def without_attempt(name: str) -> str:
    """A file's name without the number that Canvas appends to what was uploaded again."""
    return _ATTEMPT.sub("", name)


def attempt(name: str) -> int:
    """That number, 0 where there is none."""
    found = _ATTEMPT.search(name)
    return int(found.group(1)) if found else 0
