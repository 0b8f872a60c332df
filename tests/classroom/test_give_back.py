"""Feedback pages under the names under which a platform takes them back."""

from __future__ import annotations

from pathlib import Path
from zipfile import ZipFile

import pytest

from autograder.classroom.collect import known_of, planned, take
from autograder.classroom.give_back import zip_for_moodle
from course_utils.errors import CourseError
from tests.tiny import NAME, answered, make_course


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
