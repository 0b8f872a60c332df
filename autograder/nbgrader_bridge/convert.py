"""Calling nbgrader's converters: with our configuration, and with one sentence where they fail."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager

from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory

from autograder.course.manifest import Course
from autograder.nbgrader_bridge.configuration import configuration
from course_utils.errors import CourseError

_UNWRITABLE = re.compile(r"(?:OSError|PermissionError): \[Errno \d+\] (.+?): '(.+)'")


def course_directory(course: Course, assignment: str = "", student: str = "*") -> CourseDirectory:
    """nbgrader's view of the course folder, with our configuration.

    Raises:
        CourseError: its configuration cannot be used, or it lies where nbgrader finds nothing.
    """
    if "[" in str(course.root):
        raise CourseError(
            f"nbgrader takes the [ in {course.root} for a pattern and finds nothing there: move the course"
        )
    directory = CourseDirectory(config=configuration(course))
    directory.assignment_id, directory.student_id = assignment, student
    return directory


@contextmanager
def converter_log() -> Iterator[logging.Logger]:
    """A logger for one of nbgrader's converters, which log a traceback and raise an error that says nothing.

    Raises:
        CourseError: the converter failed; the sentence is the last line of what it logged.
    """
    log = logging.Logger("nbgrader.converter", logging.ERROR)
    handler = _Collect()
    log.addHandler(handler)
    try:
        yield log
    except (NbGraderException, SystemExit) as error:
        raise CourseError(handler.reason() or str(error)) from error


class _Collect(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage().strip())

    def reason(self) -> str:
        tracebacks = [message for message in self.messages if message.startswith("Traceback")]
        reason = (tracebacks or self.messages or [""])[0].splitlines()[-1:][0]
        unwritable = _UNWRITABLE.fullmatch(reason)
        return (
            "{1} cannot be written ({0}): make it writable".format(*unwritable.groups())
            if unwritable
            else reason
        )
