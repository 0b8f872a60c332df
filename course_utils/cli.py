"""`course`, as students have it: their notebooks, their tests, hints and points, and handing in."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.markup import escape

from course_utils import interrupts
from course_utils.commands.check import check
from course_utils.commands.submit import submit
from course_utils.course.manifest import Course
from course_utils.errors import CourseError
from course_utils.packages import install_again
from course_utils.text import let_any_character_out, plain

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    help=__doc__,
)
_OURS = ("autograder", "course_utils")  # of which a part that is missing is a mistake of ours

ToOpen = Annotated[str, typer.Argument(help="The assignment to open.")]
Browser = Annotated[bool, typer.Option(help="Open a browser window.")]
Port = Annotated[int, typer.Option(help="Port of the server.")]
Within = Annotated[
    str | None, typer.Option("--in", help="The assignment, where several ask the same question.")
]


def main() -> None:
    """Run a student's command line."""
    run(app)


def run(commands: typer.Typer, remedies: Mapping[str, str] = MappingProxyType({})) -> None:
    """Run a command line; what a user can put right is one sentence and exit code 1.

    Args:
        remedies: by package, the sentence where it is missing; others are to be installed again.
    """
    let_any_character_out()
    try:
        with interrupts.heard():
            commands()
    except CourseError as error:
        _refuse(str(error))
    except ModuleNotFoundError as error:
        if not (package := (error.name or "").partition(".")[0]) or package in _OURS:
            raise
        _refuse(remedies.get(package) or install_again(package, sys.executable))
    except SystemExit as end:
        if end.code == interrupts.STOPPED:  # what typer makes of it, too
            interrupts.stopped()
        raise


def _refuse(sentence: str) -> NoReturn:
    Console(stderr=True).print(f"[red]✗[/] {escape(plain(sentence))}", highlight=False, soft_wrap=True)
    sys.exit(1)


@app.command()
def lab(name: ToOpen = "00_tour", browser: Browser = True, port: Port = 8888) -> None:
    """Open an assignment in JupyterLab. Your copies lie in `work/` and are never overwritten."""
    from course_utils.course.earlier import renew_copies
    from course_utils.course.given import advice, missing
    from course_utils.course.jupyterlab import open_lab
    from course_utils.course.workspace import ensure_copies

    course = Course.find()
    assignment = course.assignment(name)
    notebook = ensure_copies(course, assignment)
    for said in renew_copies(course):
        Console().print(said, highlight=False, markup=False)
    if missing(course, assignment):
        Console().print(advice(course, assignment), highlight=False, markup=False)
    open_lab(course, notebook, port=port, browser=browser)


app.command()(check)
app.command()(submit)


@app.command()
def given(
    name: Annotated[
        str, typer.Argument(help="The assignment, for example 02_batchnorm.", show_default=False)
    ],
    ours: Annotated[
        bool, typer.Option("--ours", help="The course's, once handed out, instead of your own.")
    ] = False,
) -> None:
    """Let a later notebook use the functions that you wrote in earlier ones: writes its `given.py` anew."""
    from course_utils.course.given import take_ours, take_own

    course = Course.find()
    assignment = course.assignment(name)
    path = (take_ours if ours else take_own)(course, assignment)
    Console().print(
        f"✓ {path.relative_to(course.root)}; restart the kernel of {assignment.name}", highlight=False
    )


@app.command()
def hint(
    question: Annotated[
        str, typer.Argument(help="A graded function, for example affine_backward; without it, a list.")
    ] = "",
    more: Annotated[
        int, typer.Option("--more", "-m", count=True, help="Say more; repeat for still more.")
    ] = 0,
    within: Within = None,
) -> None:
    """Give a hint on one question, from a nudge to almost the answer; without a name, list the questions."""
    from course_utils.commands import hints

    course, console = Course.find(), Console()
    if question:
        hints.tell(console, course, question, more, within)
    else:
        hints.list_questions(console, course, within)


@app.command()
def progress() -> None:
    """Show your points so far over the whole course, as the tests in your notebooks noted them in `work/`."""
    from course_utils.study import panel
    from course_utils.study.desk import desk_at
    from course_utils.study.record import Record

    desk = desk_at(Course.find().root)
    text = panel.as_text(panel.rows_of(desk, Record(desk.record_path)), None)
    Console().print(text, markup=False, highlight=False)


@app.command()
def doctor() -> None:
    """Say what works on this machine and what is missing, the course folder last."""
    from course_utils.doctor import examine, report

    sys.exit(report(examine(Path.cwd())))


if __name__ == "__main__":
    main()
