"""Brightspace (D2L): folders `397063-2557369 - Full Name - Sep 24, 2024 926 PM`, or the same with ` - file`, flat.

The numbers are not the student's, so that a student is known by name alone. Each attempt has a folder of its own.
"""

from __future__ import annotations

import re
from datetime import datetime

from autograder.classroom.collecting.layouts import Claim, Claims, layout
from autograder.classroom.collecting.level import File, Item, Level
from autograder.classroom.collecting.people import Person
from autograder.classroom.collecting.times import in_utc

_DATE = r"(?P<date>[A-Z][a-z]{2,8} \d{1,2}, \d{4} \d{3,4} [AP]M)"
_FOLDER = re.compile(rf"(?P<numbers>\d+-\d+) ?- ?(?P<name>.+) ?- ?(?:{_DATE}|[^-]*\d{{4}}[^-]*)", re.DOTALL)
_FILE = re.compile(rf"(?P<numbers>\d+-\d+) ?- ?(?P<name>.+?) ?- ?{_DATE} ?- ?(?P<file>.+)", re.DOTALL)


@layout("Brightspace")
def brightspace(level: Level) -> list[Claims]:
    """Each name by itself; `index.html` is the platform's own."""
    return [_claims(item, level) for item in level.items]


def _claims(item: Item, level: Level) -> Claims:
    if item.is_file and item.name.lower() == "index.html":
        return []
    found = _FILE.fullmatch(item.name) if item.is_file else _FOLDER.fullmatch(item.name)
    if found is None:
        return None
    moment = _moment(found["date"], level)
    name = found["name"].strip()
    # Of attempts whose dates cannot be read nobody knows which is the last one: two of them are two claims.
    person = Person("brightspace", (found["numbers"], name, "" if moment else item.name), name)
    files = (File((found["file"],), item.entries[0]),) if item.is_file else item.files()
    return [Claim(person, files, item.path, attempt=moment, time=moment)]


def _moment(date: str | None, level: Level) -> datetime | None:
    for form in ("%b %d, %Y %I%M %p", "%B %d, %Y %I%M %p"):
        try:
            clock = re.sub(r" (\d{3}) ", r" 0\1 ", date or "")
            return in_utc(datetime.strptime(clock, form), level.zone)
        except ValueError:
            pass
    return None
