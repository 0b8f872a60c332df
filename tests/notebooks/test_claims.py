"""What a notebook's text says its cells showed: cells tagged `claim`, in the solutions alone."""

import ast
import json
import symtable

import pytest
import tiny
from nbclient.exceptions import CellExecutionError
from nbformat.v4 import new_code_cell
from nbgrader_runs import nbgrader
from places import ROOT
from test_whole_notebooks import run_whole

from autograder.classroom.release import release
from autograder.course.manifest import Course
from autograder.course.names import unknown_names
from autograder.course.template import template
from course_utils.course import notebooks, sources
from course_utils.errors import CourseError

COURSE = Course(ROOT)
of_every_notebook = pytest.mark.parametrize("assignment", COURSE.assignments, ids=lambda each: each.name)


def bound(source):
    """Names that a cell binds for the cells below it."""
    table = symtable.symtable(sources.without_magics(source), "<cell>", "exec")
    return {
        symbol.get_name() for symbol in table.get_symbols() if symbol.is_assigned() or symbol.is_imported()
    }


@of_every_notebook
def test_a_claim_asserts_something_and_nothing_else_needs_it(assignment):
    made_by_claims = set()
    for cell in notebooks.read(COURSE.source(assignment)).cells:
        if notebooks.is_claim(cell):
            assert cell.cell_type == "code", cell.id
            assert cell.metadata["tags"] == ["claim"], cell.id
            assert any(isinstance(node, ast.Assert) for node in ast.walk(ast.parse(cell.source))), cell.id
            made_by_claims |= bound(cell.source)
        elif cell.cell_type == "code":
            needed = {*unknown_names(sources.without_magics(cell.source), ())}
            assert needed & made_by_claims == set(), cell.id
            made_by_claims -= bound(cell.source)


@pytest.fixture
def claiming(tiny_class: Course) -> Course:
    """The tiny course, whose demo shows something and whose claim says what."""
    notebook = notebooks.read(tiny_class.source(tiny_class.assignment(tiny.NAME)))
    notebook.cells[-1].source = "shown = 2"
    notebook.cells.append(new_code_cell("assert shown == 2", id="claim-shown", metadata={"tags": ["claim"]}))
    tiny.write_source(tiny_class, tiny.NAME, notebook)
    return tiny_class


def claims(path):
    return [cell["id"] for cell in json.loads(path.read_text())["cells"] if cell["id"] == "claim-shown"]


def test_no_claim_is_released_or_graded(claiming):
    assignment = claiming.assignment(tiny.NAME)
    assert claims(claiming.source(assignment)) == ["claim-shown"]
    assert claims(release(claiming, assignment, register=False)) == []
    assert [cell.id for cell in template(claiming, assignment).cells if cell.id == "claim-shown"] == []
    claiming.released_path(assignment).unlink()
    nbgrader(claiming, "generate_assignment", tiny.NAME, "--force")
    assert claims(claiming.released_path(assignment)) == []


def test_a_claim_that_does_not_hold_stops_the_run_of_the_notebook(claiming, tmp_path):
    assignment = claiming.assignment(tiny.NAME)
    run_whole(claiming, assignment, tmp_path / "true")
    notebook = notebooks.read(claiming.source(assignment))
    notebook.cells[-1].source = "assert shown == 3, 'it shows 3'"
    tiny.write_source(claiming, tiny.NAME, notebook)
    with pytest.raises(CellExecutionError, match="it shows 3"):
        run_whole(claiming, assignment, tmp_path / "false")


def test_a_cell_with_marks_cannot_be_a_claim(claiming):
    notebook = notebooks.read(claiming.source(claiming.assignment(tiny.NAME)))
    graded = next(cell for cell in notebook.cells if notebooks.grade_id(cell) == "test_relu_backward")
    graded.metadata["tags"] = ["claim"]
    tiny.write_source(claiming, tiny.NAME, notebook)
    with pytest.raises(CourseError, match="test_relu_backward is tagged `claim`, so no student would get it"):
        release(claiming, claiming.assignment(tiny.NAME), register=False)
