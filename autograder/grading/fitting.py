"""Whose notebook a file is, told by its cells: students and platforms rename files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from autograder.course.manifest import Assignment, Course
from autograder.course.template import template
from autograder.grading.handed_in import NotAFile, read_regular
from autograder.grading.taking import take
from course_utils.errors import CourseError
from course_utils.submission.matching import Known
from course_utils.submission.notes import fits
from course_utils.submission.reading import MAX_BYTES, Unreadable
from course_utils.submission.rebuild import known_cells

_MAX_CANDIDATES = 10


def fitting(course: Course, assignment: Assignment, files: Mapping[str, bytes]) -> list[str]:
    """The names of those files that are this assignment's notebook, by their cells.

    Args:
        files: contents by name; each is read in a bounded process.
    """
    known = _known(course, assignment)
    return [name for name, content in files.items() if _fits(course, known, content)]


def assignment_of(course: Course, path: Path) -> Assignment:
    """The assignment whose notebook a file is: the one that it is named after, else the only one that its cells fit.

    Raises:
        CourseError: no assignment has its name or its cells, or several have its cells.
    """
    named = [assignment for assignment in course.assignments if assignment.name == path.stem]
    if named:
        return named[0]
    content = path.read_bytes()
    found = [
        each for each in course.assignments if each.checks and fitting(course, each, {path.name: content})
    ]
    if len(found) != 1:
        what = ", ".join(assignment.name for assignment in found) or "no assignment"
        raise CourseError(f"{path.name} fits {what} by its cells: say which one it is with --in")
    return found[0]


def notebook_in(course: Course, assignment: Assignment, folder: Path) -> Path:
    """The notebook that was handed in to a folder: the one of the assignment's name, else the only one that fits."""
    path = folder / f"{assignment.name}.ipynb"
    if path.is_symlink() or path.exists():
        return path
    found = fitting(course, assignment, dict(_candidates(folder)))
    return folder / found[0] if len(found) == 1 else path


def _candidates(folder: Path) -> Iterator[tuple[str, bytes]]:
    if folder.is_symlink() or folder.parent.is_symlink():  # refused when it is read
        return
    for path in sorted(folder.glob("*.ipynb"))[:_MAX_CANDIDATES]:
        try:
            yield path.name, read_regular(path, MAX_BYTES)
        except (NotAFile, OSError):
            continue


@lru_cache(maxsize=32)
def _known(course: Course, assignment: Assignment) -> list[Known]:
    return known_cells(template(course, assignment))


def _fits(course: Course, known: list[Known], content: bytes) -> bool:
    try:
        return fits(known, take(known, content, course.limits.reading))
    except Unreadable:
        return False
