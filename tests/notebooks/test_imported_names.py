"""No cell takes a name that a later cell needs as it was imported: notebooks run from top to bottom in one namespace."""

import ast

import pytest
from places import ROOT

from autograder.course.manifest import Course
from course_utils.course import notebooks, sources

COURSE = Course(ROOT)


def imported(node: ast.stmt) -> set[str]:
    names = node.names if isinstance(node, ast.Import | ast.ImportFrom) else []
    return {alias.asname or alias.name.partition(".")[0] for alias in names}


def bound(node: ast.stmt) -> set[str]:
    """What a statement of a cell binds by itself; a function's own names are its own."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return {node.name}
    names = (each for each in ast.walk(node) if isinstance(each, ast.Name))
    return {name.id for name in names if isinstance(name.ctx, ast.Store)}


def taken(statements: list[ast.stmt]) -> set[str]:
    """Imported names that a later statement binds to something else."""
    known, found = set(), set()
    for node in statements:
        found |= bound(node) & known
        known |= imported(node)
    return found


@pytest.mark.parametrize("assignment", COURSE.assignments, ids=lambda assignment: assignment.name)
def test_no_imported_name_is_taken_for_something_else(assignment):
    cells = notebooks.read(COURSE.source(assignment)).cells
    code = [sources.without_magics(cell.source) for cell in cells if cell.cell_type == "code"]
    assert taken([node for source in code for node in ast.parse(source).body]) == set()


def test_a_name_is_found_taken_wherever_it_is_bound_and_not_inside_a_function():
    source = "from m import a, b as c, d\nimport e.f\nfor a in x:\n    c = 1\ndef g():\n    d = 2\nwith y as e: pass"
    assert taken(ast.parse(source).body) == {"a", "c", "e"}
