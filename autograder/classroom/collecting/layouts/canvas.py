"""Canvas: `name[_LATE]_user_attachment_file`, or `[LATE_]anon_code_attachment_file`, all in one folder.

The name is in small letters without spaces and keeps its underscores; Canvas makes sure that it holds no number between
two of them. The file's name is the student's own and may hold anything. The time of an entry is that of the download.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable

from autograder.classroom.collecting.layouts import Claim, Claims, is_work, layout
from autograder.classroom.collecting.level import File, Item, Level
from autograder.classroom.collecting.names import attempt, is_expected
from autograder.classroom.collecting.people import Person

_NAME = r"(?P<name>(?:(?!_\d+_)[^\s/.,()])+?"
_NUMBER = r"_(?P<number>[1-9]\d*)"
# What follows the student: an attachment's number and its file, or what was typed into the page.
_FILE = r"_(?:(?P<attachment>[1-9]\d*)_(?P<file>.+)|(?P<typed>(?:text|link)\.html))"
_LATE = re.compile(rf"{_NAME}(?:_\d+)?)_(?P<late>LATE){_NUMBER}{_FILE}", re.DOTALL)
_ON_TIME = re.compile(rf"{_NAME}){_NUMBER}{_FILE}", re.DOTALL)
_NAME_WITH_A_NUMBER = re.compile(rf"{_NAME}_\d+){_NUMBER}{_FILE}", re.DOTALL)
_ANONYMOUS = re.compile(rf"(?:(?P<late>LATE)_)?anon_(?P<code>(?!LATE_)[A-Za-z0-9]+){_FILE}", re.DOTALL)


@layout("Canvas")
def canvas(level: Level) -> list[Claims]:
    """One name for each user's number, or it is not Canvas's."""
    works = [item for item in level.items if is_work(item)]
    read_one = _anonymous if all(_ANONYMOUS.fullmatch(item.name) for item in works) else _named
    read = [read_one(item, level) if item.is_file else None for item in level.items]
    names = defaultdict(set)
    for claim in (claim for claims in read for claim in claims or ()):
        names[claim.person.number or claim.person.login].add(claim.person.name)
    return [None] * len(read) if any(len(each) > 1 for each in names.values()) else read


def exported_name(parts: Iterable[str], key: tuple[str, ...]) -> str:
    """How Canvas named what a student handed in, without the file's own name; "" where that was no file.

    Args:
        parts: the names that it lay under.
        key: what tells the student from others, as `canvas` read it.
    """
    for name in parts if key else ():
        for form in (_ANONYMOUS,) if len(key) == 1 else (_LATE, _ON_TIME, _NAME_WITH_A_NUMBER):
            found = form.fullmatch(unicodedata.normalize("NFC", name))
            if found and found["attachment"] and key[-1] in found.groups():
                return found.string[: found.start("file") - 1]
    return ""


def _anonymous(item: Item, level: Level) -> Claims:
    found = _ANONYMOUS.fullmatch(item.name)
    if found is None:
        return None
    code = found["code"]
    person = Person("canvas", (code,), "anonymous", login=f"anon_{code}", anonymous=True)
    # Of a student called Anon, the number is that of a user.
    named = _ON_TIME.fullmatch(item.name) or _LATE.fullmatch(item.name)
    return [_claim(found, person, item, *([_person(named)] if named and named["number"] == code else ()))]


def _named(item: Item, level: Level) -> Claims:
    name = unicodedata.normalize("NFC", item.name)
    found = _LATE.fullmatch(name) or _ON_TIME.fullmatch(name)
    if found is None:
        return None
    other = (
        None
        if found.groupdict().get("late") or _is_expected(found, level)
        else _NAME_WITH_A_NUMBER.fullmatch(name)
    )
    return [_claim(found, _person(found), item, *([_person(other)] if other else ()))]


def _is_expected(found: re.Match[str], level: Level) -> bool:
    return is_expected(found["file"] or "", level.assignment)


def _person(found: re.Match[str]) -> Person:
    return Person("canvas", (found["name"], found["number"]), found["name"], found["number"])


def _claim(found: re.Match[str], person: Person, item: Item, *others: Person) -> Claim:
    name = found["file"] or found["typed"]
    odd = (f"a later upload (-{number})",) if (number := attempt(name)) else ()
    late = bool(found.groupdict().get("late"))
    files = (File((name,), item.entries[0]),)
    return Claim(person, files, item.path, late=late, odd=odd, others=others)
