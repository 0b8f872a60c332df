"""`course record`: the long runs of a notebook, made once, beside the solution and beside the student's notebook."""

import json

import pytest
import tiny
from nbformat.v4 import new_code_cell
from terminal import refused

from autograder.classroom.release import release
from course_utils.course import notebooks

CELL = """from course_utils.recordings import Recording, grid
def rectified(data, n):
    return {"out": float(relu_forward(np.array(2.0 * n))[0])}
rectify = Recording("rectify", rectified, grid(data=("shapes10",), n=(-1, 1)))
"""


@pytest.fixture
def recorded(tiny_course):
    """The tiny course, with an experiment to record."""
    notebook = notebooks.read(tiny_course.source(tiny_course.assignment(tiny.NAME)))
    notebook.cells.append(new_code_cell(CELL, metadata={"tags": ["demo", "recorded"]}))
    tiny.write_source(tiny_course, tiny.NAME, notebook)
    return tiny_course


def runs(path):
    return [(run["settings"]["n"], run["result"]["out"]) for run in json.loads(path.read_text())["runs"]]


def test_the_runs_use_the_solutions_and_go_with_the_release(at, recorded):
    code, out, _ = at(recorded.root, "record", tiny.NAME)
    assert code == 0
    assert out.splitlines()[-1] == f"✓ solutions/{tiny.NAME}/rectify.record.json"
    assert "rectify 2/2: data = shapes10, n = 1, " in out
    released = release(recorded, recorded.assignment(tiny.NAME), register=False)
    assert runs(released.with_name("rectify.record.json")) == [(-1, 0.0), (1, 2.0)]


def test_a_second_command_makes_nothing_anew_unless_asked(at, recorded):
    at(recorded.root, "record", tiny.NAME)
    assert "rectify 1/2" not in at(recorded.root, "record", tiny.NAME, "rectify")[1]
    assert "rectify 1/2" in at(recorded.root, "record", tiny.NAME, "rectify", "--afresh")[1]


def test_a_check_makes_the_runs_again_and_finds_a_number_that_is_not_as_recorded(at, recorded):
    at(recorded.root, "record", tiny.NAME)
    assert at(recorded.root, "record", tiny.NAME, "--check")[0] == 0
    path = recorded.source(recorded.assignment(tiny.NAME)).with_name("rectify.record.json")
    path.write_text(path.read_text().replace('"out": 2.0', '"out": 3.0'))
    ended = at(recorded.root, "record", tiny.NAME, "--check")
    assert "rectify with data = shapes10, n = 1: out is 2.0, recorded is 3.0" in ended[1]
    refused(ended, "1 number of 01_small is not as recorded", "--afresh")


def test_other_pictures_go_to_a_file_of_their_own(at, recorded):
    at(recorded.root, "record", tiny.NAME, "--data", "cifar10")
    folder = recorded.source(recorded.assignment(tiny.NAME)).parent
    assert [path.name for path in folder.glob("*.json")] == ["rectify-cifar10.record.json"]


def test_what_is_not_recorded_is_said(at, tiny_course, recorded):
    refused(
        at(recorded.root, "record", tiny.NAME, "speed"), "has no recording speed; its recordings: rectify"
    )
