"""given.py as the course hands it out: of the solution notebooks."""

from __future__ import annotations

from pathlib import Path

from autograder.course.manifest import Assignment, Course
from course_utils.course.given import OURS, module
from course_utils.study.layout import GIVEN

_HEADER = OURS + '\n\nGenerated from the solution cells of {given}; edit those.\n"""\n'


def source(course: Course, assignment: Assignment) -> str:
    """The text of an assignment's given.py: setup and solution cells of the assignments it is given, in order."""
    earlier = [course.source(course.assignment(name)) for name in assignment.given]
    return module(earlier, _HEADER.format(name=assignment.name, given=", ".join(assignment.given)))


def write(course: Course, assignment: Assignment) -> Path | None:
    """Write given.py beside the solution notebook, whence nbgrader copies it to students; None where nothing is given."""
    if not assignment.given:
        return None
    path = course.source(assignment).with_name(GIVEN)
    text = source(course, assignment)
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
    return path
