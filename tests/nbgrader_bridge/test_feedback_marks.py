"""The marks of a class are asked for together: what they are does not depend on that, and it takes no more queries."""

from __future__ import annotations

import pytest
from courses import GradedClass
from nbgrader.api import MissingEntry
from queries import queries

from autograder.nbgrader_bridge.database import opened
from autograder.nbgrader_bridge.feedback_marks import marks_by_student, marks_of

NAME = "01_layers"


def test_a_class_is_asked_for_by_as_many_queries_as_one_student(graded_class: GradedClass) -> None:
    course = graded_class.course
    with opened(course.gradebook_url) as gradebook:
        with queries() as of_all:
            together = marks_by_student(course, gradebook, NAME)
        assert len(together) >= 10
        for student, marks in together.items():
            with queries() as of_one:
                assert marks_of(course, gradebook, NAME, student) == marks
            assert len(of_one) == len(of_all)


def test_they_are_what_nbgrader_says_of_each_submission(graded_class: GradedClass) -> None:
    course = graded_class.course
    with opened(course.gradebook_url) as gradebook:
        for student, marks in marks_by_student(course, gradebook, NAME).items():
            notebook = gradebook.find_submission_notebook(NAME, NAME, student)
            assert marks.max_score == pytest.approx(notebook.max_score)
            assert marks.score + marks.late_penalty == pytest.approx(notebook.score)
            assert marks.grades == {
                grade.name: (grade.score, grade.max_score, bool(grade.needs_manual_grade))
                for grade in notebook.grades
            }
            assert marks.comments == {comment.name: comment.comment or "" for comment in notebook.comments}


def test_who_handed_in_nothing_has_none(graded_class: GradedClass) -> None:
    with opened(graded_class.course.gradebook_url) as gradebook, pytest.raises(MissingEntry):
        marks_of(graded_class.course, gradebook, NAME, "nobody")
