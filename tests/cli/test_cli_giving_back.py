"""`course export` and `course feedback` into the files of Moodle and Canvas."""

from __future__ import annotations

import re
import zipfile

import exports
import pytest
import tiny
from terminal import refused

WORKSHEET = (
    "Identifier,Full name,Status,Grade,Maximum Grade\nParticipant 4711,Ann Smith,Submitted,,100.00\n"
    "Participant 4712,Bo Li,Submitted,10.00,100.00\nParticipant 4713,Cy None,No submission,,100.00\n"
)
GRADEBOOK = (
    "Student,ID,Section,Small (77)\n    Points Possible,,,10\n"
    '"Smith, Ann",4711,A,\n"Li, Bo",4712,A,2\n"None, Cy",4713,A,\n'
)
MOODLE = ["Ann Smith_4711_assignsubmission_file_/a.ipynb", "Bo Li_4712_assignsubmission_file_/a.ipynb"]
CANVAS = ["smithann_4711_91_a.ipynb", "libo_4712_92_a.ipynb"]


@pytest.fixture
def from_platform(tiny_class, tmp_path):
    """Lets two hand in through a platform; the first answers rightly, the other is all of it still to be written."""

    def hand_in(names):
        works = tiny.answered(tiny_class), tiny.answered(tiny_class, answer_zero="It is convention.")
        export = exports.make_zip(tmp_path / "export.zip", zip(names, works, strict=True))
        return exports.take(tiny_class, export, tiny.NAME).students

    return hand_in


def graded(course):
    tiny.grade_class(course)
    for student in (path.name for path in (course.root / "submitted").iterdir()):
        tiny.mark_by_hand(course, score=1.0, student=student)


def test_from_moodle_and_back(at, tiny_class, from_platform):
    folder = tiny_class.root
    from_platform(MOODLE)
    graded(tiny_class)
    (folder / "worksheet.csv").write_text(WORKSHEET)
    code, out, _ = at(folder, "export", tiny.NAME, "--moodle", "worksheet.csv")
    assert (code, "01_small: 2 marks" in out, "worksheet-filled.csv" in out) == (0, True, True)
    assert re.search(r"Participant 4712 Bo Li +│ bo-li +│ 10\.00 → 100\.00", out)
    assert "Participant 4713 Cy None" in out
    written = (folder / "worksheet-filled.csv").read_text()
    assert written == WORKSHEET.replace("Submitted,,", "Submitted,100.00,").replace(",10.00,", ",100.00,")
    code, out, _ = at(folder, "feedback", tiny.NAME, "--moodle", "back.zip")
    assert (code, "back.zip" in out) == (0, True)
    with zipfile.ZipFile(folder / "back.zip") as archive:
        assert archive.namelist() == [
            f"Ann Smith_4711_assignsubmission_file/{tiny.NAME}.html",
            f"Bo Li_4712_assignsubmission_file/{tiny.NAME}.html",
        ]
        assert b"Bo" not in archive.read(archive.namelist()[0])
        assert b"relu_forward" in archive.read(archive.namelist()[0])
    refused(at(folder, "feedback", tiny.NAME, "--canvas", "other.zip"), "collected from Canvas")


def test_from_canvas_and_back(at, tiny_class, from_platform):
    folder = tiny_class.root
    from_platform(CANVAS)
    graded(tiny_class)
    tiny.hand_in(tiny_class, "dee", tiny.answered(tiny_class))
    tiny.grade_class(tiny_class, ["dee"])
    (folder / "gradebook.csv").write_text(GRADEBOOK)
    code, out, _ = at(folder, "export", "--canvas", "gradebook.csv", "--to", "in.csv")
    assert (code, "01_small: 2 marks" in out) == (3, True)
    assert "dee" in out
    assert "graded here, and not in the file" in out
    assert (folder / "in.csv").read_text() == GRADEBOOK.replace("4711,A,", "4711,A,10.00").replace(
        "4712,A,2", "4712,A,10.00"
    )
    code, out, _ = at(folder, "feedback", tiny.NAME, "--canvas", "back.zip")
    assert (code, "dee is not in it: not from Canvas" in out) == (0, True)
    with zipfile.ZipFile(folder / "back.zip") as archive:
        assert sorted(archive.namelist()) == ["libo_4712_92_01_small.html", "smithann_4711_91_01_small.html"]


def test_what_is_asked_wrongly_is_one_sentence(at, tiny_class):
    folder = tiny_class.root
    (folder / "worksheet.csv").write_text(WORKSHEET)
    (folder / "gradebook.csv").write_text(GRADEBOOK)
    refused(at(folder, "export", "--moodle", "worksheet.csv"), "of one assignment: name it")
    refused(at(folder, "export", tiny.NAME, "--moodle", "a.csv", "--canvas", "b.csv"), "one file at a time")
    refused(at(folder, "export", tiny.NAME, "--column", "Small"), "one file at a time")
    refused(at(folder, "export", tiny.NAME, "--canvas", "none.csv"), "none.csv cannot be read")
    refused(
        at(folder, "export", tiny.NAME, "--canvas", "gradebook.csv", "--column", "Big"), "no column 'Big'"
    )
    assert not list(folder.glob("*-filled.csv"))
