"""What the names in a platform's export mean: each module here is one platform's layout, and is found by being here.

    @layout("Canvas")
    def canvas(level):
        return [_claims(item) for item in level.items]

The function says of each name at a level which students it belongs to: a list of claims, an empty list for what the
platform itself adds, None for a name that this platform does not give. A layout holds only where it knows every name.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from autograder.classroom.collecting.level import File, Item, Level
from autograder.classroom.collecting.names import is_hand_in
from autograder.classroom.collecting.people import Person


@dataclass(frozen=True)
class Claim:
    """Files that belong to one student, as a platform says.

    Attributes:
        person: whose they are.
        files: the files.
        source: the name in the archive that says so.
        late: the platform's own mark.
        attempt: when this attempt was made, to tell which is the last one; None where an export has one a student.
        time: when it was handed in, in UTC, where the platform says so.
        odd: what an instructor should look at, a few words each.
        others: whose they could be as well, where the name can be read in several ways.
    """

    person: Person
    files: tuple[File, ...]
    source: str
    late: bool = False
    attempt: datetime | None = None
    time: datetime | None = None
    odd: tuple[str, ...] = ()
    others: tuple[Person, ...] = ()


Claims = list[Claim] | None
Reader = Callable[[Level], list[Claims]]


@dataclass(frozen=True)
class Layout:
    """How one platform names what it exports.

    Attributes:
        name: the platform's.
        read: what the names at a level mean, in the order of its items.
    """

    name: str
    read: Reader


def layout(name: str) -> Callable[[Reader], Layout]:
    """Make the decorated function the layout of that platform."""
    return lambda read: Layout(name, read)


@cache
def layouts() -> tuple[Layout, ...]:
    """All layouts, in order of their modules' names."""
    modules = [importlib.import_module(info.name) for info in pkgutil.iter_modules(__path__, f"{__name__}.")]
    return tuple(value for module in modules for value in vars(module).values() if isinstance(value, Layout))


def matches(read: list[Claims], level: Level) -> bool:
    """Whether a layout knows every name of a level.

    A file that is no notebook is no student's work by itself: one that somebody put there does not matter.
    """
    strays = [item for item, claims in zip(level.items, read, strict=True) if claims is None]
    return any(read) and not any(is_work(item) for item in strays)


def is_work(item: Item) -> bool:
    """Whether a name at a level can be a student's: a folder, a notebook or what `course submit` writes."""
    return not item.is_file or item.name.lower().endswith(".ipynb") or is_hand_in(item.name)
