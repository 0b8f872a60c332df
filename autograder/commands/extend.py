"""`course extend`: more time for one student."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console

from autograder.course.extensions import grant, read_extensions
from autograder.course.groups import together
from autograder.course.manifest import Assignment, Course
from course_utils.errors import CourseError


def extend(
    student: Annotated[
        str, typer.Argument(help="A student's id; without one, all extensions are listed.")
    ] = "",
    name: Annotated[str, typer.Argument(help="The assignment, for example 01_layers.")] = "",
    until: Annotated[
        str,
        typer.Option(
            help='Until when, such as "2026-03-04 12:00", in the course\'s time zone or with an offset.'
        ),
    ] = "",
    undo: Annotated[bool, typer.Option("--undo", help="Take the extension back.")] = False,
) -> None:
    """Let one student hand in later, take that back, or list who may; `course grade` then brings penalties up to date."""
    course, console = Course.find(), Console()
    if not student:
        _list(console, course)
        return
    if not name or bool(until) == undo:
        raise CourseError(
            "say for which assignment and until when: course extend STUDENT ASSIGNMENT --until TIME, or --undo"
        )
    assignment = course.assignment(name)
    if undo:
        _take_back(course, student, assignment)
        console.print(f"✓ {student} has no extension for {assignment.name} any more", highlight=False)
        return
    moment = _moment(course, until)
    grant(course, student, assignment, moment)
    console.print(
        f"✓ {', '.join(together(course, assignment.name, student))} may hand in {assignment.name} until {_shown(course, moment)}",
        highlight=False,
    )


def _list(console: Console, course: Course) -> None:
    found = read_extensions(course)
    for (student, name), until in sorted(found.items()):
        console.print(f"{student}  {name}  until {_shown(course, until)}", highlight=False, markup=False)
    if not found:
        console.print("nobody has an extension")


def _take_back(course: Course, student: str, assignment: Assignment) -> None:
    from autograder.nbgrader_bridge.database import exists, opened
    from autograder.nbgrader_bridge.deadlines import take_extension_back

    grant(course, student, assignment, None)
    if exists(course.gradebook_url):
        with opened(course.gradebook_url) as gradebook:
            for each in together(course, assignment.name, student):
                take_extension_back(gradebook, assignment.name, each)


def _moment(course: Course, text: str) -> datetime:
    try:
        return course.in_zone(datetime.fromisoformat(text))
    except ValueError as error:
        raise CourseError(
            f"{text!r:.60} is no time: write 2026-03-04 12:00, or 2026-03-04 12:00+01:00"
        ) from error


def _shown(course: Course, moment: datetime) -> str:
    here, everywhere = (f"{moment.astimezone(zone):%Y-%m-%d %H:%M %Z}" for zone in (course.timezone, UTC))
    return here if here == everywhere else f"{here} ({everywhere})"
