"""Collecting submissions from a folder or from the archive that a learning platform exports.

Of each student the notebook is taken, and the files that the assignment lists in `files`. Only bytes of regular files are taken, each within limits, and only to a path that is made here. What looks wrong is
refused by name and the rest is collected.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from autograder.classroom.archives import Collected, CollectLimits, Entry, Refused, read_entries, shown
from autograder.course.manifest import Assignment, Course, check_student_id
from autograder.errors import CourseError
from autograder.grading.reading import MAX_BYTES

_CANVAS = re.compile(r"(?P<name>[^_/]+)(?:_(?P<late>LATE))?_(?P<id>\d+)_\d+_(?P<file>.+)")
_MOODLE = re.compile(r"(?P<name>.+)_(?P<id>\d+)_assignsubmission_[a-z]+_?")
_ATTEMPT = re.compile(r"-(\d+)(?=\.[^.]+$)")


@dataclass(frozen=True)
class _Candidate:
    student: str
    file: str
    entry: Entry


def collect(
    course: Course,
    assignment: Assignment,
    source: Path,
    limits: CollectLimits | None = None,
) -> Collected:
    """Take the submissions of an assignment out of `source` and put them into `submitted/`.

    Understands Canvas's archive (`name_[LATE_]id_submission_file`), Moodle's (`Name_id_assignsubmission_file_/file`),
    and the plain layouts `student.ipynb`, `student/file.ipynb` and `student/assignment/file.ipynb`; folders and zip
    files alike. The time of submission is the one that the archive or the folder has for the latest of the files taken.
    What is replaced is kept in `.grading/replaced/`.

    Args:
        limits: by default a file may be as large as a notebook, or as `handed_in_bytes` of the course's limits.

    Raises:
        CourseError: `source` is neither a folder nor a zip file, or holds no submission at all.
    """
    limits = limits or CollectLimits(file_bytes=max(MAX_BYTES, course.limits.handed_in_bytes))
    result = Collected()
    with ExitStack() as opened:  # an archive is read only when its notebooks are stored
        entries = read_entries(source, limits, result, opened)
        for student, found in sorted(_by_student(_candidates(entries, assignment, result), result).items()):
            try:
                data, time = _take(found, assignment, student, result)
                _store(course, assignment, student, data, time, result)
            except Refused as refusal:
                result.refused.append((student, str(refusal)))
    if not (result.students or result.unchanged or result.refused):
        raise CourseError(
            f"{source} holds no notebook: expected student.ipynb, student/{assignment.name}.ipynb or an export of Canvas or Moodle"
        )
    return result


def _candidates(entries: Iterator[Entry], assignment: Assignment, result: Collected) -> Iterator[_Candidate]:
    for entry in entries:
        parts = PurePosixPath(entry.path).parts
        if any(part.startswith((".", "__MACOSX")) for part in parts):
            continue
        try:
            student, file = _recognise(parts, assignment)
            yield _Candidate(check_student_id(student), file, entry)
        except (Refused, CourseError) as refusal:
            result.refused.append((shown(entry.path), str(refusal)))


def _recognise(parts: tuple[str, ...], assignment: Assignment) -> tuple[str, str]:
    """Student id and file name of a path in one of the layouts."""
    folders, file = list(parts[:-1]), parts[-1]
    for folder in reversed(folders):
        if found := _MOODLE.fullmatch(folder):
            return _student(found), file
    if found := _CANVAS.fullmatch(file):
        return _student(found), found["file"]
    if folders and folders[-1] == assignment.name:
        folders.pop()
    if folders:
        return folders[-1], file
    if file.endswith(".ipynb"):
        return file.removesuffix(".ipynb"), file
    raise Refused("it is no notebook, and lies in no student's folder")


def _student(found: re.Match[str]) -> str:
    """An id from a platform's name and number: ASCII, lower case, unique by the number."""
    ascii_name = unicodedata.normalize("NFKD", found["name"]).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", ascii_name).strip("-")[:40]
    return f"{slug}_{found['id']}" if slug else found["id"]


def _by_student(candidates: Iterator[_Candidate], result: Collected) -> dict[str, list[_Candidate]]:
    found: dict[str, list[_Candidate]] = {}
    spelled: dict[str, str] = {}
    for candidate in candidates:
        folded = unicodedata.normalize("NFC", candidate.student).casefold()
        if spelled.setdefault(folded, candidate.student) != candidate.student:
            reason = f"its student id differs only in case from {spelled[folded]}, which was taken"
            result.refused.append((shown(candidate.entry.path), reason))
            continue
        found.setdefault(candidate.student, []).append(candidate)
    return found


def _take(
    found: list[_Candidate], assignment: Assignment, student: str, result: Collected
) -> tuple[dict[str, bytes], datetime]:
    """What counts of a student's files, by the name it is stored under, and when the last of it was handed in."""
    notebook = _choose(found, assignment)
    data, time = {f"{assignment.name}.ipynb": notebook.entry.read()}, notebook.entry.time
    for name, candidate in _choose_files(found, assignment, student, result).items():
        try:
            data[name] = candidate.entry.read()
        except Refused as refusal:  # costs the file, not the notebook
            result.refused.append((shown(candidate.entry.path), str(refusal)))
        else:
            time = max(time, candidate.entry.time)
    return data, time


def _choose(found: list[_Candidate], assignment: Assignment) -> _Candidate:
    """The notebook that counts: the one of the assignment's name, the last attempt of it, or the only one."""
    notebooks = [candidate for candidate in found if candidate.file.lower().endswith(".ipynb")]
    if not notebooks:
        raise Refused(f"no notebook among {', '.join(sorted(shown(c.file) for c in found))[:200]}")
    named = [
        c for c in notebooks if _ATTEMPT.sub("", c.file) in (f"{assignment.name}.ipynb", f"{c.student}.ipynb")
    ]
    if len(named or notebooks) > 1 and not named:
        names = ", ".join(sorted(shown(c.file) for c in notebooks))
        raise Refused(f"several notebooks and none is called {assignment.name}.ipynb: {names[:200]}")
    return _last(named or notebooks)


def _choose_files(
    found: list[_Candidate], assignment: Assignment, student: str, result: Collected
) -> dict[str, _Candidate]:
    """The files beside the notebook that count: those of a listed name, or the only one of its ending."""
    chosen = {}
    for name in assignment.files:
        ending = PurePosixPath(name).suffix
        named = [c for c in found if _ATTEMPT.sub("", c.file).lower() == name]
        alike = [c for c in found if PurePosixPath(c.file).suffix.lower() == ending]
        is_only_ending = [PurePosixPath(each).suffix for each in assignment.files].count(ending) == 1
        if named or (len(alike) == 1 and is_only_ending):
            chosen[name] = _last(named or alike)
        elif alike and is_only_ending:
            files = ", ".join(sorted(shown(c.file) for c in alike))
            result.refused.append(
                (student, f"none of {files[:200]} is called {name}; the notebook was taken")
            )
    return chosen


def _last(candidates: list[_Candidate]) -> _Candidate:
    return max(candidates, key=lambda c: (c.entry.time, _attempt(c.file)))


def _attempt(file: str) -> int:
    found = _ATTEMPT.search(file)
    return int(found.group(1)[:9]) if found else 0


def _store(
    course: Course,
    assignment: Assignment,
    student: str,
    data: dict[str, bytes],
    time: datetime,
    result: Collected,
) -> None:
    """Let the student's folder hold what was chosen, and that alone; what it held before is kept elsewhere."""
    folder = course.folder("submitted", student, assignment)
    paths = [folder / name for name in (f"{assignment.name}.ipynb", *assignment.files)]
    before = {path.name: path.read_bytes() for path in paths if path.is_file()}
    if before == data:
        result.unchanged.append(student)
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in before:
            if before[name] != data.get(name):
                _keep(course, assignment, student, folder / name)
        for name, content in data.items():
            new = folder / f"{name}.new"
            new.write_bytes(content)
            new.replace(folder / name)
        (folder / "timestamp.txt").write_text(f"{time:%Y-%m-%d %H:%M:%S} UTC\n")
    except OSError as error:
        raise CourseError(
            f"{folder} cannot be written ({error.strerror}): make room or make it writable"
        ) from error
    result.students.append(student)


def _keep(course: Course, assignment: Assignment, student: str, path: Path) -> None:
    kept = course.root / ".grading" / "replaced" / assignment.name
    kept.mkdir(parents=True, exist_ok=True)
    path.replace(kept / f"{student}-{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{path.name}")
