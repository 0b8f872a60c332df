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


def grade_in_process(question: str, namespace: dict[str, Any]) -> None:
    """Ask one question in this process and print the verdict; what `course_utils.grading.grade` does for authors.

    Several notebooks may ask the same question: the one whose folder this kernel works in is meant.
    """
    print(as_text(verdict_in_process(question, namespace, secrets.randbits(63), within=Path.cwd().name)))


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
