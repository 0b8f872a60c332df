"""`course bundle`: what students get."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from autograder.course.manifest import Course
from course_utils.errors import CourseError


def bundle(
    names: Annotated[
        list[str] | None, typer.Argument(help="Assignments; all that are released by default.")
    ] = None,
    to: Annotated[Path | None, typer.Option(help="The folder to write; build/students by default.")] = None,
    given: Annotated[
        list[str] | None,
        typer.Option(help="Hand out this assignment's given.py before its predecessors are due."),
    ] = None,
    with_packages: Annotated[
        bool,
        typer.Option(
            "--with-packages", help="With all packages, for machines like this one that have no network."
        ),
    ] = False,
) -> None:
    """Make what students get: a folder, a zip file and a git repository, without solutions and hidden checks."""
    from autograder.classroom.handing_out.bundle import bundle as make

    course, console = Course.find(), Console()
    released = [each for each in course.assignments if course.released_path(each).is_file()]
    chosen = [course.assignment(name) for name in names] if names else released
    if not chosen:
        raise CourseError("nothing is released yet: run `course release`")
    early = {course.assignment(name).name for name in given or ()}
    made = make(
        course, (to or course.root / "build" / "students").resolve(), chosen, early, None, with_packages
    )
    for path in filter(None, (made.folder, made.archive, made.repository)):
        console.print(f"✓ {path}", highlight=False, soft_wrap=True)
    if made.repository is None:
        console.print("no repository was made: install git", highlight=False)
    if made.waiting:
        console.print(
            f"without given.py, until the notebooks before it are due (`due` in course.toml, or --given): {', '.join(made.waiting)}",
            highlight=False,
        )
