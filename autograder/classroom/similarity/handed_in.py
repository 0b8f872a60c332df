"""What is compared: the answers of a class and of earlier years, and what of them is the course's own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from nbformat.notebooknode import NotebookNode

from autograder.classroom.submissions import find_submissions
from autograder.course.groups import groups_of
from autograder.course.manifest import Assignment, Course
from autograder.course.template import template
from autograder.grading.handed_in import NotAFile, read_regular
from autograder.grading.job import Waiting
from autograder.grading.rebuild import rebuild
from course_utils.course import notebooks, sources
from course_utils.errors import CourseError
from course_utils.submission.reading import MAX_BYTES
from course_utils.submission.rebuild import HandedIn

OWN_CELLS = "cells of their own"
_MOST_EARLIER = 20_000
_HIDDEN = ".ipynb_checkpoints"


@dataclass(frozen=True)
class Answers:
    """What one notebook answers.

    Attributes:
        owner: id of the student, or where an earlier year's notebook lies.
        is_earlier: whether it is an earlier year's, which nobody compares with another of that kind.
        sources: by question, and under `OWN_CELLS` all cells that the course does not know.
        problem: why it cannot be compared, or "".
    """

    owner: str
    is_earlier: bool
    sources: dict[str, str]
    problem: str = ""


def class_answers(course: Course, assignment: Assignment) -> Iterator[Answers]:
    """Of each student who handed in, and of each group once.

    Raises:
        CourseError: nobody did.
    """
    base = template(course, assignment)
    found = find_submissions(course, assignment)
    for owner, waiting in _once(found.jobs, groups_of(course, assignment.name)):
        try:
            submission = waiting.load().submission
        except CourseError as error:  # it is gone by now
            yield Answers(owner, False, {}, str(error))
            continue
        yield _answers(course, base, owner, submission, is_earlier=False)
    for sentence in found.refused:
        owner, _, problem = sentence.partition(": ")
        yield Answers(owner, False, {}, problem)


def _once(jobs: Iterable[Waiting], groups: Mapping[str, str]) -> Iterator[tuple[str, Waiting]]:
    """Each hand-in with those whose it is: the members of a group have one in common."""
    owners: dict[tuple[str, str, str], list[Waiting]] = defaultdict(list)
    for job in jobs:
        alone = "" if job.student in groups else job.student
        owners[groups.get(job.student, ""), alone, job.digest].append(job)
    for members in owners.values():
        yield ", ".join(job.student for job in members), members[0]


def earlier_answers(course: Course, assignment: Assignment, folder: Path) -> Iterator[Answers]:
    """Of all notebooks somewhere in a folder that are this assignment's by their cells; links are not followed.

    Raises:
        CourseError: it is no folder, or holds too many notebooks.
    """
    if not folder.is_dir():
        raise CourseError(f"{folder} is no folder: name one with earlier years' notebooks")
    paths = sorted(path for path in folder.rglob("*.ipynb") if _HIDDEN not in path.parts)
    if len(paths) > _MOST_EARLIER:
        raise CourseError(f"{folder} holds more than {_MOST_EARLIER:,} notebooks: name a folder with fewer")
    base = template(course, assignment)
    for path in paths:
        owner = str(Path(folder.name, path.relative_to(folder)))
        try:
            submission = read_regular(path, MAX_BYTES)
        except (NotAFile, OSError) as error:
            yield Answers(owner, True, {}, str(error))
            continue
        answers = _answers(course, base, owner, submission, is_earlier=True)
        if answers.sources:
            yield answers


def known_sources(course: Course, assignment: Assignment) -> list[str]:
    """What everybody has: the code that is handed out, and the course's own answers."""
    released = [sources.visible_part(cell.source) for cell in _code(template(course, assignment))]
    solved = [sources.without_marks(cell.source) for cell in _code(notebooks.read(course.source(assignment)))]
    return released + solved


def _code(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def _answers(
    course: Course, base: NotebookNode, owner: str, submission: bytes | None, *, is_earlier: bool
) -> Answers:
    rebuilt = rebuild(base, submission, limits=course.limits.reading)
    if rebuilt.reason or (is_earlier and rebuilt.handed_in is not HandedIn.READ):
        return Answers(owner, is_earlier, {}, rebuilt.reason)
    theirs = {cell.get("id") for cell in base.cells}
    parts: dict[str, list[str]] = defaultdict(list)
    for cell in _code(rebuilt.notebook):
        name = notebooks.part_of(cell) or (OWN_CELLS if cell.get("id") not in theirs else "")
        if name:
            parts[name].append(cell.source)
    return Answers(owner, is_earlier, {name: "\n\n".join(texts) for name, texts in parts.items()})
