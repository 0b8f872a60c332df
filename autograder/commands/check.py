"""`course check`: one notebook of one's own, once or whenever it is saved, in words or for an editor."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from autograder.course.manifest import Assignment, Course
from autograder.tables import print_questions
from course_utils.commands.check import (
    AsJson,
    In,
    Notebook,
    Questions,
    Watch,
    found_notebook,
    refuse_ungraded,
)
from course_utils.commands.reporting import note, print_json, tell_tests
from course_utils.commands.saving import saves
from course_utils.study.record import Done
from course_utils.text import one_line

if TYPE_CHECKING:  # which need NumPy and nbgrader, and `course` starts without
    from autograder.grading.job import Graded


def check(
    notebook: Notebook,
    question: Questions = None,
    seed: Annotated[int | None, typer.Option(help="Ask the same questions again.")] = None,
    within: In = None,
    as_graded: Annotated[
        bool, typer.Option("--as-graded", help="Only in the sandbox, as an instructor's machine does it.")
    ] = False,
    watch: Watch = False,
    as_json: AsJson = False,
) -> None:
    """Mark one notebook on this machine, hidden checks included, and say what is wrong; without solutions, run its tests.

    Files that are handed in with it are taken from beside the notebook.

    Your own code needs no protection from you: without a sandbox it runs as it does in JupyterLab.
    """
    from autograder.grading.fitting import assignment_of

    found, path = found_notebook(notebook)
    course = Course(found.root)
    assignment = course.assignment(within) if within else assignment_of(course, path)
    refuse_ungraded(assignment)
    good = False
    for _ in saves(path) if watch else [None]:
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

    waiting = Console(stderr=True)
    unsandboxed = not (as_graded or bubblewrap.status().available)
    bubblewrap.require(unsandboxed)
    job = Job.read(course, assignment, "you", path, seed=seed, unsandboxed=unsandboxed)
    if not course.source(assignment).is_file():
        with waiting.status(f"running the tests in {path.name}"):
            tests = visible_tests(course, assignment, job)
        return tell_tests(course, assignment, path, tests, only, as_json)
    with waiting.status(f"marking {path.name}"):
        graded = grade(job)
    marks = {name: verdict for name, verdict in graded.verdicts.items() if verdict.attempted}
    note(course, assignment, path, {name: partial(Done.mark, earned=v.fraction) for name, v in marks.items()})
    if as_json:
        totals = {"points": graded.score, "max_points": graded.max_score, "notes": graded.notes}
        print_json(assignment, path, only, _marks_as_data(graded), **totals)
    else:
        print_questions(Console(), graded, only)
    return graded.score == graded.max_score


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
