"""`course report`: how the class did, on one page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from autograder.course.manifest import Course


def report(
    names: Annotated[list[str], typer.Argument(help="Assignments.", show_default=False)],
    anonymous: Annotated[
        bool, typer.Option("--anonymous", help="To be shown in class: no names, no small groups.")
    ] = False,
    to: Annotated[Path | None, typer.Option(help="The file to write; one in `reports/` by default.")] = None,
) -> None:
    """Write a page on how the class did: figures, questions, mistakes by name, who needs help, what to talk about."""
    from autograder.classroom.report import write_report

    course, console = Course.find(), Console()
    assignments = [course.assignment(name) for name in dict.fromkeys(names)]
    written = write_report(course, assignments, to, anonymous=anonymous)
    console.print(f"✓ {written.path}", highlight=False, markup=False, soft_wrap=True)
    if written.unlinked and not anonymous:
        console.print(
            f"! {written.unlinked} have no feedback page to link to: `course feedback` writes them, then run this again",
            highlight=False,
            markup=False,
        )
