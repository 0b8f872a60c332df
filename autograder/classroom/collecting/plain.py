"""Folders and files that somebody named after students: `student.ipynb` and `student/.../file.ipynb`.

The outermost name is the student's, whatever lies below it.
"""

from __future__ import annotations

import re

from autograder.classroom.collecting.entries import ARCHIVE_WITHIN, Refusals
from autograder.classroom.collecting.layouts import Claim, is_work, layouts
from autograder.classroom.collecting.level import File, Item, Level
from autograder.classroom.collecting.names import is_expected, without_attempt
from autograder.classroom.collecting.people import Person
from autograder.course.manifest import ARCHIVES
from course_utils.errors import CourseError
from course_utils.text import shown

# Names of folders around a class's work, which no student has.
_WRAPPERS = (
    "submitted",
    "submissions",
    "submission",
    "export",
    "exported",
    "inbound",
    "collected",
    "home",
    "homes",
    "downloads",
    "students",
    "all",
)


def plain(level: Level, refused: Refusals) -> list[Claim]:
    """Whose each name is at the innermost level of an archive that is no platform's.

    Args:
        refused: gets (name, reason) for each that is nobody's.

    Raises:
        CourseError: all of it is one student's, and several folders could name whose.
    """
    if owner := _owner(level):
        files = tuple(file for item in level.items for file in _inside(item))
        return [Claim(_person(owner), files, "/".join((*level.wrappers, "")))]
    platforms = _platforms(level)
    claims = []
    for item in level.items:
        if reason := platforms.get(item.name) or _nobodys(item, level):
            refused.append((item.path, reason))
        else:
            name = _student(item, level)
            claims.append(Claim(_person(name, item.name), item.files(), item.path))
    return claims


def _owner(level: Level) -> str:
    """The folder of the one student whose work this is, or an empty text where the level's names are the students'."""
    works = [item for item in level.items if any(_is_notebook(entry.parts[-1]) for entry in item.entries)]
    names = [name for name in level.wrappers if name not in level.names and name.lower() not in _WRAPPERS]
    is_inside = any(item.is_file and _is_own(item, level) for item in level.items)
    if not names or not (is_inside or len(works) == 1):
        return ""
    if len(names) > 1 or len(works) > 1 or not (is_inside or works[0].is_file):
        around = shown("/".join(level.wrappers))
        raise CourseError(
            f"all notebooks lie in {around}, and nobody can say whether that is one student's folder: "
            "collect a folder that holds nothing but one folder for each student"
        )
    return names[0]


def _inside(item: Item) -> list[File]:
    """A student's files, with the folder that they lie in."""
    return [File((*(() if item.is_file else (item.name,)), *file.path), file.entry) for file in item.files()]


def _is_notebook(name: str) -> bool:
    return name.lower().endswith(".ipynb")


def _person(name: str, key: str = "") -> Person:
    return Person("folder", (key or name,), name, login=name)


def _platforms(level: Level) -> dict[str, str]:
    """Why names that a platform gave are nobody's, where other names of the level are not the platform's.

    Raises:
        CourseError: most of them are a platform's, so that the others are no students' either.
    """
    given: dict[str, str] = {}
    for form in layouts():
        names = {item.name for item, claims in zip(level.items, form.read(level), strict=True) if claims}
        if others := sorted({item.name for item in level.items if is_work(item)} - names):
            if len(names) > len(others):
                told = shown(", ".join(others), 200)
                raise CourseError(
                    f"most names here are {form.name}'s, and not {told}: move that away, and collect again"
                )
            reason = (
                f"{form.name} gives such names, but not all others here: collect what was downloaded as it is"
            )
            given |= dict.fromkeys(names, reason)
    return given


def _nobodys(item: Item, level: Level) -> str:
    """Why a name is no student's, or an empty text."""
    if item.is_file and item.name.lower().endswith(ARCHIVES):
        return ARCHIVE_WITHIN
    if not is_work(item):
        return "it is no notebook, and lies in no student's folder"
    if item.name in level.names:
        return "it is named after an assignment, not after a student"
    if not item.is_file and item.name.lower() in _WRAPPERS:
        return "it lies around students' folders: collect it by itself"
    if item.is_file and _is_assignments(item, level):
        return "it is named after an assignment, and nothing says whose it is"
    return ""


def _is_assignments(item: Item, level: Level) -> bool:
    name = without_attempt(re.sub(r" ?\(\d+\)(?=\.ipynb$)", "", item.name))
    return name.removesuffix(".ipynb") in level.names


def _is_own(item: Item, level: Level) -> bool:
    """Whether a file is called as the assignment's notebook or a file that is handed in with it."""
    return _is_assignments(item, level) or is_expected(item.name, level.assignment)


def _student(item: Item, level: Level) -> str:
    """The name of a folder, or of a file without its ending and the assignment's name."""
    if not item.is_file:
        return item.name
    name, wanted = item.name[: -len(".ipynb")], re.escape(level.assignment.name)
    return re.sub(rf"[-_ ]+{wanted}$|^{wanted}[-_ ]+", "", name) or name
