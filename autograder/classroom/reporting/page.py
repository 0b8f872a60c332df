"""The report as one HTML file that runs nothing and fetches nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

from jinja2 import Template

from autograder.classroom.reporting.chapters import CLASS, GROUP, Chapter
from autograder.classroom.reporting.findings import HELP_BELOW
from autograder.classroom.reporting.gather import ClassWork, Work
from autograder.nbgrader_bridge.html import templates
from course_utils.text import counted, plain


@dataclass(frozen=True)
class Mark:
    """What a student has in one notebook: the points in words, the way to the feedback page, and remarks."""

    points: str
    link: str = ""
    remarks: str = ""


@dataclass(frozen=True)
class Line:
    """A student's row: its number, which links lead to, id, name and a mark for each notebook."""

    number: int
    student: str
    name: str
    marks: tuple[Mark, ...]


def lines(works: Sequence[ClassWork], names: dict[str, str], place: Path, zone: tzinfo | None) -> list[Line]:
    """A row for each student who is known, in order of their ids.

    Args:
        names: of all students, by id.
        place: where the page will lie, from which its links lead.
        zone: of the times that are told; this machine's where it is None.
    """
    by_student = [{each.student: each for each in work.works} for work in works]
    students = sorted({*names, *(student for known in by_student for student in known)})
    return [
        Line(number, student, names.get(student, ""), tuple(_marks(student, works, by_student, place, zone)))
        for number, student in enumerate(students, 1)
    ]


def _marks(
    student: str,
    works: Sequence[ClassWork],
    by_student: Sequence[dict[str, Work]],
    place: Path,
    zone: tzinfo | None,
) -> Iterator[Mark]:
    for work, known in zip(works, by_student, strict=True):
        if not (each := known.get(student)):
            yield Mark("—")
            continue
        link = quote(os.path.relpath(each.feedback, place.parent)) if each.feedback else ""
        yield Mark(f"{round(each.score, 2):g} / {work.most:g}", link, "; ".join(_remarks(each, zone)))


def _remarks(each: Work, zone: tzinfo | None) -> Iterator[str]:
    if each.time:
        yield f"handed in {each.time.astimezone(zone):%Y-%m-%d %H:%M}"
    if each.late:
        yield each.late
    if each.waiting:
        yield f"{counted(each.waiting, 'point')} to be marked"
    if each.gradings > 1:
        yield f"{each.gradings} gradings"


def render(title: str, chapters: Sequence[Chapter], students: Sequence[Line] | None) -> str:
    """The page.

    Args:
        title: of the course.
        students: their rows; None on a page that is shown to the class.
    """
    page = _template().render(
        title=title,
        chapters=chapters,
        students=students,
        number={line.student: line.number for line in students or ()},
        anonymous=students is None,
        help_below=f"{HELP_BELOW:.0%}",
        fewest=CLASS,
        group=GROUP,
    )
    return plain(page)


@lru_cache(maxsize=1)
def _template() -> Template:
    environment = templates("autograder.classroom.reporting")
    environment.filters["mark"] = lambda number: f"{round(number, 2):g}"
    return environment.get_template("report.html")
