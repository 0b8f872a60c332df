"""What else helps with a question: one line that says what to call."""

from __future__ import annotations

from course_utils.study.desk import StudyError, desk_here
from course_utils.study.record import Done, Record


def offer(name: str) -> str:
    """The call that helps on with a question: its next hint, then the solution; "" where there is neither."""
    desk = desk_here()
    try:
        chapter, question = desk.find(name)
    except StudyError:
        return ""
    done = Record(desk.record_path).of(chapter.name).get(name, Done())
    left = len(question.hints) - done.hints
    if left > 0:
        which = "the next hint" if done.hints else "a hint"
        return f'hint("{name}") has {which}'
    return f'solution("{name}") shows how we would write it' if chapter.solution and done.tried else ""
