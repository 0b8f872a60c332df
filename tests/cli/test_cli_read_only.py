"""A course folder that cannot be written: commands that must write say so, and the others work."""

import sys

import pytest
import tiny
from mounts import run_read_only
from terminal import refused

from autograder.classroom.release import release


def read_only(folder, *arguments):
    """Run `course` in a folder that cannot be written, not even by root."""
    course = [sys.executable, "-c", "from autograder.cli import main; main()"]
    run = run_read_only(folder, folder, [*course, *arguments])
    return run.returncode, run.stdout, run.stderr


@pytest.fixture
def folder(tiny_class):
    release(tiny_class, tiny_class.assignment(tiny.NAME), register=False)
    tiny.hand_in(tiny_class, "ada", tiny.answered(tiny_class))
    return tiny_class.root


@pytest.mark.parametrize("arguments", [("release",), ("grade", tiny.NAME), ("lab", tiny.NAME)])
def test_it_is_a_sentence_and_loses_nothing(folder, arguments):
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    refused(read_only(folder, *arguments), "writ")
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_check_needs_to_write_nothing(folder):
    code, out, errors = read_only(folder, "check", f"submitted/ada/{tiny.NAME}/{tiny.NAME}.ipynb")
    assert code == 0, errors
    assert "6 of 6 points" in out


def test_feedback_and_export_of_a_read_only_course_are_sentences(graded_course):
    refused(read_only(graded_course.root, "feedback", "01_layers", "--student", "ada"), "writ")
    refused(read_only(graded_course.root, "export"), "writ")
