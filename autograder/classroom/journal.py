"""What is known of each graded submission, so that a rerun does only what is missing or changed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from autograder.course.manifest import Assignment, Course
from autograder.grading.job import Graded, Job, Waiting
from autograder.grading.question_versions import question_versions
from autograder.grading.version import assignment_version
from autograder.sandbox.bubblewrap import Sandbox
from autograder.verdict.verdict import Verdict
from course_utils.files import replaced
from course_utils.submission.rebuild import HandedIn


class Change(StrEnum):
    """What decides a mark and may be another one since it was given."""

    SUBMISSION = "what was handed in"
    CHECK = "the question's check, test or solution"
    PROGRAMS = (
        "what is part of every question: the programs, the limits, the given functions, Python or NumPy"
    )


class Journal:
    """What is known of each graded submission, so that a rerun does only what is missing or changed.

    Attributes:
        questions: by question, the digest of what decides its mark now.
    """

    def __init__(self, course: Course, assignment: Assignment):
        self._course, self._assignment = course, assignment
        self._folder = course.root / ".grading" / assignment.name
        self._version = assignment_version(course, assignment)
        self.questions = question_versions(course, assignment)

    def is_done(self, job: Job | Waiting) -> bool:
        """Whether the same submission was graded by the same course, and its graded notebook is still there."""
        graded = self._course.graded_path(job.student, self._assignment)
        return graded.is_file() and self._read(job.student)[0].get("key") == self._key(job)

    def write(self, job: Job | Waiting, graded: Graded) -> None:
        """Note the result of a job; all of it or nothing."""
        self._folder.mkdir(parents=True, exist_ok=True)
        entry = {
            "key": self._key(job),
            "questions": self.questions,
            "time": datetime.now(UTC).isoformat(timespec="seconds"),
            "verdicts": {name: verdict.to_dict() for name, verdict in graded.verdicts.items()},
            "points": graded.points,
            "notes": graded.notes,
            "seconds": graded.seconds,
            "handed_in": graded.handed_in,
            "sandbox": graded.sandbox,
            "before": self._before(job.student, graded),
        }
        path = self._folder / f"{job.student}.json"
        with replaced(path) as file:
            file.write(json.dumps(entry))

    def standing(self, job: Job | Waiting) -> dict[str, Verdict] | None:
        """Verdicts on the same submission that no correction has touched, by question; None where nothing can stand."""
        entry, result = self._read(job.student)
        if result is None or entry.get("key", "").partition(":")[0] != job.digest:
            return None
        versions = entry.get("questions", {})
        return {
            name: verdict
            for name, verdict in result.verdicts.items()
            if name in versions and versions[name] == self.questions.get(name)
        }

    def changes(self, job: Job | Waiting, question: str) -> list[Change]:
        """What is another one since a student's last grading, as far as it has a say in one question."""
        entry, _ = self._read(job.student)
        before = entry.get("questions", {}).get(question, "").partition(":")
        now = self.questions[question].partition(":")
        same = {
            Change.SUBMISSION: entry.get("key", "").partition(":")[0] == job.digest,
            Change.CHECK: before[2] == now[2],
            Change.PROGRAMS: before[0] == now[0],
        }
        return [change for change in Change if not same[change]]

    def knows(self, student: str) -> bool:
        """Whether something of a student's was graded before."""
        return self._read(student)[1] is not None

    def seed(self, student: str) -> int | None:
        """What the inputs of a student's questions were drawn from."""
        _, result = self._read(student)
        return next((verdict.seed for verdict in result.verdicts.values()), None) if result else None

    def history(self, student: str) -> list[tuple[str, Graded]]:
        """Time and result of every grading that is known, the oldest first; the last is the one that counts."""
        entry, last = self._read(student)
        if last is None:
            return []
        before = [(each, self._result(student, each)) for each in _past(entry)]
        known = [*before, (entry, last)]
        return [(each.get("time", ""), result) for each, result in known if result]

    def _before(self, student: str, graded: Graded) -> list[dict[str, Any]]:
        """Earlier entries, the last one among them where its verdicts are others than these."""
        last, _ = self._read(student)
        before = _past(last)
        last.pop("before", None)
        verdicts = {name: verdict.to_dict() for name, verdict in graded.verdicts.items()}
        return [*before, last] if last and last.get("verdicts") != verdicts else before

    def result(self, student: str) -> Graded:
        """The result of an earlier run, without its notebook.

        Raises:
            LookupError: there was none.
        """
        _, result = self._read(student)
        if result is None:
            raise LookupError(student)
        return result

    def _key(self, job: Job | Waiting) -> str:
        return f"{job.digest}:{self._version}"

    def _read(self, student: str) -> tuple[dict[str, Any], Graded | None]:
        """A student's entry and the result in it; an empty one and None where there is none that can be read."""
        try:
            entry = json.loads((self._folder / f"{student}.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}, None
        result = self._result(student, entry)
        return (entry, result) if result else ({}, None)

    def _result(self, student: str, entry: Any) -> Graded | None:
        """The result in an entry; None where it was damaged, or changed by hand."""
        try:
            result = Graded(
                student,
                self._assignment.name,
                verdicts={name: Verdict.from_dict(verdict) for name, verdict in entry["verdicts"].items()},
                points=entry["points"],
                notes=entry["notes"],
                seconds=entry["seconds"],
                handed_in=HandedIn(entry["handed_in"]),
                sandbox=Sandbox(entry["sandbox"]),
            )
            seeds = [verdict.seed for verdict in result.verdicts.values()]
            numbers = [result.seconds, result.score, result.max_score, *seeds]
            versions = entry.get("questions", {}).values()
            texts = [entry.get("key", ""), entry.get("time", ""), *versions, *result.notes]
        except (AttributeError, LookupError, TypeError, ValueError):
            return None
        are_numbers = all(isinstance(number, int | float) for number in numbers)
        return result if are_numbers and all(isinstance(text, str) for text in texts) else None


def _past(entry: dict[str, Any]) -> list[Any]:
    """The entries before one."""
    before = entry.get("before", [])
    return before if isinstance(before, list) else []
