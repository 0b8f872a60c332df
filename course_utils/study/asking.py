"""What a learner asks for in a notebook: `check`, `hint`, `solution`, `progress`, `submit`.

Where a grader runs the notebook they do nothing, so that they may stand in any cell.
"""

from __future__ import annotations

import inspect
import linecache
import os
import subprocess
import sys
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec

from course_utils.study import panel
from course_utils.study.attempts import note
from course_utils.study.desk import Chapter, StudyError, desk_here
from course_utils.study.offers import offer
from course_utils.study.questions import TEST_FILE, Question, read_questions
from course_utils.study.record import Done, Record
from course_utils.study.show import show

P = ParamSpec("P")
_UTF8 = {"PYTHONIOENCODING": "utf-8", "COLUMNS": "100"}
# A kernel asks for colours, as if what it starts had a terminal; that would draw what turns, turn by turn.
_NO_TERMINAL = {"FORCE_COLOR": ""}


def _not_where_graded(function: Callable[P, None]) -> Callable[P, None]:
    @wraps(function)
    def asked(*args: P.args, **kwargs: P.kwargs) -> None:
        from course_utils.grading import SOCKET_VARIABLE  # needs NumPy, and a terminal's hint does not

        if SOCKET_VARIABLE not in os.environ:
            function(*args, **kwargs)

    return asked


@_not_where_graded
def check(name: str) -> None:
    """Test your answer to a question: with the visible test, then with the hidden checks where they are.

    Args:
        name: the function or class, for example "affine_backward".

    Raises:
        StudyError: there is no such question, or it has no test.
        Exception: what the visible test raised.
    """
    desk = desk_here()
    chapter, question = desk.find(name)
    if not question.test:
        who = "a person marks it" if question.in_words else "call it and look"
        raise StudyError(f"{name} has no test: {who}")
    namespace = sys.modules["__main__"].__dict__
    if name not in namespace:
        raise NameError(f"name {name!r} is not defined", name=name)
    try:
        _run(question, namespace)
    except BaseException as error:
        note(desk, chapter, question, error)
        raise
    note(desk, chapter, question, None)
    print(f"✓ {name} passes its visible test")
    _check_hidden(chapter, question, Record(desk.record_path))


def _run(question: Question, namespace: dict[str, Any]) -> None:
    filename = TEST_FILE.format(question.name)
    lines = question.test.splitlines(keepends=True)
    linecache.cache[filename] = (len(question.test), None, lines, filename)
    exec(compile(question.test, filename, "exec"), namespace)


def _check_hidden(chapter: Chapter, question: Question, record: Record) -> None:
    from course_utils.grading import grade

    if not question.points:
        return
    if not chapter.solution:
        print("The hidden checks run when your notebook is graded.")
        return
    earned = grade(question.name)
    if earned is None:
        return
    record.note(chapter.name, question.name, lambda done: done.mark(earned))
    print(f"{round(earned * question.points, 2):g} of {question.points:g} points")
    if earned < 1 and (help_there := offer(question.name)):
        print(help_there)


@_not_where_graded
def hint(name: str = "") -> None:
    """Show a hint on a question, with each call one more; without a name, list the questions that have hints.

    Args:
        name: the function or class, for example "affine_backward".

    Raises:
        StudyError: there is no such question, or no hint on it.
    """
    desk = desk_here()
    if not name:
        show(_list_of_hints(desk.here or desk.find(name)[0]))
        return
    chapter, question = desk.find(name)
    if not question.hints:
        raise StudyError(f"there is no hint on {name}; read its section, {question.section}, again")

    def one_more(done: Done) -> None:
        done.hints = min(done.hints + 1, len(question.hints))

    seen = Record(desk.record_path).note(chapter.name, name, one_more).hints
    parts = [f"**{hint.title}**\n\n{hint.text}" for hint in question.hints[:seen]]
    left = len(question.hints) - seen
    solution_there = f'; solution("{name}") shows ours' if chapter.solution else ""
    end = (
        f'`hint("{name}")` again has the next ({left} left).'
        if left
        else f"That was the last hint{solution_there}."
    )
    show("\n\n".join([*parts, end]))


def _list_of_hints(chapter: Chapter) -> str:
    lines = [
        f'- `hint("{question.name}")`: {len(question.hints)}, in section {question.section}'
        for question in chapter.questions
        if question.hints
    ]
    return (
        "\n".join([f"Hints in {chapter.title}:", "", *lines])
        if lines
        else f"There are no hints in {chapter.title}."
    )


@_not_where_graded
def solution(name: str) -> None:
    """Show how we would write the answer to a question, after you have tried.

    Args:
        name: the function or class, for example "affine_backward".

    Raises:
        StudyError: there is no such question, no solution in this folder, or no try of yours yet.
    """
    desk = desk_here()
    chapter, question = desk.find(name)
    if not chapter.solution:
        raise StudyError(
            f'the solutions are not in this folder; hint("{name}") helps with less than all of it'
        )
    record = Record(desk.record_path)
    if question.in_words:
        if not desk.has_answer(chapter, question):
            raise StudyError(
                f"a model answer is shown after one of yours: write it into {name}, save the notebook, ask again"
            )
    elif not record.of(chapter.name).get(name, Done()).tried and not _is_written(question):
        raise StudyError(
            f"a solution is shown after a try of yours: write something into {name}, run its cell, ask again"
        )
    ours = next(each for each in read_questions(chapter.solution) if each.name == name)

    def seen(done: Done) -> None:
        done.solution = True

    record.note(chapter.name, name, seen)
    show("One way to write it; other ways are as right.\n\n" + ours.as_markdown())


def _is_written(question: Question) -> bool:
    """Whether the kernel holds something else than the stub under a question's name."""
    value = sys.modules["__main__"].__dict__.get(question.name)
    try:
        return value is not None and inspect.getsource(value).strip() not in question.source
    except (OSError, TypeError):
        return True


@_not_where_graded
def progress() -> None:
    """Show the points so far, over the whole course and question by question in the notebook that is open."""
    desk = desk_here()
    rows = panel.rows_of(desk, Record(desk.record_path))
    if not rows:
        raise StudyError(f"no notebook with points lies in {desk.folder}: open one of the course's folder")
    show(panel.as_text(rows, desk.here), panel.as_html(rows, desk.here))


@_not_where_graded
def submit() -> None:
    """Look over the notebook that is open, as it is saved, and write the file to hand in, as `course submit` does."""
    here = desk_here().here
    if here is None:
        print("Nothing is handed in from here: open the notebook in the course's folder, under work/.")
        return
    command = [sys.executable, "-m", "course_utils.cli", "submit", f"{here.name}.ipynb", "--in", here.name]
    done = subprocess.run(
        command,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        env=_UTF8 | os.environ | _NO_TERMINAL,
    )
    print(done.stdout + done.stderr)
