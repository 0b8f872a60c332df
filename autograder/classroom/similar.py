"""The page on similar answers, from what was handed in to the file."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from autograder.classroom.similarity import page
from autograder.classroom.similarity.handed_in import class_answers, earlier_answers, known_sources
from autograder.classroom.similarity.pairs import Comparison, compare
from autograder.course.manifest import Assignment, Course
from autograder.nbgrader_bridge.html import write_page


def write_similarity(
    course: Course,
    assignment: Assignment,
    against: Sequence[Path] = (),
    to: Path | None = None,
    most: int = 20,
) -> tuple[Path, Comparison]:
    """Compare a class's answers with each other and with earlier years', and write the closest pairs into a page.

    Args:
        against: folders with earlier years' notebooks.
        to: the file; `reports/<assignment>-similarity.html` by default.
        most: how many pairs are shown.

    Raises:
        CourseError: nobody handed in, a folder is none, or the file cannot be written.
    """
    earlier = [earlier_answers(course, assignment, folder) for folder in against]
    everybody = chain(class_answers(course, assignment), *earlier)
    found = compare(everybody, known_sources(course, assignment), most)
    path = (to or course.root / "reports" / f"{assignment.name}-similarity.html").absolute()
    write_page(path, page.render(assignment.title, found))
    return path, found
