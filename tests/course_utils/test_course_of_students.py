"""`course` as students have it, without the grader: what it says and how it ends."""

import hashlib
import json
import re
import shutil
import sysconfig
import venv
import zipfile
from datetime import datetime

import pytest
import tiny
from terminal import called, refused

from course_utils import cli
from course_utils.course import notebooks
from course_utils.grading import SOCKET_VARIABLE
from course_utils.study import submit


@pytest.fixture
def students(later):
    """The folder of a student with both notebooks in work/, the first one answered, and without given.py."""
    answers = tiny.answered(later)
    shutil.rmtree(later.root / "solutions")
    (later.root / "assignments" / tiny.LATER / "given.py").unlink(missing_ok=True)
    for name in (tiny.NAME, tiny.LATER):
        shutil.copytree(later.root / "assignments" / name, later.root / "work" / name)
    (later.root / "work" / tiny.NAME / f"{tiny.NAME}.ipynb").write_bytes(answers)
    return later


@pytest.fixture
def student(students, monkeypatch, capsys):
    """Run a student's `course` in the folder; gives exit code, output and errors."""

    def run(*arguments):
        monkeypatch.chdir(students.root)
        return called(cli.main, arguments, capsys)

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


@pytest.mark.slow
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


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    """A Python without packages, and a kernel spec that names it, as another installation leaves one in a home."""
    folder = tmp_path_factory.mktemp("bare")
    venv.create(folder / "venv", with_pip=False, symlinks=True)
    python = folder / "venv" / "bin" / "python"
    spec = {"argv": [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]}
    (folder / "kernels" / "python3").mkdir(parents=True)
    (folder / "kernels" / "python3" / "kernel.json").write_text(
        json.dumps(spec | {"display_name": "Python 3", "language": "python"})
    )
    return folder


def test_a_kernel_of_another_python_is_one_sentence(student, bare, monkeypatch):
    monkeypatch.setenv("JUPYTER_PATH", str(bare))
    refused(student("check", tiny.NAME), "course_utils cannot be imported by", str(bare), "install")
    code, out, _ = student("doctor")
    assert code == 1
    assert "course_utils cannot be imported by" in out


def test_a_kernel_that_runs_without_the_course_is_one_sentence(student, bare, monkeypatch):
    packages = next((bare / "venv").glob("lib/*/site-packages"))
    (packages / "ours.pth").write_text(sysconfig.get_path("purelib"))  # without what its own .pth files name
    monkeypatch.setenv("JUPYTER_PATH", str(bare))
    refused(student("check", tiny.NAME), "course_utils cannot be imported by", str(bare), "install")


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


def contents(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_what_is_handed_in_is_the_notebook_as_it_is_with_a_receipt(students, student):
    mine = students.root / "work" / tiny.NAME / f"{tiny.NAME}.ipynb"
    before = mine.read_bytes()
    code, out, errors = student("submit", tiny.NAME)
    assert code == 0, errors
    assert re.search(r"✓\s+relu_forward\s+2\s+passed", out)
    assert re.search(r"answer_zero\s+1\s+a person reads it", out)
    assert "6 of 6 points have a visible test that passes; the hidden ones decide" in out
    found = contents(students.root / "handed-in" / f"{tiny.NAME}.hand-in.zip")
    assert found.pop(f"{tiny.NAME}.ipynb") == before == mine.read_bytes()
    receipt = json.loads(found.pop("receipt.json"))
    assert not found
    assert receipt["files"] == {f"{tiny.NAME}.ipynb": hashlib.sha256(before).hexdigest()}
    assert receipt["tests"] == {"relu_forward": "passed", "relu_backward": "passed"}
    assert receipt["points"] == 6
    assert receipt["digest"] in out
    assert "\ndue Monday 2026-03-02 " in out
    assert datetime.fromisoformat(receipt["time"]).tzinfo


def test_what_is_missing_is_said_and_handed_in_all_the_same(students, student):
    path = students.root / "work" / tiny.NAME / f"{tiny.NAME}.ipynb"
    notebook = notebooks.read(path)
    notebook.cells = [cell for cell in notebook.cells if notebooks.grade_id(cell) != "relu_backward"]
    notebooks.write(notebook, path)
    stub = 'def relu_forward(x):\n    raise NotImplementedError("relu_forward is not written yet")\n'
    change(students, tiny.NAME, "relu_forward", stub)
    other = path.rename(path.with_name("mine.ipynb"))
    code, out, errors = student("submit", str(other))
    assert code == 0, errors
    assert re.search(r"○\s+relu_forward\s+2\s+not written", out)
    assert "The cell relu_backward was missing." in out.replace("`", "")
    assert f"mine.ipynb is handed in as {tiny.NAME}.ipynb." in out
    assert f"{tiny.NAME}.ipynb" in contents(students.root / "handed-in" / f"{tiny.NAME}.hand-in.zip")


@pytest.mark.parametrize(
    "content", [b"%PDF", b"", b'{"nbformat": 4, "cells": []}', b"\xff\xfe{", b"[" * 100_000]
)
def test_nothing_that_a_grader_takes_is_refused(students, student, content):
    path = students.root / "work" / tiny.NAME / f"{tiny.NAME}.ipynb"
    path.write_bytes(content)
    code, out, errors = student("submit", tiny.NAME)
    assert code == 0, errors
    assert "could not be read" in out or "to fill in is in what was handed in" in out
    assert "0 of 6 points" in out
    assert contents(students.root / "handed-in" / f"{tiny.NAME}.hand-in.zip")[path.name] == content


def test_files_that_belong_to_it_are_handed_in_or_missed(students, student):
    manifest = students.root / "course.toml"
    manifest.write_text(manifest.read_text().replace("points = 7\n", 'points = 7\nfiles = ["net.npz"]\n'))
    assert "The file net.npz is missing" in student("submit", tiny.NAME)[1]
    (students.root / "work" / tiny.NAME / "net.npz").write_bytes(b"weights")
    assert "net.npz" not in student("submit", tiny.NAME)[1]
    found = contents(students.root / "handed-in" / f"{tiny.NAME}.hand-in.zip")
    assert found["net.npz"] == b"weights"
    assert json.loads(found["receipt.json"])["files"]["net.npz"] == hashlib.sha256(b"weights").hexdigest()


def test_a_notebook_hands_itself_in_by_a_cell(students, monkeypatch, capfd):
    monkeypatch.chdir(students.root / "work" / tiny.NAME)
    monkeypatch.setenv("FORCE_COLOR", "1")  # as a kernel does
    submit()
    out = capfd.readouterr().out
    assert "6 of 6 points" in out
    assert "\x1b" not in out
    assert "running the tests" not in out
    assert (students.root / "handed-in" / f"{tiny.NAME}.hand-in.zip").is_file()
    monkeypatch.setenv(SOCKET_VARIABLE, "where a grader listens")
    submit()
    assert not capfd.readouterr().out


def test_where_no_notebook_of_the_course_lies_nothing_is_handed_in(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    submit()
    assert "open the notebook in the course's folder" in capfd.readouterr().out
