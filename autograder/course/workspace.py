"""A learner's own copies of the notebooks, and what they may ask about a question."""

from __future__ import annotations

import difflib
import html
import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from nbformat.notebooknode import NotebookNode

from autograder.course import notebooks, sources
from autograder.course.manifest import Assignment, Course
from autograder.errors import CourseError

_DETAILS = re.compile(r"<details>\s*<summary>(.*?)</summary>(.*?)</details>", re.DOTALL)


def ensure_copies(course: Course, assignment: Assignment) -> Path:
    """Copy released assignments to `work/`, never over a file that is there, and return the notebook of one.

    Raises:
        CourseError: the assignment is not released, or the copy cannot be written.
    """
    for each in course.assignments:
        source = course.released_path(each).parent
        for path in source.rglob("*") if source.is_dir() else ():
            copy = course.root / "work" / each.name / path.relative_to(source)
            if path.is_file() and not copy.exists():
                _copy(path, copy)
    notebook = work_copy(course, assignment)
    if not notebook.is_file():
        raise CourseError(f"{assignment.name} is not released yet: run `course release {assignment.name}`")
    return notebook


def _copy(path: Path, copy: Path) -> None:
    try:
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    except OSError as error:
        raise CourseError(f"{copy} cannot be written ({error.strerror}): make the folder writable") from error


def work_copy(course: Course, assignment: Assignment) -> Path:
    """Where a learner's own copy of an assignment lies."""
    return course.root / "work" / assignment.name / f"{assignment.name}.ipynb"


def find_notebook(course: Course, name: str) -> Path:
    """The notebook file that a user means by a path or by the name of an assignment.

    Raises:
        CourseError: there is no such file.
    """
    if Path(name).is_file():
        return Path(name)
    if name.endswith(".ipynb"):
        raise CourseError(f"there is no file {name}")
    path = work_copy(course, course.assignment(name))
    if not path.is_file():
        raise CourseError(
            f"there is no notebook of yours in work/{path.parent.name}: start with `course lab {name}`"
        )
    return path


def find_solution(course: Course, question: str, within: str | None = None) -> str:
    """The reference solution of a question, of the earliest notebook that asks it or of the one named `within`.

    Raises:
        CourseError: no solution cell has that name, or the solutions are not in this folder.
    """
    cells, place, assignment = _find(course, question, within)
    if not course.source(assignment).is_file():
        raise CourseError(
            f"the solutions are not in this folder; `course hint {question}` helps with less than all of it"
        )
    return sources.without_marks(cells[place].source)


def hints(course: Course, question: str, within: str | None = None) -> list[tuple[str, str]]:
    """The folded hints of a question as (title, text), from a nudge to almost the answer.

    Raises:
        CourseError: there is no such question, or no hint on it.
    """
    cells, place, assignment = _find(course, question, within)
    found: list[tuple[str, str]] = []
    for cell in cells[place + 1 :]:
        if notebooks.is_answer(cell) or (cell.cell_type == "markdown" and cell.source.startswith("## ")):
            break
        if cell.cell_type == "markdown":
            found += [(_plain(title), _plain(text)) for title, text in _DETAILS.findall(cell.source)]
    if not found:
        raise CourseError(f"there is no hint on {question}; read its section in {assignment.name} again")
    return found


def notebooks_that_ask(course: Course, question: str) -> list[str]:
    """Names of the assignments with such a question, in the course's order."""
    return [assignment.name for _, _, assignment in _places(course.assignments, course, question)]


def _find(course: Course, question: str, within: str | None) -> tuple[list[NotebookNode], int, Assignment]:
    """A notebook's cells and the place of a question's solution cell among them."""
    chosen = [course.assignment(within)] if within else course.assignments
    for place in _places(chosen, course, question):
        return place
    raise _unknown(course, question)


def _places(
    assignments: Iterable[Assignment], course: Course, question: str
) -> Iterator[tuple[list[NotebookNode], int, Assignment]]:
    for assignment in assignments:
        cells = notebooks.read(course.notebook(assignment)).cells
        for place, cell in enumerate(cells):
            if notebooks.is_solution(cell) and notebooks.grade_id(cell) == question:
                yield cells, place, assignment


def _plain(text: str) -> str:
    return html.unescape(re.sub(r"</?(p|code|b|i|em|strong|br)\s*/?>", "", text)).strip()


def _unknown(course: Course, question: str) -> CourseError:
    names = [
        name
        for assignment in course.assignments
        for name, cell in notebooks.answers(notebooks.read(course.notebook(assignment)))
        if notebooks.is_solution(cell)
    ]
    near = difflib.get_close_matches(question, names, 1)
    return CourseError(f"no question is called {question!r}{f'; did you mean {near[0]}?' if near else ''}")
