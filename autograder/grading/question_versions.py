"""What decides the mark of each question besides the submission: a correction touches those whose digest it changes.

A question's own part is its test cell, the module of its check with what that imports but without the checks of other
questions, the well-known mistakes that are registered by its name, and the solution cells that it may ask: those that
define a name which the module, or another of these cells, mentions. All else that decides a mark is part of every question:
it stands first in the digest, before a colon.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from autograder.course import given
from autograder.course.digest import digest
from autograder.course.manifest import Assignment, Course
from autograder.course.template import template
from autograder.grading import code as looks
from autograder.grading import version
from autograder.verdict.check import CheckFunction, load_checks
from course_utils.course import notebooks, sources

_WORD = re.compile(r"\w+")


def question_versions(course: Course, assignment: Assignment) -> dict[str, str]:
    """Digest of what decides each question's mark besides what was handed in, by question.

    Each is "PROGRAMS:CHECK": what is part of every question, and the question's own part.
    """
    if not assignment.checks:
        return {}
    checks = {name: check.function for name, check in load_checks(assignment.checks).items()}
    modules = {name: function.__module__ for name, function in checks.items()}
    packages = version.packages_of([*modules.values()])
    shared = version.reached(version.roots(course, assignment), packages)
    common = _common(course, assignment, shared)
    own = {
        name: version.reached([module, *version.naming([name])], packages, known=shared, through_rooms=False)
        for name, module in modules.items()
    }
    cells = _Solutions(course, assignment)
    tests = {
        name: f"{notebooks.points(cell)} {cell.source}"
        for name, cell in notebooks.tests(template(course, assignment))
    }
    found = {
        question: f"{common}:"
        + digest(
            test,
            *_code(question, checks, own[question]),
            *cells.mentioned(question, version.words(own[question])),
        )
        for question, test in tests.items()
    }
    looks.keep()
    return found


def _code(question: str, checks: dict[str, CheckFunction], reached: set[str]) -> Iterator[str]:
    """Digests of the modules that a question's check reaches, its own without the checks of other questions."""
    own = checks[question].__module__
    others = {each.__name__ for name, each in checks.items() if each.__module__ == own and name != question}
    for name in sorted(reached):
        yield f"{name} {version.code_without(name, others) if name == own else version.code(name)}"


def _common(course: Course, assignment: Assignment, shared: Iterable[str]) -> str:
    setup = [cell.source for cell in template(course, assignment).cells if notebooks.has_tag(cell, "setup")]
    return digest(
        *version.circumstances(course, assignment),
        *setup,
        given.source(course, assignment),
        *(f"{name} {version.code(name)}" for name in sorted(shared)),
    )


class _Solutions:
    """The solution cells of an assignment, and which of them may have a say where some names are mentioned."""

    def __init__(self, course: Course, assignment: Assignment):
        cells = [
            sources.without_magics(sources.without_marks(cell.source))
            for cell in notebooks.read(course.source(assignment)).cells
            if notebooks.is_solution(cell) and cell.cell_type == "code"
        ]
        self._defining = {name: source for source in cells for name in looks.defined(source.encode())}

    def mentioned(self, question: str, words: set[str]) -> list[str]:
        """Sources of the cells that define the question or one of the words, or what these cells mention in turn."""
        waiting, found = {question, *words} & set(self._defining), dict[str, str]()
        while waiting:
            name = waiting.pop()
            found[name] = source = self._defining[name]
            waiting |= (set(_WORD.findall(source)) & set(self._defining)) - set(found)
        return [looks.said(found[name].encode()) for name in sorted(found)]
