"""A gradebook in PostgreSQL: `gradebook = "postgresql://..."` in the manifest, and nothing else changes."""

import pytest
import tiny
from nbgrader.api import Gradebook
from postgresql import with_gradebook

from autograder.classroom import students
from autograder.classroom.export import export_grades
from autograder.classroom.feedback import write_feedback
from autograder.classroom.grade import grade_class
from autograder.classroom.gradebook import GradebookWriter
from autograder.classroom.release import release
from autograder.classroom.submissions import find_submissions
from autograder.nbgrader_bridge.settled import settled
from course_utils.errors import CourseError


def test_a_class_is_released_graded_and_exported_as_ever(tiny_course, database, tmp_path):
    pytest.importorskip("psycopg", reason='the driver is not installed: pip install "psycopg[binary]"')
    course = with_gradebook(tiny_course, database)
    assignment = course.assignment(tiny.NAME)
    release(course, assignment)
    tiny.hand_in(course, "ada", tiny.answered(course))
    tiny.hand_in(course, "bao", tiny.answered(course, relu_backward="def relu_backward(dout, cache): pass"))
    (course.folder("submitted", "ada", assignment) / "timestamp.txt").write_text("2026-03-01 12:30:00 UTC\n")
    jobs = find_submissions(course, assignment).jobs
    results = {graded.student: graded for graded in grade_class(course, assignment, jobs)}
    assert {student: graded.score for student, graded in results.items()} == {"ada": 6, "bao": 2}
    before = {path: path.stat().st_mtime_ns for path in (course.root / "autograded").rglob("*.ipynb")}
    with Gradebook(course.gradebook_url) as gradebook:
        assert settled(course, gradebook, assignment) == {"ada": 1.0, "bao": 1.0}
    again = list(grade_class(course, assignment, jobs))
    assert sorted(graded.score for graded in again) == [2, 6]
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert len(list(grade_class(course, assignment, jobs, force=True))) == 2
    assert len(write_feedback(course, assignment).pages) == 2
    export_grades(course, tmp_path / "grades.csv")
    rows = (tmp_path / "grades.csv").read_text(encoding="utf-8").splitlines()
    assert len(rows) == 3
    assert not (course.root / "gradebook.db").exists()


def test_questions_and_students_change_without_losing_a_mark(tiny_course, database):
    pytest.importorskip("psycopg", reason='the driver is not installed: pip install "psycopg[binary]"')
    course = with_gradebook(tiny_course, database)
    assignment = course.assignment(tiny.NAME)
    for student in ("emeka", "farah"):
        GradebookWriter(course, assignment).record(tiny.graded(course, student))
    with Gradebook(database) as gradebook:
        gradebook.find_grade("answer_zero", tiny.NAME, tiny.NAME, "emeka").manual_score = 0.5
        gradebook.db.commit()
    notebook = tiny.first_notebook()
    answer = [cell for cell in notebook.cells if cell.id == "answer_zero"]
    notebook.cells = [cell for cell in notebook.cells if cell.id != "answer_zero"]
    notebook.cells += [
        tiny.solution_cell("tanh_forward", tiny.TANH_FORWARD),
        tiny.graded_cell("tanh_forward", 3),
    ]
    tiny.write_source(course, tiny.NAME, notebook)
    GradebookWriter(course, assignment).record(tiny.graded(course, "emeka"))
    students.rename(course, "emeka", "goran")
    students.remove(course, "farah")
    notebook.cells += answer
    tiny.write_source(course, tiny.NAME, notebook)
    GradebookWriter(course, assignment)
    with Gradebook(database) as gradebook:
        submission = gradebook.find_submission(tiny.NAME, "goran")
        assert (submission.score, submission.max_score) == (2 + 4 + 3 + 0.5, 10)
        assert not {"emeka", "farah"} & {student.id for student in gradebook.students}


def test_a_server_that_is_not_there_is_one_sentence(tiny_course):
    pytest.importorskip("psycopg", reason='the driver is not installed: pip install "psycopg[binary]"')
    course = with_gradebook(tiny_course, "postgresql://grader@/gradebook?host=/nowhere")
    with pytest.raises(
        CourseError, match=r"the gradebook postgresql://.* cannot be used .*is its server running"
    ):
        release(course, course.assignment(tiny.NAME))


def test_a_missing_driver_is_named(tiny_course):
    course = with_gradebook(tiny_course, "postgresql+pg8000://grader@/gradebook")
    with pytest.raises(CourseError, match=r"cannot be used \(No module named 'pg8000'\): install its driver"):
        release(course, course.assignment(tiny.NAME))
