"""Sakai: folders `Last, First(login)`, in each `Submission attachment(s)/` and `timestamp.txt`.

`Feedback Attachment(s)` holds what an instructor returned, and is left alone.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from autograder.classroom.collecting.entries import Refused
from autograder.classroom.collecting.layouts import Claim, Claims, layout
from autograder.classroom.collecting.level import File, Item, Level
from autograder.classroom.collecting.people import Person

_FOLDER = re.compile(r"(?P<name>.+)\((?P<login>[^()]+)\)", re.DOTALL)
_HANDED_IN = "submission attachment(s)"
_OWN = re.compile(r"grades\.(csv|xls|xlsx)")


@layout("Sakai")
def sakai(level: Level) -> list[Claims]:
    """It is Sakai's where every folder has one for attachments or a time."""
    return [_claims(item) for item in level.items]


def _claims(item: Item) -> Claims:
    if item.is_file:
        return [] if _OWN.fullmatch(item.name) else None
    found, files = _FOLDER.fullmatch(item.name), item.files()
    handed_in = tuple(
        File(f.path[1:], f.entry) for f in files if len(f.path) > 1 and f.path[0].lower() == _HANDED_IN
    )
    if not found or not (handed_in or any(file.path == ("timestamp.txt",) for file in files)):
        return None
    person = Person("sakai", (item.name,), found["name"].strip(), login=found["login"])
    return [Claim(person, handed_in, item.path, time=_time(files))]


def _time(files: tuple[File, ...]) -> datetime | None:
    """Sakai's own file, 20260301210500000 or an instant with its zone."""
    for file in files:
        if file.path == ("timestamp.txt",):
            try:
                text = file.entry.read()[:100].decode().strip()
                if re.fullmatch(r"\d{17}", text):
                    return datetime.strptime(text[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
                moment = datetime.fromisoformat(text)
                return moment.astimezone(UTC) if moment.tzinfo else None
            except (Refused, ValueError, OverflowError):
                return None
    return None
