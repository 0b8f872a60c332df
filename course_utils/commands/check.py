"""A learner's `course check`: the visible tests of one notebook, once or whenever it is saved."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from course_utils.commands.reporting import tell_tests
from course_utils.commands.saving import saves
from course_utils.course.manifest import Assignment, Course
from course_utils.errors import CourseError

Notebook = Annotated[
    str, typer.Argument(help="A notebook file, or an assignment of which `work/` holds your copy.")
]
Questions = Annotated[list[str] | None, typer.Option("--question", "-q", help="Only these questions.")]
In = Annotated[
    str | None, typer.Option("--in", help="The assignment; by the file's name or its cells by default.")
]
Watch = Annotated[bool, typer.Option("--watch", help="Check again whenever the file is saved, until Ctrl-C.")]
AsJson = Annotated[bool, typer.Option("--json", help="One line of JSON for each check, for editors.")]


def check(
    notebook: Notebook,
    question: Questions = None,
    within: In = None,
    watch: Watch = False,
    as_json: AsJson = False,
) -> None:
    """Run the tests of one notebook from a fresh start, as marking does, and say which pass."""
    from course_utils.submission.own import assignment_of

    course, path = found_notebook(notebook)
    assignment = course.assignment(within) if within else assignment_of(course, path)
    refuse_ungraded(assignment)
    good = False
    for _ in saves(path) if watch else [None]:
        good = _check_once(course, assignment, path, question, as_json)
    sys.exit(0 if good else 2)


def found_notebook(name: str) -> tuple[Course, Path]:
    """The course and the notebook file that a user means."""
    from course_utils.course.workspace import find_notebook

    course = Course.find()
    return course, find_notebook(course, name).resolve()


def refuse_ungraded(assignment: Assignment) -> None:
    """Refuse a notebook that nobody marks.

    Raises:
        CourseError: it is one.
    """
    if not assignment.checks:
        raise CourseError(f"{assignment.name} is not graded: its checks run in the notebook itself")


def _check_once(
    course: Course, assignment: Assignment, path: Path, only: list[str] | None, as_json: bool
) -> bool:
    from course_utils.submission.own import look_over
    from course_utils.submission.rebuild import HandedIn

    with Console(stderr=True).status(f"running the tests in {path.name}"):
        found = look_over(course, assignment, path)
    if found.rebuilt.handed_in is not HandedIn.READ:
        raise CourseError(
            f"{found.rebuilt.reason or 'hardly any of its cells is there'}: is it the notebook {assignment.name}?"
        )
    return tell_tests(course, assignment, path, found.tests, only, as_json)
