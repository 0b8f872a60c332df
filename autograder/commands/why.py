"""`course why`: a mark that is doubted, explained and replayed."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from autograder.course.manifest import Assignment, Course, check_student_id
from course_utils.errors import CourseError
from course_utils.text import counted, one_line

if TYPE_CHECKING:  # which need NumPy and nbgrader, and `course` starts without
    from autograder.classroom.replay import Recorded, Replay
    from autograder.verdict.verdict import Case, Verdict

_AGREES, _DIFFERS, _NOT_REPLAYED = 0, 2, 3


def why(
    student: Annotated[str, typer.Argument(help="A student's id.", show_default=False)],
    question: Annotated[str, typer.Argument(help="A graded function or class.", show_default=False)],
    within: Annotated[
        str | None, typer.Option("--in", help="The assignment, where several ask the same question.")
    ] = None,
    unsandboxed: Annotated[
        bool,
        typer.Option(
            "--unsandboxed", help="Accept that student code runs on this machine without a sandbox."
        ),
    ] = False,
) -> None:
    """Explain one mark case by case, and replay it from the seed of its inputs; writes nothing.

    Says whether what was handed in, the check or the programs changed since. Ends with 0 where the replay agrees with the mark, with 2
    where it does not, and with 3 where nothing can be replayed.
    """
    from autograder.classroom.replay import replay

    course, console = Course.find(), Console()
    check_student_id(student)
    assignment, noted = _asked(course, student, question, within)
    _print_recorded(console, assignment, student, noted)
    try:
        with Console(stderr=True).status("replaying it"):
            again = replay(course, assignment, student, noted.verdict, unsandboxed=unsandboxed)
    except CourseError as error:
        _say(console, f"not replayed: {error}")
        sys.exit(_NOT_REPLAYED)
    _print_replay(console, noted, again)
    sys.exit(_AGREES if again.agrees else _DIFFERS)


def _asked(course: Course, student: str, question: str, within: str | None) -> tuple[Assignment, Recorded]:
    """The assignment in which the student was asked, and what was noted there.

    Raises:
        CourseError: no notebook asks it, a person marks it, or the student was asked nowhere, or in several notebooks.
    """
    from autograder.classroom.replay import recorded
    from course_utils.course.workspace import find_solution, notebooks_that_ask

    if find_solution(course, question, within).in_words:
        raise CourseError(
            f"{question} is answered in words: why it earned what it did is in the comment of who marked it, on the feedback page"
        )
    names = [within] if within else notebooks_that_ask(course, question)
    found = [(each, recorded(course, each, student, question)) for each in map(course.assignment, names)]
    graded = [(assignment, noted) for assignment, noted in found if noted]
    if not graded:
        raise CourseError(f"{question} of {student} was not graded here")
    if len(graded) > 1:
        several = ", ".join(assignment.name for assignment, _ in graded)
        raise CourseError(f"{question} of {student} was graded in {several}: say which one with --in")
    return graded[0]


def _print_recorded(console: Console, assignment: Assignment, student: str, noted: Recorded) -> None:
    when = f", graded {noted.time}" if noted.time else ""
    console.print(
        f"[bold]{noted.verdict.question}[/] of {student} in {assignment.name}{when}: "
        f"{noted.earned:g} of {counted(noted.points, 'point')}",
        highlight=False,
    )
    _print_cases(console, noted.verdict)
    _say(console, f"seed of the inputs: {noted.verdict.seed}")
    if noted.counts is not None and noted.counts != noted.earned:
        _say(console, f"in the gradebook {noted.counts:g} counts, given by hand")
    if noted.comment:
        _say(console, f"comment: {noted.comment}")


def _print_cases(console: Console, verdict: Verdict) -> None:
    if verdict.reason:
        _say(console, f"✗ {verdict.reason}")
    whole = sum(case.weight for case in verdict.cases) or 1.0
    for case in verdict.cases:
        mark = "[green]✓[/]" if case.passed else "[red]✗[/]"
        share = f"{case.weight / whole:.0%} of the mark, {case.outcome.value}"
        console.print(f"  {mark} {escape(one_line(case.title))} ({share})", highlight=False)
        for line in _reasons(case):
            console.print(f"      {escape(one_line(line))}", highlight=False)


def _reasons(case: Case) -> list[str]:
    if not case.failure:
        return []
    cause = case.failure.cause
    known = [f"why: {cause.kind} ({cause.certainty.value})"] if cause else []
    return [case.message, *known, *(f"evidence: {each}" for each in (cause.evidence if cause else ()))]


def _print_replay(console: Console, noted: Recorded, again: Replay) -> None:
    for change in again.changed or ():
        console.print(f"  [yellow]![/] changed since: {change.value}", highlight=False)
    if again.changed is None:
        _say(
            console,
            "whether anything changed since is not known: `course grade` notes that, and did not grade it",
        )
    elif not again.changed:
        _say(console, "nothing that decides the mark has changed since")
    earned = f"{again.verdict.points(noted.points):g} of {counted(noted.points, 'point')}"
    if again.agrees and not again.reworded:
        _say(console, f"[bold]replayed: {earned}; it agrees in every case and every word[/]", markup=True)
        return
    if again.agrees:
        _say(console, f"[bold]replayed: {earned}; every case ends as it did, in other words:[/]", markup=True)
    else:
        _say(console, f"[bold]replayed: {earned}; other than noted:[/] {_listed(again.moved)}", markup=True)
    _print_cases(console, again.verdict)
    if not again.agrees and again.changed == ():
        _say(
            console,
            "the answer itself gives other results each time: it draws numbers of its own, or is near a limit of time",
        )


def _listed(titles: tuple[str, ...]) -> str:
    return escape("; ".join(map(one_line, titles)))


def _say(console: Console, text: str, *, markup: bool = False) -> None:
    console.print(f"  {text if markup else escape(one_line(text))}", highlight=False)
