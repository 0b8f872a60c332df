"""What the lines of a cell are; and that finding it out never takes the square of a text's length."""

from __future__ import annotations

import pytest
from places import ROOT
from worst_cases import WORST, ends_in_time

from autograder.course.manifest import Course
from course_utils.course import notebooks, sources

HIDDEN = "check(f)\n### BEGIN HIDDEN TESTS\ngrade('f')\n### END HIDDEN TESTS\nmore"


@pytest.mark.parametrize(
    ("source", "question"),
    [
        ('grade("f")', "f"),
        ("  grade( 'f_2' )  ", "f_2"),
        ("x = 1\ngrade('f')\ngrade('g')", "f"),
        ("grade('f'); grade('g')", None),
        ("grade(f)", None),
        ("grade('f\")", None),
        ("grade('1f')", None),
        ("grade()", None),
        ("regrade('f')", None),
        ("# grade('f')", None),
        ("", None),
    ],
)
def test_the_hidden_line_stands_alone(source: str, question: str | None) -> None:
    assert sources.asked_question(source) == question


def test_what_is_hidden_is_cut_out_with_its_marks() -> None:
    assert sources.visible_part(HIDDEN) == "check(f)\nmore"
    assert sources.visible_part(f"{HIDDEN}\n{HIDDEN}") == "check(f)\nmore\ncheck(f)\nmore"


@pytest.mark.parametrize("mark", ["### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS"])
def test_a_mark_without_its_other_is_a_line_like_others(mark: str) -> None:
    assert sources.visible_part(f"a\n{mark}\nb") == f"a\n{mark}\nb"


def test_solutions_are_found_and_their_marks_taken_off() -> None:
    source = "def f():\n    ### BEGIN SOLUTION\n    return 1\n    ### END SOLUTION\n"
    assert sources.solution_regions(source) == [
        "    ### BEGIN SOLUTION\n    return 1\n    ### END SOLUTION\n"
    ]
    assert sources.without_marks(source) == "def f():\n    return 1\n"


def test_magics_become_comments() -> None:
    assert sources.without_magics("%pylab\n!ls\nx % y\n  %a") == "# %pylab\n# !ls\nx % y\n  %a"


def test_only_code_that_is_marked_asks_a_question() -> None:
    """Every other cell may hold the line: a written answer, a text, a solution."""
    for assignment in Course(ROOT).assignments:
        for cell in notebooks.read(Course(ROOT).source(assignment)).cells:
            asked = notebooks.question(cell)
            cell.source += '\ngrade("f")\n'
            marked = notebooks.is_test(cell) and cell.cell_type == "code"
            assert notebooks.question(cell) == (asked or "f" if marked else None)


@pytest.mark.parametrize("unit", WORST.values(), ids=WORST)
@pytest.mark.parametrize("function", ["asked_question", "visible_part", "without_marks", "without_magics"])
def test_no_text_takes_the_square_of_its_length(function: str, unit: str) -> None:
    assert ends_in_time("course_utils.course.sources", function, unit, 2_000_000)


@pytest.mark.parametrize("unit", WORST.values(), ids=WORST)
def test_making_a_text_plain_takes_no_square_of_its_length(unit: str) -> None:
    assert ends_in_time("course_utils.text", "plain", unit, 2_000_000)
