"""Finding what was handed in: who may be a student, what may be a submission, and when it came."""

import os
import shutil
import tracemalloc
from datetime import datetime

import pytest
import tiny
from nbgrader.api import Gradebook
from tiny import grade_class

from autograder.classroom import grade
from autograder.classroom.feedback import write_feedback
from autograder.classroom.submissions import find_submissions
from course_utils.errors import CourseError
from course_utils.submission.rebuild import HandedIn


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-01 12:00:00 UTC", datetime(2026, 3, 1, 12)),
        ("2026-03-01 12:00:00.5 Europe/Berlin", datetime(2026, 3, 1, 11, 0, 0, 500000)),
        ("2026-03-01T12:00:00+02:00", datetime(2026, 3, 1, 10)),
        ("yesterday, I think", None),
    ],
)
def test_the_time_of_handing_in_is_kept_in_utc(class_of_three, text, expected):
    course = class_of_three
    folder = course.folder("submitted", "chidi", course.assignment(tiny.NAME))
    (folder / "timestamp.txt").write_text(text)
    grade_class(course, students=["chidi"])
    with Gradebook(course.gradebook_url) as gradebook:
        assert gradebook.find_submission(tiny.NAME, "chidi").timestamp == expected


@pytest.mark.parametrize("mark", ["\x1b[31m", "\u202e", "\u200f", "\x9b1m", "\n"])
def test_a_folders_name_is_told_without_what_moves_a_terminals_cursor(class_of_three, mark):
    course = class_of_three
    tiny.hand_in(course, f"eve{mark}", b"{}")
    [sentence] = find_submissions(course, course.assignment(tiny.NAME)).refused
    assert sentence.startswith("submitted/eve?")
    assert sentence.isprintable()


@pytest.mark.parametrize(
    "student", ["ada/../bao", "ada lovelace", "..", ".hidden", "-rf", "a" * 65, "", "ada\n"]
)
def test_an_impossible_student_id_is_refused(class_of_three, student):
    with pytest.raises(CourseError, match="is no student id: use up to 64 letters"):
        find_submissions(class_of_three, class_of_three.assignment(tiny.NAME), [student])


def test_a_folder_that_can_be_no_student_is_refused_by_name_and_costs_nobody_else(class_of_three):
    tiny.hand_in(class_of_three, "ada lovelace", b"{}")
    found = find_submissions(class_of_three, class_of_three.assignment(tiny.NAME))
    assert [job.student for job in found.jobs] == ["ada", "bao", "chidi"]
    assert len(found.refused) == 1
    assert found.refused[0].startswith("submitted/ada lovelace: 'ada lovelace' is no student id")


def test_links_and_pipes_are_refused_and_left_alone(class_of_three, tmp_path):
    secret = tmp_path / "secret.ipynb"
    secret.write_bytes(tiny.answered(class_of_three))
    link = tiny.hand_in(class_of_three, "eve", b"")
    link.unlink()
    link.symlink_to(secret)
    pipe = tiny.hand_in(class_of_three, "fay", b"")
    pipe.unlink()
    os.mkfifo(pipe)
    linked = class_of_three.root / "submitted" / "gus"
    linked.mkdir()
    (linked / tiny.NAME).symlink_to(class_of_three.root / "submitted" / "ada" / tiny.NAME)
    found = find_submissions(class_of_three, class_of_three.assignment(tiny.NAME))
    assert [job.student for job in found.jobs] == ["ada", "bao", "chidi"]
    assert [sentence.split(":")[0] for sentence in found.refused] == [
        "submitted/eve",
        "submitted/fay",
        "submitted/gus",
    ]


def test_nothing_handed_in_is_a_sentence(tiny_course):
    with pytest.raises(
        CourseError, match=r"no submission for 01_small: put notebooks at submitted/<student>/"
    ):
        find_submissions(tiny_course, tiny_course.assignment(tiny.NAME))


def test_a_student_who_handed_in_nothing_is_named(class_of_three):
    with pytest.raises(CourseError, match=r"no submission from zoe for 01_small"):
        find_submissions(class_of_three, class_of_three.assignment(tiny.NAME), ["ada", "zoe"])


def test_a_folder_without_the_notebook_gets_zero_and_the_reason(class_of_three):
    path = tiny.hand_in(class_of_three, "dalia", b"")
    path.rename(path.with_name("homework.ipynb"))
    graded = grade_class(class_of_three, students=["dalia"])["dalia"]
    assert graded.score == 0
    assert "no notebook of this name was handed in" in graded.why()


def test_a_notebook_under_another_name_is_graded_where_it_is_the_only_one_that_fits(tiny_class):
    path = tiny.hand_in(tiny_class, "ada", tiny.answered(tiny_class))
    path.rename(path.with_name("Copy of 01_small (1).ipynb"))
    tiny.hand_in(tiny_class, "bao", b"").rename(path.parent.parent.parent / "bao" / tiny.NAME / "empty.ipynb")
    graded = grade_class(tiny_class)
    assert graded["ada"].score == 6
    assert graded["bao"].why() == "The file could not be read: no notebook of this name was handed in."


def test_another_notebook_is_said_to_the_instructor_again_and_again_and_to_the_student(tiny_class):
    other = b'{"nbformat": 4, "cells": [{"cell_type": "code", "metadata": {}, "source": "x = 1"}]}'
    tiny.hand_in(tiny_class, "ada", other)
    said = "None of the cells to fill in is in what was handed in"
    for _ in range(2):  # the second time out of the journal
        graded = grade_class(tiny_class)["ada"]
        assert graded.handed_in is HandedIn.OTHER
        assert graded.why().startswith(said)
    [page] = write_feedback(tiny_class, tiny_class.assignment(tiny.NAME)).pages
    assert said in page.read_text(encoding="utf-8")


def test_submissions_are_read_when_their_turn_comes(tiny_course):
    course, size = tiny_course, 3_000_000
    for number in range(10):
        tiny.hand_in(course, f"student{number}", tiny.answered(course) + b" " * size)
    tracemalloc.start()
    found = find_submissions(course, course.assignment(tiny.NAME))
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(found.jobs) == 10
    assert held < size
    assert found.jobs[0].digest == found.jobs[0].load().digest


@pytest.mark.parametrize(
    ("instead", "says"), [(None, "its notebook was there and is gone"), (".", "it was left alone")]
)
def test_one_that_vanishes_before_its_turn_is_told_and_stops_nobody(class_of_three, instead, says):
    course = class_of_three
    assignment = course.assignment(tiny.NAME)
    jobs = find_submissions(course, assignment).jobs
    shutil.rmtree(course.root / "submitted" / "bao")
    if instead:
        os.symlink(course.root / instead, course.root / "submitted" / "bao")
    results = {result.student: result for result in grade.grade_class(course, assignment, jobs)}
    assert says in results["bao"].fault
    assert [results[name].fault for name in ("ada", "chidi")] == ["", ""]
    assert [result.notebook for result in results.values()] == [None] * 3
