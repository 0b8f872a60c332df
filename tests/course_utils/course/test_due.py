"""When an assignment is due: zones, and the nights when clocks change."""

from datetime import UTC, datetime

import pytest
import tiny

from course_utils.course.manifest import Course
from course_utils.errors import CourseError


def due(folder, text, zone="Europe/Berlin"):
    course = tiny.make_course(folder, due=text)
    manifest = course.root / "course.toml"
    manifest.write_text(f'timezone = "{zone}"\n{manifest.read_text()}')
    course = Course(course.root)
    return course.due(course.assignment(tiny.NAME))


@pytest.mark.parametrize(
    ("text", "zone", "utc"),
    [
        ("2026-03-01T23:59:00", "Europe/Berlin", datetime(2026, 3, 1, 22, 59)),
        ("2026-07-01T23:59:00", "Europe/Berlin", datetime(2026, 7, 1, 21, 59)),
        ("2026-03-01T23:59:00Z", "Europe/Berlin", datetime(2026, 3, 1, 23, 59)),
        ("2026-03-01T23:59:00-08:00", "Europe/Berlin", datetime(2026, 3, 2, 7, 59)),
        ("2026-03-01 23:59:00", "Asia/Kolkata", datetime(2026, 3, 1, 18, 29)),
        ("2026-03-01T00:30:00", "Pacific/Kiritimati", datetime(2026, 2, 28, 10, 30)),
        (
            "2026-10-25T02:30:00",
            "Europe/Berlin",
            datetime(2026, 10, 25, 1, 30),
        ),  # comes twice: the second time
        (
            "2026-03-29T02:30:00",
            "Europe/Berlin",
            datetime(2026, 3, 29, 1, 30),
        ),  # never comes: the later reading
        ("2026-11-01T01:30:00", "America/New_York", datetime(2026, 11, 1, 6, 30)),
    ],
)
def test_a_time_without_an_offset_is_one_of_the_courses_zone(tmp_path, text, zone, utc):
    assert due(tmp_path / "course", text, zone) == utc.replace(tzinfo=UTC)


@pytest.mark.parametrize("text", ['"2026-03-01"', "2026-03-01", "23:59:00", "5", "true"])
def test_what_is_no_time_is_a_sentence(tmp_path, text):
    with pytest.raises(CourseError, match=r"is no time: write it without quotes, as 2026-03-01T23:59:00"):
        due(tmp_path / "course", text)


def test_without_a_due_date_there_is_none(tmp_path):
    course = tiny.make_course(tmp_path / "course")
    assert course.due(course.assignment(tiny.NAME)) is None
