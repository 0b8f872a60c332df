"""`course student`: what to do with students who come under a wrong name, under two, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from autograder.course.manifest import Course
from course_utils.text import plain

app = typer.Typer(
    no_args_is_help=True,
    help="Rename, merge or remove students: in submitted/, autograded/, feedback/ and the gradebook.",
)
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Student = Annotated[str, typer.Argument(help="A student's id.", show_default=False)]


@app.command()
def rename(old: Student, new: Student, yes: Yes = False) -> None:
    """Call a student otherwise."""
    from autograder.classroom import students

    _do(f"rename {old} to {new}", yes, lambda course: students.rename(course, old, new))


@app.command()
def merge(other: Student, student: Student, yes: Yes = False) -> None:
    """Let all that is kept of the first be the second's, who is the same person."""
    from autograder.classroom import students

    _do(f"make all of {other} {student}'s", yes, lambda course: students.merge(course, other, student))


@app.command()
def remove(
    student: Student,
    assignment: Annotated[str, typer.Option(help="Only what belongs to this one.")] = "",
    yes: Yes = False,
) -> None:
    """Remove what was handed in by a student, its marks and its feedback, for good."""
    from autograder.classroom import students

    what = f"remove {assignment or 'everything'} of {student}, marks given by hand as well"
    _do(what, yes, lambda course: students.remove(course, student, assignment))


def _do(what: str, yes: bool, act: Callable[[Course], None]) -> None:
    from autograder.classroom.turn import turn

    course, console = Course.find(), Console()
    if not yes:
        typer.confirm(f"{plain(what)}?", abort=True)
    with turn(course, console.print):
        act(course)
    console.print(f"✓ {escape(plain(what))}: done", highlight=False)
