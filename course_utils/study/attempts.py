"""How a question's test ended, noted for the learner who ran it."""

from __future__ import annotations

from typing import Any

from course_utils.study.desk import Chapter, Desk, desk_here
from course_utils.study.questions import Question
from course_utils.study.record import Record

# How a stub says that there is no answer yet.
NOT_WRITTEN = "not written yet"


def is_not_written(error: BaseException | None) -> bool:
    """Whether a stub has raised it."""
    return isinstance(error, NotImplementedError) and NOT_WRITTEN in str(error)


def remember(result: Any) -> None:
    """Note how a cell ended that is a question's test; others are nobody's business.

    Args:
        result: an IPython ExecutionResult.
    """
    desk = desk_here()
    found = question_tested(desk, result.info.raw_cell or "")
    if found:
        note(desk, *found, result.error_before_exec or result.error_in_exec)


def question_tested(desk: Desk, source: str) -> tuple[Chapter, Question] | None:
    """The question of the open notebook whose test a cell is."""
    here = desk.here
    for question in here.questions if here else ():
        if here and question.test and question.test.strip() == source.strip():
            return here, question
    return None


def note(desk: Desk, chapter: Chapter, question: Question, error: BaseException | None) -> None:
    """Note how a question's visible test ended; what is not written, undefined or stopped was no try."""
    if is_not_written(error) or isinstance(error, NameError | KeyboardInterrupt):
        return
    Record(desk.record_path).note(chapter.name, question.name, lambda done: done.test(error is None))
