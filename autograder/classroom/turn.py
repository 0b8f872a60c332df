"""One command at a time writes a course's marks."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from autograder.course.manifest import Course
from course_utils.errors import CourseError, cannot_write


@contextmanager
def turn(course: Course, say: Callable[[str], object]) -> Iterator[None]:
    """Wait until no other command writes marks in this course, and let others wait meanwhile.

    Args:
        say: told in a sentence that there is another one to wait for.

    Raises:
        CourseError: the course folder cannot be written.
    """
    folder = course.root / ".grading"
    lock = FileLock(folder / "lock")
    try:
        folder.mkdir(exist_ok=True)
        try:
            lock.acquire(blocking=False)
        except Timeout:
            say(
                f"{_holder(folder)} is writing this course's marks; waiting for it to end (Ctrl-C stops this one)"
            )
            lock.acquire()
    except OSError as error:
        raise CourseError(cannot_write(error)) from error
    try:
        _note_holder(folder)
        yield
    finally:
        lock.release()


def _note_holder(folder: Path) -> None:
    """Say for others who has the turn; a courtesy, for which a full disk stops nobody."""
    since = datetime.now().astimezone().strftime("%d %B, %H:%M:%S")
    with suppress(OSError):
        said = f"another command (process {os.getpid()}, since {since})"
        (folder / "holder").write_text(said, encoding="utf-8")


def _holder(folder: Path) -> str:
    try:
        return (folder / "holder").read_text(encoding="utf-8")
    except OSError:  # it has begun just now
        return "another command"
