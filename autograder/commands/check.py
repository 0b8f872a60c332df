"""`course check`: one notebook of one's own, once or whenever it is saved, in words or for an editor."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from autograder.course.manifest import Assignment, Course
from autograder.tables import print_questions, print_visible, refuse_unknown
from course_utils.errors import CourseError
from course_utils.study.desk import desk_at
from course_utils.study.layout import work_path
from course_utils.study.record import Done, Record
from course_utils.text import one_line

if TYPE_CHECKING:  # which need NumPy and nbgrader, and `course` starts without
    from autograder.grading.job import Graded
    from autograder.grading.visible import VisibleTest

_POLL_SECONDS = 0.3


def check(
    notebook: Annotated[
        str, typer.Argument(help="A notebook file, or an assignment of which `work/` holds your copy.")
    ],
    question: Annotated[
        list[str] | None, typer.Option("--question", "-q", help="Only these questions.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Ask the same questions again.")] = None,
    within: Annotated[
        str | None,
        typer.Option("--in", help="The assignment; by the file's name or its cells by default."),
    ] = None,
    as_graded: Annotated[
        bool, typer.Option("--as-graded", help="Only in the sandbox, as an instructor's machine does it.")
    ] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Check again whenever the file is saved, until Ctrl-C.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="One line of JSON for each check, for editors.")
    ] = False,
) -> None:
    """Mark one notebook on this machine, hidden checks included, and say what is wrong; without solutions, run its tests.

    Files that are handed in with it are taken from beside the notebook.

    Your own code needs no protection from you: without a sandbox it runs as it does in JupyterLab.
    """
    from autograder.grading.fitting import assignment_of
    from course_utils.course.workspace import find_notebook

    course = Course.find()
    path = find_notebook(course, notebook).resolve()
    assignment = course.assignment(within) if within else assignment_of(course, path)
    if not assignment.checks:
        raise CourseError(f"{assignment.name} is not graded: its checks run in the notebook itself")
    good = False
    for _ in _saves(path) if watch else [None]:
        good = _check_once(course, assignment, path, question, seed, as_graded, as_json)
    sys.exit(0 if good else 2)


def _check_once(
    course: Course,
    assignment: Assignment,
    path: Path,
    only: list[str] | None,
    seed: int | None,
    as_graded: bool,
    as_json: bool,
) -> bool:
    """Check a notebook and say what was found; whether all of it is right."""
    from autograder.grading.job import Job, grade
    from autograder.grading.visible import visible_tests
    from autograder.sandbox import bubblewrap

    console, waiting = Console(), Console(stderr=True)
    unsandboxed = not (as_graded or bubblewrap.status().available)
    job = Job.read(course, assignment, "you", path, seed=seed, unsandboxed=unsandboxed)
    if not course.source(assignment).is_file():
        with waiting.status(f"running the tests in {path.name}"):
            tests = visible_tests(course, assignment, job)
        _note(course, assignment, path, {test.question: _after(test) for test in tests if test.written})
        if as_json:
            _print_json(assignment, path, only, [_test_as_data(test) for test in tests])
        else:
            print_visible(console, tests, only)
        return not any(test.reason for test in tests)
    with waiting.status(f"marking {path.name}"):
        graded = grade(job)
    marks = {name: verdict for name, verdict in graded.verdicts.items() if verdict.attempted}
    _note(
        course, assignment, path, {name: partial(Done.mark, earned=v.fraction) for name, v in marks.items()}
    )
    if as_json:
        _print_json(assignment, path, only, _marks_as_data(graded), graded)
    else:
        print_questions(console, graded, only)
    return graded.score == graded.max_score


def _after(test: VisibleTest) -> Callable[[Done], None]:
    return partial(Done.test, passed=not test.reason)


def _note(
    course: Course, assignment: Assignment, path: Path, changes: dict[str, Callable[[Done], None]]
) -> None:
    """Note for the learner what was found of their own copy; nothing of anybody else's."""
    if path == work_path(course.root, assignment.name).resolve():
        record = Record(desk_at(path.parent).record_path)
        for question, change in changes.items():
            record.note(assignment.name, question, change)


def _saves(path: Path) -> Iterator[None]:
    """Now, and whenever the file has been saved with other sources; one that is being written is waited for."""
    checked = None
    while True:
        before = _sources(path)
        if before is not None and before != checked:
            checked = before
            yield
        time.sleep(_POLL_SECONDS)


def _sources(path: Path) -> list[Any] | None:
    """What a notebook's cells hold, without outputs; None while it cannot be read."""
    try:
        return [cell["source"] for cell in json.loads(path.read_bytes())["cells"]]
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return None


def _print_json(
    assignment: Assignment,
    path: Path,
    only: list[str] | None,
    questions: list[dict[str, Any]],
    graded: Graded | None = None,
) -> None:
    """One line for a program; without hidden checks, points are null."""
    refuse_unknown(assignment.name, only, [each["question"] for each in questions])
    data = {
        "assignment": assignment.name,
        "file": str(path),
        "hidden_checks": graded is not None,
        "points": graded.score if graded else None,
        "max_points": graded.max_score if graded else None,
        "notes": graded.notes if graded else [],
        "questions": [each for each in questions if not only or each["question"] in only],
    }
    print(json.dumps(data), flush=True)


def _test_as_data(test: VisibleTest) -> dict[str, Any]:
    state = "wrong" if test.written else "not written"
    messages = [one_line(test.reason)] if test.reason else []
    return {
        "question": test.question,
        "state": state if test.reason else "passed",
        "points": None,
        "max_points": None,
        "messages": messages,
    }


def _marks_as_data(graded: Graded) -> list[dict[str, Any]]:
    from autograder.verdict.render import reasons

    return [
        {
            "question": name,
            "state": "passed" if v.fraction == 1 else "not written" if v.not_written else "wrong",
            "points": v.points(graded.points[name]),
            "max_points": graded.points[name],
            "messages": [one_line(v.reason)] if v.reason else [reason.sentence for reason in reasons(v)],
        }
        for name, v in graded.verdicts.items()
    ]
