"""A learner's own copies of the notebooks, and what they may ask about a question."""

from __future__ import annotations

import difflib
import shutil
from collections.abc import Iterator
from pathlib import Path

from course_utils.course.manifest import Assignment, Course
from course_utils.errors import CourseError
from course_utils.study import layout
from course_utils.study.formulas import plain
from course_utils.study.questions import Question, read_questions


def ensure_copies(course: Course, assignment: Assignment) -> Path:
    """Copy released assignments to `work/`, never over a file that is there, and return the notebook of one.

    Raises:
        CourseError: the assignment is not released, or the copy cannot be written.
    """
    for each in course.assignments:
        source = course.released_path(each).parent
        for path in source.rglob("*") if source.is_dir() else ():
            copy = work_copy(course, each).parent / path.relative_to(source)
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
    return layout.work_path(course.root, assignment.name)


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


def find_solution(course: Course, question: str, within: str | None = None) -> Question:
    """A question with its reference solution, of the earliest notebook that asks it or of the one named `within`.

    Raises:
        CourseError: no solution cell has that name, or the solutions are not in this folder.
    """
    assignment, found = _find(course, question, within)
    if not course.source(assignment).is_file():
        raise CourseError(
            f"the solutions are not in this folder; `course hint {question}` helps with less than all of it"
        )
    return found


def hints(course: Course, question: str, within: str | None = None) -> list[tuple[str, str]]:
    """The folded hints of a question as (title, text) in plain characters, from a nudge to almost the answer.

    Raises:
        CourseError: there is no such question, or no hint on it.
    """
    assignment, found = _find(course, question, within)
    if not found.hints:
        raise CourseError(f"there is no hint on {question}; read its section in {assignment.name} again")
    return [(plain(hint.title), plain(hint.text)) for hint in found.hints]


def questions_of(course: Course, within: str | None = None) -> Iterator[tuple[Assignment, Question]]:
    """The questions of all notebooks, or of one, in the course's order."""
    for assignment in [course.assignment(within)] if within else course.assignments:
        for question in read_questions(course.notebook(assignment)):
            yield assignment, question


def notebooks_that_ask(course: Course, question: str) -> list[str]:
    """Names of the assignments with such a question, in the course's order."""
    return [assignment.name for assignment, found in questions_of(course) if found.name == question]


def _find(course: Course, question: str, within: str | None) -> tuple[Assignment, Question]:
    names = []
    for assignment, found in questions_of(course, within):
        if found.name == question:
            return assignment, found
        names.append(found.name)
    near = difflib.get_close_matches(question, names, 1)
    raise CourseError(
        f"no question is called {question!r}; "
        + (f"did you mean {near[0]}?" if near else "`course hint` lists them")
    )
