"""nbgrader: the exchange's `inbound` folders, `user+assignment+time+random`, and the tree `submitted/student/assignment/`.

Both hold a `timestamp.txt` that nbgrader wrote. In a tree it is believed only where every student has one.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from nbgrader.utils import parse_utc

from autograder.classroom.collecting.entries import Refused
from autograder.classroom.collecting.layouts import Claim, Claims, layout
from autograder.classroom.collecting.level import File, Item, Level
from autograder.classroom.collecting.people import Person

_INBOUND = re.compile(
    r"(?P<user>[^+]+)\+(?P<assignment>[^+]+)\+(?P<time>\d{4}-\d\d-\d\d \d\d[:_-]\d\d[:_-]\d\d)(?:\.\d+)? UTC(?:\+[^+]+)?",
    re.DOTALL,
)


@layout("nbgrader's exchange")
def exchange(level: Level) -> list[Claims]:
    """What was handed in for other assignments is not looked at; of several times the last one counts."""
    return [_inbound(item, level) for item in level.items]


@layout("nbgrader's tree")
def tree(level: Level) -> list[Claims]:
    """Where each student's folder holds nothing but assignments, each with its time."""
    claims = [_tree(item, level) for item in level.items]
    return (
        claims if all(each for item, each in zip(level.items, claims, strict=True)) else [None] * len(claims)
    )


def _inbound(item: Item, level: Level) -> Claims:
    found = None if item.is_file else _INBOUND.fullmatch(item.name)
    if found is None:
        return None
    if found["assignment"] != level.assignment.name:
        return []
    try:
        moment = datetime.strptime(re.sub(r"[:_-]", "", found["time"]), "%Y%m%d %H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
    person = Person("nbgrader", (found["user"],), login=found["user"])
    return [Claim(person, item.files(), item.path, attempt=moment, time=moment)]


def _tree(item: Item, level: Level) -> Claims:
    wanted = level.assignment.name
    files = [] if item.is_file else item.files()
    time = next((_time(file) for file in files if file.path == (wanted, "timestamp.txt")), None)
    if time is None or any(len(file.path) < 2 or file.path[0] not in level.names for file in files):
        return None
    own = tuple(File(file.path[1:], file.entry) for file in files if file.path[0] == wanted)
    return [Claim(Person("nbgrader", (item.name,), login=item.name), own, item.path, time=time)]


def _time(file: File) -> datetime | None:
    try:
        moment: datetime = parse_utc(file.entry.read()[:100].decode().strip())
        return moment.replace(tzinfo=UTC)
    except Refused:
        return None
    except Exception:  # no text, no time: the parser raises errors of many kinds
        return None
