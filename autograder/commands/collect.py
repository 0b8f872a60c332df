"""`course collect`: a table, a question, and only then the files."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from autograder.course.manifest import Course
from autograder.tables import plan_table, print_refusals
from course_utils.errors import CourseError


def collect(
    name: Annotated[str, typer.Argument(help="The assignment, for example 01_layers.", show_default=False)],
    source: Annotated[
        Path, typer.Argument(help="A folder, or the zip file that a learning platform exports.")
    ],
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Collect without asking, as a script does.")
    ] = False,
    times: Annotated[
        Path | None, typer.Option(help="CSV file with the columns student and time: when each handed in.")
    ] = None,
    roster: Annotated[
        Path | None, typer.Option(help="CSV file of the class; roster.csv in the course's folder by default.")
    ] = None,
    worksheet: Annotated[
        Path | None, typer.Option(help="Moodle's grading worksheet of this assignment.")
    ] = None,
) -> None:
    """Take submissions out of a folder or an archive and put them into `submitted/`.

    Of each student the notebook, and the files that the assignment lists as handed in with it; nothing else. First a
    table says who was found, in which file, and what is odd. [docs/collecting.md](docs/collecting.md) has the layouts.
    """
    from autograder.classroom.collect import known_of, planned, take

    console, course = Console(), Course.find()
    assignment = course.assignment(name)
    with planned(course, assignment, source, known_of(course, roster, worksheet, times)) as plan:
        console.print(plan_table(assignment, plan))
        print_refusals(console, plan.refused)
        if not plan.students:
            raise CourseError("nothing was collected: nobody's work was found")
        if not (yes or (sys.stdin.isatty() and typer.confirm(f"Collect {len(plan.students)} submissions?"))):
            raise CourseError("nothing was collected: look at the table, then run this again with --yes")
        already = len(plan.refused)
        collected = take(course, assignment, plan)
    print_refusals(console, collected.refused[already:])
    console.print(
        f"✓ {len(collected.students)} collected, {len(collected.unchanged)} unchanged", highlight=False
    )
    sys.exit(3 if collected.refused else 0)
