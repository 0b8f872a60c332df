"""`course export`: grades in a table of ours, or filled into one of Moodle's or Canvas's."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from autograder.commands.grade import say_groups, say_who_withdrew
from autograder.course.manifest import Assignment, Course
from autograder.tables import filled_table
from course_utils.errors import CourseError
from course_utils.text import counted

if TYPE_CHECKING:  # which needs nbgrader, and `course` starts without
    from autograder.classroom.giving_back.filling import Filled


def export(
    names: Annotated[list[str] | None, typer.Argument(help="Assignments; all by default.")] = None,
    to: Annotated[
        Path | None,
        typer.Option(
            help="The file to write; by default grades.csv, or by --format; beside Moodle's or Canvas's file."
        ),
    ] = None,
    format_name: Annotated[
        str, typer.Option("--format", help="csv, or another form; by the file's ending by default.")
    ] = "",
    questions: Annotated[bool, typer.Option("--questions", help="A column more for each question.")] = False,
    moodle: Annotated[
        Path | None, typer.Option(help="Fill in this offline grading worksheet, downloaded from Moodle.")
    ] = None,
    canvas: Annotated[Path | None, typer.Option(help="Fill in this gradebook, exported from Canvas.")] = None,
    column: Annotated[
        str, typer.Option(help="With --canvas and one assignment: the title of its column.")
    ] = "",
) -> None:
    """Write grades into a file: a table, or Moodle's or Canvas's own with the grades filled in.

    Into theirs goes no mark of which some points are still to be given by hand, and none of anybody who is known by name alone; a
    table says who that is, and the exit code is then 3. All else in the file stays as it came.
    """
    course = Course.find()
    for assignment in _chosen(course, names):
        say_groups(Console(), course, assignment)
    theirs = moodle or canvas
    if (moodle and canvas) or (theirs and (format_name or questions)) or (column and not canvas):
        raise CourseError(
            "one file at a time: --moodle FILE, --canvas FILE with or without --column, or a table of ours"
        )
    if theirs:
        place = to or theirs.with_name(f"{theirs.stem}-filled{theirs.suffix}")
        filled = (
            _to_moodle(course, names, theirs, place)
            if moodle
            else _to_canvas(course, names, theirs, place, column)
        )
        _report(Console(), filled, place)
        return
    from autograder.classroom.export import export_grades

    chosen = _chosen(course, names)
    path, rows = export_grades(course, to, format_name, assignments=chosen, questions=questions)
    Console().print(f"✓ {path}: {rows} rows", highlight=False)
    for assignment in chosen:
        say_who_withdrew(Console(), course, assignment)


def _to_moodle(course: Course, names: list[str] | None, worksheet: Path, to: Path) -> Mapping[str, Filled]:
    from autograder.classroom.giving_back.grades import to_moodle

    if len(names or ()) != 1:
        raise CourseError(
            "a worksheet of Moodle's is of one assignment: name it, as in `course export 01_layers --moodle FILE`"
        )
    (assignment,) = _chosen(course, names)
    return {assignment.name: to_moodle(course, assignment, worksheet, to)}


def _to_canvas(
    course: Course, names: list[str] | None, gradebook: Path, to: Path, column: str
) -> Mapping[str, Filled]:
    from autograder.classroom.giving_back.grades import to_canvas

    chosen = [each for each in _chosen(course, names) if each.checks or names]
    if column and len(chosen) != 1:
        raise CourseError("--column is the title of one assignment's column: name that assignment")
    return to_canvas(course, chosen, gradebook, to, column, named=bool(names))


def _report(console: Console, filled: Mapping[str, Filled], to: Path) -> None:
    for name, each in filled.items():
        console.print(f"{name}: {counted(each.marks, 'mark')}", highlight=False)
        if each.changed or each.left or each.elsewhere:
            console.print(filled_table(each))
    console.print(f"✓ {to}", highlight=False, soft_wrap=True, markup=False)
    if any(each.missing for each in filled.values()):
        sys.exit(3)


def _chosen(course: Course, names: list[str] | None) -> list[Assignment]:
    return [course.assignment(name) for name in names] if names else list(course.assignments)
