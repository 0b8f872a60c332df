"""What a worker needs of a course to grade one assignment, as one archive that is known by its digest."""

from __future__ import annotations

import io
import os
import shutil
import tomllib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from autograder.course import kept
from autograder.course.digest import digest
from autograder.course.manifest import MANIFEST, Assignment, Course
from autograder.grading.version import assignment_version
from course_utils.errors import CourseError
from course_utils.files import beside

_TIME = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Label:
    """What a parcel holds.

    Attributes:
        assignment: name of the assignment.
        digest: of the parcel's content.
        version: digest of all that decides a mark, code and packages included.
    """

    assignment: str
    digest: str
    version: str


def pack(course: Course, assignment: Assignment) -> tuple[Label, bytes]:
    """The manifest, the assignment's folder and those of what it is given, without the gradebook's address."""
    names = [assignment.name, *assignment.given]
    contents = {MANIFEST: _manifest(course).encode()}
    for name in names:
        for path in _files(course.source(course.assignment(name)).parent):
            contents[path.relative_to(course.root).as_posix()] = path.read_bytes()
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in sorted(contents.items()):
            packed.writestr(zipfile.ZipInfo(name, _TIME), content, zipfile.ZIP_DEFLATED)
    parts = (part for item in sorted(contents.items()) for part in item)
    return Label(assignment.name, digest(*parts), assignment_version(course, assignment)), archive.getvalue()


def folder(label: Label) -> Path:
    """Where a worker keeps a parcel's content."""
    return kept.cache() / "courses" / label.digest


def unpack(label: Label, archive: bytes) -> None:
    """Keep a parcel; what was there before, damaged perhaps, is replaced.

    Raises:
        OSError: it cannot be written.
    """
    place = folder(label)
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    new = beside(place)
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as packed:
            packed.extractall(new)
        shutil.rmtree(place, ignore_errors=True)
        os.replace(new, place)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _files(place: Path) -> Iterator[Path]:
    return (path for path in sorted(place.iterdir()) if path.is_file())


def _manifest(course: Course) -> str:
    """The manifest's text without the gradebook's address, which may hold a password.

    Raises:
        CourseError: the address stands where it cannot be cut out.
    """
    text = (course.root / MANIFEST).read_text(encoding="utf-8")
    lines = [line for line in text.splitlines(keepends=True) if line.partition("=")[0].strip() != "gradebook"]
    wanted = {name: value for name, value in course.manifest.items() if name != "gradebook"}
    if tomllib.loads("".join(lines)) != wanted:
        raise CourseError(f'{MANIFEST}: write gradebook = "..." on a line of its own')
    return "".join(lines)
