"""What happens around nbgrader's own `generate_assignment` and `autograde`, which copy every file beside a notebook."""

from __future__ import annotations

import os
import stat
from datetime import UTC, datetime
from pathlib import Path

from autograder.course.manifest import Course
from autograder.grading.handed_in import read_timestamp


def set_aside(course: Course, *, assignment: str, student: str, notebooks: list[str]) -> None:
    """Before a submission is copied: move away what nbgrader would follow, wait for or stumble over.

    A link's target would be copied, and given back with the feedback; a pipe would never end; an unreadable time of
    submission would leave the student without marks. All of it goes to `.grading/set-aside`.

    Args:
        notebooks: paths of the submission's notebooks; they stay, since the grader reads them with care.
    """
    folder = Path(notebooks[0]).parent
    if folder.is_symlink() or folder.parent.is_symlink():  # refused as a whole when it is read
        return
    kept = course.root / ".grading" / "set-aside" / assignment / folder.parent.name
    for path in [
        Path(where, name) for where, folders, files in os.walk(folder) for name in (*folders, *files)
    ]:
        if str(path) in notebooks or not (_is_odd(path) or _is_no_timestamp(path, folder)):
            continue
        kept.mkdir(parents=True, exist_ok=True)
        path.rename(kept / f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{path.name}")


def leave_out_of_release(course: Course, *, assignment: str, student: str, notebooks: list[str]) -> None:
    """After a release: the author's own version of what students hand in is not for them."""
    _leave_out(course, assignment, course.released_path(course.assignment(assignment)).parent)


def leave_out_of_autograded(course: Course, *, assignment: str, student: str, notebooks: list[str]) -> None:
    """After autograding: the author's version, copied over the student's, would be given back with the feedback."""
    who = Path(notebooks[0]).parent.parent.name
    _leave_out(course, assignment, course.folder("autograded", who, course.assignment(assignment)))


def _leave_out(course: Course, assignment: str, folder: Path) -> None:
    for name in course.assignment(assignment).files:
        (folder / name).unlink(missing_ok=True)


def _is_odd(path: Path) -> bool:
    mode = path.lstat().st_mode
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def _is_no_timestamp(path: Path, folder: Path) -> bool:
    return path == folder / "timestamp.txt" and read_timestamp(path) is None
