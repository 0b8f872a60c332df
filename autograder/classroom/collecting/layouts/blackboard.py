"""Blackboard: `Assignment_login_attempt_2026-03-01-20-30-10_file`, and the same with `.txt` for what it says of an attempt.

The word for "attempt" is in the site's language. The first line of that text has the name and, in parentheses, the login;
without that text a login or a title with an underscore may leave it open where the title ends.
"""

from __future__ import annotations

import re
from datetime import datetime

from autograder.classroom.collecting.entries import Refused
from autograder.classroom.collecting.layouts import Claim, Claims, layout
from autograder.classroom.collecting.level import File, Item, Level
from autograder.classroom.collecting.people import Person
from autograder.classroom.collecting.times import in_utc

_NAME = re.compile(
    r"(?P<who>.+?_[^_]+?)_[^\W\d_]+_(?P<date>\d{4}(?:-\d\d){5})(?:_(?P<file>.+)|\.txt)", re.DOTALL
)
_TEXT = re.compile(r"[^\n:]+:\s*(?P<name>[^\n]*?)\s*\((?P<login>[^()\s]+)\)\s*(?:\n|$)")


@layout("Blackboard")
def blackboard(level: Level) -> list[Claims]:
    """Each name by itself, but for where the title ends."""
    found = [_NAME.fullmatch(item.name) if item.is_file else None for item in level.items]
    whos = {match["who"] for match in found if match}
    titles = {who.partition("_")[0] for who in whos}
    is_title = len(whos) > 1 and len(titles) == 1 and len({who.split("_")[1] for who in whos}) > 1
    people = {who: _readings(who, is_title) for who in whos}
    for match, item in zip(found, level.items, strict=True):
        if match and not match["file"] and (person := _by_text(match["who"], item)):
            people[match["who"]] = [person]
    return [_claims(match, item, people, level) for match, item in zip(found, level.items, strict=True)]


def _readings(who: str, is_title: bool) -> list[Person]:
    """Who it can be, by what follows each underscore, or the first where all names agree before it and differ after."""
    words = who.split("_")
    logins = ["_".join(words[number:]) for number in range(1, 2 if is_title else len(words))]
    return [Person("blackboard", (who,), login=login) for login in logins if login]


def _by_text(who: str, item: Item) -> Person | None:
    try:
        text = item.entries[0].read()[:1000].decode("utf-8", "replace")
    except Refused:
        return None
    found = _TEXT.match(text.lstrip("\ufeff"))
    if found is None or not who.endswith(f"_{found['login']}"):
        return None
    return Person("blackboard", (who,), found["name"], login=found["login"])


def _claims(match: re.Match[str] | None, item: Item, people: dict[str, list[Person]], level: Level) -> Claims:
    if match is None:
        return None
    try:
        moment = in_utc(datetime.strptime(match["date"], "%Y-%m-%d-%H-%M-%S"), level.zone)
    except ValueError:
        return None
    files = (File((match["file"],), item.entries[0]),) if match["file"] else ()
    person, *others = people[match["who"]]
    return [Claim(person, files, item.path, attempt=moment, time=moment, others=tuple(others))]
