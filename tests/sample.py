"""What `make quick` runs: the whole of what is quick, of each other module one test, and of every slow kind one."""

from __future__ import annotations

import pytest
from places import TESTS

# Pure Python: all of their tests take a few seconds, but for what is marked as slow.
WHOLE = ("verdict", "course", "course_utils/compare", "course_utils/grading", "course_utils/plotting")
# Of each slow kind one that is not too slow.
ONE_OF_EACH_SLOW_KIND = {
    "a mutant of every kind": "checks/test_mutants.py::test_a_sample_of_mutants_is_refused[01_layers-affine_forward]",
    "a class, from release to export": "cli/test_cli_class.py::test_the_life_of_an_assignment",
    "a kernel": "notebooks/test_notebook_solutions.py::test_model_answers_pass_the_visible_checks_in_a_kernel[01_layers]",
    "a slip": "verdict/test_slips.py::test_a_slip_is_said_where_it_gives_the_very_answers[layers-relu_forward]",
    "an attack": "sandbox/test_hostile.py::test_attack[forged_jupyter_messages]",
    "a browser": "course_utils/widgets/test_widgets_05.py::test_a_slider_changes_what_it_says",
}
# What makes a test start kernels, servers, browsers or a whole class, which has a gradebook, or build the handbook.
SLOW = {
    "empty_gradebook",
    "world",
    "lab",
    "browser",
    "page",
    "tiny_course",
    "released",
    "packages",
    "site",
    "graded_once",
    "students",
}


def sample(items: list[pytest.Item]) -> set[pytest.Item]:
    """All quick tests in the rooms of WHOLE, the first test of every other module, and one of each slow kind.

    Raises:
        pytest.UsageError: one that should stand for its kind is not there any more.
    """
    chosen: set[pytest.Item] = set()
    first: dict[str, str] = {}
    representatives = {f"{TESTS.name}/{test}" for test in ONE_OF_EACH_SLOW_KIND.values()}
    for item in items:
        if item.nodeid in representatives:
            representatives.remove(item.nodeid)
            chosen.add(item)
        elif not is_slow(item):
            is_whole = str(item.path.parent.relative_to(TESTS)) in WHOLE
            if first.setdefault(str(item.path), item.nodeid) == item.nodeid or is_whole:
                chosen.add(item)
    if representatives:
        raise pytest.UsageError(f"tests/sample.py names tests that are gone: {', '.join(representatives)}")
    return chosen


def is_slow(item: pytest.Item) -> bool:
    """Whether a test is marked as slow, or has a slow fixture."""
    marked = any(item.get_closest_marker(name) for name in ("slow", "browser"))
    return marked or bool(SLOW & set(getattr(item, "fixturenames", ())))
