"""What is measured: every graded function of the course, and the mutants of it that are no mistakes."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from autograder.course.manifest import Assignment, Course
from autograder.course.reference import load_reference, run_cells
from benchmarks.mutants.mutation import Mutant, mutants
from course_utils.course import notebooks, sources

ROOT = Path(__file__).resolve().parents[2]
COURSE = Course(ROOT)
EQUIVALENT = ROOT / "benchmarks" / "equivalent_mutants.toml"


@dataclass(frozen=True)
class Question:
    """A graded function or class with all that is known about it.

    Attributes:
        source: its solution cell.
        visible: what a student sees of its test cell.
        asked: the questions whose checks see a mistake in it.
    """

    assignment: Assignment
    name: str
    source: str
    visible: str
    asked: tuple[str, ...]


@lru_cache
def questions(course: Course = COURSE) -> tuple[Question, ...]:
    """Every question of every notebook that has hidden checks, in the course's order."""
    found = []
    for assignment in course.assignments:
        if not assignment.checks:
            continue
        cells = notebooks.read(course.source(assignment))["cells"]
        solutions = {
            notebooks.grade_id(cell): cell["source"] for cell in cells if notebooks.is_solution(cell)
        }
        tests = {
            notebooks.question(cell): sources.visible_part(cell["source"])
            for cell in cells
            if notebooks.question(cell)
        }
        for name, visible in tests.items():
            back = name.replace("_forward", "_backward")
            asked = (name, back) if back != name and back in tests else (name,)
            found.append(Question(assignment, name, solutions[name], visible, asked))
    return tuple(found)


@lru_cache(maxsize=8)  # those of all questions together would be large
def mutants_of(question: Question) -> tuple[Mutant, ...]:
    """All mutants of a question's solution; the cache of a forward pass is read where its backward pass is asked too."""
    forward_alone = question.name.endswith("_forward") and question.asked == (question.name,)
    return mutants(question.name, question.source, cache_is_read=not forward_alone)


@lru_cache
def related(question: Question) -> tuple[Question, ...]:
    """The questions whose checks see a mistake in this one, itself among them."""
    return tuple(q for q in questions() if q.assignment == question.assignment and q.name in question.asked)


@lru_cache
def equivalents() -> dict[tuple[str, str, str], str]:
    """Reasons by notebook, question and change."""
    entries = tomllib.loads(EQUIVALENT.read_text())["equivalent"] if EQUIVALENT.exists() else []
    return {
        (entry["notebook"], entry["question"], change): entry["reason"]
        for entry in entries
        for change in entry["changes"]
    }


@lru_cache
def namespace_of(assignment: Assignment) -> dict[str, Any]:
    """What the notebook's own solution cells define; not to be changed."""
    return run_cells(COURSE, assignment)


def reference_of(assignment: Assignment) -> SimpleNamespace:
    """What the hidden checks of a notebook compare with."""
    return load_reference(assignment.name, COURSE)
