"""Submissions of which a run has nothing to write: asked for together, since each by itself takes a transaction and ten queries."""

from __future__ import annotations

from collections import Counter

from nbgrader.api import Grade, Gradebook, SubmittedAssignment, SubmittedNotebook
from sqlalchemy import select

from autograder.course.manifest import Assignment, Course
from autograder.grading.handed_in import TIMESTAMP, read_timestamp
from autograder.nbgrader_bridge.deadlines import Times


def settled(course: Course, gradebook: Gradebook, assignment: Assignment) -> dict[str, float]:
    """Points that a person has still to mark, by student of whom the gradebook knows time and deadline as they are now.

    Whoever is late, or has to pay for that, is not among them: what it costs is worked out for each.

    Raises:
        CourseError: a file that says until when one may hand in cannot be read.
    """
    times, entry = Times.of(course, assignment.name), gradebook.find_assignment(assignment.name)
    of_entry = SubmittedAssignment.assignment_id == entry.id
    copies = SubmittedNotebook.assignment_id == SubmittedAssignment.id
    penalties = (
        select(SubmittedAssignment.student_id)
        .join(SubmittedNotebook, copies)
        .where(of_entry, SubmittedNotebook.late_submission_penalty.is_not(None))
    )
    to_mark = (
        select(SubmittedAssignment.student_id, Grade.max_score)
        .join(SubmittedNotebook, copies)
        .join(Grade, Grade.notebook_id == SubmittedNotebook.id)
        .where(of_entry, Grade.needs_manual_grade)
    )
    paying = set(gradebook.db.execute(penalties).scalars())
    waiting: Counter[str] = Counter()
    for student, points in gradebook.db.execute(to_mark):
        waiting[student] += points
    found = {}
    for submission in gradebook.db.execute(select(SubmittedAssignment).where(of_entry)).scalars():
        student = submission.student_id
        told = times.told(student, entry.duedate, submission.extension)
        handed_in = read_timestamp(course.folder("submitted", student, assignment) / TIMESTAMP)
        as_it_is = (*told, handed_in) == (entry.duedate, submission.extension, submission.timestamp)
        if as_it_is and not submission.total_seconds_late and student not in paying:
            found[student] = float(waiting[student])
    return found
