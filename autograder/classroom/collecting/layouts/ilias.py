"""ILIAS: folders `Lastname_Firstname_login_userid`, in `Abgaben` or `Submissions` or with `status.xlsx` beside them.

Names in parts may hold underscores, so that only the number at the end is sure. Nothing in the export says when.
"""

from __future__ import annotations

import re

from autograder.classroom.collecting.layouts import Claim, Claims, layout
from autograder.classroom.collecting.level import Item, Level
from autograder.classroom.collecting.people import Person
from course_utils.errors import CourseError

_WRAPPERS = ("abgaben", "submissions")
_TEAM = re.compile(r"team[ _]\d+", re.IGNORECASE)
_OWN = re.compile(r"status\.(csv|xlsx?|xml)", re.IGNORECASE)


@layout("ILIAS")
def ilias(level: Level) -> list[Claims]:
    """Such names are not ILIAS's alone: the folder around them or the file beside them has to be there, too."""
    has_status = any(item.is_file and _OWN.fullmatch(item.name) for item in level.items)
    if not has_status and level.around.lower() not in _WRAPPERS:
        return [None] * len(level.items)
    if level.folders() and all(_TEAM.fullmatch(item.name) for item in level.folders()):
        raise CourseError(
            "this is ILIAS's export of teams, of which nobody can say who wrote what: "
            "put one folder for each student into a folder, and collect that"
        )
    return [_claims(item) for item in level.items]


def _claims(item: Item) -> Claims:
    if item.is_file:
        return [] if _OWN.fullmatch(item.name) else None
    name, _, number = item.name.rpartition("_")
    if not number.isdecimal() or number.startswith("0") or name.count("_") < 2:
        return None
    person = Person("ilias", (item.name,), name.replace("_", " "), number)
    return [Claim(person, item.files(), item.path)]
