"""Feedback for a class: a page for each graded submission."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from autograder.classroom.forking import forked_from, safe_path, undisturbed
from autograder.course.manifest import Assignment, Course
from autograder.grading.handed_in import TIMESTAMP, NotAFile, read_regular
from autograder.nbgrader_bridge import feedback_page
from autograder.nbgrader_bridge.database import opened
from autograder.nbgrader_bridge.feedback_marks import Marks, marks_by_student, put_into
from autograder.nbgrader_bridge.withdrawn import withdrawn
from autograder.verdict import render
from course_utils.course import notebooks
from course_utils.errors import CourseError, cannot_write
from course_utils.files import replaced

# From here on the start of more processes is worth it.
_MANY = 30
_MODE = 0o644
_NOTES = (TIMESTAMP, "submission_secret.txt")
_NOTE_BYTES = 200  # the secret has 128


@dataclass
class Feedback:
    """What was written, and for whom nothing.

    Attributes:
        pages: paths of the pages.
        fresh: how many of them were made now; the others say what they said.
        skipped: why there is none, by student.
    """

    pages: list[Path] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    fresh: int = 0


@dataclass(frozen=True)
class _Page:
    """A page to be made, all of it picklable."""

    student: str
    assignment: str
    graded: Path
    target: Path
    marks: Marks

    @property
    def is_written(self) -> bool:
        """Whether the page is there and says what it would say now."""
        try:
            with self.target.open("rb") as file:
                file.seek(-len(self._mark()), os.SEEK_END)
                return file.read() == self._mark()
        except OSError:
            return False

    def write(self) -> None:
        """Make it."""
        notebook = notebooks.read(self.graded)
        put_into(notebook, self.marks)
        about = self.marks.to_dict() | {"assignment": self.assignment, "student": self.student}
        self.target.parent.mkdir(parents=True, exist_ok=True)
        with replaced(self.target, mode=_MODE) as file:
            file.write(feedback_page.render(notebook, about) + self._mark().decode())

    def _mark(self) -> bytes:
        """The end of a page: a digest of all that it says."""
        said = json.dumps([self.student, self.assignment, self.marks.to_dict(), _code()])
        digest = hashlib.sha256(self.graded.read_bytes() + said.encode()).hexdigest()
        return f"\n<!-- made of {digest} -->\n".encode()


def write_feedback(course: Course, assignment: Assignment, student: str = "*") -> Feedback:
    """Write the feedback pages of an assignment's graded submissions, as far as they would say anything new.

    Raises:
        CourseError: nothing is graded yet, or a page could not be written.
    """
    graded = {path.parent.parent.name for path in _graded(course, assignment, student)}
    if not graded:
        what = "nothing" if student == "*" else f"nothing of a student {student}"
        raise CourseError(
            f"{what} is graded to give feedback on: grade first with `course grade {assignment.name}`"
        )
    skipped = {name: why for name, why in _skipped(course, assignment, graded).items() if name in graded}
    pages = list(_pages(course, assignment, sorted(graded - set(skipped))))
    new = [page for page in pages if not page.is_written]
    target = course.root / "feedback"
    if new and target.is_dir() and not os.access(target, os.W_OK):
        raise CourseError(f"{target} cannot be written: make it writable")
    try:
        _write(new)
        for page in pages:
            _copy_notes(course.folder("submitted", page.student, assignment), page.target.parent)
    except OSError as error:
        raise CourseError(cannot_write(error)) from error
    return Feedback([page.target for page in pages], skipped, len(new))


def _copy_notes(submitted: Path, target: Path) -> None:
    """Let what nbgrader's exchange noted of a submission lie beside its page, where `nbgrader release_feedback` reads it."""
    for name in _NOTES:
        copy = target / name
        try:
            content = read_regular(submitted / name, _NOTE_BYTES)
        except (FileNotFoundError, NotADirectoryError, NotAFile):
            content = b""
        if not content or len(content) > _NOTE_BYTES:
            copy.unlink(missing_ok=True)
        elif not copy.is_file() or copy.read_bytes() != content:
            with replaced(copy) as file:
                file.write(content.decode("utf-8", "replace"))


def _pages(course: Course, assignment: Assignment, students: list[str]) -> Iterator[_Page]:
    with opened(course.gradebook_url) as gradebook:
        marks = marks_by_student(course, gradebook, assignment.name)
    for name in students:
        target = course.folder("feedback", name, assignment) / f"{assignment.name}.html"
        yield _Page(name, assignment.name, course.graded_path(name, assignment), target, marks[name])


def _write(pages: list[_Page]) -> None:
    if len(pages) < _MANY:
        for page in pages:
            page.write()
        return
    with safe_path(), ProcessPoolExecutor(os.cpu_count(), mp_context=forked_from(__name__)) as workers:
        try:
            with undisturbed():  # who was just forked would look for queues that are gone
                written = workers.map(_Page.write, pages, chunksize=4)
            list(written)
        finally:
            workers.shutdown(cancel_futures=True)


@lru_cache(maxsize=1)
def _code() -> str:
    """Digest of the code that makes pages."""
    rooms = (Path(feedback_page.__file__).parent, Path(render.__file__).parent)
    files = sorted(path for room in rooms for path in room.rglob("*") if path.suffix in (".py", ".html"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


def _graded(course: Course, assignment: Assignment, student: str) -> list[Path]:
    return list((course.root / "autograded").glob(f"{student}/{assignment.name}/{assignment.name}.ipynb"))


def _skipped(course: Course, assignment: Assignment, graded: set[str]) -> dict[str, str]:
    with opened(course.gradebook_url) as gradebook:
        known = {each.student.id for each in gradebook.assignment_submissions(assignment.name)}
        gone = {student for name, student in withdrawn(course, gradebook) if name == assignment.name}
    skipped = dict.fromkeys(gone, "was withdrawn: nothing lies in submitted/ any more")
    return skipped | dict.fromkeys(
        graded - known, "has no marks in the gradebook: grade again, or remove the folder from autograded/"
    )
