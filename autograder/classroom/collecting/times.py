"""When something was handed in: from a file that the instructor brings; never from the time of an archive's entry."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from pathlib import Path

from autograder.classroom.collecting.csv_files import column, read_csv
from course_utils.errors import CourseError


def in_utc(moment: datetime, zone: tzinfo | None) -> datetime:
    """A time in UTC; one without a zone is read in `zone`, or in this machine's."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def read_times(path: Path, zone: tzinfo | None) -> dict[str, datetime]:
    """The times of a CSV file with the columns `student` and `time`, in UTC by student id in small letters.

    Raises:
        CourseError: it has no such columns, a time that is none, or a student twice.
    """
    titles, *rows = read_csv(path)
    titles = [title.lower() for title in titles]
    who, when = column(path, titles, "student", "id"), column(path, titles, "time")
    times: dict[str, datetime] = {}
    for row in rows:
        student = row[who].lower()
        if student in times:
            raise CourseError(f"{path} has two times for {row[who]}: leave one")
        times[student] = _moment(path, row[when], zone)
    return times


def _moment(path: Path, text: str, zone: tzinfo | None) -> datetime:
    try:
        return in_utc(datetime.fromisoformat(text.removesuffix(" UTC") + "Z" * text.endswith(" UTC")), zone)
    except (ValueError, OverflowError) as error:
        raise CourseError(
            f"{path}: {text!r:.60} is no time: write 2026-03-01 12:30:00, or 2026-03-01 12:30:00+01:00"
        ) from error
