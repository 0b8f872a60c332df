"""A platform's table: one value changes, every other byte stays."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.classroom.giving_back.sheet import Sheet, number_in
from course_utils.errors import CourseError


def changed(path: Path, data: bytes, row: int, column: int, value: str) -> bytes:
    path.write_bytes(data)
    sheet = Sheet(path)
    sheet.put(row, column, value)
    sheet.write(path.with_name("out.csv"))
    return path.with_name("out.csv").read_bytes()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b'a,b\r\n"x, ""y""",\r\n', b'a,b\r\n"x, ""y""",7.50\r\n'),
        (b'\xef\xbb\xbfa,b\n"1\n2","3"', b'\xef\xbb\xbfa,b\n"1\n2","7.50"'),
        ("ä;b\nß;1,5\n\n".encode("cp1252"), "ä;b\nß;7.50\n\n".encode("cp1252")),
        (b"a\tb\rx\t\r", b"a\tb\rx\t7.50\r"),
        (b"a,b\nx\n", b"a,b\nx,7.50\n"),
        (b'"a, b";c\n\x81;2\n', b'"a, b";c\n\x81;7.50\n'),
    ],
)
def test_mark_line_ends_quotes_and_encoding_stay(tmp_path, before, after):
    assert changed(tmp_path / "in.csv", before, 1, 1, "7.50") == after


def test_a_value_with_the_separator_in_it_is_quoted(tmp_path):
    assert changed(tmp_path / "in.csv", b"a,b\nx,y\n", 1, 1, "7,50") == b'a,b\nx,"7,50"\n'


@settings(max_examples=200, deadline=None)
@given(
    rows=st.lists(
        st.lists(st.text(alphabet='ab "\n\r,;é', max_size=5), min_size=2, max_size=2), min_size=2, max_size=5
    )
)
def test_whatever_a_csv_writer_writes_is_read_as_it_was_meant_and_written_as_it_came(tmp_path_factory, rows):
    rows[0] = ["title", "other"]
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    path = tmp_path_factory.mktemp("sheet") / "in.csv"
    path.write_bytes(text.getvalue().encode())
    try:
        sheet = Sheet(path)
    except CourseError:
        assert not any(value.strip() for row in rows[1:] for value in row)
        return
    assert sheet.rows[: len(rows)] == [[value.strip() for value in row] for row in rows]
    sheet.write(path.with_name("out.csv"))
    assert path.with_name("out.csv").read_bytes() == path.read_bytes()


@pytest.mark.parametrize("data", [b"", b"a,b\n", b"a,b\n,\n\n"])
def test_a_table_without_rows_is_a_sentence(tmp_path, data):
    (tmp_path / "in.csv").write_bytes(data)
    with pytest.raises(CourseError, match="has no row below its titles"):
        Sheet(tmp_path / "in.csv")


@pytest.mark.parametrize(
    ("text", "number"),
    [("100.00", 100.0), ("12,5", 12.5), ("-3", -3.0), ("", None), ("1e3", None), ("A+", None)],
)
def test_numbers_have_a_point_or_a_comma(text, number):
    assert number_in(text) == number
