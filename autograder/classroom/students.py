"""Students who turn out to be called otherwise, to be one and the same, or not to be there: all that is kept of them."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook, MissingEntry

from autograder.classroom.collecting.csv_files import write_csv
from autograder.classroom.collecting.roster import ROSTER, Roster
from autograder.classroom.collecting.store import kept_beside
from autograder.classroom.feedback import write_feedback
from autograder.course import extensions, groups
from autograder.course.manifest import Course, check_student_id
from autograder.nbgrader_bridge.database import exists, opened
from autograder.nbgrader_bridge.registration import hand_over_kept_marks, one_transaction
from course_utils.errors import CourseError, cannot_write

_STEPS = ("submitted", "autograded", "feedback")
_ABOUT = ("first_name", "last_name", "email", "lms_user_id")

Moves = list[tuple[Path, Path]]


def rename(course: Course, old: str, new: str) -> None:
    """Call a student otherwise: in all folders, the journal, the gradebook and the roster, or nowhere.

    Raises:
        CourseError: there is no such student, there is one of the new name, or something cannot be written.
    """
    check_student_id(new)
    _expect_known(course, old)
    if _is_known(course, new):
        raise CourseError(
            f"there is a student {new} already: if both are one, run `course student merge {old} {new}`"
        )
    _hand_over(course, old, new)


def merge(course: Course, other: str, student: str) -> None:
    """Let all that is kept of `other` be `student`'s, who is the same person.

    Raises:
        CourseError: one of them is unknown, both handed in the same assignment, or something cannot be written.
    """
    for each in (other, student):
        _expect_known(course, each)
    if other == student:
        raise CourseError(f"{student} is one student already: name two")
    if both := sorted(assignments_of(course, other) & assignments_of(course, student)):
        raise CourseError(
            f"{other} and {student} both handed in {', '.join(both)}: remove the one that does not count first, "
            f"with `course student remove NAME --assignment {both[0]}`"
        )
    _hand_over(course, other, student)


def remove(course: Course, student: str, assignment: str = "") -> None:
    """Remove all that is kept of a student, or what belongs to one assignment, for good.

    Raises:
        CourseError: there is nothing of that student, or something cannot be written.
    """
    _expect_known(course, student)
    names = {course.assignment(assignment).name} if assignment else None
    bin_ = course.root / ".grading" / f"removed-{uuid.uuid4().hex}"
    moves = [
        (source, bin_ / str(number))
        for number, (source, _) in enumerate(_moves(course, student, student, names))
    ]
    with _changed(course, moves) as gradebook:
        if gradebook:
            _forget(gradebook, student, names)
        hand_over_kept_marks(course, student, None, names)
        extensions.hand_over(course, student, None, names)
        groups.hand_over(course, student, None, names)
    shutil.rmtree(bin_, ignore_errors=True)
    _tidy(course, student)


def assignments_of(course: Course, student: str) -> set[str]:
    """Names of the assignments of which anything is kept: handed in, graded or in the gradebook."""
    found = {path.parent.name for path in _journal(course, student)}
    for folder in _folders(course, student):
        found |= {path.name for path in folder.iterdir()}
    with _gradebook(course) as gradebook:
        if gradebook and (entry := _entry(gradebook, student)):
            found |= {submission.assignment.name for submission in entry.submissions}
    return found


def _expect_known(course: Course, student: str) -> None:
    if not _is_known(course, student):
        raise CourseError(
            f"nothing is kept of a student {student!r:.80}: look into submitted/, or at `course export`"
        )


def _is_known(course: Course, student: str) -> bool:
    if Path(student).name != student or student == "..":  # no name of a folder
        return False
    if _folders(course, student):
        return True
    with _gradebook(course) as gradebook:
        return bool(gradebook and _entry(gradebook, student))


def _entry(gradebook: Gradebook, student: str) -> Any:
    try:
        return gradebook.find_student(student)
    except MissingEntry:
        return None


def _hand_over(course: Course, old: str, new: str) -> None:
    roster = course.root / ROSTER
    rows = Roster(roster).renamed(old, new) if roster.is_file() else None
    with _changed(course, _moves(course, old, new)) as gradebook:
        if gradebook and (entry := _entry(gradebook, old)):
            heir = gradebook.update_or_create_student(new)
            for name in _ABOUT:
                setattr(heir, name, getattr(heir, name) or getattr(entry, name))
            for submission in list(entry.submissions):
                submission.student = heir
            gradebook.db.flush()
            gradebook.db.expire_all()
            gradebook.db.delete(entry)
        hand_over_kept_marks(course, old, new)
        extensions.hand_over(course, old, new)
        groups.hand_over(course, old, new)
        if rows:
            write_csv(roster, rows)
    _tidy(course, old)
    for assignment in course.assignments:  # their pages say the old name
        if (course.folder("feedback", new, assignment) / f"{assignment.name}.html").is_file():
            write_feedback(course, assignment, new)


def _forget(gradebook: Gradebook, student: str, assignments: set[str] | None) -> None:
    if not (entry := _entry(gradebook, student)):
        return
    for submission in list(entry.submissions):
        if not assignments or submission.assignment.name in assignments:
            gradebook.remove_submission(submission.assignment.name, student)
    if not assignments:
        gradebook.db.expire_all()
        gradebook.remove_student(student)


def _moves(course: Course, old: str, new: str, assignments: set[str] | None = None) -> Moves:
    """Where everything of a student lies, and where it would lie under another name."""
    pairs = [
        (path, folder.with_name(new) / path.name)
        for folder in _folders(course, old)
        for path in sorted(folder.iterdir())
    ]
    pairs += [(path, path.with_name(f"{new}.json")) for path in _journal(course, old)]
    pairs += kept_beside(course, old, new)
    aside = course.root / ".grading" / "set-aside"
    pairs += [(path, path.with_name(new)) for path in sorted(aside.glob("*/*")) if path.name == old]
    return [
        (source, target)
        for source, target in pairs
        if not assignments or {source.name, source.parent.name} & assignments
    ]


def _journal(course: Course, student: str) -> list[Path]:
    paths = [course.root / ".grading" / each.name / f"{student}.json" for each in course.assignments]
    return [path for path in paths if path.is_file()]


def _tidy(course: Course, student: str) -> None:
    for folder in _folders(course, student):
        if not any(folder.iterdir()):
            folder.rmdir()


def _folders(course: Course, student: str) -> list[Path]:
    folders = [course.root / step / student for step in _STEPS]
    return [folder for folder in folders if folder.is_dir() and not folder.is_symlink()]


@contextmanager
def _gradebook(course: Course) -> Iterator[Gradebook | None]:
    """The gradebook, if there is one."""
    if not exists(course.gradebook_url):
        yield None
        return
    with opened(course.gradebook_url) as gradebook:
        yield gradebook


@contextmanager
def _changed(course: Course, moves: Moves) -> Iterator[Gradebook | None]:
    """Files at their new places and the gradebook to be changed in one transaction; all of it or nothing."""
    with _gradebook(course) as gradebook, _moved(moves):
        if gradebook is None:
            yield None
        else:
            with one_transaction(gradebook):
                yield gradebook


@contextmanager
def _moved(moves: Moves) -> Iterator[None]:
    done: Moves = []
    try:
        for source, target in moves:
            if target.exists():
                raise CourseError(f"{target} is in the way: move it, and try again")
            target.parent.mkdir(parents=True, exist_ok=True)
            source.rename(target)
            done.append((source, target))
        yield
    except BaseException as error:
        for source, target in reversed(done):
            target.rename(source)
        for _, target in moves:  # folders that were made for them
            with suppress(OSError):
                target.parent.rmdir()
        if isinstance(error, OSError):
            raise CourseError(cannot_write(error)) from error
        raise
