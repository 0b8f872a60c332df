"""`course bundle` at the terminal, and `course release` where it has to agree."""

import pytest
import tiny
from nbgrader_runs import nbgrader
from terminal import refused

from autograder.classroom.release import release


def test_given_can_be_handed_out_early_by_name(later, tmp_path, at):
    code, _, errors = at(later.root, "bundle", "--to", str(tmp_path / "out"), "--given", tiny.LATER)
    assert code == 0, errors
    assert (tmp_path / "out" / "assignments" / tiny.LATER / "given.py").is_file()
    refused(at(later.root, "bundle", "--given", "03"), "no assignment is called '03'")


@pytest.mark.parametrize(
    ("due", "out"), [("", False), ("2999-03-02T12:00:00Z", False), ("2020-03-02T12:00:00Z", True)]
)
def test_release_agrees_about_given(at, tmp_path, due, out):
    course = tiny.make_course(tmp_path / "course", later=True, due=due)
    given = course.root / "assignments" / tiny.LATER / "given.py"
    code, said, errors = at(course.root, "release")
    assert (code, given.is_file()) == (0, out), errors
    assert ("without given.py" in said) is not out
    code, said, _ = at(course.root, "release", "--given", tiny.LATER)
    assert (code, given.is_file(), "without" in said) == (0, True, False)
    at(course.root, "release", tiny.LATER)
    assert given.is_file() is out
    refused(at(course.root, "release", "--given", "03"), "no assignment is called '03'")


def test_nbgraders_own_release_keeps_given_back_as_well(tmp_path):
    course = tiny.make_course(tmp_path / "course", later=True)
    assignment = course.assignment(tiny.LATER)
    release(course, assignment, register=False)
    assert course.source(assignment).with_name("given.py").is_file()
    nbgrader(course, "generate_assignment", tiny.LATER, "--force", "--no-db", "--create")
    assert course.released_path(assignment).is_file()
    assert not course.released_path(assignment).with_name("given.py").exists()


def test_what_lies_at_its_place_is_not_overwritten(later, tmp_path, at):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("mine")
    refused(at(later.root, "bundle", "--to", str(tmp_path / "out")), "holds something else")
    assert (tmp_path / "out" / "thesis.txt").read_text() == "mine"


def test_what_is_not_released_is_a_sentence(tiny_course, at):
    refused(at(tiny_course.root, "bundle"), "nothing is released yet: run `course release`")
    refused(at(tiny_course.root, "bundle", tiny.NAME), "01_small is not released yet")
