"""`course grade`, `feedback` and `export`: the life of an assignment, and what stands in its way."""

import re

import pytest
import tiny
from terminal import refused


@pytest.mark.parametrize("student", ["ada/bao", "ada lovelace", "../ada"])
def test_a_student_id_with_a_slash_or_a_space_is_refused(at, tiny_course, student):
    refused(at(tiny_course.root, "grade", tiny.NAME, "--student", student), "is no student id", "no slash")
    refused(at(tiny_course.root, "feedback", tiny.NAME, "--student", student), "is no student id", "no slash")


def test_nothing_handed_in_is_a_sentence(at, tiny_course):
    (tiny_course.root / "submitted").mkdir()
    refused(at(tiny_course.root, "grade", tiny.NAME), "no submission for 01_small", "submitted/<student>/")


def test_feedback_and_export_before_grading_say_what_comes_first(at, tiny_course):
    refused(at(tiny_course.root, "feedback", tiny.NAME), "course grade 01_small")
    refused(at(tiny_course.root, "export"), "course grade")
    assert not (tiny_course.root / "gradebook.db").exists()


def test_the_life_of_an_assignment(at, tiny_class):
    folder = tiny_class.root
    code, out, _ = at(folder, "release")
    assert (code, "assignments/01_small/01_small.ipynb" in out) == (0, True)
    tiny.hand_in(tiny_class, "ada", tiny.answered(tiny_class))
    tiny.hand_in(tiny_class, "bao", b'{"nbformat": 3, "nbformat_minor": 0, "worksheets": []}')
    code, out, errors = at(folder, "grade", tiny.NAME)
    assert code == 0, errors
    assert re.search(r"ada\s.*6/6.*all correct", out)
    assert re.search(r"bao\s.*0/6.*it is a notebook of format 3, not 4; open it in JupyterLab, save it", out)
    tiny.hand_in(tiny_class, "eve lovelace", b"{}")
    code, out, _ = at(folder, "grade", tiny.NAME)
    assert code == 3
    assert "submitted/eve lovelace: 'eve lovelace' is no student id" in out
    code, out, _ = at(folder, "feedback", tiny.NAME)
    assert (code, "2 pages" in out) == (0, True)
    code, out, _ = at(folder, "export", "--to", "marks.csv")
    assert (code, "marks.csv: 2 rows" in out) == (0, True)
    assert (folder / "feedback/ada/01_small/01_small.html").is_file()


def test_the_gradebook_of_another_course_is_refused_and_kept(at, tiny_class):
    from nbgrader.api import Gradebook

    with Gradebook(tiny_class.gradebook_url) as gradebook:
        gradebook.add_assignment("ps1")
    tiny.hand_in(tiny_class, "ada", b"{}")
    before = (tiny_class.root / "gradebook.db").read_bytes()
    refused(at(tiny_class.root, "grade", tiny.NAME), "holds only ps1, which course.toml does not name")
    refused(at(tiny_class.root, "release"), "holds only ps1, which course.toml does not name")
    assert (tiny_class.root / "gradebook.db").read_bytes() == before


def test_a_gradebook_that_is_no_database_is_refused_and_kept(at, tiny_course):
    path = tiny_course.root / "gradebook.db"
    path.write_bytes(b"my grades\n" * 100)
    tiny.hand_in(tiny_course, "ada", b"{}")
    for command in (("grade", tiny.NAME), ("release",), ("export",)):
        refused(at(tiny_course.root, *command), "gradebook", "move it away")
    assert path.read_bytes() == b"my grades\n" * 100
