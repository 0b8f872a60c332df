"""A gradebook that another program holds, a server that is lost while it is written to, and a clock that jumps."""

import os
import signal
import sqlite3
from contextlib import closing

import pytest
import tiny
from postgresql import with_gradebook
from processes import until
from terminal import refused, run, start

from autograder.classroom.export import export_grades
from autograder.classroom.journal import Journal
from autograder.course.manifest import Course

# Every time that Python asks for is a day off, in one direction or the other.
JUMPING = """
import itertools, time

real, days = time.time, itertools.cycle([0, 1, -1, 3, -2])
time.time = lambda: real() + 86400 * next(days)
"""


def noted(course: Course) -> list[str]:
    return sorted(path.stem for path in (course.root / ".grading" / tiny.NAME).glob("*.json"))


def marks(course: Course) -> list[str]:
    path = course.root / "grades.csv"
    export_grades(course, path, questions=True)
    return sorted(path.read_text(encoding="utf-8").splitlines())


def held(course: Course) -> closing:
    """Another program's hold on the gradebook, until it is closed."""
    connection = sqlite3.connect(course.root / "gradebook.db", isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    return closing(connection)


def test_a_gradebook_that_another_program_holds_is_said(graded_three):
    with held(graded_three):
        refused(run(graded_three.root, "grade", tiny.NAME, "--force"), "locked", "close that program")


def test_a_gradebook_that_is_held_meanwhile_costs_those_marks_alone(class_of_three, graded_three):
    with start(class_of_three.root, "grade", tiny.NAME, "--workers", "1") as process:
        until(lambda: noted(class_of_three))
        with held(class_of_three):
            until(lambda: process.poll() is not None or "chidi" in noted(class_of_three))
            out, _ = process.communicate(timeout=120)
    assert process.returncode == 3
    assert "close that program" in " ".join(out.split())
    assert run(class_of_three.root, "grade", tiny.NAME)[0] == 0
    assert marks(class_of_three) == marks(graded_three)


def test_a_clock_that_jumps_changes_no_mark(class_of_three, graded_three, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(JUMPING, encoding="utf-8")
    with start(class_of_three.root, "grade", tiny.NAME, environment={"PYTHONPATH": str(tmp_path)}) as process:
        _, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    assert marks(class_of_three) == marks(graded_three)
    journal = Journal(class_of_three, class_of_three.assignment(tiny.NAME))
    assert all(0 < journal.result(student).seconds < 120 for student in noted(class_of_three))


def test_a_killed_writer_and_a_lost_server_lose_nothing(tiny_course, database):
    psycopg = pytest.importorskip("psycopg", reason="the driver is not installed")
    course = with_gradebook(tiny_course, database)
    for student in ("ada", "bao", "chidi", "dalia"):
        tiny.hand_in(course, student, tiny.answered(course))
    with start(course.root, "grade", tiny.NAME, "--workers", "1") as process:
        until(lambda: noted(course))
        os.kill(process.pid, signal.SIGKILL)
    with start(course.root, "grade", tiny.NAME, "--workers", "1") as process:
        until(lambda: len(noted(course)) > 1 or process.poll() is not None)
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'grader' AND pid <> pg_backend_pid()"
            )
        process.communicate(timeout=120)
    assert run(course.root, "grade", tiny.NAME)[0] == 0
    rows = marks(course)
    assert len(rows) == 5
    assert all(",6.0," in row for row in rows if not row.startswith("assignment"))
