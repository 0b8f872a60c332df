"""`course feedback`: a page for each student, and the same under a platform's names."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from autograder.commands.grade import say_groups
from autograder.course.manifest import Course, check_student_id
from course_utils.text import plain


def feedback(
    name: Annotated[str, typer.Argument(help="The assignment, for example 01_layers.", show_default=False)],
    student: Annotated[str, typer.Option(help="Only this student.")] = "*",
    moodle: Annotated[
        Path | None, typer.Option(help="A zip file to write as well, which Moodle takes back.")
    ] = None,
    canvas: Annotated[
        Path | None, typer.Option(help="A zip file to write as well, which Canvas takes back.")
    ] = None,
) -> None:
    """Write a feedback page for each graded submission into `feedback/`."""
    from autograder.classroom.feedback import write_feedback
    from autograder.classroom.giving_back.pages import zip_for_canvas, zip_for_moodle

    course, console = Course.find(), Console()
    if student != "*":
        check_student_id(student)
    assignment = course.assignment(name)
    say_groups(console, course, assignment)
    written = write_feedback(course, assignment, student)
    example = f", for example {written.pages[0].relative_to(course.root)}" if written.pages else ""
    new = "" if written.fresh == len(written.pages) else f", {written.fresh} of them new"
    console.print(f"✓ {len(written.pages)} pages{new}{example}", highlight=False)
    for who, why in sorted(written.skipped.items()):
        console.print(f"[yellow]![/] no page for {escape(plain(who))}: it {why}", highlight=False)
    for platform, to, write in (("Moodle", moodle, zip_for_moodle), ("Canvas", canvas, zip_for_canvas)):
        for who in write(course, assignment, written.pages, to) if to else ():
            console.print(
                f"[yellow]![/] {escape(plain(who))} is not in it: not from {platform}", highlight=False
            )
        if to:
            console.print(f"✓ {escape(str(to))}", highlight=False)
