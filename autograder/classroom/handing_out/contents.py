"""The folder that students get."""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection, Iterator
from datetime import datetime
from pathlib import Path

from autograder.classroom.handing_out.badges import badges
from autograder.classroom.handing_out.opening import closing_cell, opening_cell
from autograder.classroom.handing_out.wheel import build_wheel
from autograder.course import given as given_out
from autograder.course.manifest import MANIFEST, Assignment, Course
from course_utils.course import notebooks
from course_utils.errors import CourseError
from course_utils.study.layout import GIVEN

_FILES = Path(__file__).parent / "files"
LOCK = "requirements.lock"


def write_contents(
    course: Course, folder: Path, assignments: list[Assignment], given: Collection[str], now: datetime
) -> None:
    """Write the folder that students get.

    Args:
        folder: new, or empty.
        assignments: those that students get; all of them are released.
        given: names of assignments whose given.py is handed out before its predecessors are due.
        now: decides what is due.

    Raises:
        CourseError: one is not released.
        OSError: something cannot be written.
    """
    wheel = build_wheel(folder / "wheels")
    for assignment in assignments:
        out = given_out.is_out(course, assignment, now) or assignment.name in given
        _copy_assignment(course, assignment, folder / "assignments" / assignment.name, wheel.name, out)
    (folder / MANIFEST).write_text("".join(_manifest(course, assignments)), encoding="utf-8")
    shutil.copy(Path(__file__).with_name(LOCK), folder / LOCK)
    heading = "\n\n".join(_heading(course, assignments)) + "\n"
    for path in sorted(_FILES.iterdir()):
        text = path.read_text(encoding="utf-8").replace("WHEEL", wheel.name).replace("# TITLE\n", heading)
        (folder / path.name.replace("dot_", ".")).write_text(text, encoding="utf-8", newline="\n")
    (folder / "postBuild").chmod(0o755)


def _copy_assignment(course: Course, assignment: Assignment, folder: Path, wheel: str, given: bool) -> None:
    released = course.released_path(assignment)
    if not released.is_file():
        raise CourseError(f"{assignment.name} is not released yet: run `course release {assignment.name}`")
    folder.mkdir(parents=True)
    for path in sorted(released.parent.iterdir()):
        ours = path.suffix != ".ipynb" and path.name not in (GIVEN, *assignment.files)
        if ours and path.is_file():
            shutil.copyfile(path, folder / path.name)
    if given:
        given_out.write(course, assignment, folder)
    notebook = notebooks.read(released)
    notebook.cells.insert(0, opening_cell(assignment.name, wheel, _students_url(course)))
    if assignment.checks:
        notebook.cells.append(closing_cell())
    notebooks.write(notebook, folder / released.name)


def _heading(course: Course, assignments: list[Assignment]) -> Iterator[str]:
    yield f"# {course.title}"
    first = assignments[0].name
    if line := badges(_students_url(course), f"assignments/{first}/{first}.ipynb"):
        yield line


def _students_url(course: Course) -> str:
    return str(course.manifest.get("students_url", ""))


def _manifest(course: Course, assignments: list[Assignment]) -> Iterator[str]:
    """The manifest without what is the instructors' own: no gradebook, no limits."""
    yield f"title = {_quoted(course.title)}\n"
    if zone := course.manifest.get("timezone"):
        yield f"timezone = {_quoted(zone)}\n"
    for each in assignments:
        yield f"\n[[assignment]]\nname = {_quoted(each.name)}\ntitle = {_quoted(each.title)}\npoints = {each.points}\n"
        if each.checks:
            yield f"checks = {_quoted(each.checks)}\n"
        for key, names in (("given", each.given), ("files", each.files)):
            if names:
                yield f"{key} = [{', '.join(map(_quoted, names))}]\n"
        if each.due:
            yield f"due = {each.due.isoformat()}\n"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
