"""What `make quick` runs: the whole of what is quick, and of every slow kind one."""

from __future__ import annotations

import pytest
from places import TESTS

# Pure Python: all of their tests take a few seconds.
WHOLE = ("verdict", "course", "course_utils/compare", "course_utils/grading", "course_utils/plotting")
FEW = 3
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
    "class_of_three",
    "graded_three",
    "graded_once",
}


def sample(items: list[pytest.Item]) -> set[pytest.Item]:
    """All tests in the rooms of WHOLE, the first FEW functions of every other module, one slow test a room."""
    chosen: set[pytest.Item] = set()
    functions: dict[str, set[str]] = {}
    for item in items:
        room = str(item.path.parent.relative_to(TESTS))
        if not is_slow(item) and room in WHOLE:
            chosen.add(item)
            continue
        place, most = (f"slow in {room}", 1) if is_slow(item) else (str(item.path), FEW)
        seen, function = functions.setdefault(place, set()), item.name.partition("[")[0]
        if function not in seen and len(seen) < most:
            seen.add(function)
            chosen.add(item)
    return chosen


def is_slow(item: pytest.Item) -> bool:
    """Whether a test is marked as slow, or has a slow fixture."""
    marked = any(item.get_closest_marker(name) for name in ("slow", "browser"))
    return marked or bool(SLOW & set(getattr(item, "fixturenames", ())))
