"""`course bundle` at the terminal."""

import tiny
from terminal import refused


def test_given_can_be_handed_out_early_by_name(later, tmp_path, at):
    code, _, errors = at(later.root, "bundle", "--to", str(tmp_path / "out"), "--given", tiny.LATER)
    assert code == 0, errors
    assert (tmp_path / "out" / "assignments" / tiny.LATER / "given.py").is_file()
    refused(at(later.root, "bundle", "--given", "03"), "no assignment is called '03'")


def test_what_lies_at_its_place_is_not_overwritten(later, tmp_path, at):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("mine")
    refused(at(later.root, "bundle", "--to", str(tmp_path / "out")), "holds something else")
    assert (tmp_path / "out" / "thesis.txt").read_text() == "mine"


def test_what_is_not_released_is_a_sentence(tiny_course, at):
    refused(at(tiny_course.root, "bundle"), "nothing is released yet: run `course release`")
    refused(at(tiny_course.root, "bundle", tiny.NAME), "01_small is not released yet")
