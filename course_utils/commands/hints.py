"""`course hint`: from a nudge to almost the answer."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape

from course_utils.course.manifest import Course
from course_utils.course.workspace import hints, notebooks_that_ask, questions_of
from course_utils.errors import CourseError


def tell(console: Console, course: Course, question: str, more: int, within: str | None) -> None:
    """Print the first hints of a question, and how to see the next.

    Args:
        more: how many hints after the first.
        within: the assignment that asks; the first one by default.

    Raises:
        CourseError: there is no such question, or no hint on it.
    """
    found = hints(course, question, within)
    first, *others = notebooks_that_ask(course, question)
    if others and not within:
        also = " or ".join(f"--in {name}" for name in others)
        console.print(f"[dim]as {first} asks it; for another notebook: {also}[/]\n")
    for title, text in found[: more + 1]:
        console.print(f"[bold]{escape(title)}[/]\n{escape(text)}\n", highlight=False)
    if more + 1 < len(found):
        chosen = f"--in {within} " if within else ""
        console.print(f"[dim]more: course hint {question} {chosen}{'-m ' * (more + 1)}[/]")


def list_questions(console: Console, course: Course, within: str | None) -> None:
    """Print the questions that have hints, notebook by notebook.

    Raises:
        CourseError: no notebook has any.
    """
    listed: dict[str, list[str]] = {}
    for assignment, question in questions_of(course, within):
        if question.hints:
            count = len(question.hints)
            listed.setdefault(assignment.name, []).append(
                f"  {escape(question.name)} [dim]{count} hint{'s' * (count > 1)}[/]"
            )
    if not listed:
        raise CourseError(f"there are no hints in {within or 'this course'}")
    for name, lines in listed.items():
        console.print(f"[bold]{name}[/]", *lines, sep="\n", highlight=False)
    console.print("\n[dim]a hint: course hint NAME[/]")
