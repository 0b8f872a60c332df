"""`course lab` on copies of an earlier version: they get the imports of today, and keep every other byte that matters."""

import json

import pytest
import tiny

from autograder.classroom.release import release
from course_utils.course import notebooks
from course_utils.course.earlier import renew_copies
from course_utils.course.workspace import ensure_copies

STUDY = "from course_utils.study import check, hint"
SETUP = f"import numpy as np\nfrom course_utils.grading import grade\n{STUDY}"


@pytest.fixture
def copy(tiny_course):
    """A learner's copy, made and half written before the notebook imported `check` and `hint`."""
    assignment = tiny_course.assignment(tiny.NAME)
    release(tiny_course, assignment, register=False)
    path = ensure_copies(tiny_course, assignment)
    mine = json.loads(path.read_text())
    mine["cells"][4]["source"] = ["def relu_forward(x):\n", "    return x, 'π'  # mine\n"]
    path.write_text(json.dumps(mine, ensure_ascii=False))
    notebook = tiny.first_notebook()
    notebook.cells[1].source = SETUP
    tiny.write_source(tiny_course, tiny.NAME, notebook)
    release(tiny_course, assignment, register=False)
    return path


def cells(path):
    return json.loads(path.read_text())["cells"]


def test_what_is_missing_is_imported_and_nothing_else_changes(tiny_course, copy):
    before = cells(copy)
    said = list(renew_copies(tiny_course))
    after = cells(copy)
    assert said == [
        f"{tiny.NAME}/{tiny.NAME}.ipynb was made by an earlier version; its first cell now imports check, hint, too"
    ]
    assert "".join(after[1]["source"]) == "".join(before[1]["source"]) + "\n" + STUDY
    assert after[1]["metadata"] == before[1]["metadata"]
    assert [*after[:1], *after[2:]] == [*before[:1], *before[2:]]


def test_it_is_done_once(tiny_course, copy):
    list(renew_copies(tiny_course))
    first = copy.read_bytes()
    assert list(renew_copies(tiny_course)) == []
    assert copy.read_bytes() == first


def test_a_copy_of_today_is_left_alone(tiny_course, copy):
    copy.unlink()
    ensure_copies(tiny_course, tiny_course.assignment(tiny.NAME))
    before = copy.read_bytes()
    assert list(renew_copies(tiny_course)) == []
    assert copy.read_bytes() == before


def without_setup(text):
    data = json.loads(text)
    del data["cells"][1]
    return json.dumps(data)


@pytest.mark.parametrize(
    "broken",
    [lambda _: "", lambda _: "[]", lambda _: '{"cells": [3]}', lambda text: text[:-40], without_setup],
    ids=["empty", "a list", "no cells", "cut off", "no setup cell"],
)
def test_what_cannot_be_changed_stays_and_says_what_to_write(tiny_course, copy, broken):
    copy.write_text(broken(copy.read_text()))
    before = copy.read_bytes()
    (said,) = renew_copies(tiny_course)
    assert f"write in a cell: from course_utils.grading import grade; {STUDY}" in said
    assert copy.read_bytes() == before


def test_a_setup_cell_that_is_no_python_stays(tiny_course, copy):
    notebook = notebooks.read(copy)
    notebook.cells[1].source = "import numpy as (np"
    notebooks.write(notebook, copy)
    (said,) = renew_copies(tiny_course)
    assert "could not be read or changed" in said
    assert notebooks.read(copy).cells[1].source == "import numpy as (np"
