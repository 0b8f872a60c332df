"""`course submit`: what is handed in, and what it lacks."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from course_utils.commands.check import In, Notebook, found_notebook, refuse_ungraded
from course_utils.text import counted, one_line

if TYPE_CHECKING:  # which needs nbformat, and `course` starts without
    from course_utils.submission.handing_in import Submission

_SIGNS = {"passed": "✓", "wrong": "✗", "not written": "○", "not run": "○", "a person reads it": " "}


def submit(notebook: Notebook, within: In = None) -> None:
    """Look a notebook over as the grader will, and write the zip file to hand in, with a receipt."""
    from course_utils.submission.handing_in import hand_in
    from course_utils.submission.own import assignment_of

    course, path = found_notebook(notebook)
    assignment = course.assignment(within) if within else assignment_of(course, path)
    refuse_ungraded(assignment)
    with Console(stderr=True).status(f"running the tests in {path.name}"):
        made = hand_in(course, assignment, path, datetime.now().astimezone())
    console = Console()
    _tell(console, made, path, course.root)
    if due := course.due(assignment):
        console.print(f"due {due.astimezone(course.timezone):%A %Y-%m-%d %H:%M %Z}", highlight=False)


def _tell(console: Console, made: Submission, path: Path, root: Path) -> None:
    table = Table("", "question", "points", "visible test", box=None)
    table.columns[2].justify = "right"
    for row in made.rows:
        table.add_row(_SIGNS[row.state], escape(row.question), f"{row.points:g}", row.state)
    console.print(table)
    for remark in made.remarks:
        console.print(f"[yellow]![/] {escape(one_line(remark))}", highlight=False)
    saved = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(path.stat().st_mtime))
    console.print(
        f"{made.receipt.points:g} of {counted(made.of, 'point')} have a visible test that passes; the hidden ones decide\n"
        f"notebook as it was saved at {saved}; digest {made.receipt.digest}\n"
        f"✓ hand in this file: {made.archive.relative_to(root)}",
        highlight=False,
        soft_wrap=True,
        markup=False,
    )
