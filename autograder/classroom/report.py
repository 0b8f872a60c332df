"""A report on a class's work, written as one page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.classroom.reporting import page
from autograder.classroom.reporting.chapters import for_teachers, for_the_class
from autograder.classroom.reporting.gather import gather
from autograder.course.manifest import Assignment, Course
from autograder.nbgrader_bridge.html import write_page


@dataclass(frozen=True)
class Report:
    """What was written.

    Attributes:
        path: the page.
        students: how many rows it has.
        unlinked: how many submissions have no feedback page yet, so that no link leads there.
    """

    path: Path
    students: int
    unlinked: int


def write_report(
    course: Course, assignments: Sequence[Assignment], to: Path | None = None, *, anonymous: bool = False
) -> Report:
    """Write the report on some notebooks.

    Args:
        to: the file; `reports/<first notebook>.html` by default.
        anonymous: to be shown in class: it names nobody, and tells nobody apart.

    Raises:
        CourseError: nothing is graded yet, or the file cannot be written.
    """
    works, names = gather(course, assignments)
    path = (to or _default(course, assignments, anonymous)).absolute()
    chapters = [for_the_class(work) if anonymous else for_teachers(work) for work in works]
    rows = page.lines(works, names, path, course.timezone)
    text = page.render(course.title, chapters, None if anonymous else rows)
    write_page(path, text)
    unlinked = sum(each.feedback is None for work in works for each in work.works)
    return Report(path, len(rows), unlinked)


def _default(course: Course, assignments: Sequence[Assignment], anonymous: bool) -> Path:
    name = assignments[0].name if len(assignments) == 1 else "course"
    return course.root / "reports" / f"{name}{'-anonymous' if anonymous else ''}.html"
