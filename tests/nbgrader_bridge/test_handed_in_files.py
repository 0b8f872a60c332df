"""Files handed in with a notebook, and what else lies in a submission's folder, by nbgrader's own commands."""

import os

import capstones
import numpy as np
import pytest
import tiny
from courses import copy_course
from handing_in import FILE, hand_in, weights, with_file
from nbgrader_runs import marks, nbgrader

from autograder.classroom.feedback import write_feedback
from autograder.classroom.release import release
from autograder.course.manifest import Course
from autograder.nbgrader_bridge import hooks


@pytest.fixture
def course(tiny_class: Course) -> Course:
    """The tiny course, with a file to hand in."""
    return with_file(tiny_class)


def test_nbgrader_gives_the_same_marks_and_no_file_to_anybody(course):
    authors = course.source(course.assignment(tiny.NAME)).with_name(FILE)
    authors.write_bytes(weights(1))
    release(course, course.assignment(tiny.NAME))
    assert not course.released_path(course.assignment(tiny.NAME)).with_name(FILE).exists()
    nbgrader(course, "generate_assignment", tiny.NAME, "--force")
    assert not course.released_path(course.assignment(tiny.NAME)).with_name(FILE).exists()
    hand_in(course, "ada", weights(1))
    hand_in(course, "bao", None)
    hand_in(course, "chidi", weights(np.nan))
    log = nbgrader(course, "autograde", tiny.NAME)
    got = {name: marks(course, tiny.NAME, name)["test_relu_backward"][0] for name in ("ada", "bao", "chidi")}
    assert got == {"ada": 4, "bao": 0, "chidi": 0}
    assert f"The file `{FILE}` is missing" in log
    assert list((course.root / "autograded").rglob(FILE)) == []


def test_links_pipes_and_unreadable_times_are_set_aside_and_stop_nobody(course, tmp_path):
    release(course, course.assignment(tiny.NAME))
    (tmp_path / "secret").write_bytes(b"secret")
    for student in ("ada", "bao", "chidi"):
        hand_in(course, student, weights(1))
    folder = course.folder("submitted", "bao", course.assignment(tiny.NAME))
    (folder / "timestamp.txt").write_text("the day before yesterday")
    (folder / "solution.txt").symlink_to(tmp_path / "secret")
    (folder / "more").mkdir()
    (folder / "more" / "all").symlink_to(tmp_path)
    os.mkfifo(folder / "pipe")
    other = course.folder("submitted", "ada", course.assignment(tiny.NAME))
    os.mkfifo(other / "timestamp.txt")
    nbgrader(course, "autograde", tiny.NAME)
    for student in ("ada", "bao", "chidi"):
        assert marks(course, tiny.NAME, student)["test_relu_backward"][0] == 4
    left = [path.name for path in (course.root / "autograded").rglob("*") if path.is_file()]
    assert left == [f"{tiny.NAME}.ipynb"] * 3
    kept = {path.name.split("-", 1)[1] for path in (course.root / ".grading" / "set-aside").rglob("*-*")}
    assert kept == {"timestamp.txt", "solution.txt", "all", "pipe"}


def test_a_folder_that_is_a_link_is_left_alone(course, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "odd").symlink_to(tmp_path)
    folder = course.root / "submitted" / "eve" / tiny.NAME
    folder.parent.mkdir(parents=True)
    folder.symlink_to(elsewhere)
    hooks.set_aside(course, course.assignment(tiny.NAME), [str(folder / f"{tiny.NAME}.ipynb")])
    assert (elsewhere / "odd").is_symlink()


SPARSE = 10**12  # bytes; no disk here takes them all


def sparse(path):
    with path.open("wb") as file:
        file.truncate(SPARSE)


UNREADABLE_TIMES = {
    "words": lambda path: path.write_text("garbage"),
    "long": lambda path: path.write_text("2026-03-01 12:00:00 UTC" + " " * 100 + "garbage"),
    "null": lambda path: path.write_text("\0"),
    "pipe": os.mkfifo,
    "folder": lambda path: (path / "in").mkdir(parents=True),
}


def test_unreadable_times_in_a_second_run_take_nothing_away(course):
    paths = {
        student: hand_in(course, student, weights(1)).with_name("timestamp.txt")
        for student in UNREADABLE_TIMES
    }
    for path in paths.values():
        path.write_text("2026-03-01 12:00:00 UTC")
    nbgrader(course, "autograde", tiny.NAME)
    assignment = course.assignment(tiny.NAME)
    graded = {s: course.folder("autograded", s, assignment) / f"{tiny.NAME}.ipynb" for s in paths}
    before = {student: path.read_bytes() for student, path in graded.items()}
    for student, spoil in UNREADABLE_TIMES.items():
        paths[student].unlink()
        spoil(paths[student])
    nbgrader(course, "autograde", tiny.NAME)
    assert {student: path.read_bytes() for student, path in graded.items()} == before
    for student in paths:
        assert marks(course, tiny.NAME, student)["test_relu_backward"][0] == 4


def test_files_of_any_size_are_not_copied(course):
    folder = hand_in(course, "ada", weights(1)).parent
    sparse(folder / "core")
    bao = hand_in(course, "bao", None)
    sparse(bao)
    log = nbgrader(course, "autograde", tiny.NAME)
    assert marks(course, tiny.NAME, "ada")["test_relu_backward"][0] == 4
    assert marks(course, tiny.NAME, "bao")["test_relu_backward"][0] == 0
    assert f"The file `{FILE}` is too large" in log
    assert bao.stat().st_size == SPARSE
    left = {path.name for path in (course.root / "autograded").rglob("*") if path.is_file()}
    assert left == {f"{tiny.NAME}.ipynb"}
    assert [path.stat().st_size for path in (course.root / ".grading").rglob("*-core")] == [SPARSE]


def test_a_folder_in_the_way_of_the_graded_notebook_stops_nothing(course):
    folder = hand_in(course, "ada", weights(1)).parent
    for name in (f"{tiny.NAME}.new", f"{tiny.NAME}.ipynb.new"):
        (folder / name).mkdir()
        (folder / name / "file").write_text("in the way")
    nbgrader(course, "autograde", tiny.NAME)
    hand_in(course, "bao", weights(1))
    graded = tiny.grade_class(course)
    assert {student: result.score for student, result in graded.items()} == {"ada": 6, "bao": 6}


def test_what_a_killed_command_left_is_given_to_nobody(course):
    hand_in(course, "ada", weights(1))
    tiny.grade_class(course)
    assignment = course.assignment(tiny.NAME)
    (course.folder("autograded", "ada", assignment) / ".0123456789abcdef.new").write_text("half a notebook")
    (page,) = write_feedback(course, assignment).pages
    assert [path.name for path in page.parent.iterdir()] == [page.name]


@pytest.mark.slow
def test_nbgrader_asks_the_capstone_in_a_new_kernel_too(tmp_path):
    course = copy_course(tmp_path / "course")
    assignment = course.assignment(capstones.NAME)
    release(course, assignment)
    imitation = capstones.IMITATIONS["read from the file"]
    for student, predict in (("ada", capstones.honest("CLASSES = 10\n")), ("mallory", imitation)):
        folder = course.folder("submitted", student, assignment)
        folder.mkdir(parents=True)
        (folder / f"{capstones.NAME}.ipynb").write_bytes(capstones.submission(predict))
        (folder / "capstone.npz").write_bytes(capstones.trained_file())
    nbgrader(course, "autograde", capstones.NAME)
    got = {name: marks(course, capstones.NAME, name)["test_predict"][0] for name in ("ada", "mallory")}
    assert got["ada"] == 12
    assert got["mallory"] <= 2
