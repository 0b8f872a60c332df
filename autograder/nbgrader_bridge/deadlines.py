"""Due dates, extensions and the cost of being late, from the course folder into nbgrader's gradebook."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader.api import Gradebook, MissingEntry, SubmittedAssignment
from nbgrader.plugins import LateSubmissionPlugin
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Unicode

from autograder.course.extensions import read_extensions
from autograder.course.groups import groups_of
from autograder.course.lateness import Lateness, late_rule, lateness
from autograder.course.manifest import Course


class LatePenalty(LateSubmissionPlugin):
    """nbgrader's plugin that takes away what `[late]` in course.toml says; without that table, nbgrader's own."""

    course_root = Unicode(help="The folder that holds course.toml.").tag(config=True)

    def late_submission_penalty(
        self, student_id: str, score: float, total_seconds_late: float
    ) -> float | None:
        """Points to take away; see nbgrader's plugins."""
        step = self.parent
        found = lateness_of(Course(Path(self.course_root)), step.gradebook, step.assignment_id, student_id)
        if found is None:
            return super().late_submission_penalty(student_id, score, total_seconds_late)
        return found.percent / 100 * score or None


class Deadlines(NbGraderPreprocessor):
    """nbgrader's step that lets its gradebook know when a submission was due."""

    course_root = Unicode(help="The folder that holds course.toml.").tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Do this step for one notebook; see nbgrader's preprocessors."""
        about = resources["nbgrader"]
        with Gradebook(about["db_url"]) as gradebook:
            submission = gradebook.find_submission(about["assignment"], about["student"])
            tell_deadline(Course(Path(self.course_root)), submission)
            gradebook.db.commit()
        return nb, resources


@dataclass(frozen=True)
class Times:
    """Until when an assignment may be handed in, as course.toml and extensions.csv say.

    Attributes:
        due: in UTC, without a time zone, as the gradebook has it; None where nothing is said.
        until: by student what was granted, in the same form; of a group that hands in once, the latest of its members.
    """

    due: datetime | None
    until: dict[str, datetime]

    @classmethod
    def of(cls, course: Course, name: str) -> Times:
        """Those of an assignment.

        Raises:
            CourseError: a file that says it cannot be read.
        """
        due = course.due(course.assignment(name))
        granted = {
            student: until.replace(tzinfo=None)
            for (student, assignment), until in read_extensions(course).items()
            if assignment == name
        }
        latest: dict[str, datetime] = {}
        groups = groups_of(course, name)
        for student, until in granted.items():
            if group := groups.get(student):
                latest[group] = max(until, latest.get(group, until))
        of_groups = {student: latest[group] for student, group in groups.items() if group in latest}
        return cls(due.replace(tzinfo=None) if due else None, granted | of_groups)

    def told(
        self, student: str, due: datetime | None, extension: timedelta | None
    ) -> tuple[datetime | None, timedelta | None]:
        """Due date and extension of a submission that has these in the gradebook, which stay where nothing is said."""
        due = self.due or due
        until = self.until.get(student)
        return due, until - due if until and due else extension


def tell_deadline(course: Course, submission: SubmittedAssignment) -> None:
    """Let the gradebook know when a submission was due, as far as course.toml and extensions.csv say.

    What nbgrader's own commands wrote stays where they say nothing.
    """
    entry = submission.assignment
    times = Times.of(course, entry.name)
    told = times.told(submission.student_id, entry.duedate, submission.extension)
    entry.duedate, submission.extension = told


def take_extension_back(gradebook: Gradebook, assignment: str, student: str) -> None:
    """Let the gradebook forget an extension, if there is a submission that has one."""
    with suppress(MissingEntry):
        gradebook.grant_extension(assignment, student)


def lateness_of(course: Course, gradebook: Gradebook, assignment: str, student: str) -> Lateness | None:
    """How late a submission is by the course's rule; None where it has none.

    The student's other submissions spend late days in the order in which they were due.
    """
    rule = late_rule(course.manifest)
    if rule is None:
        return None
    known = [each.name for each in course.assignments]
    dues: dict[str, tuple[datetime, int, float]] = {}
    for submission in gradebook.student_submissions(student):
        if submission.assignment.duedate and submission.name in known:
            place = submission.assignment.duedate, known.index(submission.name)
            dues[submission.name] = (*place, submission.total_seconds_late)
    if assignment not in dues:
        return lateness(rule, 0.0)
    *_, seconds = dues[assignment]
    earlier = [late for *place, late in sorted(dues.values()) if tuple(place) < dues[assignment][:2]]
    return lateness(rule, seconds, earlier)
