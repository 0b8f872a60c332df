"""The course folder: its manifest, its assignments and where their notebooks lie."""

from __future__ import annotations

import difflib
import re
import tomllib
from dataclasses import MISSING, dataclass, fields
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from course_utils.errors import CourseError
from course_utils.study import layout

MANIFEST = layout.MANIFEST
ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".7z", ".rar", ".xz", ".bz2")
_FILE_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")
# Notebooks, given.py and other modules, timestamp.txt, and archives, which are never unpacked when collecting.
_TAKEN = (".ipynb", ".py", "timestamp.txt", *ARCHIVES)


@dataclass(frozen=True)
class Assignment:
    """One entry of the manifest.

    Attributes:
        name: folder and notebook name, for example "01_layers".
        title: for people.
        points: what all graded cells of the notebook add up to.
        checks: module of `autograder.checks` that marks it, or "" for an ungraded notebook.
        given: earlier assignments whose functions students find in `given.py`.
        files: names of files that students hand in beside the notebook.
        groups: whether those who have the same `group` in roster.csv hand in together.
        due: when it is due, as the manifest has it: a TOML date with a time, with or without an offset.
    """

    name: str
    title: str
    points: float
    checks: str = ""
    given: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    due: datetime | None = None
    groups: bool = False


@dataclass(frozen=True)
class Course:
    """A course folder, the folder that holds `course.toml`."""

    root: Path

    @classmethod
    def find(cls, start: Path | str = ".") -> Self:
        """The course that `start` lies in.

        Raises:
            CourseError: no folder above holds a manifest.
        """
        if root := layout.root_above(Path(start)):
            return cls(root)
        raise CourseError(
            f"no {MANIFEST} in {Path(start).resolve()} or above it: run this inside the course folder"
        )

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """The content of `course.toml`."""
        try:
            return tomllib.loads((self.root / MANIFEST).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:  # no TOML, or no text
            raise CourseError(f"{self.root / MANIFEST} cannot be read: {error}") from error

    @property
    def title(self) -> str:
        """The course's title, for people."""
        return self.manifest["title"]

    @cached_property
    def assignments(self) -> tuple[Assignment, ...]:
        """The course's assignments, in its order."""
        entries = self.manifest.get("assignment")
        if not entries or not isinstance(entries, list):
            raise CourseError(f"{self.root / MANIFEST} names no assignment: add an [[assignment]] table")
        return tuple(self._entry(number, entry) for number, entry in enumerate(entries, 1))

    def _entry(self, number: int, entry: dict[str, Any]) -> Assignment:
        try:
            lists = {"given": tuple(entry.get("given", ())), "files": _file_names(entry)}
            return Assignment(**entry | lists | {"due": _time(entry), "groups": _groups(entry)})
        except TypeError as error:
            needed = ", ".join(f.name for f in fields(Assignment) if f.default is MISSING)
            known = ", ".join(f.name for f in fields(Assignment) if f.default is not MISSING)
            raise CourseError(
                f"{self.root / MANIFEST}: assignment {number} has the entries {', '.join(entry)}; "
                f"it needs {needed}, and may have {known}"
            ) from error

    def assignment(self, name: str) -> Assignment:
        """The assignment of that name, with or without its path or ending.

        Raises:
            CourseError: there is none; the sentence lists those there are.
        """
        wanted = Path(name).name.removesuffix(".ipynb")
        names = [assignment.name for assignment in self.assignments]
        if wanted in names:
            return self.assignments[names.index(wanted)]
        if (self.root / "solutions" / wanted).is_dir():
            raise CourseError(_not_named(wanted))
        near = difflib.get_close_matches(wanted, names, 1, cutoff=0.5)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(names)}"
        raise CourseError(f"no assignment is called {name!r}; {hint}")

    @property
    def timezone(self) -> ZoneInfo | None:
        """The zone of times that name none, `timezone = "Europe/Berlin"` in the manifest; this machine's where it is None.

        Raises:
            CourseError: there is no zone of that name.
        """
        name = self.manifest.get("timezone")
        try:
            return ZoneInfo(name) if name else None
        except (ValueError, TypeError, OSError, ZoneInfoNotFoundError) as error:
            raise CourseError(
                f'{MANIFEST}: timezone = {name!r} is no time zone such as "Europe/Berlin"'
            ) from error

    def expect_all_named(self) -> None:
        """Refuse a folder of `solutions/` with a notebook that the manifest does not name.

        Raises:
            CourseError: there is one.
        """
        known = {assignment.name for assignment in self.assignments}
        found = {path.parent.name for path in (self.root / "solutions").glob("[!.]*/*.ipynb")}
        for name in sorted(found - known):
            raise CourseError(_not_named(name))

    def due(self, assignment: Assignment) -> datetime | None:
        """When an assignment is due, in UTC; None where the manifest does not say."""
        return self.in_zone(assignment.due) if assignment.due else None

    def in_zone(self, moment: datetime) -> datetime:
        """A time in UTC; one without an offset is read in the course's zone.

        Of a time that comes twice, or never, when clocks change, the later reading.
        """
        if moment.tzinfo:
            return moment.astimezone(UTC)
        readings = (moment.replace(tzinfo=self.timezone, fold=fold).astimezone(UTC) for fold in (0, 1))
        return max(readings)

    def source(self, assignment: Assignment) -> Path:
        """The solution notebook."""
        return layout.solution_path(self.root, assignment.name)

    def released_path(self, assignment: Assignment) -> Path:
        """The student's notebook."""
        return layout.released_path(self.root, assignment.name)

    def notebook(self, assignment: Assignment) -> Path:
        """The solution notebook; where there are no solutions, on a student's machine, the released one."""
        source = self.source(assignment)
        return source if source.is_file() else self.released_path(assignment)


def _not_named(folder: str) -> str:
    return f"solutions/{folder} is not in {MANIFEST}: add an [[assignment]] with its name, title and points"


def _time(entry: dict[str, Any]) -> datetime | None:
    """When an assignment is due.

    Raises:
        CourseError: that is no date with a time.
    """
    due = entry.get("due")
    if due is not None and not isinstance(due, datetime):
        raise CourseError(
            f"{MANIFEST}: due = {due!r} is no time: write it without quotes, as 2026-03-01T23:59:00"
        )
    return due


def _groups(entry: dict[str, Any]) -> bool:
    """Whether an assignment is handed in by groups.

    Raises:
        CourseError: that is neither yes nor no.
    """
    groups = entry.get("groups", False)
    if not isinstance(groups, bool):
        raise CourseError(f"{MANIFEST}: groups = {groups!r} is neither true nor false")
    return groups


def _file_names(entry: dict[str, Any]) -> tuple[str, ...]:
    """The files that an assignment lets students hand in.

    Raises:
        CourseError: one has no plain name, or the name of something else in the folder.
    """
    names = entry.get("files", [])
    if not isinstance(names, list):
        raise CourseError(f'{MANIFEST}: files = {names!r} is no list of names such as ["weights.npz"]')
    for name in names:
        if not isinstance(name, str) or not _FILE_NAME.fullmatch(name) or name.endswith(_TAKEN):
            raise CourseError(
                f"{MANIFEST}: {name!r} cannot be handed in: files has plain names of up to 64 small letters, digits "
                f"and . _ - that do not end in {', '.join(_TAKEN)}"
            )
    if len(set(names)) < len(names):
        raise CourseError(f"{MANIFEST}: files = {names!r} names a file twice")
    return tuple(names)
