"""`course`, the one door for students, instructors and self-learners."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from autograder.commands import student as student_commands
from autograder.commands.bundle import bundle
from autograder.commands.check import check
from autograder.commands.collect import collect
from autograder.commands.export import export
from autograder.commands.extend import extend
from autograder.commands.feedback import feedback
from autograder.commands.grade import grade
from autograder.commands.history import history
from autograder.commands.new import new
from autograder.commands.report import report
from autograder.commands.similarity import similarity
from autograder.commands.why import why
from autograder.commands.worker import worker
from autograder.course.manifest import Assignment, Course
from course_utils.cli import Browser, Port, ToOpen, Within, given, hint, progress, run
from course_utils.commands.submit import submit
from course_utils.study.layout import GIVEN

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    help=__doc__,
)
app.add_typer(student_commands.app, name="student")
console = Console()
_GRADING = (
    "bleach",
    "copydetect",
    "dask",
    "distributed",
    "hatchling",
    "nbgrader",
    "yaml",
)  # what the extra `grading` brings

Name = Annotated[str, typer.Argument(help="The assignment, for example 01_layers.", show_default=False)]


def main() -> None:
    """Run the command line of those who learn alone, write the course or grade a class."""
    needs_extra = "grading needs {}: install the course with its extra, as in `pip install '.[grading]'`"
    run(app, {name: needs_extra.format(name) for name in _GRADING})


@app.command()
def lab(
    name: ToOpen = "00_tour",
    browser: Browser = True,
    port: Port = 8888,
    teaching: Annotated[
        bool, typer.Option("--teaching", help="With nbgrader's tools: the formgrader and Create Assignment.")
    ] = False,
) -> None:
    """Open an assignment in JupyterLab. Your copies lie in `work/` and are never overwritten."""
    from course_utils.course.earlier import renew_copies
    from course_utils.course.given import advice, missing
    from course_utils.course.jupyterlab import open_lab
    from course_utils.course.workspace import ensure_copies

    course = Course.find()
    assignment = course.assignment(name)
    notebook = ensure_copies(course, assignment)
    for said in renew_copies(course):
        console.print(said, highlight=False, markup=False)
    if missing(course, assignment):
        console.print(advice(course, assignment), highlight=False, markup=False)
    open_lab(course, notebook, port=port, browser=browser, teaching=teaching)


app.command()(check)


app.command()(given)
app.command()(hint)
app.command()(progress)
app.command()(submit)


@app.command()
def solution(
    question: Annotated[str, typer.Argument(help="A graded function or answer, or an assignment.")],
    within: Within = None,
) -> None:
    """Show the reference solution of one question, or where an assignment's solution notebook lies.

    Of a question that is answered in words: the model answer, and what earns its points.
    """
    from rich.syntax import Syntax

    from course_utils.course.workspace import find_solution

    course = Course.find()
    if question in [assignment.name for assignment in course.assignments]:
        console.print(course.source(course.assignment(question)).relative_to(course.root))
        return
    found = find_solution(course, question, within)
    if found.in_words:
        console.print(found.as_markdown(), markup=False, highlight=False)
        return
    console.print(Syntax(found.source, "python"))


@app.command()
def release(
    names: Annotated[list[str] | None, typer.Argument(help="Assignments; all by default.")] = None,
    given: Annotated[
        list[str] | None,
        typer.Option(help="Hand out this assignment's given.py before its predecessors are due."),
    ] = None,
) -> None:
    """Generate the student notebooks in `assignments/` from `solutions/`.

    A later notebook's given.py, which holds the answers of earlier ones, lies beside it once those are due.
    """
    from autograder.classroom.release import release as release_one

    course = Course.find()
    early = {course.assignment(name).name for name in given or ()}
    for assignment in _chosen(course, names):
        path = release_one(course, assignment, early=assignment.name in early)
        without = assignment.given and not path.with_name(GIVEN).is_file()
        note = ", without given.py until the notebooks before it are due" if without else ""
        console.print(f"✓ {path.relative_to(course.root)}{note}", highlight=False)
    if not names:
        course.expect_all_named()


app.command()(new)


@app.command()
def record(
    name: Name,
    recording: Annotated[str, typer.Argument(help="One recording; all by default.")] = "",
    data: Annotated[
        str, typer.Option(help="Other pictures for runs that have a setting `data`: cifar10.")
    ] = "",
    afresh: Annotated[bool, typer.Option("--afresh", help="Make all runs anew.")] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Make them again and compare; write nothing.")
    ] = False,
) -> None:
    """Make the long runs that a notebook draws from a file beside it; those that are there stay."""
    from autograder.commands import record as recorded

    course = Course.find()
    assignment = course.assignment(name)
    if check:
        recorded.check(console, course, assignment, recording)
    else:
        recorded.record(console, course, assignment, recording, data, afresh)


app.command()(bundle)
app.command()(collect)
app.command()(extend)


app.command()(grade)
app.command()(history)
app.command()(report)
app.command()(similarity)
app.command()(why)
app.command()(worker)


app.command()(feedback)
app.command()(export)


@app.command()
def demo(
    folder: Annotated[
        Path | None, typer.Option(help="Where to put the course; build/demo by default.")
    ] = None,
) -> None:
    """Show the whole life of an assignment: release, a class of twelve, marks, feedback, grades."""
    from autograder.demo.run import run_demo

    run_demo(Course.find(), folder, console)


@app.command()
def doctor() -> None:
    """Say what works on this machine and what is missing, the course folder last."""
    from autograder.doctor import examine
    from course_utils import doctor as doctors

    sys.exit(doctors.report(examine(Path.cwd())))


def _chosen(course: Course, names: Iterable[str] | None) -> list[Assignment]:
    return [course.assignment(name) for name in names] if names else list(course.assignments)
