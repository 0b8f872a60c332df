"""The reference implementations: the solution cells of the solution notebooks, and nothing else."""

from __future__ import annotations

import linecache
import sys
import types
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

from autograder.course import given
from autograder.course.manifest import Assignment, Course
from course_utils.course import notebooks, sources
from course_utils.errors import CourseError

# The name of the module `given` in a reference's namespace.
_GIVEN = "__given__"


def load_reference(name: str, course: Course | None = None) -> SimpleNamespace:
    """The functions and classes that an assignment's solution notebook defines.

    Runs the notebook's setup and solution cells, never its demos or tests, in a fresh namespace; once per process.

    Args:
        name: the assignment, for example "01_layers".
        course: the course it belongs to; the one the working directory lies in by default.

    Raises:
        CourseError: the assignment is unknown, or one of its cells raises.
    """
    course = course or Course.find()
    return _load(course, course.assignment(name))


@lru_cache(maxsize=32)
def _load(course: Course, assignment: Assignment) -> SimpleNamespace:
    return SimpleNamespace(**run_cells(course, assignment))


def run_cells(course: Course, assignment: Assignment, tags: Collection[str] = ("setup",)) -> dict[str, Any]:
    """The namespace that an assignment's solution cells and those with one of the tags leave behind, fresh for each call."""
    namespace: dict[str, Any] = {"__name__": f"reference_{assignment.name}"}
    if assignment.given:
        namespace[_GIVEN] = types.ModuleType("given")
        _run(given.source(course, assignment), f"<{assignment.name}: given.py>", vars(namespace[_GIVEN]))
    with importing_given(namespace):
        for cell in notebooks.read(course.source(assignment))["cells"]:
            if any(notebooks.has_tag(cell, tag) for tag in tags) or notebooks.is_solution(cell):
                name = f"<{assignment.name}: {notebooks.grade_id(cell)}>"
                _run(sources.without_magics(sources.without_marks(cell["source"])), name, namespace)
    return namespace


def _run(source: str, filename: str, namespace: dict[str, Any]) -> None:
    # Tracebacks and `inspect.getsource` find the cell's text under this name.
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    try:
        exec(compile(source, filename, "exec"), namespace)
    except Exception as error:
        raise CourseError(
            f"the solution cell {filename} stopped with {type(error).__name__}: {error}"
        ) from error


@contextmanager
def importing_given(namespace: Mapping[str, Any]) -> Iterator[None]:
    """Let `import given` find what `run_cells` gave a namespace while cells of it run, for the first time or once more."""
    module = namespace.get(_GIVEN)
    if module is None:
        yield
        return
    before = sys.modules.get("given")
    sys.modules["given"] = module
    try:
        yield
    finally:
        del sys.modules["given"]
        if before is not None:
            sys.modules["given"] = before
