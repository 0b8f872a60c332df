"""A learner's own notebook, run on their own machine as the grader will: the course's cells, their answers, a fresh kernel."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError
from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_code_cell

from course_utils.course import notebooks
from course_utils.course.manifest import Assignment, Course
from course_utils.course.workspace import work_copy
from course_utils.errors import CourseError
from course_utils.packages import KERNEL, kernel_trouble
from course_utils.study import layout
from course_utils.submission.notes import fits
from course_utils.submission.reading import Unreadable
from course_utils.submission.rebuild import HandedIn, Rebuilt, known_cells, rebuild, take
from course_utils.submission.visible import Ran, VisibleTest, run_tests
from course_utils.text import one_line

CELL_SECONDS = 30
_TIMEOUT = "CellTimeout"


@dataclass(frozen=True)
class LookedOver:
    """What is found of a notebook before it is handed in.

    Attributes:
        rebuilt: the course's notebook with its answers, and what was missing, doubled or changed.
        tests: how each visible test ended; none where nothing could be taken from the file.
    """

    rebuilt: Rebuilt
    tests: list[VisibleTest]


def assignment_of(course: Course, path: Path) -> Assignment:
    """The assignment whose notebook a file is: the one that it is named after, else the only one that its cells fit.

    Raises:
        CourseError: no assignment has its name or its cells, or several have its cells.
    """
    if named := [each for each in course.assignments if each.name == path.stem]:
        return named[0]
    content = path.read_bytes()
    found = [each for each in course.assignments if each.checks and _fits(course, each, content)]
    if len(found) != 1:
        what = ", ".join(each.name for each in found) or "no assignment"
        raise CourseError(f"{path.name} fits {what} by its cells: say which one it is with --in")
    return found[0]


def look_over(course: Course, assignment: Assignment, path: Path) -> LookedOver:
    """Put a notebook's answers into the released notebook, and run its visible tests in a new kernel.

    Raises:
        CourseError: the file or the released notebook cannot be read, or no kernel starts.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CourseError(f"{path} cannot be read: {error.strerror}") from error
    rebuilt = rebuild(notebooks.read(course.released_path(assignment)), content)
    if rebuilt.handed_in is not HandedIn.READ:
        return LookedOver(rebuilt, [])
    with tempfile.TemporaryDirectory(prefix="check-", ignore_cleanup_errors=True) as name:
        _lay_out(Path(name), course, assignment, path.parent)
        return LookedOver(rebuilt, _tests(rebuilt.notebook, Path(name)))


def _fits(course: Course, assignment: Assignment, content: bytes) -> bool:
    path = course.released_path(assignment)
    if not path.is_file():
        return False
    known = known_cells(notebooks.read(path))
    try:
        return fits(known, take(known, content))
    except Unreadable:
        return False


def _lay_out(folder: Path, course: Course, assignment: Assignment, beside: Path) -> None:
    """Copy what lies beside the notebook where it is graded; of what is not handed out, the learner's own."""
    released = course.released_path(assignment).parent
    ours = {path.name: path for path in released.iterdir() if path.is_file() and path.suffix != ".ipynb"}
    theirs = {name: beside / name for name in (*assignment.files, layout.GIVEN)}
    places = {name: path for name, path in theirs.items() if path.is_file()} | ours
    places.setdefault(layout.GIVEN, work_copy(course, assignment).with_name(layout.GIVEN))
    for name, path in places.items():
        if path.is_file():
            shutil.copy(path, folder / name)


def _tests(notebook: NotebookNode, folder: Path) -> list[VisibleTest]:
    replies: list[dict[str, Any]] = []
    client = NotebookClient(
        notebook,
        timeout=CELL_SECONDS,
        interrupt_on_timeout=True,
        error_on_timeout={"ename": _TIMEOUT, "evalue": "", "traceback": []},
        allow_errors=True,
        kernel_name=KERNEL,
        resources={"metadata": {"path": str(folder)}},
        on_cell_executed=lambda cell, cell_index, execute_reply: replies.append(execute_reply["content"]),
    )
    client.log.disabled = True  # what it would say of a stopped cell is said by its test

    def run(source: str) -> Ran:
        cell = new_code_cell(source)
        try:
            client.execute_cell(cell, 0)
        except DeadKernelError:
            return Ran("the kernel stopped: does a cell end it, or take all memory?")
        return Ran(_reason(replies[-1]), cell.outputs)

    try:
        with client.setup_kernel(stderr=subprocess.DEVNULL):
            if why := run("import course_utils").reason:
                raise RuntimeError(why)
            return run_tests(notebook, run)
    except (OSError, RuntimeError) as error:
        why = kernel_trouble() or f"{one_line(str(error))}: ask `course doctor` what this machine lacks"
        raise CourseError(f"no kernel could be started: {why}") from error


def _reason(reply: dict[str, Any]) -> str:
    if reply["status"] == "ok":
        return ""
    if reply.get("ename") == _TIMEOUT:
        return f"the cell did not end within {CELL_SECONDS} s: is there a loop that never ends?"
    return f"{reply.get('ename', 'stopped')}: {reply.get('evalue', '')}".removesuffix(": ")
