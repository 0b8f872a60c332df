"""given.py as the course hands it out: of the solution notebooks, once those are due."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from autograder.course.manifest import Assignment, Course
from course_utils.course.given import ours
from course_utils.study.layout import GIVEN


def source(course: Course, assignment: Assignment) -> str:
    """The text of an assignment's given.py: setup and solution cells of the assignments it is given, in order."""
    return ours(course, assignment)


def is_out(course: Course, assignment: Assignment, now: datetime | None = None) -> bool:
    """Whether the answers in an assignment's given.py help nobody any more: all its predecessors were due.

    Args:
        now: decides what is due; this moment by default.
    """
    dues = [course.due(course.assignment(name)) for name in assignment.given]
    return all(due is not None and due < (now or datetime.now(UTC)) for due in dues)


def write(course: Course, assignment: Assignment, folder: Path) -> Path | None:
    """Write an assignment's given.py into a folder; None where nothing is given."""
    if not assignment.given:
        return None
    path = folder / GIVEN
    text = source(course, assignment)
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
    return path


def hand_out(course: Course, assignment: Assignment, *, early: bool = False) -> bool:
    """Let given.py lie beside the released notebook where it is handed out, and not there where it is not; whether it is.

    Args:
        early: hand it out before its predecessors are due.
    """
    folder = course.released_path(assignment).parent
    if early or is_out(course, assignment):
        return write(course, assignment, folder) is not None
    (folder / GIVEN).unlink(missing_ok=True)
    return False
