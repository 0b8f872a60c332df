"""The files of a folder or an archive, each read within limits; what looks wrong is refused by name."""

from __future__ import annotations

import re
import stat
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path, PurePosixPath

from autograder.course.manifest import ARCHIVES
from autograder.errors import CourseError
from autograder.grading.handed_in import kind
from autograder.grading.reading import MAX_BYTES

_CHUNK = 1 << 16


@dataclass(frozen=True)
class CollectLimits:
    """What an archive may hold.

    Attributes:
        file_bytes: size of one file.
        total_bytes: of all files together.
        entries: number of files and folders.
        ratio: of a file's size to its compressed size, above one megabyte.
    """

    file_bytes: int = MAX_BYTES
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
class Entry:
    """One file of a collection: where it claims to lie, when it was handed in and how to read it."""

    path: str
    time: datetime
    read: Callable[[], bytes]


class Refused(Exception):
    """Why one file is not taken."""


def read_entries(
    source: Path, limits: CollectLimits, result: Collected, opened: ExitStack
) -> Iterator[Entry]:
    """The files of a folder or an archive; what is refused at once is put into `result`."""
    if source.is_dir():
        return _folder_entries(source, limits, result)
    if zipfile.is_zipfile(source):
        return _zip_entries(opened.enter_context(zipfile.ZipFile(source)), limits, result)
    raise CourseError(f"{source} is neither a folder nor a zip file")


def _folder_entries(source: Path, limits: CollectLimits, result: Collected) -> Iterator[Entry]:
    for number, path in enumerate(sorted(source.rglob("*"))):
        name = path.relative_to(source).as_posix()
        status = path.lstat()
        if number >= limits.entries:
            raise CourseError(f"{source} holds more than {limits.entries:,} files")
        if stat.S_ISDIR(status.st_mode):
            continue
        if not stat.S_ISREG(status.st_mode):
            result.refused.append((name, f"it is {kind(status.st_mode)}, not a regular file"))
        elif status.st_size > limits.file_bytes:
            result.refused.append((name, _too_large(status.st_size, limits)))
        else:
            yield Entry(name, datetime.fromtimestamp(status.st_mtime, UTC), path.read_bytes)


def _zip_entries(archive: zipfile.ZipFile, limits: CollectLimits, result: Collected) -> Iterator[Entry]:
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
            result.refused.append((shown(info.filename), str(refusal)))
            continue
        yield Entry(info.filename, _zip_time(info), partial(_read_bounded, archive, info, limits))


def _check_entry(info: zipfile.ZipInfo, limits: CollectLimits) -> None:
    name, mode = info.filename, info.external_attr >> 16
    if mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        raise Refused(f"it is {kind(mode)}, not a regular file")
    if name.startswith(("/", "\\")) or re.match(r"[A-Za-z]:", name) or "\\" in name or "\0" in name:
        raise Refused("its path is absolute or holds a backslash")
    if ".." in PurePosixPath(name).parts:
        raise Refused("its path leads out of the archive")
    if info.flag_bits & 0x1:
        raise Refused("it is encrypted")
    if name.lower().endswith(ARCHIVES):
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


def _too_large(size: int, limits: CollectLimits) -> str:
    return f"it has {size:,} bytes, more than the {limits.file_bytes:,} that a file may have"


def shown(name: str) -> str:
    """A file's name as a terminal can show it."""
    return "".join(char if char.isprintable() else "?" for char in name)[:120]
