"""Grading without a grader: the hidden check runs in the author's own kernel, and says what it found."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

from autograder.course.manifest import Course
from autograder.course.reference import load_reference
from autograder.verdict.check import ask_in_process, load_checks
from autograder.verdict.render import as_text
from autograder.verdict.verdict import Verdict
from course_utils.errors import CourseError


def grade_in_process(question: str, namespace: dict[str, Any]) -> float | None:
    """Ask one question in this process and print the verdict; what `course_utils.grading.grade` does for authors.

    Several notebooks may ask the same question: the one whose folder this kernel works in is meant. Where there is no course
    or no solution to compare with, as on a student's machine, a sentence says so.

    Returns:
        The share of the question's points that was earned, or None where no check could run.
    """
    folder = Path.cwd()
    lacking = _what_is_lacking(folder)
    if lacking:
        print(f"{question}: the hidden checks run when your notebook is graded, and not here: {lacking}")
        return None
    try:
        verdict = verdict_in_process(question, namespace, secrets.randbits(63), within=folder.name)
    except CourseError as error:
        print(f"✗ {question}: no hidden check could run: {error}")
        return None
    print(as_text(verdict))
    return verdict.fraction if verdict.cases else None


def _what_is_lacking(folder: Path) -> str:
    """Why no hidden check can run in a folder; nothing where it can."""
    try:
        course = Course.find(folder)
    except CourseError as error:
        return str(error)
    if any(course.source(assignment).is_file() for assignment in course.assignments):
        return ""
    return f"{course.root} holds no solution notebooks to compare with"


def verdict_in_process(
    question: str,
    namespace: dict[str, Any],
    seed: int,
    course: Course | None = None,
    within: str | None = None,
) -> Verdict:
    """Verdict on the functions in `namespace`.

    Args:
        within: the assignment whose check is meant; the first that has one when it has none.
    """
    course = course or Course.find()
    for assignment in sorted(course.assignments, key=lambda assignment: assignment.name != within):
        checks = load_checks(assignment.checks) if assignment.checks else {}
        if question in checks:
            return ask_in_process(checks[question], namespace, load_reference(assignment.name, course), seed)
    return Verdict(question, seed, reason=f"no hidden check is called {question}")
