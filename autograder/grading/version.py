"""What decides a mark besides the submission, as one digest: where it stays the same, so does the mark.

It covers the assignment's entry in the manifest, its notebook, what it is given, the files beside it, the limits, the
versions of Python and NumPy, and the code: every module that grading, the hidden checks or the notebook reaches by its
imports, comments left out.
"""

from __future__ import annotations

import importlib.util
import pkgutil
import platform
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from pathlib import Path

import numpy as np

from autograder.checks import mistakes
from autograder.course import given
from autograder.course.digest import digest
from autograder.course.manifest import Assignment, Course
from autograder.course.template import template
from autograder.grading import code as looks
from autograder.verdict.check import check_module
from course_utils.course import notebooks, sources

# Where grading begins, and what it starts by other ways than an import.
_ROOTS = (
    "autograder.grading.job",
    "autograder.sandbox.bounded_worker",
    "autograder.sandbox.inside.launch",
    "autograder.sandbox.inside.source",
    "course_utils.notebook.grader_app",
    "course_utils.notebook.kernel",
)
_PACKAGES = ("autograder", "course_utils")


def assignment_version(course: Course, assignment: Assignment) -> str:
    """Digest of all that decides a mark in this assignment besides what was handed in."""
    checks = [check_module(assignment.checks)] if assignment.checks else []
    named = naming([name for name, _ in notebooks.tests(template(course, assignment))])
    modules = reached([*checks, *named, *roots(course, assignment)], packages_of(checks))
    found = digest(
        *circumstances(course, assignment),
        repr((assignment.name, assignment.points)),
        course.source(assignment).read_bytes(),
        notebooks.dumps(template(course, assignment)),
        given.source(course, assignment),
        *(f"{name} {code(name)}" for name in sorted(modules)),
    )
    looks.keep()
    return found


def circumstances(course: Course, assignment: Assignment) -> list[str]:
    """What decides a mark and is neither in the notebook nor code."""
    beside = (f"{path.name} {digest(path.read_bytes())}" for path in _beside(course.source(assignment)))
    return [
        repr((assignment.checks, assignment.given, assignment.files)),
        repr(course.limits),
        f"{platform.python_version()} {np.__version__}",
        *beside,
    ]


def packages_of(modules: Iterable[str]) -> set[str]:
    """The packages whose code decides marks: the project's own, and those in which an author's checks lie."""
    return {*_PACKAGES, *(name.partition(".")[0] for name in modules)}


def _beside(source: Path) -> list[Path]:
    return sorted(
        path
        for path in source.parent.iterdir()
        if path.is_file() and path not in (source, source.with_name("given.py"))
    )


def roots(course: Course, assignment: Assignment) -> Iterator[str]:
    """Modules where grading begins, whatever is asked."""
    yield from _ROOTS
    for cell in notebooks.read(course.source(assignment)).cells:
        if cell.cell_type == "code":
            yield from looks.imports(sources.without_magics(cell.source).encode())


def reached(
    roots: Iterable[str],
    packages: Collection[str],
    known: Collection[str] = frozenset(),
    *,
    through_rooms: bool = True,
) -> set[str]:
    """The modules of some packages that these lead to by imports, however far, without those that are known.

    Args:
        through_rooms: whether the package in which a module lies leads on to what it imports; it is reached all the same.
    """
    waiting, found, rooms = set(roots), set[str](), set[str]()
    while waiting:
        name = waiting.pop()
        if name in found or name in known or name.partition(".")[0] not in packages or _path(name) is None:
            continue
        found.add(name)
        waiting |= set(looks.imports(_source(name)))
        if room := name.rpartition(".")[0]:
            (waiting if through_rooms else rooms).add(room)
    return found | (rooms - set(known))


def naming(questions: Collection[str]) -> list[str]:
    """The modules that register well-known mistakes in some functions, which no import leads to."""
    modules = (info.name for info in pkgutil.iter_modules(mistakes.__path__, f"{mistakes.__name__}."))
    return [name for name in modules if not words([name]).isdisjoint(questions)]


def words(modules: Iterable[str]) -> set[str]:
    """All names and words in the source of some modules."""
    return set().union(*(looks.words(_source(name)) for name in modules))


@lru_cache(maxsize=1024)
def _path(name: str) -> Path | None:
    """The source file of a module, found without importing it; None when there is no such module."""
    package, *inner = name.split(".")
    spec = importlib.util.find_spec(package)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder, *inner)
        for file in (path / "__init__.py", path.with_suffix(".py")):
            if file.is_file():
                return file
    return Path(spec.origin) if spec and spec.origin and not inner else None


def _source(name: str) -> bytes:
    path = _path(name)
    return path.read_bytes() if path else b""


def code(name: str) -> str:
    """Digest of a module's code, without its comments."""
    return looks.said(_source(name))


def code_without(name: str, functions: Collection[str]) -> str:
    """Digest of a module's code but for some functions, where nothing else in it names them."""
    return looks.said(_source(name), functions)
