"""Google Classroom: the assignment's folder in Drive, with a copy `Full Name - title.ipynb` for each student.

Files that students uploaded themselves keep their names there, and nothing says whose they are.
"""

from __future__ import annotations

import re

from autograder.classroom.collecting.layouts import Claim, Claims, is_work, layout
from autograder.classroom.collecting.level import File, Item, Level
from autograder.classroom.collecting.people import Person
from course_utils.errors import CourseError

_COPY = re.compile(r"(?P<name>.+) - (?P<title>.+\.ipynb)", re.DOTALL)
_NOBODYS = re.compile(
    r"(?:(?:copy of|kopie von|copie de|copia de) )*{name}(?: ?\(\d+\))?\.ipynb", re.IGNORECASE
)


@layout("Google Classroom")
def google_classroom(level: Level) -> list[Claims]:
    """Where all copies have one title, and that is the assignment's."""
    works = [item for item in level.items if is_work(item)]
    nobodys = re.compile(_NOBODYS.pattern.format(name=re.escape(level.assignment.name)), re.IGNORECASE)
    if len(works) > 1 and all(item.is_file and nobodys.fullmatch(item.name) for item in works):
        raise CourseError(
            f"all notebooks are called {level.assignment.name}.ipynb or copies of it, as in Google Classroom's folder in Drive, "
            "and nothing says whose they are: rename each to <student>.ipynb"
        )
    title = f" - {level.assignment.name}.ipynb"
    return [_claims(item) if item.is_file and item.name.endswith(title) else None for item in level.items]


def _claims(item: Item) -> Claims:
    found = _COPY.fullmatch(item.name)
    if found is None:
        return None
    person = Person("google", (item.name,), found["name"].strip())
    return [Claim(person, (File((found["title"],), item.entries[0]),), item.path)]
