"""`course grade`: a class, or what a correction touches."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from autograder.commands.watching import Watch
from autograder.commands.worker import Ca, Cert, Key
from autograder.course.groups import groups_of
from autograder.course.manifest import Assignment, Course
from autograder.tables import class_table, moves_table, print_moves, print_waiting
from course_utils.errors import CourseError
from course_utils.interrupts import STOPPED
from course_utils.text import counted, plain

if TYPE_CHECKING:  # which need NumPy and nbgrader, and `course` starts without
    from autograder.classroom.grade import Grader
    from autograder.grading.job import Graded, Waiting

Certificates = tuple[Path | None, Path | None, Path | None]
Name = Annotated[str, typer.Argument(help="The assignment, for example 01_layers.", show_default=False)]


Changed = Annotated[
    bool,
    typer.Option("--changed", help="Ask again only what a correction touches; show what moves, then ask."),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="With --changed: write without being asked.")]
Workers = Annotated[
    int | None, typer.Option(help="How many at once; one more than there are cores by default.", min=1)
]
Unsandboxed = Annotated[
    bool,
    typer.Option("--unsandboxed", help="Accept that student code runs on this machine without a sandbox."),
]
Cold = Annotated[
    bool, typer.Option("--cold", help="Start a sandbox for each submission instead of forking it; slower.")
]
OtherMachines = Annotated[
    str, typer.Option(help="Grade on other machines: a Dask scheduler's address, tls://HOST:8786.")
]


def grade(
    name: Name,
    student: Annotated[list[str] | None, typer.Option(help="Only these students.")] = None,
    force: Annotated[bool, typer.Option(help="Grade again what has not changed.")] = False,
    changed: Changed = False,
    yes: Yes = False,
    workers: Workers = None,
    unsandboxed: Unsandboxed = False,
    cold: Cold = False,
    scheduler: OtherMachines = "",
    ca: Ca = None,
    cert: Cert = None,
    key: Key = None,
) -> None:
    """Autograde what lies in `submitted/` with hidden tests, and write the marks into the gradebook."""
    _begin(scheduler)
    from autograder.classroom.forking import collect_rarely
    from autograder.classroom.grade import grade_class
    from autograder.classroom.pool import getting_ready, grade_all
    from autograder.classroom.submissions import find_submissions
    from autograder.classroom.turn import turn

    collect_rarely()
    console, course = Console(), Course.find()
    assignment = _graded(course, name)
    if scheduler and (unsandboxed or workers):
        raise CourseError(
            "with --scheduler, `course worker` decides how many at once, and always in sandboxes"
        )
    watch = Watch(console, assignment)
    elsewhere = _on_workers(course, assignment, watch, scheduler, (ca, cert, key)) if scheduler else None
    found = find_submissions(course, assignment, student, unsandboxed=unsandboxed, cold=cold)
    new = [job for job in found.jobs if force or not _is_graded(course, assignment, job)]
    here = getting_ready(course, assignment, 0 if scheduler or changed else len(new), workers, cold=cold)
    with turn(course, console.print), here as staff:
        grader = elsewhere or partial(grade_all, workers=workers, began=watch.began, staff=staff)
        _share_marks(console, course, assignment)
        if changed:
            graded = _regrade(watch, course, assignment, found.jobs, grader, yes)
        else:
            results = grade_class(course, assignment, found.jobs, force=force, grader=grader, say=watch.say)
            graded = watch.all(results, len(found.jobs))
    if graded:
        console.print(class_table(assignment, graded))
    print_moves(console, graded)
    print_waiting(console, graded)
    faults = [result for result in graded if result.fault]
    if not (student or faults):  # one of which may be that the gradebook cannot be read
        say_who_withdrew(console, course, assignment)
    _end(console, faults, found.refused)


def _begin(scheduler: str) -> None:
    """Begin what takes a while and can be done beside all that is read first."""
    from autograder.classroom.forking import begin_imports

    if not scheduler:
        begin_imports()


def _graded(course: Course, name: str) -> Assignment:
    assignment = course.assignment(name)
    if not assignment.checks:
        raise CourseError(f"{assignment.name} is not graded")
    return assignment


def _is_graded(course: Course, assignment: Assignment, job: Waiting) -> bool:
    return course.graded_path(job.student, assignment).is_file()


def _on_workers(
    course: Course, assignment: Assignment, watch: Watch, address: str, certificates: Certificates
) -> Grader:
    from autograder.classroom.cluster.address import Scheduler
    from autograder.classroom.cluster.coordinator import grade_all

    scheduler = Scheduler.at(address, *certificates)
    return partial(
        grade_all,
        course=course,
        assignment=assignment,
        scheduler=scheduler,
        say=watch.say,
        began=watch.began,
    )


def _end(console: Console, faults: list[Graded], refused: list[str]) -> None:
    """Say what is not graded, and exit with 3 where something is not."""
    for sentence in refused:
        console.print(f"[red]✗[/] {escape(plain(sentence))}", highlight=False)
    if faults or refused:
        console.print(
            f"{len(faults) + len(refused)} not graded; nothing was written for them: run this again"
        )
        sys.exit(3)


def _regrade(
    watch: Watch,
    course: Course,
    assignment: Assignment,
    jobs: list[Waiting],
    grader: Grader,
    yes: bool,
) -> list[Graded]:
    """What was written, which is nothing where nobody wants it."""
    from autograder.classroom.regrade import Regrade

    console = watch.console
    with Regrade(course, assignment, jobs, grader) as again:
        if again.others:
            console.print(
                f"{counted(len(again.others), 'submission')} new or handed in anew: `course grade {assignment.name}` grades them"
            )
        if not again.touched:
            console.print("no correction touches a question of what is graded")
            return []
        console.print(
            f"touched: {', '.join(again.touched)}; asked again of {counted(len(again), 'submission')}"
        )
        faults = [result for result in watch.all(again.grade(), len(again), kept=False) if result.fault]
        moves = again.moves()
        console.print(moves_table(moves) if moves else "no mark moves")
        if faults:
            console.print(f"{counted(len(faults), 'submission')} could not be asked again: the marks stay")
        if not (yes or _wanted(console)):
            console.print("nothing was written")
            return faults
        return list(again.write())


def _wanted(console: Console) -> bool:
    """Whether these marks are to be written; who stops instead of answering is told that nothing is."""
    try:
        return typer.confirm("Write these marks?")
    except typer.Abort:
        console.print("\nnothing was written: answer y or n, or say --yes from the start")
        sys.exit(STOPPED)


def say_groups(console: Console, course: Course, assignment: Assignment) -> None:
    """Let each member of a group have what was marked by hand for another, and say where that is in doubt."""
    from autograder.classroom.turn import turn

    if groups_of(course, assignment.name):
        with turn(course, console.print):
            _share_marks(console, course, assignment)


def _share_marks(console: Console, course: Course, assignment: Assignment) -> None:
    from autograder.classroom.group_marks import share_marks

    for sentence in share_marks(course, assignment):
        console.print(f"[yellow]![/] {escape(plain(sentence))}", highlight=False)


def say_who_withdrew(console: Console, course: Course, assignment: Assignment) -> None:
    """Say of whom marks are kept and nothing lies in `submitted/` any more."""
    from autograder.classroom.grade import withdrawn_students

    if gone := withdrawn_students(course, assignment):
        console.print(
            f"{assignment.name} was withdrawn, since nothing of theirs is in submitted/, by {escape(', '.join(gone))}; "
            "their marks are kept, and no longer counted",
            highlight=False,
        )
