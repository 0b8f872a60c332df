"""Feedback pages under the names under which a platform takes them back."""

from __future__ import annotations

import io
from pathlib import Path
from zipfile import ZipFile

import pytest
from exports import make_zip
from exports import take as collect
from tiny import NAME, answered, make_course

from autograder.classroom.collect import known_of, planned, take
from autograder.classroom.giving_back.pages import zip_for_canvas, zip_for_moodle
from autograder.course.manifest import Course
from course_utils.errors import CourseError
from course_utils.submission.receipt import Receipt


def test_moodle_finds_each_page_by_the_number_in_its_folder(tmp_path: Path) -> None:
    course = make_course(tmp_path / "course")
    assignment = course.assignment(NAME)
    export = tmp_path / "export.zip"
    with ZipFile(export, "w") as archive:
        for who in ("Ann Smith_4711", "Zoë Öz_4712"):
            archive.writestr(f"{who}_assignsubmission_file_/{NAME}.ipynb", answered(course))
    with planned(course, assignment, export, known_of(course)) as plan:
        students = take(course, assignment, plan).students
    pages = []
    for student in (*students, "somebody-else"):
        page = course.folder("feedback", student, assignment) / f"{NAME}.html"
        page.parent.mkdir(parents=True)
        page.write_text(student)
        pages.append(page)
    to = tmp_path / "back.zip"
    assert zip_for_moodle(course, assignment, pages, to) == ["somebody-else"]
    with ZipFile(to) as archive:
        # As Moodle reads it: <name>_<number>_<kind>_<plugin>, then the file.
        told = {tuple(name.split("_", 3)[1:]): archive.read(name).decode() for name in archive.namelist()}
    assert told == {
        (number, "assignsubmission", f"file/{NAME}.html"): student
        for number, student in zip(("4711", "4712"), students, strict=True)
    }


def test_without_a_submission_from_moodle_there_is_nothing_to_give_back(tmp_path: Path) -> None:
    course = make_course(tmp_path / "course")
    with pytest.raises(CourseError, match="collected from Moodle"):
        zip_for_moodle(course, course.assignment(NAME), [], tmp_path / "back.zip")
    assert not (tmp_path / "back.zip").exists()


@pytest.mark.parametrize(
    ("named", "begin"),
    [
        (f"smithann_4711_91_{NAME}.ipynb", "smithann_4711_91"),
        (f"smithann_LATE_4711_91_{NAME}-2.ipynb", "smithann_LATE_4711_91"),
        (f"van_der_berg_4711_91_{NAME}.hand-in.zip", "van_der_berg_4711_91"),
        (f"LATE_anon_Ab3dE_91_{NAME}.ipynb", "LATE_anon_Ab3dE_91"),
        (f"Homework/zoë_4711_91_{NAME}.ipynb", "zoë_4711_91"),
    ],
)
def test_canvas_finds_each_page_by_the_numbers_of_its_submission(tiny_course, tmp_path, named, begin):
    content = answered(tiny_course)
    if named.endswith(".zip"):
        content = packed(content)
    students = collect(tiny_course, make_zip(tmp_path / "export.zip", [(named, content)]), NAME).students
    to = tmp_path / "back.zip"
    assert (
        zip_for_canvas(tiny_course, tiny_course.assignment(NAME), pages_of(tiny_course, students), to) == []
    )
    with ZipFile(to) as archive:
        assert archive.namelist() == [f"{begin}_{NAME}.html"]


def test_what_came_from_elsewhere_has_no_name_in_canvas(tiny_course, tmp_path):
    export = make_zip(
        tmp_path / "export.zip", [("Ann Smith_4711_assignsubmission_file_/a.ipynb", answered(tiny_course))]
    )
    students = collect(tiny_course, export, NAME).students
    with pytest.raises(CourseError, match="collected from Canvas"):
        zip_for_canvas(
            tiny_course, tiny_course.assignment(NAME), pages_of(tiny_course, students), tmp_path / "back.zip"
        )
    assert not (tmp_path / "back.zip").exists()


def packed(notebook: bytes) -> bytes:
    """What `course submit` writes."""
    receipt = Receipt(NAME, "2026-03-01T12:00:00+01:00", {}, {}, 0.0).as_json()
    file = io.BytesIO()
    with ZipFile(file, "w") as archive:
        archive.writestr(f"{NAME}.ipynb", notebook)
        archive.writestr("receipt.json", receipt)
    return file.getvalue()


def pages_of(course: Course, students: list[str]) -> list[Path]:
    pages = [course.root / "feedback" / student / NAME / f"{NAME}.html" for student in students]
    for page in pages:
        page.parent.mkdir(parents=True)
        page.write_text(page.parent.parent.name)
    return pages
