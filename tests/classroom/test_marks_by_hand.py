"""Marks given by hand: they stand while the answer does, and what waits for a person is said."""

import csv

import pytest
import tiny
from nbgrader.api import Gradebook
from nbgrader_runs import nbgrader
from tiny import graded, mark_by_hand

from autograder.classroom.export import export_grades
from autograder.classroom.gradebook import GradebookWriter
from autograder.nbgrader_bridge.standing import LATE

ANSWER = "Because the gradient at 0 is a convention."


def submission(course, fraction=1.0, answer=ANSWER):
    return graded(course, "ada", fraction, answer)


@pytest.fixture
def writer(tiny_class):
    return GradebookWriter(tiny_class, tiny_class.assignment(tiny.NAME))


def waits(course, cell="answer_zero"):
    with Gradebook(course.gradebook_url) as gradebook:
        grade = gradebook.find_grade(cell, tiny.NAME, tiny.NAME, "ada")
        return grade.needs_manual_grade, grade.manual_score


def status(course):
    export_grades(course, course.root / "grades.csv")
    with (course.root / "grades.csv").open(newline="") as file:
        [row] = csv.DictReader(file)
    return row["status"]


def test_an_answer_that_was_marked_stays_marked_when_it_is_graded_again(tiny_class, writer):
    writer.record(submission(tiny_class))
    assert (waits(tiny_class), status(tiny_class)) == ((True, None), "to be marked by hand")
    mark_by_hand(tiny_class)
    writer.record(submission(tiny_class))
    assert (waits(tiny_class), status(tiny_class)) == ((False, 0.5), "graded")


@pytest.mark.parametrize("other", ["Because it is so.", ANSWER + "\n", ""])
def test_an_answer_that_changed_since_is_to_be_marked_again(tiny_class, writer, other):
    writer.record(submission(tiny_class))
    mark_by_hand(tiny_class)
    writer.record(submission(tiny_class, answer=other))
    assert (waits(tiny_class), status(tiny_class)) == ((True, 0.5), "to be marked by hand")
    writer.record(submission(tiny_class, answer=other))
    assert waits(tiny_class)[0], "nobody has looked at it yet"


def test_an_answer_whose_graded_notebook_was_lost_is_to_be_marked_again(tiny_class, writer):
    writer.record(submission(tiny_class))
    mark_by_hand(tiny_class)
    tiny_class.graded_path("ada", tiny_class.assignment(tiny.NAME)).unlink()
    writer.record(submission(tiny_class))
    assert waits(tiny_class) == (True, 0.5)


@pytest.mark.parametrize(("fraction", "again"), [(0.5, False), (1.0, True)])
def test_a_mark_that_a_person_overruled_stands_while_the_machine_says_the_same(
    tiny_class, writer, fraction, again
):
    writer.record(submission(tiny_class, 0.5))
    mark_by_hand(tiny_class, "test_relu_forward", 1.75)
    writer.record(submission(tiny_class, fraction))
    assert waits(tiny_class, "test_relu_forward") == (again, 1.75)


def test_what_moved_is_told_by_question_and_nothing_where_nothing_did(tiny_class, writer):
    first, same, worse = submission(tiny_class), submission(tiny_class), submission(tiny_class, 0.25)
    writer.record(first)
    assert (first.moved, first.waiting) == ({}, 1)
    mark_by_hand(tiny_class)
    writer.record(same)
    assert (same.moved, same.waiting) == ({}, 0)
    writer.record(worse)
    assert worse.moved == {"relu_forward": (2, 0.5), "relu_backward": (4, 1)}


def test_a_penalty_that_came_since_is_among_what_moved(tiny_class, writer):
    (tiny_class.root / "nbgrader_config.py").write_text(
        (tiny_class.root / "nbgrader_config.py").read_text()
        + "\nc.LateSubmissionPlugin.penalty_method = 'zero'\n"
    )
    writer = GradebookWriter(tiny_class, tiny_class.assignment(tiny.NAME))
    writer.record(submission(tiny_class))
    folder = tiny_class.folder("submitted", "ada", tiny_class.assignment(tiny.NAME))
    folder.mkdir(parents=True)
    (folder / "timestamp.txt").write_text("2026-03-02 12:00:00 UTC")
    with Gradebook(tiny_class.gradebook_url) as gradebook:
        gradebook.update_or_create_assignment(tiny.NAME, duedate="2026-03-01 12:00:00 UTC")
    [renewed] = writer.renew([graded(tiny_class)])
    assert renewed.moved == {LATE: (0, 6)}


def test_nbgraders_own_autograde_keeps_what_was_marked_too(tiny_class):
    tiny.hand_in(tiny_class, "ada", tiny.answered(tiny_class, answer_zero=ANSWER))
    nbgrader(tiny_class, "autograde", tiny.NAME)
    mark_by_hand(tiny_class)
    nbgrader(tiny_class, "autograde", tiny.NAME, "--force")
    assert waits(tiny_class) == (False, 0.5)
    tiny.hand_in(tiny_class, "ada", tiny.answered(tiny_class, answer_zero="Another one."))
    nbgrader(tiny_class, "autograde", tiny.NAME, "--force")
    assert waits(tiny_class) == (True, 0.5)
