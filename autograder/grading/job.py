"""One submission is one pure job: bytes in, a graded notebook and its verdicts out; no gradebook, no course state."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from pathlib import Path

from nbformat.notebooknode import NotebookNode

from autograder.course.manifest import Assignment, Course
from autograder.course.template import template
from autograder.grading.handed_in import Files, NotAFile, read_files, read_regular
from autograder.grading.kernels import begin_source
from autograder.grading.marks import write_verdicts
from autograder.grading.rebuild import rebuild
from autograder.grading.run import run_notebook
from autograder.limits import GradingLimits
from autograder.sandbox.bubblewrap import Sandbox, require
from autograder.verdict.render import summary
from autograder.verdict.verdict import Verdict
from course_utils.course import notebooks
from course_utils.errors import CourseError
from course_utils.submission.reading import MAX_BYTES
from course_utils.submission.rebuild import HandedIn
from course_utils.text import counted

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Job:
    """What is needed to grade one submission, all of it picklable.

    Attributes:
        student: id of the student.
        assignment: name of the assignment.
        submission: the file that was handed in, or None when there is none.
        course_root: the course folder.
        seed: what hidden inputs are drawn from; random by default, and kept in the result.
        limits: what the submission may cost.
        unsandboxed: accept by name that student code runs without a sandbox.
        files: what was handed in beside the notebook.
        cold: run it in a sandbox of its own, not in one that is forked from a source.
        kept: verdicts that stand, by question, so that those are not asked again.
    """

    student: str
    assignment: str
    submission: bytes | None
    course_root: Path
    seed: int | None = None
    limits: GradingLimits = field(default_factory=GradingLimits)
    unsandboxed: bool = False
    files: Files = field(default_factory=Files)
    cold: bool = False
    kept: dict[str, Verdict] = field(default_factory=dict)

    @classmethod
    def read(
        cls,
        course: Course,
        assignment: Assignment,
        student: str,
        path: Path,
        *,
        seed: int | None = None,
        unsandboxed: bool = False,
        cold: bool = False,
    ) -> Job:
        """The job of grading a notebook file and the assignment's files beside it.

        Raises:
            CourseError: one of them cannot be read, or the notebook is no file.
        """
        try:
            submission = read_regular(path, MAX_BYTES)
        except FileNotFoundError:
            submission = None
        except NotAFile as found:
            raise CourseError(f"the notebook is {found}, not a file; it was left alone") from found
        except OSError as error:
            raise CourseError(f"the notebook cannot be read ({error.strerror}); make it readable") from error
        if path.parent.is_symlink() or path.parent.parent.is_symlink():
            raise CourseError("the folder is a link; it was left alone")
        limits = course.limits
        files = read_files(path.parent, assignment.files, limits.handed_in_bytes)
        return cls(student, assignment.name, submission, course.root, seed, limits, unsandboxed, files, cold)

    def load(self) -> Job:
        """This job; see `Waiting.load`."""
        return self

    def partly(self, kept: dict[str, Verdict], seed: int | None) -> Job:
        """The same, with verdicts that stand; see `Waiting.partly`."""
        return replace(self, kept=kept, seed=seed)

    def seeded(self, seed: int) -> Job:
        """The same, its inputs drawn from this seed unless it has one; see `Waiting.seeded`."""
        return self if self.seed is not None else replace(self, seed=seed)

    @property
    def digest(self) -> str:
        """Digest of what was handed in."""
        digest = hashlib.sha256(self.submission or b"")
        for name, content in sorted(self.files.contents.items()):
            digest.update(f"\0{name}\0{len(content)}\0".encode() + content)
        digest.update("".join(self.files.notes).encode())
        return digest.hexdigest()


@dataclass(frozen=True)
class Waiting:
    """A job whose turn has not come: where it lies, and what lay there when it was looked at.

    Attributes:
        student: id of the student.
        assignment: name of the assignment.
        digest: of what was handed in.
        unsandboxed: accept by name that student code runs without a sandbox.
    """

    student: str
    assignment: str
    digest: str
    unsandboxed: bool
    _is_there: bool
    _read: Callable[[], Job]

    @classmethod
    def look(cls, course: Course, assignment: Assignment, student: str, path: Path, **how: bool) -> Waiting:
        """Look at a notebook file and the assignment's files beside it.

        Raises:
            CourseError: as `Job.read`.
        """
        read = partial(Job.read, course, assignment, student, path, **how)
        job = read()
        is_there = job.submission is not None
        return cls(student, assignment.name, job.digest, job.unsandboxed, is_there, read)

    def partly(self, kept: dict[str, Verdict], seed: int | None) -> Waiting:
        """The same, with verdicts that stand, so that those questions are not asked again."""
        read = self._read
        return replace(self, _read=lambda: read().partly(kept, seed))

    def seeded(self, seed: int) -> Waiting:
        """The same, its inputs drawn from this seed unless it has one."""
        read = self._read
        return replace(self, _read=lambda: read().seeded(seed))

    def load(self) -> Job:
        """Read the job.

        Raises:
            CourseError: it is gone or cannot be read any more.
        """
        job = self._read()
        if self._is_there and job.submission is None:
            raise CourseError("its notebook was there and is gone: put it back, or run this again without it")
        return job


@dataclass
class Graded:
    """The result of a job.

    Attributes:
        notebook: the graded notebook, verdicts in place of outputs, or None after a fault of the machine.
        verdicts: by question, in the notebook's order.
        points: maximum points by question.
        notes: what was missing, doubled or changed in the submission.
        handed_in: whether anything could be taken from the submission.
        sandbox: what student code ran in.
        fault: why there is no mark: a fault of the machine, never of the student.
        seconds: wall time of the job.
        waiting: points of answers that a person has still to mark; known once the marks are written down.
        moved: what counted before and what counts now, by question, where a submission was graded anew
    """

    student: str
    assignment: str
    notebook: NotebookNode | None = None
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    points: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    handed_in: HandedIn = HandedIn.READ
    sandbox: Sandbox | None = None
    fault: str = ""
    seconds: float = 0.0
    waiting: float = 0.0
    moved: dict[str, tuple[float, float]] = field(default_factory=dict)

    @property
    def score(self) -> float:
        """Points earned in automatically marked questions."""
        return round(sum(verdict.points(self.points[name]) for name, verdict in self.verdicts.items()), 2)

    @property
    def max_score(self) -> float:
        """Points of all automatically marked questions."""
        return sum(self.points.values())

    def why(self) -> str:
        """One sentence: what stands between this submission and full marks."""
        if self.fault:
            return f"not graded: {self.fault}"
        if self.handed_in is not HandedIn.READ:
            return self.notes[0]
        missed = [verdict for verdict in self.verdicts.values() if verdict.fraction < 1]
        if not missed:
            return self.notes[0] if self.notes else self._all_correct()
        tried = [verdict for verdict in missed if verdict.attempted]
        if not tried and len(missed) == len(self.verdicts):
            return missed[0].reason or "nothing is written yet"
        worst = tried[0] if tried else missed[0]
        more = f" (and {len(missed) - 1} more)" if len(missed) > 1 else ""
        return f"{worst.question}: {summary(worst)}{more}"

    def _all_correct(self) -> str:
        if not self.waiting:
            return "all correct"
        return f"all correct so far; still to be marked by hand: {counted(self.waiting, 'point')}"


@lru_cache(maxsize=8)
def _template(course: Course, name: str) -> NotebookNode:
    return template(course, course.assignment(name))


def prepare(course: Course, name: str) -> None:
    """Load what every job of an assignment needs, so that forked workers share it."""
    from autograder.course.reference import load_reference
    from autograder.verdict.check import load_checks

    assignment = course.assignment(name)
    _template(course, name)
    load_reference(name, course)
    if assignment.checks:
        load_checks(assignment.checks)


def get_ready(course: Course, name: str, *, cold: bool) -> None:
    """Have all that the first job of an assignment needs, before it comes; what cannot be had will be said of the job.

    Args:
        cold: no kernel will be forked from a source.
    """
    prepare(course, name)
    if not cold:
        begin_source(course)


def grade(job: Job) -> Graded:
    """Grade one submission; every submission ends with marks or a stated reason, whatever it contains.

    Raises:
        CourseError: a fault of the machine, for example a kernel that does not start; or there is no sandbox on this
            machine, and that was not accepted.
    """
    used = require(job.unsandboxed)
    course = Course(job.course_root)
    assignment = course.assignment(job.assignment)
    base = _template(course, job.assignment)
    rebuilt = rebuild(base, job.submission, job.files.notes, job.limits.reading)
    questions = {question: notebooks.points(cell) for question, cell in notebooks.tests(base)}
    if rebuilt.reason:
        verdicts = {name: Verdict(name, job.seed or 0, reason=rebuilt.reason) for name in questions}
    else:
        verdicts = run_notebook(
            rebuilt.notebook,
            course,
            assignment,
            files=job.files.contents,
            seed=job.seed,
            limits=job.limits,
            unsandboxed=job.unsandboxed,
            cold=job.cold,
            without=job.kept,
        )
        verdicts = {name: job.kept.get(name) or verdicts[name] for name in questions}
    write_verdicts(rebuilt.notebook, verdicts, used)
    return Graded(
        job.student,
        job.assignment,
        rebuilt.notebook,
        verdicts,
        questions,
        rebuilt.notes,
        rebuilt.handed_in,
        used,
    )
