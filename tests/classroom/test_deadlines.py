"""Due dates, extensions and late days of the course folder, in the gradebook, on pages and at the terminal."""

import re
import shutil
from datetime import UTC, datetime

import pytest
import tiny
from nbgrader.api import Gradebook
from nbgrader_runs import nbgrader

from autograder.classroom.feedback import write_feedback
from autograder.classroom.students import remove, rename
from autograder.course.extensions import grant, read_extensions
from autograder.course.manifest import Course
from course_utils.errors import CourseError

RULE = "\n[late]\npercent = 10\nlate_days = 1\ngrace_minutes = 15\n"


def changed(course: Course, *replacements: tuple[str, str], more: str = "") -> Course:
    path = course.root / "course.toml"
    text = path.read_text()
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text + more)
    return Course(course.root)


def handed_in(course: Course, student: str, time: str) -> None:
    path = tiny.hand_in(course, student, tiny.answered(course))
    path.with_name("timestamp.txt").write_text(f"{time} UTC\n")


@pytest.fixture
def late_course(tmp_path, empty_gradebook) -> Course:
    """Due at noon of 1 March in Berlin; ada was two days and three hours late, bo ten minutes."""
    course = tiny.make_course(tmp_path / "course", due="2026-03-01T12:00:00")
    shutil.copy(empty_gradebook, course.root / "gradebook.db")
    course = changed(course, ('title = "A small', 'timezone = "Europe/Berlin"\ntitle = "A small'), more=RULE)
    handed_in(course, "ada", "2026-03-03 14:00:00")
    handed_in(course, "bo", "2026-03-01 11:10:00")
    return course


def penalties(course: Course) -> dict[str, float | None]:
    with Gradebook(course.gradebook_url) as gradebook:
        return {
            each.student.id: each.notebooks[0].late_submission_penalty
            for each in gradebook.assignment_submissions(tiny.NAME)
        }


def page(course: Course, student: str) -> str:
    (path,) = write_feedback(course, course.assignment(tiny.NAME), student).pages
    return " ".join(path.read_text(encoding="utf-8").split())


def at_noon(day: int) -> datetime:
    return datetime(2026, 3, day, 12, tzinfo=UTC)


def test_a_late_day_is_spent_and_the_rest_costs(late_course):
    tiny.grade_class(late_course)
    assert penalties(late_course) == {"ada": pytest.approx(1.2), "bo": None}
    assert "2 days 3 h late, 1 of 1 late days spent on it, 20 % taken off" in page(late_course, "ada")
    assert "late" not in re.sub(r"<style>.*</style>", "", page(late_course, "bo"))


def test_nbgraders_own_command_says_the_same(late_course):
    tiny.grade_class(late_course)
    before = penalties(late_course)
    with Gradebook(late_course.gradebook_url) as gradebook:
        gradebook.update_or_create_assignment(tiny.NAME, duedate=datetime(2026, 1, 1))
        for submission in gradebook.assignment_submissions(tiny.NAME):
            submission.notebooks[0].late_submission_penalty = 0.125
        gradebook.db.commit()
    nbgrader(late_course, "autograde", tiny.NAME, "--force")
    assert penalties(late_course) == before


def test_an_extension_counts_for_both_commands(late_course):
    assignment = late_course.assignment(tiny.NAME)
    tiny.grade_class(late_course)
    grant(late_course, "ada", assignment, at_noon(3))
    tiny.grade_class(late_course)
    assert penalties(late_course)["ada"] is None
    assert "2 h late, 1 of 1 late days spent on it)" in page(late_course, "ada")
    grant(late_course, "ada", assignment, at_noon(4))
    nbgrader(late_course, "autograde", tiny.NAME, "--force")
    assert penalties(late_course)["ada"] is None
    assert "late" not in re.sub(r"<style>.*</style>", "", page(late_course, "ada"))


def test_extensions_at_the_terminal(late_course, monkeypatch, capsys):
    from autograder import cli

    def course(*arguments):
        monkeypatch.chdir(late_course.root)
        monkeypatch.setattr("sys.argv", ["course", "extend", *arguments])
        code = 0
        try:
            cli.main()
        except SystemExit as end:
            code = end.code or 0
        told = capsys.readouterr()
        return code, " ".join((told.out + told.err).split())

    tiny.grade_class(late_course)
    assert course() == (0, "nobody has an extension")
    code, said = course("ada", tiny.NAME, "--until", "2026-03-29 02:30")
    assert (code, "until 2026-03-29 03:30 CEST (2026-03-29 01:30 UTC)" in said) == (0, True), said
    assert course()[1].startswith(f"ada {tiny.NAME} until 2026-03-29 03:30 CEST")
    tiny.grade_class(late_course)
    assert penalties(late_course)["ada"] is None
    assert course("ada", tiny.NAME, "--undo")[0] == 0
    tiny.grade_class(late_course)
    assert penalties(late_course)["ada"] == pytest.approx(1.2)
    for arguments, why in {
        ("ada", tiny.NAME, "--undo"): "ada has no extension for 01_small",
        ("ada", tiny.NAME): "say for which assignment and until when",
        ("ada", tiny.NAME, "--until", "2026-04-01", "--undo"): "say for which assignment",
        ("ada", tiny.NAME, "--until", "soon"): "'soon' is no time: write 2026-03-04 12:00",
        ("ada", tiny.NAME, "--until", "2026-03-01 11:00"): "is due at 2026-03-01 11:00 UTC anyway",
        ("../ada", tiny.NAME, "--until", "2026-04-01"): "is no student id",
        ("ada", "07", "--until", "2026-04-01"): "no assignment is called '07'",
    }.items():
        code, said = course(*arguments)
        assert (code, why in said) == (1, True), said
    assert read_extensions(late_course) == {}


def test_where_nothing_is_due_nothing_is_extended(tiny_course):
    with pytest.raises(CourseError, match="01_small has no due date: write `due = "):
        grant(tiny_course, "ada", tiny_course.assignment(tiny.NAME), at_noon(3))


def test_an_earlier_assignment_spends_late_days_first(tmp_path, empty_gradebook):
    course = tiny.make_course(tmp_path / "course", later=True, due="2026-03-01T12:00:00Z")
    shutil.copy(empty_gradebook, course.root / "gradebook.db")
    course = changed(course, ("points = 2\n", "points = 2\ndue = 2026-03-08T12:00:00Z\n"), more=RULE)
    handed_in(course, "ada", "2026-03-01 14:00:00")
    later = tiny.hand_in(course, "ada", tiny.answered(course, tiny.LATER), tiny.LATER)
    later.with_name("timestamp.txt").write_text("2026-03-08 14:00:00 UTC\n")
    tiny.grade_class(course)
    assert penalties(course)["ada"] is None
    assert later_penalty(course) == pytest.approx(0.2)
    grant(course, "ada", course.assignment(tiny.NAME), at_noon(2))
    tiny.grade_class(course)
    assert later_penalty(course) is None


def later_penalty(course: Course) -> float | None:
    from autograder.classroom.grade import grade_class
    from autograder.classroom.submissions import find_submissions

    assignment = course.assignment(tiny.LATER)
    list(grade_class(course, assignment, find_submissions(course, assignment).jobs, grader=tiny.WORKER.grade))
    with Gradebook(course.gradebook_url) as gradebook:
        found = gradebook.find_submission_notebook(tiny.LATER, tiny.LATER, "ada")
        return found.late_submission_penalty


def test_a_rule_that_is_none_is_a_sentence(late_course):
    tiny.grade_class(late_course)
    graded = late_course.root / "autograded" / "bo" / tiny.NAME / f"{tiny.NAME}.ipynb"
    before = graded.read_bytes()
    course = changed(late_course, ("percent = 10", 'percent = "ten"'))
    with pytest.raises(CourseError, match="percent = 'ten' is no such number"):
        tiny.grade_class(course)
    said = nbgrader(course, "autograde", tiny.NAME, "--force", code=1)
    assert "[late] percent = 'ten' is no such number" in said
    assert graded.read_bytes() == before


def test_extensions_follow_a_student_who_is_renamed_or_removed(late_course):
    assignment = late_course.assignment(tiny.NAME)
    tiny.grade_class(late_course)
    grant(late_course, "ada", assignment, at_noon(3))
    rename(late_course, "ada", "ada2")
    assert read_extensions(late_course) == {("ada2", tiny.NAME): at_noon(3)}
    remove(late_course, "ada2", tiny.NAME)
    assert read_extensions(late_course) == {}


@pytest.mark.parametrize("text", ["student\nada\n", "student,assignment,until\nada,x,soon\n", "student,assignment,until\nada,x,2026-03-01T12:00:00\n", "student,assignment,until\nada\n"])  # fmt: skip
def test_a_file_of_extensions_that_is_none_is_a_sentence(late_course, text):
    (late_course.root / "extensions.csv").write_text(text)
    with pytest.raises(CourseError, match="it needs the columns student, assignment, until"):
        read_extensions(late_course)
