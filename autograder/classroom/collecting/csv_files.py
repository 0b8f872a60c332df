"""Tables that people bring along: a roster, a grading worksheet, times of submission."""

from __future__ import annotations

import codecs
import csv
import io
import re
from pathlib import Path

from course_utils.errors import CourseError
from course_utils.files import replaced

_MOST_BYTES = 20_000_000


def read_csv(path: Path) -> list[list[str]]:
    """The rows of a CSV file as a spreadsheet writes it: with commas, semicolons or tabs, in UTF-8 or as Windows does.

    Every row has as many values as the first.

    Raises:
        CourseError: it cannot be read, or is no table with at least one row below its titles.
    """
    text = _text(path)
    csv.field_size_limit(_MOST_BYTES)  # a worksheet may hold what students wrote
    try:
        rows = [
            [value.strip() for value in row]
            for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter_of(text))
        ]
    except csv.Error as error:
        raise CourseError(f"{path} is no table ({error}): save it as CSV in UTF-8") from error
    rows = [row for row in rows if any(row)]
    if len(rows) < 2:
        raise CourseError(f"{path} has no row below its titles")
    width = len(rows[0])
    return [(row + [""] * width)[:width] for row in rows]


def write_csv(path: Path, rows: list[list[str]]) -> None:
    """Put rows in the place of a CSV file's, separated as there, in UTF-8 and with the mark of it that the file has.

    Raises:
        OSError: it cannot be written.
        CourseError: the file cannot be read.
    """
    delimiter = delimiter_of(_text(path))
    marked = path.read_bytes().startswith(codecs.BOM_UTF8)
    with replaced(path) as file:
        file.write("\ufeff" * marked)
        csv.writer(file, delimiter=delimiter, lineterminator="\n").writerows(rows)


def column(path: Path, titles: list[str], *names: str) -> int:
    """Where the column of one of these names stands.

    Raises:
        CourseError: there is none.
    """
    for name in names:
        if name in titles:
            return titles.index(name)
    raise CourseError(f"{path} has no column {names[0]!r}; its columns are {', '.join(titles)[:200]}")


def read_bytes(path: Path) -> bytes:
    """The bytes of a file that may be a table.

    Raises:
        CourseError: it cannot be read, is too large or holds zero bytes.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CourseError(f"{path} cannot be read ({error.strerror}): is the path right?") from error
    if len(data) > _MOST_BYTES or b"\0" in data:
        raise CourseError(f"{path} is no table: save it as CSV in UTF-8")
    return data


def delimiter_of(text: str) -> str:
    """What separates the values of a table: the comma, semicolon or tab that its first line has most often."""
    return max(",;\t", key=re.sub(r'"[^"]*"', "", text.partition("\n")[0]).count)


def _text(path: Path) -> str:
    data = read_bytes(path)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")
