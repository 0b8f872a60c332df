"""GitHub Classroom: clones `assignment-login`, in a folder `assignment-submissions`.

The assignment's name comes from that folder; without one it has to be that of the course's assignment. A student is
known by the login; times are those of commits, which are the student's own to set, and not read.
"""

from __future__ import annotations

from autograder.classroom.collecting.layouts import Claim, Claims, layout
from autograder.classroom.collecting.level import Item, Level
from autograder.classroom.collecting.people import Person, ascii_name

_WRAPPER = "-submissions"


@layout("GitHub Classroom")
def github_classroom(level: Level) -> list[Claims]:
    """Where every folder begins with the assignment's name."""
    if level.around.endswith(_WRAPPER):
        prefix = f"{level.around.removesuffix(_WRAPPER)}-"
    elif len(level.folders()) > 1:
        prefix = f"{ascii_name(level.assignment.name)}-"
    else:
        return [None] * len(level.items)
    return [_claims(item, prefix) for item in level.items]


def _claims(item: Item, prefix: str) -> Claims:
    login = item.name.removeprefix(prefix)
    if item.is_file or login == item.name or not login.replace("-", "").isalnum():
        return None
    return [Claim(Person("github", (item.name,), login=login), item.files(), item.path)]
