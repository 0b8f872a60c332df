"""What the gradebook says of a whole class, as a report needs it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from nbgrader.api import Gradebook, MissingEntry

from autograder.course.manifest import Course
from autograder.nbgrader_bridge.feedback_marks import Marks, marks_by_student
from autograder.nbgrader_bridge.withdrawn import withdrawn


@dataclass(frozen=True)
class Standing:
    """One submission of a class.

    Attributes:
        student: id of the student.
        marks: what it earned, by grade id.
        time: when it was handed in, in UTC; None where nobody knows.
        due: when it was due, any extension included, in UTC; None where nothing is due.
    """

    student: str
    marks: Marks
    time: datetime | None = None
    due: datetime | None = None


def class_marks(course: Course, gradebook: Gradebook, assignment: str) -> list[Standing]:
    """The submissions of an assignment that count, by student."""
    gone = withdrawn(course, gradebook)
    return sorted(_standings(course, gradebook, assignment, gone), key=lambda standing: standing.student)


def names_of(gradebook: Gradebook) -> dict[str, str]:
    """The names of all students of the gradebook by id; "" where it has none."""
    return {
        str(student.id): " ".join(filter(None, (student.first_name, student.last_name)))
        for student in gradebook.students
    }


def _standings(
    course: Course, gradebook: Gradebook, assignment: str, gone: set[tuple[str, str]]
) -> Iterator[Standing]:
    try:
        submissions = gradebook.find_assignment(assignment).submissions
    except MissingEntry:  # nothing of it was ever graded
        return
    marks = marks_by_student(course, gradebook, assignment)
    for submission in submissions:
        student = str(submission.student.id)
        if (assignment, student) not in gone:
            yield Standing(
                student, marks[student], _in_utc(submission.timestamp), _in_utc(submission.duedate)
            )


def _in_utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment else None
