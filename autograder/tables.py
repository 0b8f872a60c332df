"""What the door prints: marks, reasons and findings; whatever a student's code said is only text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from autograder.course.manifest import Assignment
from course_utils.commands.reporting import print_unwritten, refuse_unknown
from course_utils.text import counted, one_line, shown

# A row of the class's table: some lines on a narrow terminal.
_ROW = 300

if TYPE_CHECKING:  # which need NumPy and nbgrader, and `course` starts without
    from autograder.classroom.collecting.planned import Plan, Planned
    from autograder.classroom.giving_back.filling import Filled
    from autograder.classroom.regrade import Move
    from autograder.grading.job import Graded


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
    print_unwritten(console, waiting, len(chosen))
    for note in graded.notes:
        console.print(f"note: {escape(one_line(note))}", highlight=False)
    console.print(f"[bold]{graded.score:g} of {graded.max_score:g} points[/]")


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


def moves_table(moves: Iterable[Move]) -> Table:
    """Who moves from what to what by a correction, and why."""
    table = Table("student", "question", "was", "now", "why")
    for move in moves:
        table.add_row(
            move.student, move.question, f"{move.was:g}", f"{move.now:g}", escape(one_line(move.why, _ROW))
        )
    return table


def history_table(assignment: Assignment, results: Iterable[tuple[str, Graded]]) -> Table:
    """Every grading of one student's submissions: when, what it came to, and which questions it changed."""
    table = Table("graded", "points", "what changed", title=assignment.title, title_justify="left")
    before: Graded | None = None
    for time, result in results:
        table.add_row(time or "—", mark_of(result), escape(_changes(before, result)))
        before = result
    return table


def _changes(before: Graded | None, now: Graded) -> str:
    from autograder.verdict.render import summary

    if before is None:
        return one_line(now.why(), _ROW)
    lines = []
    for name, verdict in now.verdicts.items():
        old = before.verdicts.get(name)
        if old is None or old.to_dict() != verdict.to_dict():
            was = "—" if old is None else f"{old.points(before.points[name]):g}"
            lines.append(
                f"{name} {was} → {verdict.points(now.points[name]):g}: {one_line(summary(verdict), _ROW)}"
            )
    return "\n".join(lines)


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


def filled_table(filled: Filled) -> Table:
    """Whose mark a platform's table has now in the place of another, whose it has not, and why."""
    table = Table("in the file", "student", "mark", "remarks")
    for called, student, before, now in filled.changed:
        table.add_row(escape(shown(called)), student, f"{before} → {now}", "another one was there")
    for called, student, why in filled.left:
        table.add_row(escape(shown(called)), student or "?", "", escape(shown(why, _ROW)))
    for student in filled.elsewhere:
        table.add_row("—", escape(shown(student)), "", "graded here, and not in the file")
    return table


def print_refusals(console: Console, refused: Iterable[tuple[str, str]]) -> None:
    """Say what was not taken, and why."""
    for name, reason in refused:
        console.print(f"[red]✗[/] {escape(shown(name))}: {escape(shown(reason, 600))}", highlight=False)
