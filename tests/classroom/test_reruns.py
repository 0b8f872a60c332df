"""Grading a class again does only what is missing or changed, and loses nothing."""

import json
import shutil
import sqlite3

import pytest
import tiny
from nbgrader.api import Gradebook
from tiny import grade_class

from course_utils.errors import CourseError


def graded_files(course):
    """When each student's graded notebook was written."""
    return {
        path.relative_to(course.root / "autograded").parts[0]: path.stat().st_mtime_ns
        for path in (course.root / "autograded").rglob("*.ipynb")
    }


def marks(course, student):
    with Gradebook(course.gradebook_url) as gradebook:
        submission = gradebook.find_submission_notebook(tiny.NAME, tiny.NAME, student)
        return {grade.name: grade.auto_score for grade in submission.grades}


def test_a_rerun_grades_what_is_new_or_changed_and_force_grades_all(graded_three):
    course = graded_three
    first = grade_class(course)
    assert {student: graded.score for student, graded in first.items()} == pytest.approx(
        {"ada": 6, "bao": first["bao"].score, "chidi": 0}
    )
    assert 2 <= first["bao"].score < 6
    before = graded_files(course)

    tiny.hand_in(course, "bao", tiny.answered(course))
    tiny.hand_in(course, "dalia", tiny.answered(course))
    second = grade_class(course)
    after = graded_files(course)
    assert {student for student in after if after[student] != before.get(student)} == {"bao", "dalia"}
    assert {student: graded.score for student, graded in second.items()} == {
        "ada": 6,
        "bao": 6,
        "chidi": 0,
        "dalia": 6,
    }
    assert marks(course, "bao")["test_relu_backward"] == 4
    assert "could not be read" in second["chidi"].why()

    grade_class(course, force=True, students=["ada"])
    forced = graded_files(course)
    assert {student for student in forced if forced[student] != after[student]} == {"ada"}


def test_a_run_asks_all_from_one_seed_and_the_next_from_another(graded_three):
    course = graded_three

    def seeds(students):
        for student in students:
            tiny.hand_in(course, student, tiny.answered(course))
        graded = grade_class(course, force=True, students=students)
        return {verdict.seed for each in graded.values() for verdict in each.verdicts.values()}

    first, second = seeds(["ada", "bao"]), seeds(["ada", "bao"])
    assert len(first) == len(second) == 1
    assert first != second


def test_a_mark_that_was_earned_by_mistake_is_taken_back(graded_three):
    course = graded_three
    tiny.hand_in(course, "ada", b"{}")
    grade_class(course, students=["ada"])
    assert marks(course, "ada") == {"test_relu_forward": 0, "test_relu_backward": 0, "answer_zero": 0}


def test_a_graded_notebook_that_was_lost_is_made_again(graded_three):
    course = graded_three
    shutil.rmtree(course.root / "autograded" / "ada")
    grade_class(course, students=["ada"])
    assert set(graded_files(course)) == {"ada", "bao", "chidi"}


def test_a_gradebook_that_was_lost_is_filled_again(graded_three):
    course = graded_three
    (course.root / "gradebook.db").unlink()
    grade_class(course, students=["ada"])
    assert marks(course, "ada")["test_relu_backward"] == 4


def test_whoever_grades_into_a_new_gradebook_is_told_what_was_in_the_old_one_alone(graded_three, at):
    course = graded_three
    (course.root / "gradebook.db").unlink()
    code, out, _ = at(course.root, "grade", tiny.NAME)
    said = " ".join(out.split())
    assert code == 0
    assert "knows nothing of 3 submissions graded before (ada, bao, chidi)" in said
    assert "if you have a copy of the gradebook, put it back" in said
    code, out, _ = at(course.root, "grade", tiny.NAME)
    assert (code, "knows nothing" in out) == (0, False)


def test_who_was_in_a_lost_gradebook_has_the_same_marks_of_the_same_inputs_again(graded_three):
    course = graded_three
    journal = course.root / ".grading" / tiny.NAME / "bao.json"
    before, was = json.loads(journal.read_text())["verdicts"], marks(course, "bao")
    (course.root / "gradebook.db").unlink()
    grade_class(course)
    assert json.loads(journal.read_text())["verdicts"] == before
    assert marks(course, "bao") == was
    grade_class(course, students=["bao"], force=True)
    assert (
        json.loads(journal.read_text())["verdicts"]["relu_forward"]["seed"] != before["relu_forward"]["seed"]
    )


def test_a_change_of_the_assignment_grades_again(graded_three):
    course = graded_three
    before = graded_files(course)
    notebook = tiny.first_notebook()
    notebook.cells[3].source = tiny.RELU_FORWARD.replace("np.maximum(0, x)", "np.maximum(x, 0)")
    tiny.write_source(course, tiny.NAME, notebook)
    grade_class(course, students=["ada"])
    assert graded_files(course) != before


def test_a_mark_given_by_hand_survives_a_rerun(graded_three):
    course = graded_three
    with Gradebook(course.gradebook_url) as gradebook:
        mark = gradebook.find_grade("answer_zero", tiny.NAME, tiny.NAME, "ada")
        assert mark.needs_manual_grade
        mark.manual_score = 0.5
        gradebook.db.commit()
    grade_class(course, students=["ada"], force=True)
    with Gradebook(course.gradebook_url) as gradebook:
        assert gradebook.find_grade("answer_zero", tiny.NAME, tiny.NAME, "ada").manual_score == 0.5


def test_a_damaged_journal_only_costs_time(graded_three):
    course = graded_three
    for path in (course.root / ".grading").rglob("*.json"):
        path.write_text("[1, 2")
    assert grade_class(course, students=["ada"])["ada"].score == 6
    for path in (course.root / ".grading").rglob("*.json"):
        path.write_text(json.dumps([1, 2]))
    assert grade_class(course, students=["ada"])["ada"].score == 6


def test_a_gradebook_in_use_by_somebody_else_is_a_sentence(graded_three):
    course = graded_three
    with sqlite3.connect(course.root / "gradebook.db") as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(CourseError, match=r"cannot be used .*locked"):
            grade_class(course, students=["chidi"], force=True)
        other.rollback()
