"""Exporting the grades of a class."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from nbgrader.api import Gradebook, SubmittedAssignment

from autograder.classroom.formats import formats
from autograder.course.manifest import Assignment, Course
from autograder.nbgrader_bridge.csv_export import grade_rows
from autograder.nbgrader_bridge.database import WITHOUT_A_COPY, exists, opened, shown
from autograder.nbgrader_bridge.withdrawn import withdrawn
from course_utils.errors import CourseError
from course_utils.files import replaced

_NONE = "there are no grades yet: grade first with `course grade <assignment>`"


def export_grades(
    course: Course,
    to: Path | None = None,
    format_name: str = "",
    *,
    assignments: Collection[Assignment] = (),
    questions: bool = False,
) -> tuple[Path, int]:
    """Write the grades of the course's gradebook to a file, and return the file and how many rows they are.

    Args:
        to: the file; grades.<format> by default.
        format_name: one of `formats()`; by default what the file's ending says, and a CSV table where it says nothing.
        assignments: of these; of all by default.
        questions: with a column more for each question.

    Raises:
        CourseError: there are no grades yet, no such format, or the file cannot be written.
    """
    known = formats()
    ending = to.suffix.removeprefix(".") if to else ""
    name = format_name or (ending if ending in known else "csv")
    if name not in known:
        there = ", ".join(f"{each.name} ({each.description})" for each in known.values())
        raise CourseError(f"no format is called {name!r}; there are {there}")
    to = to or Path(f"grades.{name}")
    with graded_by(course) as gradebook:
        rows = grade_rows(
            gradebook,
            [assignment.name for assignment in assignments],
            without=withdrawn(course, gradebook),
            questions=questions,
        )
    if not rows:  # which would take the place of a file that has some
        raise CourseError(_NONE)
    try:
        with replaced(to) as file:
            known[name].write(rows, file)
    except OSError as error:
        raise CourseError(
            f"{to} cannot be written ({error.strerror}): choose another file with --to"
        ) from error
    return to, len(rows)


@contextmanager
def graded_by(course: Course) -> Iterator[Gradebook]:
    """The course's gradebook, where something is graded.

    Raises:
        CourseError: nothing is, or the gradebook cannot be used, or it is another one than was graded into.
    """
    if not exists(course.gradebook_url):
        raise CourseError(_NONE)
    with opened(course.gradebook_url) as gradebook:
        if _is_lost(course, gradebook):
            raise CourseError(
                f"the gradebook {shown(course.gradebook_url)} has no marks, though autograded/ holds graded notebooks: put a copy of it "
                f"back; without one, {WITHOUT_A_COPY}"
            )
        yield gradebook


def _is_lost(course: Course, gradebook: Gradebook) -> bool:
    """Whether something was graded of which the gradebook knows nothing at all."""
    known = gradebook.db.query(SubmittedAssignment).first()
    return known is None and any((course.root / "autograded").glob("*/*/*.ipynb"))
