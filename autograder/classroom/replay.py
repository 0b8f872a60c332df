"""A verdict that is doubted, replayed: the same question from the same seed, beside what was noted then."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest

from nbgrader.api import MissingEntry

from autograder.classroom.graded_notebook import verdicts_in
from autograder.classroom.journal import Change, Journal
from autograder.classroom.pool import grade_all
from autograder.classroom.submissions import find_submissions
from autograder.course.manifest import Assignment, Course
from autograder.course.template import template
from autograder.grading.job import Waiting
from autograder.nbgrader_bridge.database import exists, opened
from autograder.nbgrader_bridge.feedback_marks import marks_of
from autograder.verdict.verdict import Verdict
from course_utils.course import notebooks
from course_utils.errors import CourseError


@dataclass(frozen=True)
class Recorded:
    """What was noted of one question when it was graded last.

    Attributes:
        verdict: its cases, and the seed that their inputs were drawn from.
        points: what the question was worth.
        time: when, in UTC, as ISO 8601 has it; "" where only the graded notebook knows of it, as after `nbgrader autograde`.
        counts: what counts in the gradebook now; None where that has no such mark.
        comment: what a person wrote beside it.
    """

    verdict: Verdict
    points: float
    time: str
    counts: float | None = None
    comment: str = ""

    @property
    def earned(self) -> float:
        """The points that the verdict gives."""
        return self.verdict.points(self.points)


@dataclass(frozen=True)
class Replay:
    """What asking again came to.

    Attributes:
        verdict: what was found now.
        changed: what is another one since the mark was given; None where that is not known.
        moved: titles of the cases that ended otherwise than then, or of which there were none.
        reworded: the same cases passed and failed, but something else is said of them.
    """

    verdict: Verdict
    changed: tuple[Change, ...] | None
    moved: tuple[str, ...]
    reworded: bool

    @property
    def agrees(self) -> bool:
        """Whether every case ended as it did then."""
        return not self.moved


def recorded(course: Course, assignment: Assignment, student: str, question: str) -> Recorded | None:
    """What was noted of a student's question; None where nothing of theirs was graded here.

    Raises:
        CourseError: it was graded, and there was no such question.
    """
    known = Journal(course, assignment).history(student)
    time = known[-1][0] if known else ""
    verdicts = known[-1][1].verdicts if known else verdicts_in(course.graded_path(student, assignment))
    if not verdicts:
        return None
    if question not in verdicts:
        raise CourseError(
            f"{question} was not asked when {assignment.name} of {student} was graded: grade it again"
        )
    cells = dict(notebooks.tests(template(course, assignment)))
    worth = known[-1][1].points if known else {name: notebooks.points(cell) for name, cell in cells.items()}
    cell = notebooks.grade_id(cells[question]) if question in cells else None
    counts, comment = _in_gradebook(course, assignment, student, question, cell or "")
    return Recorded(verdicts[question], worth[question], time, counts, comment)


def replay(
    course: Course,
    assignment: Assignment,
    student: str,
    verdict: Verdict,
    *,
    unsandboxed: bool = False,
) -> Replay:
    """Run what was handed in as it was run for the mark, and ask everything from the verdict's seed; nothing is written.

    Raises:
        CourseError: nothing of the student is in `submitted/`, or it cannot be run.
    """
    found = find_submissions(course, assignment, [student], unsandboxed=unsandboxed)
    if found.refused:
        raise CourseError(found.refused[0])
    [job] = found.jobs
    journal = Journal(course, assignment)
    changed = tuple(journal.changes(job, verdict.question)) if journal.history(student) else None
    return _replayed(job, changed, verdict)


def _replayed(job: Waiting, changed: tuple[Change, ...] | None, before: Verdict) -> Replay:
    [graded] = grade_all([job.partly({}, before.seed)], workers=1)
    if graded.fault:
        raise CourseError(f"it could not be run again: {graded.fault}")
    now = graded.verdicts[before.question]
    moved = _moved(before, now)
    return Replay(now, changed, moved, not moved and before.to_dict() != now.to_dict())


def _moved(before: Verdict, now: Verdict) -> tuple[str, ...]:
    was, is_now = ([(case.title, case.outcome) for case in verdict.cases] for verdict in (before, now))
    differing = (one or other for one, other in zip_longest(was, is_now) if one != other)
    return tuple(title for title, _ in differing)


def _in_gradebook(
    course: Course, assignment: Assignment, student: str, question: str, cell: str
) -> tuple[float | None, str]:
    """What counts for a question, and what a person wrote about it."""
    if not exists(course.gradebook_url):
        return None, ""
    try:
        with opened(course.gradebook_url) as gradebook:
            marks = marks_of(course, gradebook, assignment.name, student)
    except MissingEntry:
        return None, ""
    score, *_ = marks.grades.get(cell, (None,))
    return score, marks.comments.get(question, "")
