"""A table of a platform's, in which some values are changed and every other byte stays as it came."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

from autograder.classroom.collecting.csv_files import delimiter_of, read_bytes
from course_utils.errors import CourseError, cannot_write
from course_utils.files import beside


class Sheet:
    """The values of a CSV file, of which some can be changed.

    Args:
        path: the file.

    Attributes:
        rows: its values without space around them, as many in each row as in the first.

    Raises:
        CourseError: it cannot be read, or is no table with at least one row below its titles.
    """

    def __init__(self, path: Path):
        data = read_bytes(path)
        self._mark = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
        data = data.removeprefix(self._mark)
        try:
            self._encoding, text = "utf-8", data.decode("utf-8")
        except UnicodeDecodeError:
            self._encoding, text = "cp1252", data.decode("cp1252", "surrogateescape")
        self._delimiter = delimiter_of(text)
        self._raw = list(_lines(text, self._delimiter))
        values = [[_value(raw) for raw in fields] for fields, _ in self._raw]
        width = len(values[0]) if values else 0
        self.rows = [(row + [""] * width)[:width] for row in values]
        if not any(any(row) for row in self.rows[1:]):
            raise CourseError(f"{path} has no row below its titles")

    def put(self, row: int, column: int, value: str) -> None:
        """Change one value; it is quoted where the one before was, or where it has to be."""
        fields, _ = self._raw[row]
        fields += [""] * (column + 1 - len(fields))
        quoted = fields[column].startswith('"') or self._delimiter in value
        fields[column] = f'"{value}"' if quoted else value
        self.rows[row][column] = value

    def write(self, to: Path) -> None:
        """Write the whole to a file, or leave that as it was.

        Raises:
            CourseError: it cannot be written.
        """
        text = "".join(self._delimiter.join(fields) + end for fields, end in self._raw)
        new = beside(to)
        try:
            new.write_bytes(self._mark + text.encode(self._encoding, "surrogateescape"))
            new.replace(to)
        except OSError as error:
            raise CourseError(cannot_write(error)) from error
        finally:
            new.unlink(missing_ok=True)


def number_in(text: str) -> float | None:
    """The number that a value is, with a point or a comma before its decimals; None for anything else."""
    return float(text.replace(",", ".")) if re.fullmatch(r"-?\d{1,9}(?:[.,]\d{1,9})?", text) else None


def _lines(text: str, delimiter: str) -> Iterator[tuple[list[str], str]]:
    """The fields of each line as they are written, and what ends it."""
    field = re.compile(rf'((?:"(?:[^"]|"")*+")?+[^{delimiter}\r\n]*+)({delimiter}|\r\n|\n|\r|\Z)')
    fields: list[str] = []
    place = 0
    while place < len(text) or fields:
        found = field.match(text, place)
        assert found is not None
        fields.append(found[1])
        place = found.end()
        if found[2] != delimiter:
            yield fields, found[2]
            fields = []


def _value(raw: str) -> str:
    found = re.match(r'"((?:[^"]|"")*+)"', raw)
    value = found[1].replace('""', '"') + raw[found.end() :] if found else raw
    return value.strip()
