"""Students under a wrong name, under two, or not at all: everything follows them, and nothing is half done."""

import subprocess

import pytest
import tiny
from exports import make_zip, take
from nbgrader.api import Gradebook
from terminal import COURSE, refused
from tiny import NAME

from autograder.classroom import students
from autograder.classroom.feedback import write_feedback
from autograder.course.manifest import Course
from course_utils.errors import CourseError


@pytest.fixture
def course(graded_three: Course) -> Course:
    """The class of three with feedback, in which ada was marked by hand."""
    write_feedback(graded_three, graded_three.assignment(NAME))
    mark(graded_three, "ada", 0.75)
    return graded_three


def mark(course: Course, student: str, points: float) -> None:
    with Gradebook(course.gradebook_url) as gradebook:
        gradebook.find_grade("answer_zero", NAME, NAME, student).manual_score = points
        gradebook.find_student(student).email = f"{student}@example.org"
        gradebook.db.commit()


def everything(course: Course) -> dict:
    """All paths with their content, and what the gradebook holds of whom."""
    with Gradebook(course.gradebook_url) as gradebook:
        book = {
            student.id: {
                submission.name: [
                    (grade.name, grade.auto_score, grade.manual_score)
                    for notebook in submission.notebooks
                    for grade in notebook.grades
                ]
                for submission in student.submissions
            }
            for student in gradebook.students
        }
    files = {
        str(path.relative_to(course.root)): path.read_bytes()
        for path in course.root.rglob("*")
        if path.is_file() and path.name not in ("gradebook.db", "lock")
    }
    return {"book": book, "files": files}


def about(course: Course, student: str) -> set[str]:
    """The folders and files of a student, by the room they are in."""
    rooms = {"submitted", "autograded", "feedback"}
    found = {room for room in rooms if (course.root / room / student / NAME).is_dir()}
    journal = course.root / ".grading" / NAME / f"{student}.json"
    return (
        found
        | ({"journal"} if journal.is_file() else set())
        | ({"book"} if student in everything(course)["book"] else set())
    )


ALL = {"submitted", "autograded", "feedback", "journal", "book"}


def test_a_renamed_student_keeps_everything_and_is_not_graded_again(course):
    marks = everything(course)["book"]["ada"]
    students.rename(course, "ada", "ada.lovelace")
    assert (about(course, "ada"), about(course, "ada.lovelace")) == (set(), ALL)
    assert everything(course)["book"]["ada.lovelace"] == marks
    with Gradebook(course.gradebook_url) as gradebook:
        assert gradebook.find_student("ada.lovelace").email == "ada@example.org"
    page = course.folder("feedback", "ada.lovelace", course.assignment(NAME)) / f"{NAME}.html"
    assert "ada.lovelace" in page.read_text(encoding="utf-8")
    path = course.folder("autograded", "ada.lovelace", course.assignment(NAME)) / f"{NAME}.ipynb"
    before = path.stat().st_mtime_ns
    assert tiny.grade_class(course)["ada.lovelace"].score == 6
    assert path.stat().st_mtime_ns == before


def test_a_folder_with_an_impossible_name_can_be_renamed(course):
    tiny.hand_in(course, "eve lovelace", tiny.answered(course))
    students.rename(course, "eve lovelace", "eve")
    assert about(course, "eve") == {"submitted"}


def test_two_who_are_one_are_merged(course):
    (course.root / "submitted" / "ada2" / "02_later").mkdir(parents=True)
    students.merge(course, "ada", "ada2")
    assert (about(course, "ada"), about(course, "ada2")) == (set(), ALL)
    assert {path.name for path in (course.root / "submitted" / "ada2").iterdir()} == {NAME, "02_later"}


ROSTER = "id;Name;E-Mail;canvas\nada;Ada Lovelace;ada@example.org;\nbao;Bảo;;102\nada2;Lovelace, Ada;;101\n"


def test_the_roster_follows_whoever_is_renamed_or_merged(course):
    roster = course.root / "roster.csv"
    roster.write_text(f"\ufeff{ROSTER}", encoding="utf-8")
    students.rename(course, "bao", "bao.tran")
    assert roster.read_bytes().decode() == f"\ufeff{ROSTER}".replace("bao;", "bao.tran;")
    (course.root / "submitted" / "ada2" / "02_later").mkdir(parents=True)
    students.merge(course, "ada", "ada2")
    assert roster.read_bytes().decode() == (
        "\ufeffid;Name;E-Mail;canvas\nada2;Lovelace, Ada;ada@example.org;101\nbao.tran;Bảo;;102\n"
    )


def test_two_rows_of_a_roster_that_contradict_each_other_make_nobody_one(course):
    (course.root / "roster.csv").write_text("id,email\nada,ada@example.org\nzoe,zoe@example.org\n")
    before = everything(course)
    with pytest.raises(CourseError, match=r"two rows for zoe, with email 'zoe@example.org' and 'ada@example"):
        students.rename(course, "ada", "zoe")
    assert everything(course) == before


def test_a_removed_student_leaves_nothing(course):
    students.remove(course, "ada")
    assert about(course, "ada") == set()
    assert not [path for path in everything(course)["files"] if "ada" in path or "removed-" in path]
    with pytest.raises(CourseError, match="nothing is kept of a student 'ada'"):
        students.remove(course, "ada")


def test_what_collecting_kept_goes_with_the_student(course, tmp_path):
    for text in (b"{}", b'{"cells": []}'):
        take(course, make_zip(tmp_path / "a.zip", [("ada.ipynb", text), ("ada-2.ipynb", text)]), NAME)
    students.rename(course, "ada", "zoe")
    kept = [
        path
        for path in everything(course)["files"]
        if path.startswith((".grading/collected", ".grading/replaced"))
    ]
    assert (sum("zoe" in path for path in kept), sum("ada-2" in path for path in kept), len(kept)) == (
        3,
        2,
        5,
    )
    students.remove(course, "zoe")
    assert not [path for path in everything(course)["files"] if "zoe" in path]


def test_one_assignment_can_be_removed_alone(course):
    (course.root / "submitted" / "ada" / "02_later").mkdir()
    students.remove(course, "ada", NAME)
    assert about(course, "ada") == {"book"}
    assert (course.root / "submitted" / "ada" / "02_later").is_dir()
    with Gradebook(course.gradebook_url) as gradebook:
        assert gradebook.find_student("ada").submissions == []


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        (lambda course: students.rename(course, "ada", "bao"), "there is a student bao already: .*student merge ada bao"),
        (lambda course: students.rename(course, "ada", "a b"), "'a b' is no student id"),
        (lambda course: students.rename(course, "nobody", "somebody"), "nothing is kept of a student 'nobody'"),
        (lambda course: students.rename(course, "..", "somebody"), "nothing is kept of a student '..'"),
        (lambda course: students.rename(course, "ada/01_small", "somebody"), "nothing is kept of a student 'ada/01_small'"),
        (lambda course: students.remove(course, ".."), "nothing is kept of a student '..'"),
        (lambda course: students.remove(course, "ada", "03"), "no assignment is called '03'"),
        (lambda course: students.merge(course, "ada", "ada"), "ada is one student already"),
        (lambda course: students.merge(course, "ada", "bao"), "ada and bao both handed in 01_small: remove the one"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_a_sentence_and_changes_nothing(course, act, sentence):
    before = everything(course)
    with pytest.raises(CourseError, match=sentence):
        act(course)
    assert everything(course) == before


def test_what_fails_half_way_is_undone(course, monkeypatch):
    before = everything(course)
    (course.root / "feedback" / "zoe").write_text("a file in the way")
    with pytest.raises(CourseError, match=r"feedback/zoe"):
        students.rename(course, "ada", "zoe")
    (course.root / "feedback" / "zoe").unlink()
    assert not (course.root / "submitted" / "zoe").exists()
    assert everything(course) == before

    def broken(*arguments: object) -> None:
        raise OSError(28, "No space left on device", "kept marks")

    monkeypatch.setattr(students, "hand_over_kept_marks", broken)
    for act in (lambda: students.rename(course, "ada", "zoe"), lambda: students.remove(course, "ada")):
        with pytest.raises(CourseError, match="kept marks cannot be written"):
            act()
        assert everything(course) == before


def test_the_command_asks_unless_it_is_told_not_to(course, at):
    before = everything(course)
    nobody_answers = subprocess.run(
        [COURSE, "student", "remove", "ada"],
        cwd=course.root,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    assert nobody_answers.returncode == 1
    assert everything(course) == before
    assert at(course.root, "student", "rename", "ada", "zoe", "--yes")[0] == 0
    assert about(course, "zoe") == ALL
    refused(at(course.root, "student", "merge", "zoe", "bao", "--yes"), "both handed in 01_small")
    assert at(course.root, "student", "remove", "zoe", "-y")[0] == 0
    assert about(course, "zoe") == set()
