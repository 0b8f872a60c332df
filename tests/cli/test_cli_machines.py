"""Machines as they come: folders without solutions, consoles of few characters, paths with any character."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import tiny
from nbformat.v4 import new_markdown_cell
from nbgrader_runs import marks, nbgrader
from places import ROOT
from terminal import refused

from autograder.classroom.export import export_grades
from autograder.classroom.feedback import write_feedback
from autograder.classroom.release import release
from autograder.course.manifest import Course
from course_utils.errors import CourseError

COURSE = Path(sys.executable).with_name("course")
HINT = "<details><summary>A nudge</summary>\nWhich numbers stay?\n</details>"


@pytest.fixture
def students(tmp_path: Path) -> Course:
    """A course of two notebooks as a student has it: released, and without solutions."""
    course = tiny.make_course(tmp_path / "course", later=True)
    notebook = tiny.first_notebook()
    notebook.cells.insert(5, new_markdown_cell(HINT, id="hint"))
    tiny.write_source(course, tiny.NAME, notebook)
    answers = {name: tiny.answered(course, name) for name in (tiny.NAME, tiny.LATER)}
    for assignment in course.assignments:
        release(course, assignment, register=False)
    shutil.rmtree(course.root / "solutions")
    for name, content in answers.items():
        (course.root / f"{name}.ipynb").write_bytes(content)
    return course


def test_without_solutions_hints_come_from_the_released_notebook(at, students):
    code, out, _ = at(students.root, "hint", "relu_forward")
    assert (code, "Which numbers stay?" in out) == (0, True)
    refused(at(students.root, "hint", "relu_forwrd"), "did you mean relu_forward?")


def test_without_solutions_there_is_no_solution(at, students):
    refused(at(students.root, "solution", "relu_forward"), "the solutions are not in this folder")


def test_without_solutions_check_runs_the_visible_tests_and_says_so(at, students):
    code, out, errors = at(students.root, "check", f"{tiny.NAME}.ipynb")
    assert code == 0, errors
    assert "✓ relu_forward\n✓ relu_backward\n" in out
    assert "2 of 2 visible tests pass; the hidden ones are not in this folder, so there is no mark" in out
    code, out, errors = at(students.root, "check", f"{tiny.LATER}.ipynb")
    assert (code, "1 of 1 visible tests pass" in out) == (0, True), errors


def test_without_solutions_check_says_which_test_fails_and_why(at, students):
    released = students.released_path(students.assignment(tiny.NAME))
    wrong = students.root / "wrong" / f"{tiny.NAME}.ipynb"
    wrong.parent.mkdir()
    stub = 'raise NotImplementedError("relu_forward is not written yet (section 1)")'
    assert stub.replace('"', '\\"') in released.read_text(encoding="utf-8")
    wrong.write_bytes(released.read_bytes())
    code, out, errors = at(students.root, "check", str(wrong))
    assert code == 2, errors
    assert (
        "○ not written yet, or in need of a function that is not: relu_forward\n1 of 2 visible tests" in out
    )
    text = released.read_text(encoding="utf-8").replace(stub.replace('"', '\\"'), "return x, x")
    wrong.write_text(text, encoding="utf-8")
    _, out, _ = at(students.root, "check", str(wrong))
    assert "✗ relu_forward: AssertionError" in out
    code, out, _ = at(students.root, "check", str(wrong), "-q", "relu_backward")
    assert "✗" not in out
    refused(at(students.root, "check", str(wrong), "-q", "relu"), "relu is no question of this notebook")
    wrong.write_bytes(b"%PDF")
    refused(at(students.root, "check", str(wrong)), "is it the notebook 01_small?")


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_a_console_of_few_characters_is_told_all_the_same(tiny_course, encoding):
    path = tiny_course.root / f"{tiny.NAME}.ipynb"
    raising = 'def relu_forward(x):\n    raise ValueError("数 ✓ \\ud800")\n'
    path.write_bytes(tiny.answered(tiny_course, relu_forward=raising))
    said = {}
    for arguments in (("check", path.name), ("--help",), ("release",), ("grade", "nichts→")):
        done = subprocess.run(
            [COURSE, *arguments],
            cwd=tiny_course.root,
            capture_output=True,
            env=os.environ | {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"},
            check=False,
        )
        said[arguments[0]] = (done.returncode, (done.stdout + done.stderr).decode(encoding))
        assert "Traceback" not in said[arguments[0]][1]
    assert said["check"][0] == 2
    assert "x relu_forward" in said["check"][1]
    assert said["release"] == (0, f"+ assignments/{tiny.NAME}/{tiny.NAME}.ipynb{os.linesep}")
    assert said["grade"][0] == 1
    assert "no assignment is called 'nichts->'" in said["grade"][1]


@pytest.mark.slow
def test_a_course_may_lie_under_any_name(tmp_path):
    course = tiny.make_course(tmp_path / "100%25 (%s) #1?'\"ü {x}")
    assignment = course.assignment(tiny.NAME)
    release(course, assignment)
    tiny.hand_in(course, "ada", tiny.answered(course))
    assert tiny.grade_class(course)["ada"].score == 6
    assert len(write_feedback(course, assignment).pages) == 1
    assert export_grades(course, course.root / "grades.csv")[1] == 1
    nbgrader(course, "autograde", tiny.NAME, "--force")
    assert marks(course, tiny.NAME, "ada")["test_relu_backward"][0] == 4
    found = {path.name for path in course.root.iterdir() if path.is_file()}
    assert found == {"course.toml", "nbgrader_config.py", "gradebook.db", "grades.csv"}


def test_where_nbgrader_finds_nothing_is_a_sentence(tmp_path):
    course = tiny.make_course(tmp_path / "autumn [2026]")
    with pytest.raises(CourseError, match=r"nbgrader takes the \[ in .* for a pattern .*: move the course"):
        release(course, course.assignment(tiny.NAME))


def test_a_hints_formula_is_readable_on_a_console_of_few_characters():
    done = subprocess.run(
        [COURSE, "hint", "batchnorm_backward", "-m"],
        cwd=ROOT,
        env=os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
        capture_output=True,
        timeout=60,
    )
    assert b"-sum_n dx_hat_n c_n / std^2" in done.stdout
