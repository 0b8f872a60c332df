"""`grade(...)` in a notebook that no grader runs: an author's, a student's, and one that lies anywhere."""

import shutil

import pytest
import tiny

from autograder.course.manifest import Course
from course_utils.grading import grade


@pytest.fixture
def said(monkeypatch, capsys):
    """What `grade` prints in a folder."""

    def said_in(folder):
        monkeypatch.chdir(folder)
        grade("relu_forward")
        return capsys.readouterr().out

    return said_in


def test_an_author_is_told_the_verdict(said, tiny_course):
    assert "relu_forward is not defined" in said(tiny_course.root / "solutions" / tiny.NAME)


def test_outside_of_a_course_folder_it_says_so(said, tmp_path):
    text = said(tmp_path)
    assert text.startswith("relu_forward: the hidden checks run when your notebook is graded, and not here: ")
    assert f"no course.toml in {tmp_path.resolve()} or above it" in text
    assert len(text.splitlines()) == 1


def test_where_there_is_no_solution_to_compare_with_it_says_so(said, tiny_course: Course):
    shutil.rmtree(tiny_course.root / "solutions")
    text = said(tiny_course.root)
    assert text.startswith("relu_forward: the hidden checks run when your notebook is graded, and not here: ")
    assert "holds no solution notebooks to compare with" in text


def test_an_author_whose_checks_are_not_there_is_told_so_and_sees_no_traceback(said, tiny_course: Course):
    manifest = tiny_course.root / "course.toml"
    manifest.write_text(manifest.read_text().replace('"layers"', '"topic"'))
    text = said(tiny_course.root / "solutions" / tiny.NAME)
    assert text.startswith("✗ relu_forward: no hidden check could run: course.toml names the checks 'topic'")
    assert len(text.splitlines()) == 1
