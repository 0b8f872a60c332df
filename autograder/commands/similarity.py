"""`course similarity`: whose answers share what hardly anybody else has."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from autograder.course.manifest import Course
from course_utils.text import counted, shown

_SAID, _NAMED = 10, 3


def similarity(
    name: Annotated[str, typer.Argument(help="The assignment, for example 01_layers.", show_default=False)],
    against: Annotated[
        list[Path] | None, typer.Option(help="A folder with earlier years' notebooks; repeat for more.")
    ] = None,
    to: Annotated[Path | None, typer.Option(help="The file to write; one in `reports/` by default.")] = None,
    most: Annotated[int, typer.Option("--pairs", help="How many pairs are shown.", min=1, max=200)] = 20,
) -> None:
    """Write a page with the most similar answers of a class side by side, those first that are least likely to be chance."""
    from autograder.classroom.similar import write_similarity

    course, console = Course.find(), Console()
    path, found = write_similarity(course, course.assignment(name), against or [], to, most)
    for pair in [pair for pair in found.pairs if pair.is_alike][:_SAID]:
        questions = [each.question for each in pair.questions]
        more = f" and {len(questions) - _NAMED} more" if len(questions) > _NAMED else ""
        console.print(
            f"  {escape(shown(pair.one))} and {escape(shown(pair.other))}: {pair.bits:.0f} bits "
            f"in {', '.join(questions[:_NAMED])}{more}",
            highlight=False,
        )
    ours, earlier = found.compared
    against_earlier = f" with each other and {earlier} of earlier years" if earlier else ""
    are = "is" if found.alike == 1 else "are"
    alike = f"{counted(found.alike, 'pair')} {are} alike" if found.alike else "no two are alike"
    console.print(f"{ours} notebooks compared{against_earlier}; {alike}", highlight=False)
    for owner, why in found.left_out:
        console.print(
            f"[yellow]![/] not compared: {escape(shown(owner))}: {escape(shown(why, 300))}", highlight=False
        )
    console.print(f"✓ {path}", highlight=False, markup=False, soft_wrap=True)
