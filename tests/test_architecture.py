"""The house's law: which room may know which (pyproject.toml), and how large a module and a function may be."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from statistics import median

import grimp
import pytest
from places import ROOT

from autograder.course.manifest import Course

PACKAGES = ("autograder", "course_utils")
# Where what a module holds is data or a table, its length says nothing.
DATA = ("answers", "tests/hostile")
CHECKS = "autograder.checks"
LINES, FUNCTION_LINES, MEDIAN = 300, 50, 7

MODULES = [
    path.relative_to(ROOT)
    for folder in (*PACKAGES, "benchmarks", "handbook", "tests")
    for path in sorted((ROOT / folder).rglob("*.py"))
]
OWN = [path for path in MODULES if path.parts[0] in PACKAGES]


@lru_cache
def tree(path: Path) -> ast.Module:
    return ast.parse((ROOT / path).read_text(encoding="utf-8"))


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Every function of a module with its number of lines, decorators left out."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, node.end_lineno - node.lineno + 1


def private_imports(path: Path) -> Iterator[str]:
    """Private names that a module takes from another one, by import or as an attribute of an imported module."""
    modules = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom):
            modules |= {alias.asname or alias.name for alias in node.names}
            if (node.module or "").split(".")[0] in (*PACKAGES, "answers", "benchmarks", "handbook"):
                yield from (f"{node.module}.{a.name}" for a in node.names if a.name.startswith("_"))
        elif isinstance(node, ast.Import):
            modules |= {alias.asname or alias.name for alias in node.names}
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            private = node.attr.startswith("_") and not node.attr.startswith("__")
            if private and node.value.id in modules and is_module(path, node.value.id):
                yield f"{node.value.id}.{node.attr}"


def is_module(path: Path, name: str) -> bool:
    """Whether an imported name is a module of the project, rather than a class or a function."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom) and any((a.asname or a.name) == name for a in node.names):
            source = next(a.name for a in node.names if (a.asname or a.name) == name)
            place = ROOT.joinpath(*(node.module or "").split("."), source)
            return place.is_dir() or place.with_suffix(".py").is_file()
    return False


def test_every_room_knows_only_what_it_may():
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout


@lru_cache
def imports() -> grimp.ImportGraph:
    return grimp.build_graph("autograder", cache_dir=None)


def imported_rooms(room: str) -> set[str]:
    """Rooms of `autograder.checks` from which one takes something straight."""
    start = f"{CHECKS}.{room}"
    taken = {
        other
        for module in {start} | imports().find_descendants(start)
        for other in imports().find_modules_directly_imported_by(module)
    }
    return {name.removeprefix(f"{CHECKS}.").partition(".")[0] for name in taken if name.startswith(CHECKS)}


@pytest.mark.parametrize("room", [a.checks for a in Course(ROOT).assignments if a.checks])
def test_the_checks_of_a_notebook_know_what_is_shared_and_nothing_of_another_notebook(room):
    assert imported_rooms(room) <= {room, "asking", "mistakes"}


def test_what_asks_may_know_the_mistakes_and_the_mistakes_know_no_room():
    assert imported_rooms("asking") <= {"asking", "mistakes"}
    assert imported_rooms("mistakes") <= {"mistakes"}


@pytest.mark.parametrize("path", OWN, ids=str)
def test_no_private_name_is_taken_from_another_module(path):
    assert not list(private_imports(path))


@pytest.mark.parametrize("path", [path for path in MODULES if not str(path).startswith(DATA)], ids=str)
def test_a_module_fits_in_a_head_and_a_function_on_a_screen(path):
    assert len((ROOT / path).read_text(encoding="utf-8").splitlines()) <= LINES
    assert not [(name, lines) for name, lines in functions(path) if lines > FUNCTION_LINES]


def test_functions_are_short_as_a_rule():
    assert median(lines for path in OWN for _, lines in functions(path)) <= MEDIAN
