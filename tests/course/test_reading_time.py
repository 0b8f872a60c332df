"""How long a notebook takes is counted, and said where learners look."""

import re

import pytest
import tiny
from nbformat.v4 import new_markdown_cell
from places import ROOT

from autograder.classroom.release import release
from autograder.course.manifest import Course
from autograder.course.reading_time import PLACEHOLDER, ReadingTime, reading_time
from course_utils.course import notebooks

COURSE = Course(ROOT)
of_every_notebook = pytest.mark.parametrize("assignment", COURSE.assignments, ids=lambda each: each.name)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("**Predict:** does it learn?", 4),
        ("The sum $\\sum_i x_i^2$ of squares", 5),
        ("It is\n\n$$a = b,\n\\qquad c = d$$\n\nand *that* is it.", 7),
        ("Stuck?\n<details><summary>A nudge</summary>\n\nLook again.\n</details>", 1),
        ("One layer's 38 % of 5,000, that is `relu_forward`", 8),
        ("|---|---|", 0),
    ],
)
def test_words_are_those_of_the_text_without_hints_and_a_formula_is_one(text, words):
    notebook = tiny.first_notebook()
    before = reading_time(notebook).words
    notebook.cells.append(new_markdown_cell(text, id="more"))
    assert reading_time(notebook).words == before + words


def test_guides_claims_and_model_answers_are_nothing_to_read_and_functions_are_counted():
    notebook = tiny.first_notebook()
    notebook.cells.append(new_markdown_cell("What earns a point", id="guide", metadata={"tags": ["guide"]}))
    assert reading_time(notebook) == ReadingTime(
        words=5, functions=2
    )  # of "Small", "1 Forward", "2 Backward"


def test_minutes_are_those_of_reading_and_of_writing_to_the_nearest_five():
    assert ReadingTime(words=1500, functions=5).minutes == 30
    assert ReadingTime(words=1500, functions=6).minutes == 35
    assert ReadingTime(words=875, functions=1).minutes == 10


def test_a_released_title_says_the_minutes_of_its_notebook(tiny_course):
    notebook = tiny.first_notebook()
    notebook.cells[0].source += f"\n\n**Time** about {PLACEHOLDER} minutes." + 3000 * " word"
    tiny.write_source(tiny_course, tiny.NAME, notebook)
    released = notebooks.read(release(tiny_course, tiny_course.assignment(tiny.NAME), register=False))
    assert "**Time** about 30 minutes." in released.cells[0].source


@of_every_notebook
def test_no_notebook_takes_longer_than_two_hours(assignment):
    assert reading_time(notebooks.read(COURSE.source(assignment))).minutes <= 120


@of_every_notebook
def test_what_every_notebook_and_the_readme_say_is_what_is_counted(assignment):
    counted = reading_time(notebooks.read(COURSE.source(assignment))).minutes
    title = notebooks.read(COURSE.released_path(assignment)).cells[0].source
    said = re.search(r"\*\*Time\*\* about (\d+) minutes|in ten minutes", title)
    assert said, f"{assignment.name} does not say how long it takes: **Time** about {PLACEHOLDER} minutes."
    assert int(said.group(1) or 10) == counted
    row = next(
        line
        for line in (ROOT / "README.md").read_text().splitlines()
        if line.startswith(f"| `{assignment.name}`")
    )
    assert abs(int(re.search(r"\| (\d+) min \|", row).group(1)) - counted) <= 10
