"""The whole life of an assignment on real files, for somebody who has just cloned the course."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from tqdm import tqdm

from autograder.classroom.export import export_grades
from autograder.classroom.feedback import write_feedback
from autograder.classroom.grade import grade_class
from autograder.classroom.release import release
from autograder.classroom.submissions import find_submissions
from autograder.course.manifest import MANIFEST, Course
from autograder.demo.members import ASSIGNMENT, CLASS, solutions
from autograder.grading.job import Graded
from autograder.sandbox import bubblewrap
from autograder.tables import mark_of
from course_utils.course import notebooks
from course_utils.errors import CourseError
from course_utils.text import plain

_MARKER = "THIS_IS_A_DEMO.txt"


def run_demo(course: Course, folder: Path | None, console: Console) -> dict[str, Graded]:
    """Release notebook 01, hand in twelve times, grade, return feedback, export; returns the results by student.

    Args:
        folder: where the demo's own course folder goes; `build/demo` by default, made anew each time.

    Raises:
        CourseError: the folder holds something that is not an earlier demo.
    """
    started = time.monotonic()
    demo = _copy_course(course, folder or course.root / "build" / "demo")
    assignment = demo.assignment(ASSIGNMENT)

    console.rule("1 · release", align="left")
    released = release(demo, assignment)
    console.print(f"{_short(course, demo.source(assignment))} → {_short(course, released)}", highlight=False)
    console.print(f"{_count(released)} solutions removed, hidden tests too", highlight=False)

    console.rule("2 · twelve students hand in", align="left")
    hand_in(demo, released)
    console.print(
        f"{len(CLASS)} notebooks in {_short(course, demo.root / 'submitted')}/<student>/{ASSIGNMENT}/"
    )

    console.rule("3 · autograde with hidden tests", align="left")
    found = bubblewrap.status()
    console.print(f"sandbox: {found}", highlight=False)
    # The demo wrote these submissions itself; a stranger's would be refused here.
    jobs = find_submissions(demo, assignment, unsandboxed=not found.available).jobs
    results = {}
    for graded in tqdm(grade_class(demo, assignment, jobs), total=len(jobs), unit="student", ncols=80):
        results[graded.student] = graded
    console.print(_table(results))

    console.rule("4 · feedback and grades", align="left")
    pages = write_feedback(demo, assignment).pages
    _, rows = export_grades(demo, demo.root / "grades.csv")
    _print_files(course, demo, pages, rows, console)
    console.print(
        f"done in {time.monotonic() - started:.0f} s; next: [bold]make lab[/] opens the course in JupyterLab"
    )
    return results


def _copy_course(course: Course, folder: Path) -> Course:
    if folder.exists() and not folder.is_dir():
        raise CourseError(f"{folder} is a file; choose an empty folder with --folder")
    if folder.exists() and any(folder.iterdir()) and not (folder / _MARKER).exists():
        raise CourseError(f"{folder} holds something else; choose an empty folder with --folder")
    shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.mkdir(parents=True)
        (folder / _MARKER).write_text("Made by `course demo`, and made anew by the next one.\n")
        shutil.copytree(course.root / "solutions", folder / "solutions", ignore=shutil.ignore_patterns(".*"))
        for name in (MANIFEST, "nbgrader_config.py"):
            shutil.copy(course.root / name, folder)
    except OSError as error:
        raise CourseError(
            f"{folder} cannot be written ({error.strerror}): choose another with --folder"
        ) from error
    return Course(folder.resolve())


def hand_in(demo: Course, released: Path) -> None:
    """Put the twelve submissions of the demo's class into `submitted/`."""
    assignment = demo.assignment(ASSIGNMENT)
    answers, notebook = solutions(demo, assignment), notebooks.read(released)
    for member in CLASS:
        path = demo.folder("submitted", member.name, assignment) / released.name
        path.parent.mkdir(parents=True)
        path.write_bytes(member.hand_in(notebook, answers))


def _count(released: Path) -> int:
    return sum(notebooks.is_answer(cell) for cell in notebooks.read(released).cells)


def _short(course: Course, path: Path) -> str:
    return str(path.relative_to(course.root)) if path.is_relative_to(course.root) else str(path)


def _table(results: dict[str, Graded]) -> Table:
    table = Table("student", "story", "points", "why", show_lines=True)
    table.columns[2].justify = "right"
    for member in CLASS:
        result = results[member.name]
        table.add_row(member.name, member.story, mark_of(result), escape(plain(result.why())))
    return table


def _print_files(course: Course, demo: Course, pages: list[Path], rows: int, console: Console) -> None:
    table = Table.grid(padding=(0, 2))
    files = {
        "feedback pages": f"{len(pages)}, for example {_short(course, pages[0])}",
        "grades": f"{_short(course, demo.root / 'grades.csv')} ({rows} rows)",
        "gradebook": f"{_short(course, demo.root / 'gradebook.db')} (written answers wait there to be marked by hand)",
        "graded notebooks": f"{_short(course, demo.root / 'autograded')}/",
    }
    for what, where in files.items():
        table.add_row(what, where)
    console.print(table)
