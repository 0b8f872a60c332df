"""`course new`: all that belongs to a notebook, begun."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from autograder.course.manifest import Course

_NEXT = """
It can be released as it is. Change it, a question at a time (docs/authors.md), and after each:
  course release {name}
  course check solutions/{name}/{name}.ipynb
  python -m benchmarks.mutants --notebook {name}
  python -m pytest tests/checks tests/course -k '{name} or {room}'
"""


def new(
    name: Annotated[
        str, typer.Argument(help="Two digits and a topic, for example 07_recurrence.", show_default=False)
    ],
    title: Annotated[str, typer.Option(help="For people; the topic by default.")] = "",
) -> None:
    """Begin a notebook: its solution, hidden checks, planted answers and entries, with one question that works.

    [docs/authors.md](docs/authors.md) says what to make of them.
    """
    from autograder.course.new import Skeleton, create

    course, console = Course.find(), Console()
    skeleton = Skeleton.named(name, title)
    for path in create(course, skeleton):
        console.print(f"✓ {path.relative_to(course.root).as_posix()}", highlight=False)
    console.print(
        _NEXT.format(name=name, room=skeleton.room), end="", highlight=False, markup=False, soft_wrap=True
    )
