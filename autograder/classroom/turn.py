"""One command at a time writes a course's marks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

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
                "another command is writing this course's marks; waiting for it to end (Ctrl-C stops this one)"
            )
            lock.acquire()
    except OSError as error:
        raise CourseError(cannot_write(error)) from error
    try:
        yield
    finally:
        lock.release()
