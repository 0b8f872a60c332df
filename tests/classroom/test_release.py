"""Releasing: the same bytes each time, in step with the solutions, and nothing given away."""

import hashlib
import re

import pytest
import tiny
from courses import copy_course
from places import ROOT

from autograder.classroom.release import release
from autograder.course.manifest import Course
from autograder.grading.job import Job, grade
from autograder.verdict.render import summary
from course_utils.course import notebooks, sources
from course_utils.errors import CourseError

COURSE = Course(ROOT)
ASSIGNMENTS = [each for each in COURSE.assignments if COURSE.source(each).is_file()]
GRADED = [assignment for assignment in ASSIGNMENTS if assignment.checks]

HIDDEN = re.compile(r"### BEGIN HIDDEN TESTS\n.*?### END HIDDEN TESTS", re.DOTALL)


def named(assignment):
    return assignment.name


def digests(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".ipynb_checkpoints" not in path.parts and "__pycache__" not in path.parts
    }


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    """This course with every assignment released."""
    course = copy_course(tmp_path_factory.mktemp("released"))
    for assignment in ASSIGNMENTS:
        release(course, assignment, register=False)
    return course


@pytest.mark.parametrize("assignment", ASSIGNMENTS, ids=named)
def test_a_second_release_gives_the_same_bytes(released, assignment):
    folder = released.released_path(assignment).parent
    before = digests(folder)
    release(released, assignment, register=False)
    assert before
    assert digests(folder) == before


@pytest.mark.parametrize("assignment", ASSIGNMENTS, ids=named)
def test_the_committed_assignments_are_those_of_the_solutions(released, assignment):
    committed = digests(ROOT / "assignments" / assignment.name)
    assert committed == digests(released.released_path(assignment).parent), (
        f"assignments/{assignment.name} is not what solutions/{assignment.name} releases: "
        "run `course release` and commit"
    )


def telling_lines(text):
    """Lines of code that say something, without their indentation: what must not reach a student."""
    lines = (re.sub(r"\s+", " ", line).strip() for line in text.splitlines())
    return {line for line in lines if len(line) > 12 and not line.startswith(("#", '"""'))}


@pytest.mark.parametrize("assignment", GRADED, ids=named)
def test_no_line_of_a_solution_or_of_a_hidden_test_is_released(released, assignment):
    cells = notebooks.read(released.source(assignment)).cells
    secret = set()
    for cell in cells:
        for region in sources.solution_regions(cell.source) + HIDDEN.findall(cell.source):
            secret |= telling_lines(region)
    # A line that the notebook shows elsewhere, in a text or a visible check, is no secret.
    shown = set()
    for cell in cells:
        text = sources.visible_part(cell.source)
        for region in sources.solution_regions(text):
            text = text.replace(region, "")
        shown |= telling_lines(text)
    student = "\n".join(cell.source for cell in notebooks.read(released.released_path(assignment)).cells)
    questions = len(list(notebooks.tests(notebooks.read(released.source(assignment)))))
    assert len(secret - shown) >= min(21, 3 * questions), "the solutions hold hardly a line that is not shown"
    assert not (secret - shown) & telling_lines(student)
    assert "BEGIN SOLUTION" not in student
    assert "HIDDEN" not in student
    assert not sources.asked_question(student)


@pytest.mark.parametrize("assignment", GRADED, ids=named)
def test_released_code_cells_hold_no_outputs_and_locked_cells_are_locked(released, assignment):
    for cell in notebooks.read(released.released_path(assignment)).cells:
        assert not cell.get("outputs")
        if notebooks.is_test(cell):
            assert cell.metadata["editable"] is False
            assert cell.metadata["deletable"] is False


@pytest.mark.parametrize("assignment", GRADED, ids=named)
def test_each_stub_names_its_function_and_its_section(released, assignment):
    sections = {
        notebooks.grade_id(cell): number
        for number, cell in notebooks.sections(notebooks.read(released.source(assignment)))
    }
    for cell in notebooks.read(released.released_path(assignment)).cells:
        if notebooks.is_solution(cell):
            name = notebooks.grade_id(cell)
            stubs = re.findall(r'raise NotImplementedError\("(.*?)"\)', cell.source)
            names = [stub.removesuffix(f" is not written yet (section {sections[name]})") for stub in stubs]
            defined = re.findall(r"^(?:def|class) (\w+)", cell.source, re.MULTILINE)
            assert names
            assert {stub.partition(".")[0] for stub in names} <= {*defined, name}, names


@pytest.mark.parametrize("assignment", GRADED, ids=named)
def test_the_unfilled_notebook_earns_nothing(released, assignment):
    job = Job("nobody", assignment.name, released.released_path(assignment).read_bytes(), released.root)
    graded = grade(job)
    assert not graded.fault
    assert graded.max_score > 0
    assert {
        question: v.points(graded.points[question]) for question, v in graded.verdicts.items()
    } == dict.fromkeys(graded.verdicts, 0.0)
    for question, verdict in graded.verdicts.items():
        # A backward that is asked for first runs its forward: either may be the one that is missing.
        assert re.search(r"\w+ is not written yet \(section \d+\)", summary(verdict)), question


def remove_marks(notebook, name):
    cell = cell_of(notebook, name)
    cell.source = sources.without_marks(cell.source)


def cell_of(notebook, name):
    return next(cell for cell in notebook.cells if notebooks.grade_id(cell) == name)


def double(notebook):
    cell_of(notebook, "relu_backward").metadata["nbgrader"]["grade_id"] = "relu_forward"


def forget_end(notebook):
    cell = cell_of(notebook, "relu_backward")
    cell.source = cell.source.replace("### END SOLUTION", "")


def forget_hidden_end(notebook):
    cell = cell_of(notebook, "test_relu_backward")
    cell.source = cell.source.replace("### END HIDDEN TESTS", "")


def leave_hidden_line_open(notebook):
    cell_of(notebook, "test_relu_backward").source = 'grade("relu_backward")'


def forget_hidden_line(notebook):
    cell = cell_of(notebook, "test_relu_backward")
    cell.source = cell.source.replace('grade("relu_backward")', "pass")


def change_points(notebook):
    cell_of(notebook, "test_relu_backward").metadata["nbgrader"]["points"] = 5


def ask_twice(notebook):
    cell = cell_of(notebook, "test_relu_backward")
    cell.source = cell.source.replace('grade("relu_backward")', 'grade("relu_forward")')


def forget_points(notebook):
    del cell_of(notebook, "test_relu_backward").metadata["nbgrader"]["points"]


def ask_the_unknown(notebook):
    cell = cell_of(notebook, "test_relu_backward")
    cell.source = cell.source.replace('grade("relu_backward")', 'grade("relu_sideways")')


def misname_the_solution_cell(notebook):
    cell_of(notebook, "relu_backward").metadata["nbgrader"]["grade_id"] = "relu_back"


def misname_the_function(notebook):
    cell = cell_of(notebook, "relu_backward")
    cell.source = cell.source.replace("def relu_backward", "def relu_back")


def forget_the_setup_tag(notebook):
    del cell_of(notebook, "setup").metadata["tags"]


def raise_in_a_solution(notebook):
    cell_of(notebook, "relu_backward").source += "\nslope = 1 / 0"


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (double, "two cells have the grade id relu_forward"),
        (lambda notebook: remove_marks(notebook, "relu_backward"), "relu_backward has no lines between"),
        (forget_end, "relu_backward has no lines between BEGIN and END SOLUTION"),
        (forget_hidden_end, "test_relu_backward .* HIDDEN TESTS"),
        (leave_hidden_line_open, "test_relu_backward .* HIDDEN TESTS"),
        (forget_hidden_line, r"test_relu_backward has points but no hidden grade\(...\) line"),
        (change_points, "add up to 8 points, course.toml says 7"),
        (forget_points, "test_relu_backward has no points"),
        (ask_twice, "two cells ask for relu_forward"),
        (ask_the_unknown, "autograder.checks.layers hands on no hidden check for relu_sideways"),
        (misname_the_solution_cell, "no solution cell has the grade id relu_backward"),
        (misname_the_function, "the solution cell relu_backward defines no relu_backward"),
        (forget_the_setup_tag, "relu_forward uses np, which no setup or solution cell defines: .* `setup`"),
        (raise_in_a_solution, "relu_backward> stopped with ZeroDivisionError"),
    ],
)
def test_a_broken_solution_notebook_is_refused_in_one_sentence(tiny_course, spoil, sentence):
    assignment = tiny_course.assignment(tiny.NAME)
    notebook = tiny.first_notebook()
    spoil(notebook)
    tiny.write_source(tiny_course, tiny.NAME, notebook)
    with pytest.raises(CourseError, match=sentence) as refused:
        release(tiny_course, assignment, register=False)
    assert "\n" not in str(refused.value)
    assert not tiny_course.released_path(assignment).exists()


def test_a_refused_release_leaves_the_earlier_one(tiny_course):
    assignment = tiny_course.assignment(tiny.NAME)
    before = release(tiny_course, assignment, register=False).read_bytes()
    notebook = tiny.first_notebook()
    double(notebook)
    tiny.write_source(tiny_course, tiny.NAME, notebook)
    with pytest.raises(CourseError):
        release(tiny_course, assignment, register=False)
    assert tiny_course.released_path(assignment).read_bytes() == before


def test_a_notebook_that_the_manifest_does_not_name_is_said_to_be_missing_there(tiny_course):
    (tiny_course.root / "solutions" / "02_draft").mkdir()
    with pytest.raises(CourseError, match=r"solutions/02_draft is not in course.toml: add an \[\[assignment"):
        tiny_course.assignment("02_draft")
    tiny_course.expect_all_named()  # an empty folder is nothing to release
    (tiny_course.root / "solutions" / "02_draft" / "any.ipynb").write_text("{}")
    with pytest.raises(CourseError, match=r"solutions/02_draft is not in course.toml"):
        tiny_course.expect_all_named()


def test_an_assignment_without_a_notebook_is_refused(tiny_course):
    assignment = tiny_course.assignment(tiny.NAME)
    tiny_course.source(assignment).unlink()
    with pytest.raises(CourseError, match=r"01_small.ipynb cannot be read: No such file"):
        release(tiny_course, assignment, register=False)


def test_a_notebook_of_format_3_is_refused(tiny_course):
    assignment = tiny_course.assignment(tiny.NAME)
    tiny_course.source(assignment).write_text('{"nbformat": 3, "nbformat_minor": 0, "worksheets": []}')
    with pytest.raises(CourseError, match="is a notebook of format 3; open and save it in JupyterLab"):
        release(tiny_course, assignment, register=False)


def test_files_beside_a_source_reach_the_student(tiny_course):
    assignment = tiny_course.assignment(tiny.NAME)
    (tiny_course.source(assignment).parent / "data.txt").write_text("1 2 3")
    released = release(tiny_course, assignment, register=False)
    assert (released.parent / "data.txt").read_text() == "1 2 3"
