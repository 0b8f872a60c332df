"""The level of an archive at which each name is one student's: below the folders that wrap all of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import tzinfo

from autograder.classroom.collecting.entries import Entry
from autograder.classroom.collecting.names import is_expected
from autograder.course.manifest import ARCHIVES, Assignment


@dataclass(frozen=True)
class File:
    """One file of a student.

    Attributes:
        path: below what names the student; the last is the name that the student gave it.
        entry: where it lies in the archive, and its bytes.
    """

    path: tuple[str, ...]
    entry: Entry

    @property
    def name(self) -> str:
        """The file's own name."""
        return self.path[-1]


@dataclass(frozen=True)
class Item:
    """One name at a level, and all that lies below it.

    Attributes:
        name: of the file or folder.
        entries: what lies below, or the file itself.
        depth: how many folders lie above.
    """

    name: str
    entries: tuple[Entry, ...]
    depth: int

    @property
    def is_file(self) -> bool:
        """Whether it is a file rather than a folder."""
        return any(len(entry.parts) == self.depth + 1 for entry in self.entries)

    @property
    def path(self) -> str:
        """Where it lies, for people."""
        first = self.entries[0]
        return Entry(first.parts[: self.depth + 1], first.read).path

    def files(self) -> tuple[File, ...]:
        """What lies in the folder; of a file itself, by its own name."""
        below = self.depth if self.is_file else self.depth + 1
        return tuple(File(entry.parts[below:], entry) for entry in self.entries)


@dataclass(frozen=True)
class Level:
    """All names at one depth of an archive.

    Attributes:
        items: in order of their names.
        wrappers: the folders above, which all of it lies in.
        assignment: the one that is collected.
        others: names of the course's other assignments.
        zone: of times that name none; this machine's by default.
        source: name of the folder or archive, without an ending.
    """

    items: tuple[Item, ...]
    wrappers: tuple[str, ...]
    assignment: Assignment
    others: frozenset[str]
    zone: tzinfo | None
    source: str

    @property
    def around(self) -> str:
        """The name of the folder that the items lie in."""
        return self.wrappers[-1] if self.wrappers else self.source

    @property
    def names(self) -> frozenset[str]:
        """Names of all assignments, of which none is a student's."""
        return self.others | {self.assignment.name}

    def folders(self) -> list[Item]:
        """The items that are folders."""
        return [item for item in self.items if not item.is_file]


def levels(
    entries: list[Entry], assignment: Assignment, others: frozenset[str], zone: tzinfo | None, source: str
) -> Iterator[Level]:
    """The levels of an archive, from the outermost to the first that branches.

    Where all folders are named after assignments, the way goes on in the one that is collected. A file beside a folder around
    everything else, such as a list, does not end it.
    """
    wrappers: tuple[str, ...] = ()
    while entries:
        items = _items(entries, len(wrappers))
        yield Level(items, wrappers, assignment, others, zone, source)
        inner = _inner(items, assignment, others | {assignment.name})
        if inner is None:
            return
        wrappers, entries = (*wrappers, inner.name), list(inner.entries)


def _items(entries: list[Entry], depth: int) -> tuple[Item, ...]:
    below: dict[tuple[str, bool], list[Entry]] = {}
    for entry in entries:
        below.setdefault((entry.parts[depth], len(entry.parts) == depth + 1), []).append(entry)
    return tuple(Item(name, tuple(below[name, file]), depth) for name, file in sorted(below))


def _inner(items: tuple[Item, ...], assignment: Assignment, names: frozenset[str]) -> Item | None:
    """The one folder that all work lies in, or that of the assignment among those of others."""
    works = [item for item in items if not item.is_file or _may_be_handed_in(item.name, assignment)]
    folders = [item for item in works if not item.is_file]
    if len(folders) < len(works):
        return None
    if len(folders) > 1 and all(item.name in names for item in folders):
        folders = [item for item in folders if item.name == assignment.name]
    return folders[0] if len(folders) == 1 else None


def _may_be_handed_in(name: str, assignment: Assignment) -> bool:
    return name.lower().endswith((".ipynb", *ARCHIVES)) or is_expected(name, assignment)
