"""Every graded notebook of the course as its reader meets it: model answers pass what is visible, in a real kernel."""

import pytest
from nbclient import NotebookClient

from autograder.course import given
from autograder.course.manifest import Course
from course_utils.course import notebooks, sources
from course_utils.course.workspace import hints
from course_utils.errors import CourseError

COURSE = Course.find(__file__)
GRADED = [assignment for assignment in COURSE.assignments if assignment.checks]

of_every_notebook = pytest.mark.parametrize("assignment", GRADED, ids=lambda assignment: assignment.name)


def read(assignment):
    return notebooks.read(COURSE.source(assignment))


@of_every_notebook
def test_every_graded_function_has_a_hint(assignment):
    asked = [notebooks.question(cell) for cell in read(assignment).cells if notebooks.is_test(cell)]
    assert asked
    for question in asked:
        try:
            assert hints(COURSE, question, assignment.name)
        except CourseError:
            pytest.fail(f"{assignment.name} has no <details> with a hint below the test cell of {question}")


@of_every_notebook
def test_model_answers_pass_the_visible_checks_in_a_kernel(assignment, tmp_path, monkeypatch):
    # Where other processes keep the cores busy, two BLAS threads spend their time waiting for each other.
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
    if assignment.given:
        (tmp_path / "given.py").write_text(given.source(COURSE, assignment), encoding="utf-8")
    notebook = read(assignment)
    notebook.cells = [
        cell for cell in notebook.cells if not {"demo", "claim"} & {*cell.metadata.get("tags", ())}
    ]
    tests = [cell for cell in notebook.cells if notebooks.is_test(cell)]
    for cell in tests:
        cell.source = sources.visible_part(cell.source)
        assert cell.source.strip(), f"{notebooks.grade_id(cell)} shows a student nothing"
    where = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(notebook, timeout=120, store_widget_state=False, resources=where).execute()
    assert [cell.source for cell in tests if not cell.outputs] == [], "a check that passes says nothing"
    warned = [
        output.text for cell in notebook.cells for output in cell.get("outputs", []) if is_warning(output)
    ]
    assert warned == []


def is_warning(output):
    return output.output_type == "stream" and output.name == "stderr"
