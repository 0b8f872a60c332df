"""What happens around nbgrader's own `generate_assignment` and `autograde`, which copy every file beside a notebook."""

from __future__ import annotations

import copy
import os
import stat
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path

from nbgrader.converters import Autograde

from autograder.course import given
from autograder.course.manifest import Assignment, Course
from autograder.grading.fitting import notebook_in
from autograder.grading.handed_in import read_timestamp
from autograder.grading.job_folders import keep_temporary_files
from autograder.nbgrader_bridge.registration import register


def before_autograding(converter: Autograde, course: Course) -> None:
    """Before nbgrader looks at any submission: its cells are known, and nothing in a folder can harm or stop it.

    nbgrader reads a time of submission before it calls a hook, and where it cannot, deletes what was graded before.
    """
    assignment = course.assignment(converter.coursedir.assignment_id)
    keep_temporary_files()
    register(course, assignment, converter.config)
    # Of its own, since a formgrader goes on with the one that it handed in. What is handed in is read, never copied.
    converter.coursedir = copy.copy(converter.coursedir)
    converter.coursedir.ignore = [*converter.coursedir.ignore, *assignment.files]
    for folder, notebooks in list(converter.assignments.items()):
        try:
            converter.assignments[folder] = named(course, assignment, Path(folder), notebooks)
            set_aside(course, assignment, converter.assignments[folder])
        except OSError as error:
            converter.log.error("%s was left out: %s", folder, error)
            del converter.assignments[folder]


def named(course: Course, assignment: Assignment, folder: Path, notebooks: list[str]) -> list[str]:
    """Give the only notebook that fits the assignment its name, which is all that nbgrader knows it by."""
    path = folder / f"{assignment.name}.ipynb"
    found = notebook_in(course, assignment, folder)
    if found == path:
        return notebooks
    found.rename(path)
    return [str(path)]


def set_aside(course: Course, assignment: Assignment, notebooks: Collection[str]) -> None:
    """Move away what nbgrader would follow, wait for, stumble over or copy at any size.

    A link's target would be copied, and given back with the feedback; a pipe would never end; an unreadable time of
    submission would leave the student without marks; a sparse file fills the disk. All of it goes to `.grading/set-aside`.

    Args:
        notebooks: paths of the submission's notebooks; they stay, since the grader reads them with care.
    """
    folder = Path(next(iter(notebooks))).parent
    if folder.is_symlink() or folder.parent.is_symlink():  # refused as a whole when it is read
        return
    kept = course.root / ".grading" / "set-aside" / assignment.name / folder.parent.name
    left = course.limits.handed_in_bytes
    for path in [
        Path(where, name) for where, folders, files in os.walk(folder) for name in (*folders, *files)
    ]:
        if str(path) in notebooks or not os.path.lexists(path):  # gone with the folder it was in
            continue
        if not (is_odd := _is_odd(path) or _is_no_timestamp(path, folder)) and path.is_file():
            is_handed_in = path.parent == folder and path.name in assignment.files
            left -= 0 if is_handed_in else path.stat().st_size
            is_odd = left < 0 and not is_handed_in
        if is_odd:
            kept.mkdir(parents=True, exist_ok=True)
            path.rename(kept / f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{path.name}")


def leave_out_of_release(course: Course, *, assignment: str, student: str, notebooks: list[str]) -> None:
    """After a release: the author's own version of what students hand in is not for them, nor given.py before it is due."""
    entry = course.assignment(assignment)
    for name in entry.files:
        (course.released_path(entry).parent / name).unlink(missing_ok=True)
    given.hand_out(course, entry)


def _is_odd(path: Path) -> bool:
    mode = path.lstat().st_mode
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def _is_no_timestamp(path: Path, folder: Path) -> bool:
    return path == folder / "timestamp.txt" and read_timestamp(path) is None
