"""Guides for those who mark: with the answer they stand below, and never with students."""

from __future__ import annotations

import pytest
import tiny
from nbformat.v4 import new_markdown_cell

from autograder.classroom.gradebook import GradebookWriter
from autograder.classroom.release import release
from autograder.course.manifest import Course
from autograder.course.template import template
from autograder.nbgrader_bridge.marking import marking_help, still_to_mark
from course_utils.course import notebooks
from course_utils.course.workspace import find_solution, hints
from course_utils.errors import CourseError

GUIDE = "**1 point** for the word convention; <details><summary>Half</summary>a limit</details>"


def guide(text: str = GUIDE, name: str = "guide"):
    return new_markdown_cell(text, id=name, metadata={"tags": ["guide"]})


@pytest.fixture
def guided(tiny_class: Course) -> Course:
    notebook = tiny.first_notebook()
    at = [notebooks.grade_id(cell) for cell in notebook.cells].index("answer_zero")
    hint = new_markdown_cell("<details><summary>A nudge</summary>Who says so?</details>", id="hint")
    notebook.cells[at + 1 : at + 1] = [hint, guide(), guide("Nothing for *because*.", "more")]
    tiny.write_source(tiny_class, tiny.NAME, notebook)
    return tiny_class


def test_a_guide_is_with_the_marker_and_not_with_students(guided):
    assignment = guided.assignment(tiny.NAME)
    found = marking_help(guided, tiny.NAME)
    assert list(found) == ["answer_zero"]
    assert found["answer_zero"].model_answer.strip() == "It is a convention: the gradient at 0 is 0."
    assert found["answer_zero"].guide == f"{GUIDE}\n\nNothing for *because*."
    released = release(guided, assignment, register=False).read_text()
    assert "Who says so?" in released
    for text in (released, notebooks.dumps(template(guided, assignment))):
        assert "convention" not in text
        assert "because" not in text


def test_a_guide_is_shown_with_the_solution_and_is_no_hint(guided):
    text = find_solution(guided, "answer_zero").as_markdown()
    assert text.startswith("It is a convention")
    assert "Nothing for *because*." in text
    assert hints(guided, "answer_zero") == [("A nudge", "Who says so?")]


@pytest.mark.parametrize("below", ["test_relu_forward", "relu_backward", "setup"])
def test_a_guide_below_what_no_person_marks_is_refused(tiny_course, below):
    notebook = tiny.first_notebook()
    at = [notebooks.grade_id(cell) for cell in notebook.cells].index(below)
    notebook.cells.insert(at + 1, guide())
    tiny.write_source(tiny_course, tiny.NAME, notebook)
    with pytest.raises(CourseError, match=r"the guide that begins .* stands below no answer"):
        release(tiny_course, tiny_course.assignment(tiny.NAME), register=False)


def test_an_answer_cannot_be_a_guide(tiny_course):
    notebook = tiny.first_notebook()
    next(c for c in notebook.cells if notebooks.grade_id(c) == "answer_zero").metadata["tags"] = ["guide"]
    tiny.write_source(tiny_course, tiny.NAME, notebook)
    with pytest.raises(CourseError, match="answer_zero is tagged `guide`, so no student would get it"):
        release(tiny_course, tiny_course.assignment(tiny.NAME), register=False)


def test_who_waits_for_a_mark_is_known_by_question(guided):
    resources = {"assignment_id": tiny.NAME}
    assert still_to_mark(guided, resources) == {"answer_zero": []}
    writer = GradebookWriter(guided, guided.assignment(tiny.NAME))
    for student in ("ada", "bao"):
        graded = tiny.graded(guided, student)
        next(filter(notebooks.is_marked_by_hand, graded.notebook.cells)).source = "It is nothing."
        writer.record(graded)
    both = still_to_mark(guided, resources)["answer_zero"]
    assert len(both) == 2
    assert both == sorted(both)
    tiny.mark_by_hand(guided)
    (left,) = still_to_mark(guided, resources)["answer_zero"]
    assert left in both
