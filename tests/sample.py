"""What `make quick` runs: the whole of what is quick, and of every slow kind one."""

from __future__ import annotations

import pytest
from places import TESTS

# Pure Python: all of their tests take a few seconds.
WHOLE = ("verdict", "course", "course_utils/compare", "course_utils/grading", "course_utils/plotting")
# What makes a test start kernels, servers, browsers or a whole class.
SLOW = {
    "graded_class",
    "graded_course",
    "world",
    "lab",
    "browser",
    "page",
    "tiny_course",
    "tiny_class",
    "course",
    "released",
}


def sample(items: list[pytest.Item]) -> set[pytest.Item]:
    """Of every test function the first case, and all of them in the rooms of WHOLE; of slow tests one a room."""
    chosen: set[pytest.Item] = set()
    seen: set[tuple[str, str]] = set()
    for item in items:
        room = str(item.path.parent.relative_to(TESTS))
        if is_slow(item):
            key = (room, "slow")
        elif room in WHOLE:
            key = (room, item.nodeid)
        else:
            key = (str(item.path), item.name.partition("[")[0])
        if key not in seen:
            seen.add(key)
            chosen.add(item)
    return chosen


def is_slow(item: pytest.Item) -> bool:
    """Whether a test is marked as slow, or has a slow fixture."""
    marked = any(item.get_closest_marker(name) for name in ("slow", "browser"))
    return marked or bool(SLOW & set(getattr(item, "fixturenames", ())))
