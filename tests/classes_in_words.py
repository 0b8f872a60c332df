"""A class in the gradebook, without running a kernel."""

from collections.abc import Iterable

import tiny

from autograder.classroom.gradebook import GradebookWriter
from autograder.classroom.journal import Journal
from autograder.course.manifest import Course
from autograder.course.template import template
from autograder.grading.job import Graded, Job
from autograder.grading.marks import write_verdicts
from autograder.sandbox.bubblewrap import Sandbox
from autograder.verdict.verdict import Case, Outcome, Verdict
from course_utils.compare import Cause, Certainty, Failure
from course_utils.course import notebooks

FLIPPED = "the sign is flipped"


def wrong(clause: str = FLIPPED) -> Case:
    return Case(
        "a batch", 1, Outcome.WRONG, Failure("dx is wrong", "dx", Cause("sign", clause, (), Certainty.LIKELY))
    )


def right() -> Case:
    return Case("a row", 1, Outcome.PASSED)


def unwritten() -> Case:
    return Case("a batch", 1, Outcome.NOT_WRITTEN, Failure("relu_backward is not written yet"))


Answers = tuple[Iterable[Case], Iterable[Case]]


def enrol(course: Course, students: dict[str, Answers]) -> Course:
    """Write the marks of a class: by student the cases of `relu_forward` (2 points) and `relu_backward` (4 points)."""
    assignment = course.assignment(tiny.NAME)
    writer, journal = GradebookWriter(course, assignment), Journal(course, assignment)
    for student, (forward, backward) in students.items():
        notebook = template(course, assignment)
        verdicts = {
            "relu_forward": Verdict("relu_forward", 1, list(forward)),
            "relu_backward": Verdict("relu_backward", 1, list(backward)),
        }
        write_verdicts(notebook, verdicts, Sandbox.BUBBLEWRAP)
        points = {question: notebooks.points(cell) for question, cell in notebooks.tests(notebook)}
        result = Graded(student, tiny.NAME, notebook, verdicts, points, sandbox=Sandbox.BUBBLEWRAP)
        writer.record(result)
        journal.write(Job(student, tiny.NAME, b"{}", course.root), result)
    return course
