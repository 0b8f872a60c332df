"""What the door prints: marks, reasons and findings; whatever a student's code said is only text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from autograder.course.manifest import Assignment
from course_utils.errors import CourseError
from course_utils.text import counted, one_line, shown

# A row of the class's table: some lines on a narrow terminal.
_ROW = 300

if TYPE_CHECKING:  # which need NumPy and nbgrader, and `course` starts without
    from autograder.classroom.collecting.planned import Plan, Planned
    from autograder.doctor import Finding
    from autograder.grading.job import Graded
    from autograder.grading.visible import VisibleTest


def print_questions(console: Console, graded: Graded, only: list[str] | None) -> None:
    """Say of each question, or of some, what it earned and why.

    Raises:
        CourseError: there is no such question.
    """
    from autograder.verdict.render import as_text

    refuse_unknown(graded.assignment, only, graded.verdicts)
    chosen = {name: verdict for name, verdict in graded.verdicts.items() if not only or name in only}
    waiting = [name for name, verdict in chosen.items() if verdict.not_written]
    for name, verdict in chosen.items():
        if name in waiting:
            continue
        mark = f"{verdict.points(graded.points[name]):g}/{graded.points[name]:g}"
        console.print(
            escape(as_text(verdict)), f"  [dim]{mark}[/]" if verdict.fraction == 1 else "", highlight=False
        )
    _print_waiting(console, waiting, len(chosen))
    for note in graded.notes:
        console.print(f"note: {escape(one_line(note))}", highlight=False)
    console.print(f"[bold]{graded.score:g} of {graded.max_score:g} points[/]")


def print_visible(console: Console, tests: list[VisibleTest], only: list[str] | None) -> None:
    """Say which visible tests of a notebook pass, and that no mark can come of it.

    Raises:
        CourseError: there is no such question.
    """
    refuse_unknown("this notebook", only, [test.question for test in tests])
    chosen = [test for test in tests if not only or test.question in only]
    for test in chosen:
        if test.written:
            why = f": {escape(one_line(test.reason))}" if test.reason else ""
            console.print(f"{'✗' if test.reason else '✓'} {escape(test.question)}{why}", highlight=False)
    _print_waiting(console, [test.question for test in chosen if not test.written], len(chosen))
    passed = sum(not test.reason for test in tests)
    console.print(
        f"[bold]{passed} of {len(tests)} visible tests pass[/]; the hidden ones are not in this folder, so there is no mark"
    )


def refuse_unknown(where: str, only: Iterable[str] | None, questions: Iterable[str]) -> None:
    """Refuse names of questions that are none.

    Raises:
        CourseError: there is no such question.
    """
    known = list(questions)
    if unknown := sorted(set(only or ()) - set(known)):
        raise CourseError(f"{', '.join(unknown)} is no question of {where}: {', '.join(known)}")


def _print_waiting(console: Console, waiting: list[str], of: int) -> None:
    """Say once which questions are not written yet."""
    if waiting and len(waiting) == of:
        console.print(f"○ nothing is written yet, in {counted(of, 'question')}: begin with {waiting[0]}")
    elif waiting:
        names = escape(", ".join(waiting))
        console.print(f"○ not written yet, or in need of a function that is not: {names}", highlight=False)


def class_table(assignment: Assignment, graded: Iterable[Graded]) -> Table:
    """Who got what and why."""
    from autograder.sandbox.bubblewrap import Sandbox

    table = Table("student", "points", "why", title=assignment.title, title_justify="left")
    table.columns[1].justify = "right"
    for result in sorted(graded, key=lambda result: result.student):
        table.add_row(result.student, mark_of(result), escape(one_line(result.why(), _ROW)))
        if result.sandbox is Sandbox.NONE:
            table.caption = f"sandbox: {result.sandbox}"
    return table


def print_moves(console: Console, graded: Iterable[Graded]) -> None:
    """Say whose marks are others than before, and in which questions."""
    for result in sorted(graded, key=lambda result: result.student):
        if result.moved:
            moves = ", ".join(f"{name} {was:g} → {now:g}" for name, (was, now) in result.moved.items())
            console.print(f"moved: {result.student}: {escape(shown(moves, _ROW))}", highlight=False)


def print_waiting(console: Console, graded: Iterable[Graded]) -> None:
    """Say how many points a person has still to give, and where that is done."""
    waiting = [result.waiting for result in graded if result.waiting]
    if waiting:
        console.print(
            f"still to be marked by hand: {counted(sum(waiting), 'point')} in {counted(len(waiting), 'submission')}; "
            "open `course lab --teaching` and, in its menu Nbgrader, the Formgrader",
            highlight=False,
        )


def mark_of(result: Graded) -> str:
    """Points earned of all, or a dash where a fault of the machine left none."""
    return "—" if result.fault else f"{result.score:g}/{result.max_score:g}"


def findings_table(findings: Iterable[Finding]) -> Table:
    """What works on a machine and what is missing."""
    table = Table("", "what", "found", box=None)
    for finding in findings:
        table.add_row("[green]✓[/]" if finding.good else "[red]✗[/]", finding.what, finding.found)
    return table


def plan_table(assignment: Assignment, plan: Plan) -> Table:
    """Who would be collected, from which file, and what is odd."""
    table = Table(
        "student",
        "from",
        "handed in (UTC)",
        "remarks",
        title=f"{assignment.title}, from {plan.platform}",
        title_justify="left",
    )
    for planned in plan.students:
        first = next(iter(planned.files.values()))
        table.add_row(planned.student, escape(first.path), _when(planned), escape(_remarks(planned)))
    if any(planned.time is None for planned in plan.students):
        table.caption = "Without a time no late penalty is computed; --times FILE brings times."
    if plan.absent:
        absent = escape(shown(", ".join(plan.absent), 300))
        table.caption = (
            f"{table.caption or ''}\nCollected before, not here now, and left as it is: {absent}".strip()
        )
    table.caption_justify = "left"
    return table


def _when(planned: Planned) -> str:
    return f"{planned.time:%Y-%m-%d %H:%M:%S} ({escape(planned.time_from)})" if planned.time else "unknown"


def _remarks(planned: Planned) -> str:
    files = [name for name in planned.files if not name.endswith(".ipynb")]
    return "; ".join([planned.state.value, *(f"with {name}" for name in files), *map(shown, planned.odd)])


def print_refusals(console: Console, refused: Iterable[tuple[str, str]]) -> None:
    """Say what was not taken, and why."""
    for name, reason in refused:
        console.print(f"[red]✗[/] {escape(shown(name))}: {escape(shown(reason, 600))}", highlight=False)
