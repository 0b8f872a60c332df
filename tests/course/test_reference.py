"""The reference is the solution cells and nothing else; given.py hands them to later notebooks."""

import ast
import subprocess
import sys

import numpy as np
import pytest
import tiny

from autograder.classroom.release import release
from autograder.course import given
from autograder.course.manifest import Course
from autograder.course.reference import load_reference, run_cells
from course_utils.course import notebooks, sources
from course_utils.errors import CourseError


@pytest.fixture
def two_notebooks(tmp_path):
    return tiny.make_course(tmp_path / "two", later=True)


def test_the_reference_is_what_the_solution_cells_define(tiny_course):
    reference = load_reference(tiny.NAME, tiny_course)
    out, cache = reference.relu_forward(np.array([-1.0, 3.0]))
    assert out.tolist() == [0.0, 3.0]
    assert reference.relu_backward(np.array([5.0, 7.0]), cache).tolist() == [0.0, 7.0]


def test_tests_and_demos_of_a_notebook_do_not_run(tiny_course):
    # The notebook's demo cell would end the process, its tests would print.
    namespace = run_cells(tiny_course, tiny_course.assignment(tiny.NAME))
    assert callable(namespace["relu_forward"])


def test_a_reference_is_loaded_once_and_each_run_of_its_cells_is_fresh(tiny_course):
    assignment = tiny_course.assignment(tiny.NAME)
    assert load_reference(tiny.NAME, tiny_course) is load_reference(tiny.NAME, tiny_course)
    first, second = run_cells(tiny_course, assignment), run_cells(tiny_course, assignment)
    assert first["relu_forward"] is not second["relu_forward"]


def test_an_error_in_a_solution_cell_names_the_cell(tiny_course):
    notebook = tiny.first_notebook()
    notebook.cells[3].source = "### BEGIN SOLUTION\nrelu_forward = 1 / 0\n### END SOLUTION"
    tiny.write_source(tiny_course, tiny.NAME, notebook)
    with pytest.raises(CourseError, match=r"cell <01_small: relu_forward> stopped with ZeroDivisionError"):
        load_reference(tiny.NAME, tiny_course)


def test_an_unknown_assignment_gets_a_suggestion(tiny_course):
    with pytest.raises(CourseError, match="no assignment is called '01_smal'; did you mean 01_small"):
        load_reference("01_smal", tiny_course)


def test_given_holds_the_imports_and_functions_of_earlier_notebooks_only(two_notebooks):
    text = given.source(two_notebooks, two_notebooks.assignment(tiny.LATER))
    tree = ast.parse(text)
    assert [node.name for node in tree.body if isinstance(node, ast.FunctionDef)] == [
        "relu_forward",
        "relu_backward",
    ]
    imported = [ast.unparse(node) for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    assert imported == ["import numpy as np"]
    assert "SOLUTION" not in text
    assert "grade(" not in text
    assert tiny.MAGIC not in text


def test_given_works_as_a_module_of_its_own(two_notebooks, tmp_path):
    (tmp_path / "given.py").write_text(
        given.source(two_notebooks, two_notebooks.assignment(tiny.LATER)), encoding="utf-8"
    )
    program = "import given, numpy as np; print(given.relu_forward(np.array([-2.0, 4.0]))[0].tolist())"
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "[0.0, 4.0]"


def test_a_later_reference_finds_the_earlier_functions_and_leaves_no_module_behind(two_notebooks):
    before = sys.modules.get("given")
    out, _ = load_reference(tiny.LATER, two_notebooks).tanh_forward(np.array([-0.5, 0.5]))
    np.testing.assert_allclose(out, np.tanh([-0.5, 0.5]), rtol=1e-12)
    assert sys.modules.get("given") is before


def test_releasing_hands_given_to_students_but_never_this_notebooks_own_answers(two_notebooks):
    released = release(two_notebooks, two_notebooks.assignment(tiny.LATER), register=False, early=True)
    text = (released.parent / "given.py").read_text(encoding="utf-8")
    assert "np.maximum(0, x)" in text
    assert "tanh" not in text
    assert "np.tanh" not in released.read_text(encoding="utf-8")


def test_given_follows_a_change_of_the_earlier_solution(two_notebooks):
    later = two_notebooks.assignment(tiny.LATER)
    release(two_notebooks, later, register=False, early=True)
    notebook = tiny.first_notebook()
    notebook.cells[3].source = tiny.RELU_FORWARD.replace("np.maximum(0, x), x", "x * (x > 0), x")
    tiny.write_source(two_notebooks, tiny.NAME, notebook)
    released = release(two_notebooks, later, register=False, early=True)
    assert "x * (x > 0), x" in (released.parent / "given.py").read_text(encoding="utf-8")


def test_a_given_assignment_that_does_not_exist_is_named(two_notebooks):
    manifest = two_notebooks.root / "course.toml"
    manifest.write_text(manifest.read_text().replace(f'given = ["{tiny.NAME}"]', 'given = ["01_smell"]'))
    course = Course(two_notebooks.root)
    with pytest.raises(CourseError, match="'01_smell'; did you mean 01_small"):
        release(course, course.assignment(tiny.LATER), register=False)


def test_a_later_notebook_is_graded_with_what_it_is_given(two_notebooks):
    from autograder.grading.job import Job, grade

    release(two_notebooks, two_notebooks.assignment(tiny.LATER), register=False)
    job = Job("ada", tiny.LATER, tiny.answered(two_notebooks, tiny.LATER), two_notebooks.root)
    graded = grade(job)
    assert (graded.score, graded.max_score, graded.notes) == (2.0, 2.0, [])


def test_a_kernel_finds_given_before_any_release(two_notebooks):
    from autograder.grading.job import Job, grade

    job = Job("ada", tiny.LATER, tiny.answered(two_notebooks, tiny.LATER), two_notebooks.root)
    assert grade(job).score == 2.0


def test_solution_cells_read_the_same_in_reference_and_given(two_notebooks):
    cells = notebooks.read(two_notebooks.source(two_notebooks.assignment(tiny.NAME))).cells
    text = given.source(two_notebooks, two_notebooks.assignment(tiny.LATER))
    for cell in cells:
        if notebooks.is_solution(cell):
            assert sources.without_marks(cell.source).strip() in text
