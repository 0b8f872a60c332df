"""Moodle's grading worksheet: whose each number in an assignment's export is.

Its titles and the word before the number are in the site's language; the number and the address are not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from autograder.classroom.collecting.csv_files import read_csv
from autograder.classroom.collecting.entries import Refused
from autograder.classroom.collecting.people import Person, split_group, squashed
from course_utils.errors import CourseError

_IDENTIFIER = re.compile(r"(?P<word>\D*?)\s*(?P<number>\d+)")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


@dataclass(frozen=True)
class _Row:
    values: tuple[str, ...]
    email: str


class Worksheet:
    """Students by the number that an assignment gave them.

    Args:
        path: the CSV file that Moodle calls the grading worksheet.

    Raises:
        CourseError: it has no column of numbers, or none of addresses.
    """

    def __init__(self, path: Path):
        _, *rows = read_csv(path)
        numbers, emails = identifier_column(rows), address_column(rows)
        if numbers is None or emails is None:
            raise CourseError(
                f"{path} is no grading worksheet of Moodle's with addresses: download it with the identities shown, "
                "and see that it has a column of numbers such as 'Participant 4711' and one of e-mail addresses"
            )
        self._path = path
        self._rows = {}
        for row in rows:
            word, number = identifier(row[numbers])
            self._rows[number] = _Row((word, *row), row[emails])

    def tell(self, person: Person) -> Person:
        """The same person with the address that the worksheet has.

        Raises:
            Refused: the worksheet has no such number, or another name beside it: it is another assignment's.
        """
        name, number = person.key
        row = self._rows.get(number)
        if row is None:
            raise Refused(
                f"{self._path.name} has no number {number}: is it the worksheet of this assignment?"
            )
        if not is_named(name, row.values):
            raise Refused(
                f"{self._path.name} has another name for the number {number}: is it the worksheet of this assignment?"
            )
        if not row.email:
            raise Refused(f"{self._path.name} has no address for the number {number}: add it")
        person = replace(person, email=row.email, login="", anonymous=False)
        values = {squashed(value) for value in row.values}
        if squashed(name) not in values:
            group, own = next((group, own) for group, own in split_group(name) if squashed(own) in values)
            person = replace(person, name=own, group=group)
        return person


def identifier(text: str) -> tuple[str, str]:
    """The word and the number of what Moodle calls an identifier, such as "Participant 4711"; nothing of what is none."""
    found = _IDENTIFIER.fullmatch(text)
    return (found["word"], found["number"]) if found else ("", "")


def identifier_column(rows: Sequence[Sequence[str]]) -> int | None:
    """Where the identifiers stand, if anywhere; it needs no title."""
    return next((c for c in _columns(rows) if all(_IDENTIFIER.fullmatch(row[c]) for row in rows)), None)


def address_column(rows: Sequence[Sequence[str]]) -> int | None:
    """Where the e-mail addresses stand, if anywhere; it needs no title."""
    return next((c for c in _columns(rows) if _are_addresses({row[c] for row in rows} - {""})), None)


def is_named(name: str, values: Iterable[str]) -> bool:
    """Whether a name in an export is one of a row's values; of a group's submission the group's name comes first."""
    own = {squashed(name), *(squashed(own) for _, own in split_group(name))}
    return not own.isdisjoint(map(squashed, values))


def _columns(rows: Sequence[Sequence[str]]) -> range:
    return range(len(rows[0]) if rows else 0)


def _are_addresses(values: set[str]) -> bool:
    return bool(values) and all(_EMAIL.fullmatch(value) for value in values)
