"""given.py, the file beside a later notebook that hands on the functions of earlier ones: ours, or a learner's own."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from pathlib import Path

from course_utils.course import notebooks, sources
from course_utils.course.manifest import Assignment, Course
from course_utils.errors import CourseError, cannot_write
from course_utils.study import layout

_OF_QUESTIONS = ("course_utils.grading", "course_utils.study")
_OWN = '"""Functions of your own notebooks {given}.'
_OWN_HEADER = _OWN + '\n\nMade by `course given {name}`, which makes it anew.\n"""\n'
_OURS = '"""Functions of earlier notebooks, handed to {name}.'
_OURS_HEADER = _OURS + '\n\nGenerated from the solution cells of {given}; edit those.\n"""\n'


def module(paths: Iterable[Path], header: str) -> str:
    """The text of a given.py: imports of the setup cells and all solution cells of notebooks, in order."""
    parts = [header]
    for path in paths:
        for cell in notebooks.read(path)["cells"]:
            if notebooks.is_solution(cell):
                parts.append(sources.without_marks(cell["source"]))
            elif notebooks.has_tag(cell, "setup"):
                parts.append(_imports(cell["source"]))
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def ours(course: Course, assignment: Assignment) -> str:
    """The text of the given.py that the course hands out; the solutions are in this folder."""
    earlier = [course.source(course.assignment(name)) for name in assignment.given]
    return module(earlier, _OURS_HEADER.format(name=assignment.name, given=", ".join(assignment.given)))


def _imports(setup: str) -> str:
    """A setup cell's imports; magics and what asks about questions have no place in a module.

    What it takes from an earlier given.py is in the module already; where it gets another name there, it does here.
    """
    lines = []
    for node in ast.parse(sources.without_magics(setup)).body:
        source = getattr(node, "module", None)
        if isinstance(node, ast.ImportFrom) and source == layout.GIVEN.removesuffix(".py"):
            lines += [f"{alias.asname} = {alias.name}" for alias in node.names if alias.asname]
        elif isinstance(node, ast.Import | ast.ImportFrom) and source not in _OF_QUESTIONS:
            lines.append(ast.unparse(node))
    return "\n".join(lines)


def missing(course: Course, assignment: Assignment) -> bool:
    """Whether a learner's copy of a notebook lacks the file that it is given."""
    return bool(assignment.given) and not _place(course, assignment).is_file()


def advice(course: Course, assignment: Assignment) -> str:
    """How a learner gets the file that a notebook is given."""
    command = f"course given {assignment.name}"
    earlier = ", ".join(assignment.given)
    if _has_solutions(course, assignment):
        return f"{assignment.name} uses functions of {earlier}: `{command}` takes your own, `{command} --ours` the course's"
    return f"{assignment.name} uses functions of {earlier}, which are handed out later: `{command}` takes your own"


def take_own(course: Course, assignment: Assignment) -> Path:
    """Write given.py beside a learner's copy of a notebook, out of their copies of the earlier ones.

    Raises:
        CourseError: it is given nothing, an earlier copy is missing or cannot be read, or another file is in the way.
    """
    earlier = [layout.work_path(course.root, name) for name in assignment.given]
    if not earlier:
        raise CourseError(f"{assignment.name} is given nothing: it needs no earlier notebook")
    if absent := [path.stem for path in earlier if not path.is_file()]:
        raise CourseError(
            f"there is no notebook of yours in work/{absent[0]}: start with `course lab {absent[0]}`"
        )
    header = _OWN_HEADER.format(given=", ".join(assignment.given), name=assignment.name)
    try:
        text = module(earlier, header)
    except SyntaxError as error:
        raise CourseError(
            f"an import in the first cells of your earlier notebooks is broken: {error.msg}"
        ) from error
    place = _free_place(course, assignment)
    try:
        place.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CourseError(cannot_write(error)) from error
    return place


def take_ours(course: Course, assignment: Assignment) -> Path:
    """Put the given.py that was handed out, or is made of the solutions in this folder, beside a learner's copy of a notebook.

    Raises:
        CourseError: it was not handed out, or another file is in the way.
    """
    released = course.released_path(assignment).with_name(layout.GIVEN)
    from_solutions = bool(assignment.given) and _has_solutions(course, assignment)
    if not (from_solutions or released.is_file()):
        raise CourseError(
            f"{layout.GIVEN} of {assignment.name} is not handed out yet; `course given {assignment.name}` makes it of your own notebooks"
        )
    place = _free_place(course, assignment)
    text = ours(course, assignment) if from_solutions else released.read_text(encoding="utf-8")
    try:
        place.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CourseError(cannot_write(error)) from error
    return place


def _has_solutions(course: Course, assignment: Assignment) -> bool:
    return all(course.source(course.assignment(name)).is_file() for name in assignment.given)


def _place(course: Course, assignment: Assignment) -> Path:
    return layout.work_path(course.root, assignment.name).with_name(layout.GIVEN)


def _free_place(course: Course, assignment: Assignment) -> Path:
    """Where the file goes; one that somebody wrote by hand is in the way."""
    place = _place(course, assignment)
    if not place.parent.is_dir():
        raise CourseError(
            f"there is no notebook of yours in work/{assignment.name}: start with `course lab {assignment.name}`"
        )
    made = (_OURS.partition("{")[0], _OWN.partition("{")[0])
    if place.is_file() and not place.read_text(encoding="utf-8", errors="replace").startswith(made):
        raise CourseError(f"{place} was written by hand: rename it, and run this again")
    return place
