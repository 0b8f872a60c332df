"""What is said of visible tests: in words, in JSON, and in the learner's own notes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape

from course_utils.course.manifest import Assignment, Course
from course_utils.errors import CourseError
from course_utils.study.desk import desk_at
from course_utils.study.layout import work_path
from course_utils.study.record import Done, Record
from course_utils.text import counted, one_line

if TYPE_CHECKING:  # which needs nbformat, and `course` starts without
    from course_utils.submission.visible import VisibleTest


def tell_tests(
    course: Course,
    assignment: Assignment,
    path: Path,
    tests: list[VisibleTest],
    only: list[str] | None,
    as_json: bool,
) -> bool:
    """Note and say which visible tests pass; whether all do.

    Raises:
        CourseError: there is no such question.
    """
    after = {test.question: partial(Done.test, passed=not test.reason) for test in tests if test.written}
    note(course, assignment, path, after)
    if as_json:
        print_json(assignment, path, only, [_as_data(test) for test in tests])
    else:
        _print_visible(Console(), tests, only)
    return not any(test.reason for test in tests)


def note(
    course: Course, assignment: Assignment, path: Path, changes: Mapping[str, Callable[[Done], None]]
) -> None:
    """Note for the learner what was found of their own copy; nothing of anybody else's."""
    if path == work_path(course.root, assignment.name).resolve():
        record = Record(desk_at(path.parent).record_path)
        for question, change in changes.items():
            record.note(assignment.name, question, change)


def print_json(
    assignment: Assignment, path: Path, only: list[str] | None, questions: list[dict[str, Any]], **marks: Any
) -> None:
    """One line for a program; without hidden checks, points are null.

    Args:
        marks: `points`, `max_points` and `notes`, where hidden checks gave them.
    """
    refuse_unknown(assignment.name, only, [each["question"] for each in questions])
    data = {
        "assignment": assignment.name,
        "file": str(path),
        "hidden_checks": bool(marks),
        "points": marks.get("points"),
        "max_points": marks.get("max_points"),
        "notes": marks.get("notes", []),
        "questions": [each for each in questions if not only or each["question"] in only],
    }
    print(json.dumps(data), flush=True)


def _as_data(test: VisibleTest) -> dict[str, Any]:
    state = "wrong" if test.written else "not written"
    messages = [one_line(test.reason)] if test.reason else []
    return {
        "question": test.question,
        "state": state if test.reason else "passed",
        "points": None,
        "max_points": None,
        "messages": messages,
    }


def _print_visible(console: Console, tests: list[VisibleTest], only: list[str] | None) -> None:
    """Say which visible tests of a notebook pass, and that no mark can come of it.

    Raises:
        CourseError: there is no such question.
    """
    refuse_unknown("this notebook", only, [test.question for test in tests])
    chosen = [test for test in tests if not only or test.question in only]
    for test in chosen:
        if test.written:
            why = f": {escape(one_line(test.reason))}" if test.reason else ""
            console.print(f"{'✗' if test.reason else '✓'} {escape(test.question)}{why}", highlight=False)
    print_unwritten(console, [test.question for test in chosen if not test.written], len(chosen))
    passed = sum(not test.reason for test in tests)
    console.print(
        f"[bold]{passed} of {len(tests)} visible tests pass[/]; the hidden ones are not in this folder, so there is no mark"
    )


def refuse_unknown(where: str, only: Iterable[str] | None, questions: Iterable[str]) -> None:
    """Refuse names of questions that are none.

    Raises:
        CourseError: there is no such question.
    """
    known = list(questions)
    if unknown := sorted(set(only or ()) - set(known)):
        raise CourseError(f"{', '.join(unknown)} is no question of {where}: {', '.join(known)}")


def print_unwritten(console: Console, waiting: list[str], of: int) -> None:
    """Say once which questions are not written yet."""
    if waiting and len(waiting) == of:
        console.print(f"○ nothing is written yet, in {counted(of, 'question')}: begin with {waiting[0]}")
    elif waiting:
        names = escape(", ".join(waiting))
        console.print(f"○ not written yet, or in need of a function that is not: {names}", highlight=False)
