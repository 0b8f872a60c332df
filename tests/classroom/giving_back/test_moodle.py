"""Moodle's offline grading worksheet, filled in."""

from __future__ import annotations

from pathlib import Path

import pytest
import tiny

from autograder.classroom.giving_back.filling import Filled
from autograder.classroom.giving_back.grades import to_moodle
from autograder.course.manifest import Course
from course_utils.errors import CourseError

TITLES = (
    'Identifier,"Full name","Email address",Status,Grade,"Maximum Grade","Grade can be changed",'
    '"Last modified (submission)","Last modified (grade)","Feedback comments"'
)
ENGLISH = f"""\ufeff{TITLES}
"Participant 4711","Ann Smith",ann@uni.example,"Submitted for grading - ",,50.00,Yes,"Sunday, 1 March 2026, 9:00 AM",-,"=cmd|' /C calc'!A1"
"Participant 4712","Zoë Öz",zoe@uni.example,"Submitted for grading - ",10.00,50.00,Yes,"Sunday, 1 March 2026, 9:00 AM",-,
"Participant 4713","Bo Nobody",bo@uni.example,"No submission - ",,50.00,Yes,-,-,
"""
FOLDERS = [f"{who}_assignsubmission_file_/{tiny.NAME}.ipynb" for who in ("Ann Smith_4711", "Zoë Öz_4712")]


@pytest.fixture
def moodle(tiny_class: Course, collected, marked) -> list[str]:
    """Two who handed in through Moodle, and are marked with 3.5 and 7 of 7."""
    ann, zoe = collected(FOLDERS)
    marked(**{ann: 0.5, zoe: 1.0})
    return [ann, zoe]


def fill(course: Course, text: str, folder: Path) -> tuple[Filled, str]:
    path, to = folder / "worksheet.csv", folder / "filled.csv"
    path.write_bytes(text.encode())
    filled = to_moodle(course, course.assignment(tiny.NAME), path, to)
    assert path.read_bytes() == text.encode()
    return filled, to.read_bytes().decode()


def test_grades_are_scaled_and_all_else_stays(tiny_class, moodle, tmp_path):
    filled, text = fill(tiny_class, ENGLISH.replace("\n", "\r\n"), tmp_path)
    expected = ENGLISH.replace(
        ' - ",,50.00,Yes,"Sunday, 1 March 2026, 9:00 AM",-,"=',
        ' - ",25.00,50.00,Yes,"Sunday, 1 March 2026, 9:00 AM",-,"=',
    )
    assert text == expected.replace("10.00,50.00", "50.00,50.00").replace("\n", "\r\n")
    assert filled.marks == 2
    assert filled.changed == [("Participant 4712 Zoë Öz", moodle[1], "10.00", "50.00")]
    assert filled.left == [("Participant 4713 Bo Nobody", "", "nobody here has its number, login or address")]
    assert not filled.missing


GERMAN = """ID,Vollständiger Name,E-Mail-Adresse,Status,Bewertung,Bestwertung,Bewertung kann geändert werden,Feedback als Kommentar
Teilnehmer/in4711,Ann Smith,ann@uni.example,Zur Bewertung abgegeben,,"100,00",Ja,
Teilnehmer/in4712,Zoë Öz,zoe@uni.example,Zur Bewertung abgegeben,,"100,00",Ja,
"""


def test_another_language_is_read_by_what_stands_in_the_columns(tiny_class, moodle, tmp_path):
    filled, text = fill(tiny_class, GERMAN, tmp_path)
    assert 'abgegeben,"50,00","100,00"' in text
    assert 'abgegeben,"100,00","100,00"' in text
    assert filled.marks == 2


def test_blind_marking_goes_by_the_number(tiny_class, collected, marked, tmp_path):
    (who,) = collected([f"Participant_4711_assignsubmission_file_/{tiny.NAME}.ipynb"])
    marked(**{who: 1.0})
    text = (
        "Identifier,Status,Grade,Maximum Grade,Grade can be changed\nParticipant 4711,Submitted,,10.00,Yes\n"
    )
    filled, written = fill(tiny_class, text, tmp_path)
    assert (filled.marks, written) == (1, text.replace(",,", ",10.00,"))


def test_a_name_alone_is_nobodys_mark(tiny_class, moodle, tmp_path):
    """Another assignment's numbers: the names and nothing else agree."""
    text = ENGLISH.replace("4711", "5811").replace("4712", "5812")
    filled, written = fill(tiny_class, text, tmp_path)
    assert (filled.marks, written) == (0, text)
    assert filled.missing == set(moodle)
    assert filled.elsewhere == sorted(moodle)


def test_a_number_under_another_name_is_another_worksheet(tiny_class, moodle, tmp_path):
    filled, written = fill(tiny_class, ENGLISH.replace("Ann Smith", "Eve Other"), tmp_path)
    assert "is it the worksheet of 01_small?" in filled.left[0][2]
    assert ",25.00," not in written


def test_the_roster_s_address_decides_and_a_contradiction_decides_nothing(
    tiny_class, marked, collected, tmp_path
):
    roster = tiny_class.root / "roster.csv"
    roster.write_text("id,name,email\nann,Ann Smith,ann@uni.example\nzoe,Zoë Öz,zoe@uni.example\n")
    assert collected(FOLDERS) == ["ann", "zoe"]
    marked(ann=0.5, zoe=1.0)
    moved = ENGLISH.replace("4711", "1").replace("zoe@uni", "ann@uni")
    filled, _ = fill(tiny_class, moved, tmp_path)
    assert filled.marks == 1
    assert [(student, why) for _, student, why in filled.left] == [
        ("", "it could be ann, zoe: tell them apart in roster.csv"),
        ("", "nobody here has its number, login or address"),
    ]


def test_one_student_in_two_rows_gets_no_mark(tiny_class, moodle, tmp_path):
    text = ENGLISH.replace("4713", "4711").replace("Bo Nobody", "Ann Smith")
    filled, _ = fill(tiny_class, text, tmp_path)
    assert [why for _, student, why in filled.left if student == moodle[0]] == [
        "another row is the same student"
    ] * 2


def test_who_waits_for_a_mark_by_hand_gets_none_yet(tiny_class, collected, marked, tmp_path):
    ann, zoe = collected(FOLDERS)
    marked(waiting=[ann], **{ann: 1.0, zoe: 1.0})
    filled, written = fill(tiny_class, ENGLISH, tmp_path)
    assert filled.left[0][1:] == (ann, "1 point still to be marked by hand")
    assert filled.missing == {ann}
    assert 'ann@uni.example,"Submitted for grading - ",,' in written


def test_who_withdrew_gets_no_mark(tiny_class, moodle, tmp_path):
    (tiny_class.root / "submitted" / moodle[0] / tiny.NAME).rename(tmp_path / "withdrawn")
    filled, _ = fill(tiny_class, ENGLISH, tmp_path)
    assert filled.left[0][1:] == (moodle[0], "nothing is graded")


def test_a_grade_that_is_locked_and_one_without_a_maximum_stay(tiny_class, moodle, tmp_path):
    text = ENGLISH.replace(",50.00,Yes", ",50.00,No", 1).replace("10.00,50.00", "10.00,")
    filled, written = fill(tiny_class, text, tmp_path)
    assert written == text
    assert [why for *_, why in filled.left][:2] == [
        "Moodle lets nobody change its grade",
        "Moodle has no maximum grade for it",
    ]


def test_more_than_all_points_is_all_that_moodle_takes(tiny_class, moodle, tmp_path):
    tiny.mark_by_hand(tiny_class, score=3.0, student=moodle[1])
    _, written = fill(tiny_class, ENGLISH, tmp_path)
    assert '"Submitted for grading - ",50.00,50.00' in written


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Student,ID,Section\nAnn,1.5,A\n", "is no grading worksheet of Moodle's"),
        (
            ENGLISH.replace("Maximum Grade", "Scale").replace("50.00", '"bad, good"'),
            "points instead of a scale",
        ),
    ],
)
def test_what_is_no_worksheet_or_has_a_scale_is_a_sentence_and_nothing_is_written(
    tiny_class, moodle, tmp_path, text, said
):
    with pytest.raises(CourseError, match=said):
        fill(tiny_class, text, tmp_path)
    assert not (tmp_path / "filled.csv").exists()
