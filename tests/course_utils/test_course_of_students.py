"""`course` as students have it, without the grader: what it says and how it ends."""

import json
import shutil
import sys

import pytest
import tiny
from terminal import refused

from course_utils import cli
from course_utils.course import notebooks


@pytest.fixture
def students(later):
    """The folder of a student with both notebooks in work/, the first one answered, and without given.py."""
    answers = tiny.answered(later)
    shutil.rmtree(later.root / "solutions")
    (later.root / "assignments" / tiny.LATER / "given.py").unlink()
    for name in (tiny.NAME, tiny.LATER):
        shutil.copytree(later.root / "assignments" / name, later.root / "work" / name)
    (later.root / "work" / tiny.NAME / f"{tiny.NAME}.ipynb").write_bytes(answers)
    return later


@pytest.fixture
def student(students, monkeypatch, capsys):
    """Run a student's `course` in the folder; gives exit code, output and errors."""

    def run(*arguments):
        monkeypatch.chdir(students.root)
        monkeypatch.setenv("COLUMNS", "200")
        monkeypatch.setattr(sys, "argv", ["course", *arguments])
        code = 0
        try:
            cli.main()
        except SystemExit as end:
            code = end.code or 0
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def change(students, name, question, source):
    path = students.root / "work" / name / f"{name}.ipynb"
    notebook = notebooks.read(path)
    dict(notebooks.answers(notebook))[question].source = source
    notebooks.write(notebook, path)


def test_all_visible_tests_pass(student):
    code, out, errors = student("check", tiny.NAME)
    assert code == 0, errors
    assert "✓ relu_forward\n✓ relu_backward\n2 of 2 visible tests pass" in out


def test_a_wrong_answer_a_broken_cell_and_a_stub_are_told_apart(students, student):
    change(students, tiny.NAME, "relu_forward", "def relu_forward(x):\n    return x, x\n")
    change(students, tiny.NAME, "relu_backward", "def relu_backward(dout, cache:\n")
    code, out, _ = student("check", tiny.NAME)
    assert code == 2
    assert "✗ relu_forward: AssertionError" in out
    stub = 'def relu_forward(x):\n    raise NotImplementedError("relu_forward is not written yet")\n'
    change(students, tiny.NAME, "relu_forward", stub)
    code, out, _ = student("check", tiny.NAME, "--json")
    assert code == 2
    states = {each["question"]: each["state"] for each in json.loads(out)["questions"]}
    assert states == {
        "relu_forward": "not written",
        "relu_backward": "passed",
    }  # whose visible test prints only


def test_a_kernel_that_ends_is_said(students, student):
    change(students, tiny.NAME, "relu_forward", "import os\nos._exit(3)\n")
    code, out, errors = student("check", tiny.NAME)
    assert code == 2, errors
    assert "✗ relu_forward: the kernel stopped" in out


def test_a_later_notebook_is_checked_with_the_learners_own_functions(students, student):
    refused(student("given", tiny.LATER, "--ours"), "not handed out yet")
    code, out, errors = student("given", tiny.LATER)
    assert code == 0, errors
    assert f"work/{tiny.LATER}/given.py" in out
    change(
        students,
        tiny.LATER,
        "tanh_forward",
        "def tanh_forward(x):\n    out = np.tanh(x) + 0 * relu_forward(x)[0]\n    return out, out\n",
    )
    code, out, errors = student("check", tiny.LATER)
    assert code == 0, out + errors


def test_what_is_no_notebook_is_a_sentence(students, student):
    (students.root / "work" / tiny.NAME / f"{tiny.NAME}.ipynb").write_text("%PDF")
    refused(student("check", tiny.NAME), "it is not a notebook", "is it the notebook 01_small?")
    refused(student("check", "x.ipynb"), "there is no file x.ipynb")


def test_a_renamed_notebook_is_known_by_its_cells(students, student):
    path = students.root / "work" / tiny.NAME / f"{tiny.NAME}.ipynb"
    path.rename(path.with_name("final (2).ipynb"))
    code, out, errors = student("check", f"work/{tiny.NAME}/final (2).ipynb")
    assert code == 0, errors
    assert "2 of 2 visible tests pass" in out
