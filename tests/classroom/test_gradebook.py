"""The gradebook: whose it is, what happens when it cannot be used, and what comes out of it."""

import csv
import os
import sqlite3

import pytest
import tiny
from nbgrader.api import Gradebook
from tiny import graded

from autograder.classroom.export import export_grades
from autograder.classroom.gradebook import GradebookWriter
from autograder.classroom.reporting.gather import gather
from autograder.grading.job import Graded, Job, grade
from autograder.nbgrader_bridge.csv_export import COLUMNS, harmless
from autograder.nbgrader_bridge.database import opened
from course_utils.errors import CourseError


@pytest.fixture
def assignment(tiny_class):
    return tiny_class.assignment(tiny.NAME)


def scores(course, student="ada"):
    with Gradebook(course.gradebook_url) as gradebook:
        found = gradebook.find_submission_notebook(tiny.NAME, tiny.NAME, student)
        return {mark.name: mark.auto_score for mark in found.grades}


def test_marks_are_written_and_written_again(tiny_class, assignment):
    writer = GradebookWriter(tiny_class, assignment)
    writer.record(graded(tiny_class, fraction=1.0))
    assert scores(tiny_class) == {"test_relu_forward": 2, "test_relu_backward": 4, "answer_zero": 0}
    writer.record(graded(tiny_class, fraction=0.25))
    assert scores(tiny_class) == {"test_relu_forward": 0.5, "test_relu_backward": 1, "answer_zero": 0}


def rows_of(gradebook, student):
    """All that the gradebook holds of a student's submission, but for the numbers that it gives to rows."""
    submission = gradebook.find_submission(tiny.NAME, student)
    [notebook] = submission.notebooks
    return {
        "submission": (submission.timestamp, submission.extension, submission.assignment.name),
        "notebook": (notebook.name, notebook.flagged, notebook.late_submission_penalty),
        "grades": sorted((each.name, *values(each)) for each in notebook.grades),
        "comments": sorted((each.name, *values(each)) for each in notebook.comments),
    }


def values(row):
    return [
        repr(getattr(row, column.key)) for column in row.__table__.columns if not column.key.endswith("id")
    ]


@pytest.mark.parametrize("due", ["", "2026-03-01 12:00"])
def test_a_first_submission_has_the_rows_that_nbgrader_itself_makes(tiny_class, assignment, due):
    (tiny_class.root / "nbgrader_config.py").write_text(
        f'{tiny.CONFIG}\nc = get_config()\nc.LateSubmissionPlugin.penalty_method = "zero"\n'
    )
    with Gradebook(tiny_class.gradebook_url) as gradebook:
        gradebook.update_or_create_assignment(tiny.NAME, duedate=due or None)
    writer = GradebookWriter(tiny_class, assignment)
    with opened(tiny_class.gradebook_url) as gradebook:
        gradebook.add_student("bao")
        gradebook.add_submission(tiny.NAME, "bao")
    for student in ("ada", "bao"):
        tiny.hand_in(tiny_class, student, b"").with_name("timestamp.txt").write_text(
            "2026-03-03 12:00:00 UTC"
        )
        writer.record(graded(tiny_class, student, 0.5))
    with Gradebook(tiny_class.gradebook_url) as gradebook:
        ours, theirs = rows_of(gradebook, "ada"), rows_of(gradebook, "bao")
    assert ours == theirs
    assert len(ours["grades"]) == 3
    assert ours["notebook"][-1] == (3 if due else None)


def test_the_graded_notebook_is_kept_read_only(tiny_class, assignment):
    GradebookWriter(tiny_class, assignment).record(graded(tiny_class))
    path = tiny_class.folder("autograded", "ada", assignment) / f"{tiny.NAME}.ipynb"
    assert path.stat().st_mode & 0o777 == 0o444
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_a_fault_is_never_recorded(tiny_class, assignment):
    writer = GradebookWriter(tiny_class, assignment)
    with pytest.raises(ValueError, match="ada has no marks to record: the process was lost"):
        writer.record(Graded("ada", tiny.NAME, fault="the process was lost"))
    with Gradebook(tiny_class.gradebook_url) as gradebook:
        assert gradebook.students == []


def test_a_student_who_could_not_be_graded_is_exported_without_a_score(tiny_class, assignment):
    GradebookWriter(tiny_class, assignment).enrol("ada")
    export_grades(tiny_class, tiny_class.root / "grades.csv")
    with (tiny_class.root / "grades.csv").open(newline="") as file:
        [row] = csv.DictReader(file)
    assert (row["student_id"], row["score"], row["status"]) == ("ada", "", "not graded")


def test_a_record_that_fails_half_way_leaves_the_old_marks(tiny_class, assignment):
    writer = GradebookWriter(tiny_class, assignment)
    writer.record(graded(tiny_class, fraction=1.0))
    worse = graded(tiny_class, fraction=0.25)
    # The second test cell names a cell that the gradebook does not know: writing stops there.
    tests = [cell for cell in worse.notebook.cells if cell.metadata.get("nbgrader", {}).get("grade")]
    tests[1].metadata["nbgrader"]["grade_id"] = "test_unknown"
    with pytest.raises(Exception, match="test_unknown"):
        writer.record(worse)
    assert scores(tiny_class)["test_relu_forward"] == 2


def test_the_gradebook_of_another_course_is_left_alone(tiny_class, assignment):
    with Gradebook(tiny_class.gradebook_url) as gradebook:
        gradebook.add_assignment("ps1")
    before = (tiny_class.root / "gradebook.db").read_bytes()
    with pytest.raises(CourseError, match="another course, move it away, or name another") as refused:
        GradebookWriter(tiny_class, assignment)
    # As it is where the only assignment that was graded has been taken out of the course.
    assert "remove its marks for good with `nbgrader db assignment remove ps1 --force`" in str(refused.value)
    assert (tiny_class.root / "gradebook.db").read_bytes() == before


@pytest.mark.parametrize("content", [b"my grades\n" * 400, b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_file_that_is_no_gradebook_is_a_sentence_and_is_kept(tiny_class, assignment, content):
    path = tiny_class.root / "gradebook.db"
    path.write_bytes(content)
    with pytest.raises(
        CourseError, match=r"cannot be used .*: put a copy of it back; without one move it away"
    ) as refused:
        GradebookWriter(tiny_class, assignment)
    assert "\n" not in str(refused.value)
    assert path.read_bytes() == content


def test_some_other_programs_database_is_a_sentence_and_is_kept(tiny_class, assignment):
    path = tiny_class.root / "gradebook.db"
    path.unlink()
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE student (motto TEXT)")
        other.execute("INSERT INTO student VALUES ('kept')")
    with pytest.raises(CourseError, match="gradebook"):
        GradebookWriter(tiny_class, assignment)
    with sqlite3.connect(path) as other:
        assert other.execute("SELECT motto FROM student").fetchall() == [("kept",)]
        assert other.execute("SELECT name FROM sqlite_master").fetchall() == [("student",)]


def test_a_gradebook_address_that_makes_no_sense_is_a_sentence(tiny_class):
    manifest = tiny_class.root / "course.toml"
    manifest.write_text('gradebook = "postgrasql://nowhere/at-all"\n' + manifest.read_text())
    course = type(tiny_class)(tiny_class.root)
    with pytest.raises(CourseError, match="gradebook postgrasql://nowhere/at-all cannot be used"):
        GradebookWriter(course, course.assignment(tiny.NAME))


def rows(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_grades_are_exported_with_a_status(tiny_class, assignment):
    writer = GradebookWriter(tiny_class, assignment)
    writer.record(graded(tiny_class, "ada", 0.25))
    with Gradebook(tiny_class.gradebook_url) as gradebook:
        gradebook.add_student("bao", first_name="Bao", last_name='Vu, "the second"')
    path = tiny_class.root / "grades.csv"
    assert export_grades(tiny_class, path) == (path, 2)
    ada, bao = rows(path)
    assert list(ada) == list(COLUMNS)
    assert (ada["student_id"], float(ada["raw_score"]), float(ada["max_score"])) == ("ada", 1.5, 7.0)
    assert ada["status"] == "graded"
    assert (bao["score"], bao["status"], bao["last_name"]) == ("", "not graded", 'Vu, "the second"')


FORMULAS = ("=HYPERLINK(1)", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", "'=1", "\u200b=1")


@pytest.mark.parametrize("name", FORMULAS)
def test_no_name_becomes_a_formula(tiny_class, assignment, name):
    GradebookWriter(tiny_class, assignment)
    with Gradebook(tiny_class.gradebook_url) as gradebook:
        gradebook.add_student("ada", first_name=name)
    path = tiny_class.root / "grades.csv"
    export_grades(tiny_class, path)
    written = rows(path)[0]["first_name"]
    assert written.startswith("'") or written[:1] not in "=+-@＝ \t\r"


def test_numbers_stay_numbers():
    assert [harmless(value) for value in (-1.5, 0, None, "O'Hara", "Zoë")] == [-1.5, 0, "", "O'Hara", "Zoë"]


def test_sums_of_points_are_written_as_a_person_would(tiny_class, assignment):
    GradebookWriter(tiny_class, assignment).record(graded(tiny_class, "ada", 0.1))
    path = tiny_class.root / "grades.csv"
    export_grades(tiny_class, path)
    assert rows(path)[0]["raw_score"] == "0.6"  # 0.2 + 0.4 is 0.6000000000000001


def test_exporting_before_grading_is_a_sentence_and_makes_nothing(tiny_class):
    (tiny_class.root / "gradebook.db").unlink()
    with pytest.raises(CourseError, match="there are no grades yet: grade first with"):
        export_grades(tiny_class, tiny_class.root / "grades.csv")
    assert not (tiny_class.root / "gradebook.db").exists()
    assert not (tiny_class.root / "grades.csv").exists()


def test_nothing_is_exported_over_a_file_where_nothing_is_graded(tiny_class, assignment):
    GradebookWriter(tiny_class, assignment)
    path = tiny_class.root / "grades.csv"
    path.write_text("of last term")
    with pytest.raises(CourseError, match="there are no grades yet: grade first with"):
        export_grades(tiny_class, path)
    assert path.read_text() == "of last term"


def test_a_gradebook_that_was_lost_is_said_before_anything_is_written_over(tiny_class, assignment):
    GradebookWriter(tiny_class, assignment).record(graded(tiny_class))
    path = tiny_class.root / "grades.csv"
    export_grades(tiny_class, path)
    before = path.read_bytes()
    (tiny_class.root / "gradebook.db").write_bytes(b"")
    with pytest.raises(
        CourseError, match="has no marks, though autograded/ holds graded notebooks: put a copy"
    ):
        export_grades(tiny_class, path)
    with pytest.raises(CourseError, match="has no marks, though autograded/"):
        gather(tiny_class, [assignment])
    assert path.read_bytes() == before


def test_a_folder_in_the_gradebooks_place_is_called_one(tiny_class):
    (tiny_class.root / "gradebook.db").unlink()
    (tiny_class.root / "gradebook.db").mkdir()
    with pytest.raises(CourseError, match="it is a folder: move it away"):
        export_grades(tiny_class, tiny_class.root / "grades.csv")


def test_a_gradebook_that_is_taken_away_meanwhile_is_missed_by_name(tiny_class):
    def take_it_away_and_write():
        with opened(tiny_class.gradebook_url) as gradebook:
            (tiny_class.root / "gradebook.db").unlink()
            gradebook.add_student("ada")

    with pytest.raises(
        CourseError, match="it was moved or removed meanwhile: put it back, and run this again"
    ):
        take_it_away_and_write()


@pytest.mark.parametrize("to", ["no/such/folder/grades.csv", "solutions"])
def test_a_file_that_cannot_be_written_is_a_sentence(tiny_class, assignment, to):
    GradebookWriter(tiny_class, assignment).record(graded(tiny_class))
    with pytest.raises(CourseError, match=r"cannot be written \(.+\): choose another file with --to"):
        export_grades(tiny_class, tiny_class.root / to)


def test_a_gradebook_that_is_no_database_is_a_sentence_when_exporting(tiny_class):
    (tiny_class.root / "gradebook.db").write_bytes(b"my grades\n" * 400)
    with pytest.raises(CourseError, match="cannot be used"):
        export_grades(tiny_class, tiny_class.root / "grades.csv")


def test_an_export_that_fails_leaves_the_earlier_table(tiny_class, assignment):
    GradebookWriter(tiny_class, assignment).record(graded(tiny_class))
    path = tiny_class.root / "grades.csv"
    export_grades(tiny_class, path)
    before = path.read_bytes()
    with sqlite3.connect(tiny_class.root / "gradebook.db") as book:
        book.execute("DROP TABLE submitted_assignment")
    with pytest.raises(CourseError):
        export_grades(tiny_class, path)
    assert path.read_bytes() == before
    assert sorted(os.listdir(path.parent)) == sorted(
        ["autograded", "course.toml", "gradebook.db", "grades.csv", "nbgrader_config.py", "solutions"]
    )


def test_a_real_result_round_trips(tiny_class, assignment):
    result = grade(Job("ada", tiny.NAME, tiny.answered(tiny_class), tiny_class.root))
    GradebookWriter(tiny_class, assignment).record(result)
    assert scores(tiny_class) == {"test_relu_forward": 2, "test_relu_backward": 4, "answer_zero": None}
