"""A class whose submissions came from a platform and are marked, of 7 points, without running a kernel."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import exports
import pytest
import tiny

from autograder.classroom.gradebook import GradebookWriter
from autograder.course.manifest import Course
from course_utils.course import notebooks


@pytest.fixture
def collected(tiny_class: Course, tmp_path: Path) -> Callable[[Iterable[str]], list[str]]:
    """Collects a platform's export of some names, each the same notebook; gives the students' ids."""

    def collect(names: Iterable[str]) -> list[str]:
        export = exports.make_zip(
            tmp_path / "export.zip", [(name, tiny.answered(tiny_class)) for name in names]
        )
        return exports.take(tiny_class, export, tiny.NAME).students

    return collect


@pytest.fixture
def marked(tiny_class: Course) -> Callable[..., None]:
    """Gives students marks: that share of the machine's 6 points and all of the 1 that a person gives, or not yet."""

    def mark(waiting: Iterable[str] = (), **fractions: float) -> None:
        writer = GradebookWriter(tiny_class, tiny_class.assignment(tiny.NAME))
        for student, fraction in fractions.items():
            result = tiny.graded(tiny_class, student, fraction)
            for cell in result.notebook.cells:
                if notebooks.grade_id(cell) == "answer_zero":
                    cell.source = "It is a convention."
            writer.record(result)
            if student not in waiting:
                tiny.mark_by_hand(tiny_class, score=fraction, student=student)

    return mark
