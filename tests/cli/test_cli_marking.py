"""`course grade` and what a person has to do with the marks."""

import re

import tiny
from nbgrader_runs import nbgrader
from terminal import refused
from tiny import graded

from autograder.classroom.gradebook import GradebookWriter
from autograder.nbgrader_bridge.database import opened


def test_course_grade_says_what_moved_and_what_waits(at, tiny_class):
    folder = tiny_class.root
    answer = {"answer_zero": "Because it is so."}
    tiny.hand_in(tiny_class, "ada", tiny.answered(tiny_class, **answer))
    code, out, errors = at(folder, "grade", tiny.NAME)
    assert code == 0, errors
    assert re.search(r"ada\s.*6/6.*all correct so far; still to be marked by hand: 1 point", out)
    assert "still to be marked by hand: 1 point in 1 submission; open `course lab --teaching`" in out
    assert "moved" not in out
    tiny.mark_by_hand(tiny_class)
    code, out, _ = at(folder, "grade", tiny.NAME)
    assert re.search(r"ada\s.*6/6.*all correct\s", out)
    assert "by hand" not in out
    wrong = tiny.RELU_FORWARD.replace("np.maximum(0, x)", "x")
    tiny.hand_in(tiny_class, "ada", tiny.answered(tiny_class, relu_forward=wrong, **answer))
    code, out, _ = at(folder, "grade", tiny.NAME)
    assert re.search(r"moved: ada: relu_forward 2 → [01]", out)


def test_an_assignment_that_left_the_course_is_named_with_the_command_that_mends_it(at, tiny_class):
    assignment = tiny_class.assignment(tiny.NAME)
    GradebookWriter(tiny_class, assignment).record(graded(tiny_class))
    with opened(tiny_class.gradebook_url) as gradebook:
        gradebook.add_assignment("00_old")
        gradebook.add_notebook("00_old", "00_old")
        gradebook.add_submission("00_old", "ada")
    tiny.hand_in(tiny_class, "ada", b"{}")
    ended = at(tiny_class.root, "grade", tiny.NAME)
    refused(ended, "has marks for 00_old, which course.toml does not name", "put the entry back")
    command = re.search(r"`nbgrader (.+?)`", ended[2])[1]
    nbgrader(tiny_class, *command.split())
    assert at(tiny_class.root, "grade", tiny.NAME)[0] == 0
