"""`course check`: the marks of one notebook, in words and as an exit code."""

import importlib.util
import json
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import tiny
from handing_in import FILE, READS_THE_FILE, weights, with_file
from terminal import refused

from autograder.classroom.release import release
from autograder.sandbox import bubblewrap, walls
from course_utils.course.workspace import ensure_copies


@pytest.fixture
def notebook(tiny_course):
    path = tiny_course.root / "01_small.ipynb"
    path.write_bytes(tiny.answered(tiny_course))
    return path


def test_all_correct_is_0(at, tiny_course, notebook):
    code, out, _ = at(tiny_course.root, "check", notebook.name)
    assert code == 0
    assert "✓ relu_forward" in out
    assert "6 of 6 points" in out


def test_a_stub_notebook_is_2_and_says_what_is_missing(at, tiny_course):
    released = release(tiny_course, tiny_course.assignment(tiny.NAME), register=False)
    code, out, _ = at(tiny_course.root, "check", str(released))
    assert code == 2
    assert out.splitlines() == [
        "○ nothing is written yet, in 2 questions: begin with relu_forward",
        "0 of 6 points",
    ]


def test_points_that_no_check_gives_are_a_sentence_and_no_mark(at, tiny_course, notebook):
    source = tiny_course.source(tiny_course.assignment(tiny.NAME))
    text = source.read_text()
    source.write_text(text.replace('grade(\\"relu_backward\\")', "pass"))
    assert source.read_text() != text
    problem = "the test cell test_relu_backward has points but no hidden grade(...) line: put one between"
    refused(at(tiny_course.root, "check", notebook.name), problem)


@pytest.mark.skipif(not bubblewrap.status().available, reason=bubblewrap.status().reason)
@pytest.mark.parametrize("package", ["ipykernel", "zmq", "course_utils"])
def test_a_kernel_that_lacks_a_package_is_one_sentence(at, tiny_course, notebook, monkeypatch, package):
    folder = Path(importlib.util.find_spec(package).origin).parent
    monkeypatch.setattr(
        walls, "_PRIVATE", (str(folder),)
    )  # it is seen by the grader, and empty in the kernel
    refused(at(tiny_course.root, "check", notebook.name), f"{package} cannot be imported by", "install")


def test_a_grader_that_lacks_a_package_says_so_in_one_sentence(at, tiny_course, notebook, monkeypatch):
    monkeypatch.delitem(sys.modules, "autograder.grading.job")
    monkeypatch.setitem(sys.modules, "nbformat.notebooknode", None)
    refused(at(tiny_course.root, "check", notebook.name), "nbformat cannot be imported by", "install")


def test_what_is_not_written_is_one_line_beside_what_is(at, tiny_course):
    path = tiny_course.root / "01_small.ipynb"
    stub = (
        'def relu_backward(dout, cache):\n    raise NotImplementedError("relu_backward is not written yet")'
    )
    path.write_bytes(tiny.answered(tiny_course, relu_backward=stub))
    code, out, _ = at(tiny_course.root, "check", path.name)
    assert code == 2
    assert "✓ relu_forward" in out
    assert "○ not written yet, or in need of a function that is not: relu_backward\n2 of 6 points" in out


def test_an_editor_gets_one_line_of_json(at, tiny_course):
    path = tiny_course.root / "01_small.ipynb"
    path.write_bytes(tiny.answered(tiny_course, relu_backward=tiny.WRONG_BACKWARD))
    code, out, _ = at(tiny_course.root, "check", path.name, "--json")
    found = json.loads(out)
    assert code == 2
    assert (found["assignment"], found["hidden_checks"]) == (tiny.NAME, True)
    assert (found["points"] < 6, found["max_points"]) == (True, 6)
    forward, backward = found["questions"]
    assert (forward["state"], forward["points"], forward["messages"]) == ("passed", 2, [])
    assert (backward["question"], backward["state"]) == ("relu_backward", "wrong")
    assert "dx" in backward["messages"][0]


def test_the_points_of_an_own_copy_are_noted_and_of_another_file_not(at, tiny_course, notebook):
    release(tiny_course, tiny_course.assignment(tiny.NAME), register=False)
    at(tiny_course.root, "check", notebook.name)
    assert "0 of 6 points so far" in at(tiny_course.root, "progress")[1]
    copy = ensure_copies(tiny_course, tiny_course.assignment(tiny.NAME))
    shutil.copy(notebook, copy)
    at(tiny_course.root, "check", tiny.NAME)
    assert "6 of 6 points so far" in at(tiny_course.root, "progress")[1]


def test_it_checks_again_when_the_notebook_is_saved_with_other_sources(tiny_course, notebook):
    program = str(Path(sys.executable).with_name("course"))
    command = [program, "check", notebook.name, "--watch", "--json"]
    process = subprocess.Popen(command, cwd=tiny_course.root, stdout=subprocess.PIPE, text=True)
    giving_up = threading.Timer(120, process.kill)
    giving_up.start()
    try:
        assert json.loads(process.stdout.readline())["points"] == 6
        notebook.write_text("{")  # half written
        wrong = tiny.answered(tiny_course, relu_backward=tiny.WRONG_BACKWARD)
        notebook.with_name("new").write_bytes(wrong)
        notebook.with_name("new").replace(notebook)
        assert json.loads(process.stdout.readline())["points"] < 6
        process.send_signal(signal.SIGINT)
        assert process.wait() == 130
    finally:
        giving_up.cancel()
        process.kill()
        process.stdout.close()
        process.wait()


def test_a_mistake_is_2_and_named_and_the_same_seed_says_the_same(at, tiny_course):
    path = tiny_course.root / "01_small.ipynb"
    wrong = tiny.RELU_BACKWARD.replace("dout * (cache > 0)", "-dout * (cache > 0)")
    path.write_bytes(tiny.answered(tiny_course, relu_backward=wrong))
    first = at(tiny_course.root, "check", path.name, "--seed", "5", "-q", "relu_backward")
    assert first[0] == 2
    assert "the sign is flipped" in first[1]
    assert "✓ relu_forward" not in first[1]
    assert at(tiny_course.root, "check", path.name, "--seed", "5", "-q", "relu_backward") == first


def test_markup_in_a_message_is_only_text(at, tiny_course):
    path = tiny_course.root / "01_small.ipynb"
    raising = 'def relu_forward(x):\n    raise ValueError("[/bold] [red]x[/red] \\x1b[2J")\n'
    path.write_bytes(tiny.answered(tiny_course, relu_forward=raising))
    code, out, errors = at(tiny_course.root, "check", path.name)
    assert code == 2, errors
    assert "[/bold] [red]x[/red]" in out
    assert "\x1b[2J" not in out


def test_the_notebook_is_left_as_it_is(at, tiny_course, notebook):
    before = notebook.read_bytes()
    at(tiny_course.root, "check", notebook.name)
    assert notebook.read_bytes() == before
    assert not (tiny_course.root / "gradebook.db").exists()


def test_a_missing_file_and_a_missing_copy_are_sentences(at, tiny_course):
    refused(
        at(tiny_course.root, "check", "nowhere/01_small.ipynb"), "there is no file nowhere/01_small.ipynb"
    )
    refused(at(tiny_course.root, "check", tiny.NAME), "work/01_small", "course lab 01_small")


def test_an_unknown_question_is_a_sentence(at, tiny_course, notebook):
    refused(at(tiny_course.root, "check", notebook.name, "-q", "relu"), "relu is no question of 01_small")


def test_a_renamed_copy_is_known_by_what_it_holds(at, tiny_course, notebook):
    notebook.rename(notebook.with_name("Copy of homework (1).ipynb"))
    code, out, errors = at(tiny_course.root, "check", "Copy of homework (1).ipynb")
    assert (code, errors) == (0, "")
    assert "6 of 6 points" in out


def test_a_file_that_fits_nothing_is_taken_as_what_it_is_said_to_be(at, tiny_course, notebook):
    homework = notebook.with_name("homework.ipynb")
    homework.write_bytes(b'{"nbformat": 4, "cells": []}')
    refused(at(tiny_course.root, "check", "homework.ipynb"), "homework.ipynb fits no assignment by its cells")
    code, out, errors = at(tiny_course.root, "check", "--in", tiny.NAME, "homework.ipynb")
    assert code == 2, errors
    assert "None of the cells to fill in is in what was handed in" in " ".join(out.split())
    refused(at(tiny_course.root, "check", "--in", "02", "homework.ipynb"), "no assignment is called '02'")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (
            b'{"nbformat": 3, "nbformat_minor": 0, "worksheets": []}',
            "it is a notebook of format 3, not 4",
        ),
        (b"%PDF-1.7", "it is not a notebook (no valid JSON)"),
        (b"", "it is not a notebook"),
    ],
)
def test_what_is_no_notebook_is_2_with_the_reason(at, tiny_course, notebook, content, sentence):
    notebook.write_bytes(content)
    code, out, errors = at(tiny_course.root, "check", notebook.name)
    assert code == 2, errors
    assert sentence in out


def test_a_folder_in_place_of_a_file_is_a_sentence(at, tiny_course):
    (tiny_course.root / "01_small.ipynb").mkdir()
    refused(at(tiny_course.root, "check", "01_small.ipynb"), "there is no file 01_small.ipynb")


def test_a_self_learner_checks_with_the_file_beside_the_working_copy(at, tiny_course):
    course = with_file(tiny_course)
    work = course.root / "work" / tiny.NAME
    work.mkdir(parents=True)
    (work / f"{tiny.NAME}.ipynb").write_bytes(tiny.answered(course, relu_backward=READS_THE_FILE))
    _, out, _ = at(course.root, "check", tiny.NAME, "--as-graded")
    assert f"The file `{FILE}` is missing" in " ".join(out.split())
    (work / FILE).write_bytes(weights(1))
    _, out, errors = at(course.root, "check", tiny.NAME, "--as-graded")
    assert "6 of 6 points" in out, errors
