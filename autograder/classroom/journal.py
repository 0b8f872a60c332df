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
        entry = self._read(job.student)
        return graded.is_file() and entry.get("key") == self._key(job)

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
        entry = self._read(job.student)
        if entry.get("key", "").partition(":")[0] != job.digest:
            return None
        versions = entry.get("questions", {})
        verdicts = {name: Verdict.from_dict(verdict) for name, verdict in entry["verdicts"].items()}
        return {
            name: verdict
            for name, verdict in verdicts.items()
            if name in versions and versions[name] == self.questions.get(name)
        }

    def changes(self, job: Job | Waiting, question: str) -> list[Change]:
        """What is another one since a student's last grading, as far as it has a say in one question."""
        entry = self._read(job.student)
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
        return bool(self._read(student))

    def seed(self, student: str) -> int | None:
        """What the inputs of a student's questions were drawn from."""
        verdicts = self._read(student).get("verdicts", {})
        return next((verdict["seed"] for verdict in verdicts.values()), None)

    def history(self, student: str) -> list[tuple[str, Graded]]:
        """Time and result of every grading that is known, the oldest first; the last is the one that counts."""
        entry = self._read(student)
        before = entry.get("before", [])
        known = filter(_is_whole, before if isinstance(before, list) else [])
        entries = [*known, entry] if entry else []
        return [(each.get("time", ""), _graded(student, self._assignment.name, each)) for each in entries]

    def _before(self, student: str, graded: Graded) -> list[dict[str, Any]]:
        """Earlier entries, the last one among them where its verdicts are others than these."""
        last = self._read(student)
        before = last.pop("before", [])
        before = before if isinstance(before, list) else []
        verdicts = {name: verdict.to_dict() for name, verdict in graded.verdicts.items()}
        return [*before, last] if last and last.get("verdicts") != verdicts else before

    def result(self, student: str) -> Graded:
        """The result of an earlier run, without its notebook."""
        return _graded(student, self._assignment.name, self._read(student))

    def _key(self, job: Job | Waiting) -> str:
        return f"{job.digest}:{self._version}"

    def _read(self, student: str) -> dict[str, Any]:
        try:
            entry = json.loads((self._folder / f"{student}.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return entry if _is_whole(entry) else {}


def _is_whole(entry: Any) -> bool:
    """Whether a result can be read from an entry: the file may have been damaged, or changed by hand."""
    try:
        result = _graded("", "", entry)
        texts = [
            entry.get("key", ""),
            entry.get("time", ""),
            *entry.get("questions", {}).values(),
            *result.notes,
        ]
        numbers = [
            result.seconds,
            result.score,
            result.max_score,
            *(each.seed for each in result.verdicts.values()),
        ]
        return all(isinstance(text, str) for text in texts) and all(
            isinstance(n, int | float) for n in numbers
        )
    except (AttributeError, LookupError, TypeError, ValueError):
        return False


def _graded(student: str, assignment: str, entry: dict[str, Any]) -> Graded:
    return Graded(
        student,
        assignment,
        verdicts={name: Verdict.from_dict(verdict) for name, verdict in entry["verdicts"].items()},
        points=entry["points"],
        notes=entry["notes"],
        seconds=entry["seconds"],
        handed_in=HandedIn(entry["handed_in"]),
        sandbox=Sandbox(entry["sandbox"]),
    )
