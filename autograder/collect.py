"""Collecting submissions from a folder or from the archive that a learning platform exports.

Only bytes of regular files are taken, each within limits, and only to a path that is made here. What looks wrong is
refused by name and the rest is collected.
"""

from __future__ import annotations

import re
import stat
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from autograder.course import Assignment, Course, check_student_id
from autograder.errors import CourseError

_CANVAS = re.compile(r"(?P<name>[^_/]+)(?:_(?P<late>LATE))?_(?P<id>\d+)_\d+_(?P<file>.+)")
_MOODLE = re.compile(r"(?P<name>.+)_(?P<id>\d+)_assignsubmission_[a-z]+_?")
_ATTEMPT = re.compile(r"-(\d+)(?=\.ipynb$)")
_CHUNK = 1 << 16


@dataclass(frozen=True)
class CollectLimits:
    """What an archive may hold.

    Attributes:
        file_bytes: size of one notebook.
        total_bytes: of all notebooks together.
        entries: number of files and folders.
        ratio: of a file's size to its compressed size, above one megabyte.
    """

    file_bytes: int = 20_000_000
    total_bytes: int = 4_000_000_000
    entries: int = 20_000
    ratio: int = 200


@dataclass
class Collected:
    """What came of a collection.

    Attributes:
        students: ids of those whose notebook was taken, in order.
        unchanged: ids of those whose notebook was there already.
        refused: (name of the file or student, reason), for all that was not.
    """

    students: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class _Entry:
    """One file of a collection: where it claims to lie, when it was handed in and how to read it."""

    path: str
    time: datetime
    read: Callable[[], bytes]


@dataclass(frozen=True)
class _Candidate:
    student: str
    file: str
    entry: _Entry


class Refused(Exception):
    """Why one file is not taken."""


def collect(
    course: Course,
    assignment: Assignment,
    source: Path,
    limits: CollectLimits | None = None,
) -> Collected:
    """Take the submissions of an assignment out of `source` and put them into `submitted/`.

    Understands Canvas's archive (`name_[LATE_]id_submission_file`), Moodle's (`Name_id_assignsubmission_file_/file`),
    and the plain layouts `student.ipynb`, `student/file.ipynb` and `student/assignment/file.ipynb`; folders and zip
    files alike. The time of submission is the one that the archive or the folder has for the file. A notebook that is replaced is kept in `.grading/replaced/`.

    Raises:
        CourseError: `source` is neither a folder nor a zip file, or holds no submission at all.
    """
    limits = limits or CollectLimits()
    result = Collected()
    with ExitStack() as opened:  # an archive is read only when its notebooks are stored
        entries = _entries(source, limits, result, opened)
        for student, found in sorted(_by_student(_candidates(entries, assignment, result), result).items()):
            try:
                chosen = _choose(found, assignment)
                _store(course, assignment, student, chosen.entry, result)
            except Refused as refusal:
                result.refused.append((student, str(refusal)))
    if not (result.students or result.unchanged or result.refused):
        raise CourseError(
            f"{source} holds no notebook: expected student.ipynb, student/{assignment.name}.ipynb or an export of Canvas or Moodle"
        )
    return result


def _entries(source: Path, limits: CollectLimits, result: Collected, opened: ExitStack) -> Iterator[_Entry]:
    if source.is_dir():
        return _folder_entries(source, limits, result)
    if zipfile.is_zipfile(source):
        return _zip_entries(opened.enter_context(zipfile.ZipFile(source)), limits, result)
    raise CourseError(f"{source} is neither a folder nor a zip file")


def _folder_entries(source: Path, limits: CollectLimits, result: Collected) -> Iterator[_Entry]:
    for number, path in enumerate(sorted(source.rglob("*"))):
        name = path.relative_to(source).as_posix()
        status = path.lstat()
        if number >= limits.entries:
            raise CourseError(f"{source} holds more than {limits.entries:,} files")
        if stat.S_ISDIR(status.st_mode):
            continue
        if not stat.S_ISREG(status.st_mode):
            result.refused.append((name, f"it is {_kind(status.st_mode)}, not a regular file"))
        elif status.st_size > limits.file_bytes:
            result.refused.append((name, _too_large(status.st_size, limits)))
        else:
            yield _Entry(name, datetime.fromtimestamp(status.st_mtime, UTC), path.read_bytes)


def _zip_entries(archive: zipfile.ZipFile, limits: CollectLimits, result: Collected) -> Iterator[_Entry]:
    infos = archive.infolist()
    if len(infos) > limits.entries:
        raise CourseError(
            f"the archive holds {len(infos):,} entries, more than the {limits.entries:,} allowed"
        )
    total = 0
    for info in infos:
        if info.is_dir():
            continue
        try:
            _check_entry(info, limits)
            total += info.file_size
            if total > limits.total_bytes:
                raise Refused(f"the archive's files add up to more than {limits.total_bytes:,} bytes")
        except Refused as refusal:
            result.refused.append((_shown(info.filename), str(refusal)))
            continue
        yield _Entry(info.filename, _zip_time(info), lambda info=info: _read_bounded(archive, info, limits))


def _check_entry(info: zipfile.ZipInfo, limits: CollectLimits) -> None:
    name, mode = info.filename, info.external_attr >> 16
    if mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        raise Refused(f"it is {_kind(mode)}, not a regular file")
    if name.startswith(("/", "\\")) or re.match(r"[A-Za-z]:", name) or "\\" in name or "\0" in name:
        raise Refused("its path is absolute or holds a backslash")
    if ".." in PurePosixPath(name).parts:
        raise Refused("its path leads out of the archive")
    if info.flag_bits & 0x1:
        raise Refused("it is encrypted")
    if name.lower().endswith((".zip", ".tar", ".gz", ".tgz", ".7z", ".rar", ".xz", ".bz2")):
        raise Refused("it is an archive within the archive; ask for the notebook itself")
    if info.file_size > limits.file_bytes:
        raise Refused(_too_large(info.file_size, limits))
    if info.file_size > 1_000_000 and info.file_size > limits.ratio * max(1, info.compress_size):
        raise Refused(f"it unpacks to more than {limits.ratio} times its size")


def _read_bounded(archive: zipfile.ZipFile, info: zipfile.ZipInfo, limits: CollectLimits) -> bytes:
    """Read an entry without believing the size that it claims."""
    parts, size = [], 0
    try:
        with archive.open(info) as file:
            while chunk := file.read(_CHUNK):
                size += len(chunk)
                if size > limits.file_bytes:
                    raise Refused(_too_large(size, limits))
                parts.append(chunk)
    except Refused:
        raise
    except Exception as error:  # BadZipFile, zlib.error, and what else a damaged entry can raise
        raise Refused(f"it cannot be unpacked ({type(error).__name__}: {error})") from error
    return b"".join(parts)


def _zip_time(info: zipfile.ZipInfo) -> datetime:
    try:
        return datetime(*info.date_time, tzinfo=UTC)
    except ValueError:
        return datetime(1980, 1, 1, tzinfo=UTC)


def _candidates(entries: Iterator[_Entry], assignment: Assignment, result: Collected) -> Iterator[_Candidate]:
    for entry in entries:
        parts = PurePosixPath(entry.path).parts
        if any(part.startswith((".", "__MACOSX")) for part in parts):
            continue
        try:
            student, file = _recognise(parts, assignment)
            yield _Candidate(check_student_id(student), file, entry)
        except (Refused, CourseError) as refusal:
            result.refused.append((_shown(entry.path), str(refusal)))


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
    raise Refused("it is no notebook")


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
            result.refused.append((_shown(candidate.entry.path), reason))
            continue
        found.setdefault(candidate.student, []).append(candidate)
    return found


def _choose(found: list[_Candidate], assignment: Assignment) -> _Candidate:
    """The notebook that counts: the one of the assignment's name, the last attempt of it, or the only one."""
    notebooks = [candidate for candidate in found if candidate.file.lower().endswith(".ipynb")]
    if not notebooks:
        raise Refused(f"no notebook among {', '.join(sorted(_shown(c.file) for c in found))[:200]}")
    named = [
        c for c in notebooks if _ATTEMPT.sub("", c.file) in (f"{assignment.name}.ipynb", f"{c.student}.ipynb")
    ]
    if len(named or notebooks) > 1 and not named:
        names = ", ".join(sorted(_shown(c.file) for c in notebooks))
        raise Refused(f"several notebooks and none is called {assignment.name}.ipynb: {names[:200]}")
    return max(named or notebooks, key=lambda c: (c.entry.time, _attempt(c.file)))


def _attempt(file: str) -> int:
    found = _ATTEMPT.search(file)
    return int(found.group(1)[:9]) if found else 0


def _store(course: Course, assignment: Assignment, student: str, entry: _Entry, result: Collected) -> None:
    data = entry.read()
    folder = course.step("submitted", student, assignment)
    path = folder / f"{assignment.name}.ipynb"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if path.is_file() and path.read_bytes() == data:
            result.unchanged.append(student)
            return
        if path.is_file():
            _keep(course, assignment, student, path)
        new = path.with_suffix(".new")
        new.write_bytes(data)
        new.replace(path)
        (folder / "timestamp.txt").write_text(f"{entry.time:%Y-%m-%d %H:%M:%S} UTC\n")
    except OSError as error:
        raise CourseError(
            f"{folder} cannot be written ({error.strerror}): make room or make it writable"
        ) from error
    result.students.append(student)


def _keep(course: Course, assignment: Assignment, student: str, path: Path) -> None:
    kept = course.root / ".grading" / "replaced" / assignment.name
    kept.mkdir(parents=True, exist_ok=True)
    path.replace(kept / f"{student}-{datetime.now(UTC):%Y%m%dT%H%M%S%f}.ipynb")


def _kind(mode: int) -> str:
    kinds = {
        stat.S_IFLNK: "a symbolic link",
        stat.S_IFCHR: "a device",
        stat.S_IFBLK: "a device",
        stat.S_IFIFO: "a pipe",
        stat.S_IFSOCK: "a socket",
    }
    return kinds.get(stat.S_IFMT(mode), "something else")


def _too_large(size: int, limits: CollectLimits) -> str:
    return f"it has {size:,} bytes, more than the {limits.file_bytes:,} that a notebook may have"


def _shown(name: str) -> str:
    """A file's name as a terminal can show it."""
    return "".join(char if char.isprintable() else "?" for char in name)[:120]
