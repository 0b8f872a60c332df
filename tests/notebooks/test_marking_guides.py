"""Questions in words: each has a hint and a marking guide, which markers and authors see and no student gets."""

import re

import pytest
from places import ROOT

from autograder.course.manifest import Course
from course_utils.course.workspace import hints
from course_utils.study.questions import read_questions

COURSE = Course(ROOT)
IN_WORDS = [
    (assignment, question)
    for assignment in COURSE.assignments
    for question in read_questions(COURSE.source(assignment))
    if question.in_words
]
of_every_question_in_words = pytest.mark.parametrize(
    ("assignment", "question"), IN_WORDS, ids=[question.name for _, question in IN_WORDS]
)


def marks(text, pattern):
    return [float(mark) for mark in re.findall(pattern, text, re.MULTILINE)]


@of_every_question_in_words
def test_a_marking_guide_says_what_earns_each_point_and_marks_two_half_answers(assignment, question):
    earning, halves = question.guide.split("**Half answers**")
    assert sum(marks(earning, r"^- ([\d.]+) points?: \S")) == question.points
    lines = [line for line in halves.splitlines() if line]
    given = marks(halves, r"^- “.+” Earns ([\d.]+) points?: \S")
    assert len(given) == len(lines) >= 2
    assert all(0 <= mark < question.points for mark in given)


@of_every_question_in_words
def test_a_question_in_words_has_a_hint(assignment, question):
    assert hints(COURSE, question.name, assignment.name)


@of_every_question_in_words
def test_no_student_gets_a_guide(assignment, question):
    assert question.guide not in COURSE.released_path(assignment).read_text(encoding="utf-8")
    assert not any(asked.guide for asked in read_questions(COURSE.released_path(assignment)))
