"""given.py, the file beside a later assignment that hands students the functions of earlier ones."""

from __future__ import annotations

import ast
from pathlib import Path

from autograder.course.manifest import Assignment, Course
from course_utils.course import notebooks, sources

_HEADER = '''"""Functions of earlier notebooks, handed to {name}.

Generated from the solution cells of {given}; edit those.
"""
'''


def source(course: Course, assignment: Assignment) -> str:
    """The text of an assignment's given.py: setup and solution cells of the assignments it is given, in order."""
    parts = [_HEADER.format(name=assignment.name, given=", ".join(assignment.given))]
    for name in assignment.given:
        earlier = course.assignment(name)
        for cell in notebooks.read(course.source(earlier))["cells"]:
            if notebooks.is_solution(cell):
                parts.append(sources.without_marks(cell["source"]))
            elif notebooks.has_tag(cell, "setup"):
                parts.append(_imports(cell["source"]))
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def write(course: Course, assignment: Assignment) -> Path | None:
    """Write given.py beside the solution notebook, whence nbgrader copies it to students; None where nothing is given."""
    if not assignment.given:
        return None
    path = course.source(assignment).with_name("given.py")
    text = source(course, assignment)
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
    return path


def _imports(setup: str) -> str:
    """A setup cell's imports; magics, an earlier given.py and what asks about questions have no place in a module."""
    kept = [
        node
        for node in ast.parse(sources.without_magics(setup)).body
        if isinstance(node, ast.Import | ast.ImportFrom)
        and getattr(node, "module", None) not in ("given", "course_utils.grading", "course_utils.study")
    ]
    return "\n".join(map(ast.unparse, kept))
