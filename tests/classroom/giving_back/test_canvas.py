"""The gradebook that Canvas exported, filled in."""

from __future__ import annotations

from pathlib import Path

import pytest
import tiny

from autograder.classroom.giving_back.filling import Filled
from autograder.classroom.giving_back.grades import to_canvas
from autograder.course.manifest import Course
from course_utils.errors import CourseError

# As Canvas writes it: a row of what is posted by hand, points, students in order of their names, one of them for tests.
GRADEBOOK = """Student,ID,SIS User ID,SIS Login ID,Section,Notes,Small (77),Essay (78),Assignments Current Score,Final Score
,,,,,,,Manual Posting,,
    Points Possible,,,,,,20,5.00,(read only),(read only)
"Smith, Ann",4711,S1,asmith,Section 1,=HYPERLINK("x"),,3.00,60.00,60.00
"Öz, Zoë",4712,S2,zoe@uni.example,"Section 1, Section 2",,4.50,,0.00,0.00
"Nobody, Bo",4713,S3,bo,Section 1,,EX,,,
"Student, Test",4799,,0f3c,Section 1,,,,,
"""
NAMES = [f"smithann_4711_91_{tiny.NAME}.ipynb", f"özzoë_LATE_4712_92_{tiny.NAME}.ipynb"]


@pytest.fixture
def canvas(tiny_class: Course, collected, marked) -> list[str]:
    """Two who handed in through Canvas, and are marked with 3.5 and 7 of 7."""
    students = collected(NAMES)
    marked(**dict(zip(sorted(students, key=lambda student: "4712" in student), (0.5, 1.0), strict=True)))
    return sorted(students, key=lambda student: "4712" in student)


def fill(course: Course, text: str, folder: Path, column: str = "") -> tuple[Filled, str]:
    path, to = folder / "gradebook.csv", folder / "filled.csv"
    path.write_bytes(text.encode())
    filled = to_canvas(course, [course.assignment(tiny.NAME)], path, to, column)
    assert path.read_bytes() == text.encode()
    return filled[tiny.NAME], to.read_bytes().decode()


def test_one_column_is_filled_in_and_all_else_stays(tiny_class, canvas, tmp_path):
    filled, text = fill(tiny_class, GRADEBOOK, tmp_path)
    assert text == GRADEBOOK.replace('=HYPERLINK("x"),,', '=HYPERLINK("x"),10.00,').replace(
        ",4.50,", ",20.00,"
    )
    assert filled.marks == 2
    assert filled.changed == [("Öz, Zoë 4712", canvas[1], "4.50", "20.00")]
    unknown = "nobody here has its number, login or address"
    assert filled.left == [("Nobody, Bo 4713", "", unknown), ("Student, Test 4799", "", unknown)]
    assert not filled.missing


def test_a_mark_that_is_there_already_stays_as_it_is_written(tiny_class, canvas, tmp_path):
    text = GRADEBOOK.replace(",4.50,", ",20,").replace('=HYPERLINK("x"),,', '=HYPERLINK("x"),10.0,')
    filled, written = fill(tiny_class, text, tmp_path)
    assert (filled.marks, filled.changed, written) == (2, [], text)


@pytest.mark.parametrize(
    "roster",
    [
        "id,canvas\nann,4711\nzoe,4712\n",
        "id,login,email\nann,asmith,\nzoe,,zoe@uni.example\n",
        "id,sis\nann,S1\nzoe,S2\n",
    ],
)
def test_the_roster_knows_numbers_logins_and_addresses(tiny_class, marked, tmp_path, roster):
    (tiny_class.root / "roster.csv").write_text(roster)
    for student in ("ann", "zoe"):
        tiny.hand_in(tiny_class, student, b"{}")
    marked(ann=0.5, zoe=1.0)
    filled, _ = fill(tiny_class, GRADEBOOK, tmp_path)
    assert filled.marks == 2


def test_ids_that_are_logins_need_no_roster(tiny_class, marked, tmp_path):
    tiny.hand_in(tiny_class, "ASmith", b"{}")
    tiny.hand_in(tiny_class, "smithann", b"{}")
    marked(ASmith=1.0, smithann=1.0)
    filled, _ = fill(tiny_class, GRADEBOOK, tmp_path)
    assert (filled.marks, filled.missing, filled.elsewhere) == (1, {"smithann"}, ["smithann"])


def test_facts_that_contradict_each_other_decide_nothing(tiny_class, canvas, tmp_path):
    (tiny_class.root / "roster.csv").write_text(f"id,login\n{canvas[1]},asmith\n")
    filled, _ = fill(tiny_class, GRADEBOOK, tmp_path)
    assert filled.left[0][2].startswith("it could be ")
    assert filled.missing == {canvas[0]}


def test_who_is_excused_or_not_assigned_stays_so(tiny_class, canvas, tmp_path):
    text = GRADEBOOK.replace(",4.50,", ",EX,").replace('=HYPERLINK("x"),,', '=HYPERLINK("x"),N/A,')
    filled, written = fill(tiny_class, text, tmp_path)
    assert written == text
    assert [why for _, student, why in filled.left if student] == [
        "not assigned in Canvas",
        "excused in Canvas",
    ]


def test_first_and_last_names_semicolons_and_a_mark_of_utf_8_are_canvas_too(tiny_class, canvas, tmp_path):
    text = (
        "\ufeffLastName;FirstName;ID;SIS Login ID;Section;Small (77);Final Score\n"
        "    Points Possible;;;;;7,00;(read only)\nSmith;Ann;4711;asmith;A;1,5;\n"
    )
    filled, written = fill(tiny_class, text, tmp_path)
    assert written == text.replace("1,5", "3,50")
    assert filled.changed == [("Smith 4711", canvas[0], "1,5", "3,50")]


def test_a_column_is_called_like_the_assignment_or_named(tiny_class, canvas, tmp_path):
    assert fill(tiny_class, GRADEBOOK.replace("Small (77)", "01_Small (77)"), tmp_path)[0].marks == 2
    assert fill(tiny_class, GRADEBOOK, tmp_path, "Essay (78)")[0].marks == 2
    assert fill(tiny_class, GRADEBOOK, tmp_path, "Essay")[0].marks == 2


@pytest.mark.parametrize(
    ("text", "column", "said"),
    [
        (GRADEBOOK.replace("Small (77)", "Smaller (77)"), "", "no column called like 01_small"),
        (
            GRADEBOOK.replace("Essay (78)", "Small (78)"),
            "",
            r"several columns for 01_small: .*Small \(77\), Small \(78\)",
        ),
        (
            GRADEBOOK,
            "Final Score",
            r"no column 'Final Score' to fill in; it has Notes, Small \(77\), Essay \(78\)",
        ),
        (GRADEBOOK.replace(",20,5.00,", ",,5.00,"), "", r"no points possible for Small \(77\)"),
        (GRADEBOOK.replace("    Points Possible", "Points"), "", "is no gradebook that Canvas exported"),
        ("a,b\n1,2\n", "", "is no gradebook that Canvas exported"),
    ],
)
def test_what_cannot_be_filled_in_is_a_sentence_and_nothing_is_written(
    tiny_class, canvas, tmp_path, text, column, said
):
    with pytest.raises(CourseError, match=said):
        fill(tiny_class, text, tmp_path, column)
    assert not (tmp_path / "filled.csv").exists()
