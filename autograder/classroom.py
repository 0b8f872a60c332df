"""A class and its submissions: what was handed in, what is already graded, what remains to do."""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from autograder import notebooks, sandbox
from autograder.checking import Verdict, load_checks
from autograder.course import Assignment, Course, check_student_id
from autograder.errors import CourseError
from autograder.gradebook import GradebookWriter
from autograder.job import Graded, Job
from autograder.pool import grade_all
from autograder.rebuild import template


@dataclass
class Submissions:
    """What lies in `submitted/` for one assignment.

    Attributes:
        jobs: one for each student, in order of their ids.
        refused: a sentence for each folder that cannot be graded.
    """

    jobs: list[Job] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def find_submissions(
    course: Course,
    assignment: Assignment,
    students: list[str] | None = None,
    *,
    unsandboxed: bool = False,
) -> Submissions:
    """All submissions of an assignment, or those of some students.

    Args:
        unsandboxed: accept by name that they run without a sandbox.

    Raises:
        CourseError: there are none.
    """
    for student in students or ():
        check_student_id(student)
    found = Submissions()
    for folder in sorted((course.root / "submitted").glob(f"*/{assignment.name}")):
        student = folder.parent.name
        if students and student not in students:
            continue
        try:
            found.jobs.append(_job(course, assignment, check_student_id(student), folder, unsandboxed))
        except CourseError as error:
            found.refused.append(f"submitted/{student}: {error}")
    missing = sorted(set(students or ()) - {job.student for job in found.jobs})
    if missing or not (found.jobs or found.refused):
        who = f" from {', '.join(missing)}" if missing else ""
        raise CourseError(
            f"no submission{who} for {assignment.name}: put notebooks at submitted/<student>/{assignment.name}/{assignment.name}.ipynb"
        )
    return found


def _job(course: Course, assignment: Assignment, student: str, folder: Path, unsandboxed: bool) -> Job:
    path = folder / f"{assignment.name}.ipynb"
    return Job.read(course, assignment, student, path, unsandboxed=unsandboxed)


class Journal:
    """What is known of each graded submission, so that a rerun does only what is missing or changed."""

    def __init__(self, course: Course, assignment: Assignment):
        self._course, self._assignment = course, assignment
        self._folder = course.root / ".grading" / assignment.name
        self._version = assignment_version(course, assignment)

    def is_done(self, job: Job) -> bool:
        graded = (
            self._course.step("autograded", job.student, self._assignment) / f"{self._assignment.name}.ipynb"
        )
        entry = self._read(job.student)
        return graded.is_file() and entry.get("key") == self._key(job)

    def write(self, job: Job, graded: Graded) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        entry = {
            "key": self._key(job),
            "verdicts": {name: verdict.to_dict() for name, verdict in graded.verdicts.items()},
            "points": graded.points,
            "notes": graded.notes,
            "seconds": graded.seconds,
            "sandbox": graded.sandbox,
        }
        path = self._folder / f"{job.student}.json"
        path.with_suffix(".new").write_text(json.dumps(entry, indent=1), encoding="utf-8")
        path.with_suffix(".new").replace(path)

    def result(self, student: str) -> Graded:
        """The result of an earlier run, without its notebook."""
        entry = self._read(student)
        verdicts = {name: Verdict.from_dict(verdict) for name, verdict in entry["verdicts"].items()}
        return Graded(
            student,
            self._assignment.name,
            verdicts=verdicts,
            points=entry["points"],
            notes=entry["notes"],
            seconds=entry["seconds"],
            sandbox=entry["sandbox"],
        )

    def _key(self, job: Job) -> str:
        return f"{job.digest}:{self._version}"

    def _read(self, student: str) -> dict:
        try:
            entry = json.loads((self._folder / f"{student}.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return entry if isinstance(entry, dict) else {}


def assignment_version(course: Course, assignment: Assignment) -> str:
    """Digest of what decides a mark besides the submission: the notebook and its hidden checks."""
    digest = hashlib.sha256(notebooks.dumps(template(course, assignment)).encode())
    digest.update(course.source(assignment).read_bytes())
    checks = load_checks(assignment.checks) if assignment.checks else {}
    for check in checks.values():
        digest.update(inspect.getsource(inspect.getmodule(check.function)).encode())
    return digest.hexdigest()


def grade_class(
    course: Course,
    assignment: Assignment,
    jobs: list[Job],
    *,
    force: bool = False,
    workers: int | None = None,
) -> Iterator[Graded]:
    """Grade and record submissions; yields each result once its marks are written.

    Args:
        force: grade again what was graded before and has not changed.

    Raises:
        CourseError: the gradebook cannot be used, or there is no sandbox and that was not accepted.
    """
    for unsandboxed in {job.unsandboxed for job in jobs}:
        sandbox.require(unsandboxed)
    writer = GradebookWriter(course, assignment)
    return _grade_and_record(writer, Journal(course, assignment), jobs, force, workers)


def _grade_and_record(
    writer: GradebookWriter, journal: Journal, jobs: list[Job], force: bool, workers: int | None
) -> Iterator[Graded]:
    recorded = set() if force else writer.recorded()
    done = [job for job in jobs if job.student in recorded and journal.is_done(job)]
    for job in done:
        yield journal.result(job.student)
    by_student = {job.student: job for job in jobs if job not in done}
    for graded in grade_all(by_student.values(), workers):
        if graded.fault:
            writer.enrol(graded.student)
        else:
            writer.record(graded)
            journal.write(by_student[graded.student], graded)
        yield graded
