"""The demo: real files in a folder of its own, made anew, never over something else."""

import csv
import io
import shutil

import pytest
from courses import copy_course
from rich.console import Console

from autograder.demo import members, run
from course_utils.errors import CourseError


@pytest.fixture
def short_class(monkeypatch):
    """Two of the twelve: the whole class is graded for all tests by `graded_class`."""
    short = tuple(member for member in members.CLASS if member.name in ("ada", "lucia"))
    monkeypatch.setattr(run, "CLASS", short)
    return short


@pytest.mark.slow
def test_the_life_of_an_assignment_on_real_files(short_class, tmp_path):
    course = copy_course(tmp_path / "course")
    output = io.StringIO()
    results = run.run_demo(course, None, Console(file=output, width=120))
    folder = course.root / "build" / "demo"
    text = output.getvalue()
    assert {student: graded.fault for student, graded in results.items()} == {"ada": "", "lucia": ""}
    for what in ("release", "hand in", "autograde with hidden tests", "feedback and grades"):
        assert what in text
    for member in short_class:
        assert member.story in text
        assert (folder / "submitted" / member.name / "01_layers" / "01_layers.ipynb").is_file()
        assert (folder / "feedback" / member.name / "01_layers" / "01_layers.html").is_file()
    assert "all correct" in text
    assert "it is not a notebook" in text
    assert text.rstrip().splitlines()[-1].endswith("make lab opens the course in JupyterLab")
    with (folder / "grades.csv").open(newline="", encoding="utf-8") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    assert float(rows["ada"]["score"]) == results["ada"].score > 90
    assert float(rows["lucia"]["score"]) == 0
    # The course itself is left as it was.
    assert sorted(path.name for path in course.root.iterdir()) == [
        "build",
        "course.toml",
        "nbgrader_config.py",
        "solutions",
    ]


def test_a_folder_with_something_else_in_it_is_left_alone(course, tmp_path):
    folder = tmp_path / "thesis"
    folder.mkdir()
    (folder / "thesis.tex").write_text("years of work")
    with pytest.raises(CourseError, match="holds something else; choose an empty folder with --folder"):
        run.run_demo(course, folder, Console(file=io.StringIO()))
    assert (folder / "thesis.tex").read_text() == "years of work"


def test_a_file_in_place_of_the_folder_is_a_sentence(course, tmp_path):
    path = tmp_path / "file"
    path.write_text("kept")
    with pytest.raises(CourseError, match="--folder"):
        run.run_demo(course, path, Console(file=io.StringIO()))
    assert path.read_text() == "kept"


def test_every_story_makes_a_file_of_its_own(course):
    from autograder.classroom.release import release
    from course_utils.course import notebooks

    assignment = course.assignment(members.ASSIGNMENT)
    released = notebooks.read(release(course, assignment, register=False))
    answers = members.solutions(course, assignment)
    files = {member.name: member.hand_in(released, answers) for member in members.CLASS}
    assert len(files) == 12
    assert len(set(files.values())) == 12
    assert all("### BEGIN SOLUTION" not in file.decode() for file in files.values())
    assert len({member.story for member in members.CLASS}) == 12


def test_an_earlier_demo_is_made_anew(short_class, course, tmp_path, monkeypatch):
    folder = tmp_path / "demo"
    folder.mkdir()
    (folder / "THIS_IS_A_DEMO.txt").write_text("")
    (folder / "old.txt").write_text("")
    monkeypatch.setattr(run, "release", _stop)
    with pytest.raises(Stopped):
        run.run_demo(course, folder, Console(file=io.StringIO()))
    assert not (folder / "old.txt").exists()
    assert (folder / "solutions" / "01_layers" / "01_layers.ipynb").is_file()
    shutil.rmtree(folder)


class Stopped(Exception):
    """The demo came as far as this test wants it to."""


def _stop(*args, **kwargs):
    raise Stopped
