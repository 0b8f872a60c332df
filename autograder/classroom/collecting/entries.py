"""The files of a folder or an archive, each read within limits; what looks wrong is refused by name."""

from __future__ import annotations

import os
import re
import stat
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from autograder.course.manifest import ARCHIVES
from autograder.grading.handed_in import NotAFile, kind, read_regular
from course_utils.errors import CourseError
from course_utils.submission.reading import MAX_BYTES
from course_utils.text import shown

Refusals = list[tuple[str, str]]

_CHUNK = 1 << 16
_NAME_CHARACTERS = 255
_UTF8 = 0x800  # the flag of an entry whose name is UTF-8
ARCHIVE_WITHIN = "it is an archive within the archive; ask for the notebook itself"
# What Moodle puts behind a name, which may begin with a dot.
_OF_SOMEBODY = "_assignsubmission_"
# What systems and editors leave in folders; nobody handed it in.
_LEFT_BEHIND = ("__macosx", "__pycache__", "thumbs.db", "desktop.ini")


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


@dataclass(frozen=True)
class Entry:
    """One file of a collection.

    Attributes:
        parts: the names of its folders, from the outermost, and its own.
        read: its bytes; raises `Refused` for what is no regular file, too large, damaged or an archive.
        packed: its bytes, an archive's as well.
    """

    parts: tuple[str, ...]
    read: Callable[[], bytes]
    packed: Callable[[], bytes] | None = None

    @property
    def path(self) -> str:
        """Where it lies, as a terminal can show it."""
        return shown("/".join(self.parts))


class Refused(Exception):
    """Why one file or one student is not taken."""


def read_entries(source: Path, limits: CollectLimits, refused: Refusals, opened: ExitStack) -> list[Entry]:
    """The files of a folder or an archive.

    Args:
        refused: gets (name, reason) for each file of which nobody can say where it lies.
        opened: keeps the archive open, since files are read later.

    Raises:
        CourseError: `source` is neither a folder nor a zip file, is damaged, or holds too many files.
    """
    if source.is_dir():
        return list(_folder_entries(source, limits, refused))
    try:
        return list(zip_entries(opened.enter_context(zipfile.ZipFile(source)), limits, refused))
    except CourseError:
        raise
    except OSError as error:
        raise CourseError(f"{source} cannot be read ({error.strerror}): is the path right?") from error
    except Exception as error:  # what a damaged directory can raise is of many kinds
        with source.open("rb") as file:
            damaged = file.read(2) == b"PK"
        if damaged:
            raise CourseError(
                f"{source} is a damaged zip file ({shown(str(error))}): download it again"
            ) from error
        raise CourseError(
            f"{source} is neither a folder nor a zip file: unpack it into a folder first"
        ) from error


def _folder_entries(source: Path, limits: CollectLimits, refused: Refusals) -> Iterator[Entry]:
    def unreadable(error: OSError) -> None:
        refused.append(
            (shown(os.path.relpath(error.filename, source)), f"it cannot be read ({error.strerror})")
        )

    number = 0
    for where, folders, files in os.walk(source, onerror=unreadable):
        links = [name for name in folders if Path(where, name).is_symlink()]
        folders[:] = sorted(name for name in folders if name not in links and not _is_left_behind(name))
        for name in sorted([*files, *links]):
            if _is_left_behind(name):
                continue
            number += 1
            _check_number(number, limits)
            path = Path(where, name)
            packed = partial(_read_file, path, limits)
            yield Entry(path.relative_to(source).parts, _unless_archive(path.name, packed), packed)


def _unless_archive(name: str, packed: Callable[[], bytes]) -> Callable[[], bytes]:
    return _refuse_archive if name.lower().endswith(ARCHIVES) else packed


def _refuse_archive() -> bytes:
    raise Refused(ARCHIVE_WITHIN)


def _read_file(path: Path, limits: CollectLimits) -> bytes:
    try:
        data = read_regular(path, limits.file_bytes)
    except NotAFile as found:
        raise Refused(f"it is {found}, not a regular file") from found
    except OSError as error:
        raise Refused(f"it cannot be read ({error.strerror})") from error
    if len(data) > limits.file_bytes:
        raise Refused(_too_large(path.lstat().st_size, limits))
    return data


def zip_entries(archive: zipfile.ZipFile, limits: CollectLimits, refused: Refusals) -> Iterator[Entry]:
    """The files of an open archive; see `read_entries`."""
    names = {info: _name(info) for info in archive.infolist() if not info.is_dir()}
    backslashes = not any("/" in name for name in names.values())  # as Windows' own tools once wrote them
    paths = {}
    for info, name in names.items():
        name = name.replace("\\", "/") if backslashes else name
        parts = tuple(part for part in name.split("/") if part not in ("", "."))
        if name.endswith("/") or any(_is_left_behind(part) for part in parts):
            continue
        if reason := _no_path(name, parts):
            refused.append((shown(name), reason))
        else:
            paths[info] = parts
        _check_number(len(paths), limits)
    yield from _unique(archive, paths, limits, refused)


def _unique(
    archive: zipfile.ZipFile,
    paths: dict[zipfile.ZipInfo, tuple[str, ...]],
    limits: CollectLimits,
    refused: Refusals,
) -> Iterator[Entry]:
    times, total = Counter(paths.values()), 0
    for info, parts in paths.items():
        if times[parts] == 1:
            total += info.file_size
            packed = partial(_read_zipped, archive, info, limits, total)
            yield Entry(parts, _unless_archive(info.filename, packed), packed)
    for parts in (parts for parts, number in times.items() if number > 1):
        refused.append(
            (shown("/".join(parts)), "the archive holds it twice: nobody can say which one counts")
        )


def _name(info: zipfile.ZipInfo) -> str:
    """The name of an entry; many tools write UTF-8 without saying so."""
    name = info.orig_filename
    if not info.flag_bits & _UTF8:
        try:
            return name.encode("cp437").decode("utf-8")
        except UnicodeError:
            pass
    return name


def _no_path(name: str, parts: tuple[str, ...]) -> str:
    """Why a name is no path within the archive, or an empty text."""
    if name.startswith(("/", "\\")) or re.match(r"[A-Za-z]:[/\\]", name):
        return "its path is absolute"
    if "\0" in name or "\\" in name:
        return "its name holds a backslash or a zero byte"
    if ".." in parts or not parts:
        return "its path leads out of the archive"
    if max(map(len, parts)) > _NAME_CHARACTERS:
        return f"its name has more than {_NAME_CHARACTERS} characters"
    return ""


def _is_left_behind(name: str) -> bool:
    hidden = name.startswith(".") and name != ".." and _OF_SOMEBODY not in name
    return hidden or name.lower() in _LEFT_BEHIND


def _read_zipped(archive: zipfile.ZipFile, info: zipfile.ZipInfo, limits: CollectLimits, total: int) -> bytes:
    """Read an entry without believing the size that it claims."""
    _check_entry(info, limits, total)
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
        raise Refused(f"it cannot be unpacked ({type(error).__name__}: {shown(str(error))})") from error
    return b"".join(parts)


def _check_entry(info: zipfile.ZipInfo, limits: CollectLimits, total: int) -> None:
    mode = info.external_attr >> 16
    if mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        raise Refused(f"it is {kind(mode)}, not a regular file")
    if info.flag_bits & 0x1:
        raise Refused("it is encrypted")
    if info.file_size > limits.file_bytes:
        raise Refused(_too_large(info.file_size, limits))
    if info.file_size > 1_000_000 and info.file_size > limits.ratio * max(1, info.compress_size):
        raise Refused(f"it unpacks to more than {limits.ratio} times its size")
    if total > limits.total_bytes:
        raise Refused(f"the archive's files add up to more than {limits.total_bytes:,} bytes")


def _check_number(number: int, limits: CollectLimits) -> None:
    if number > limits.entries:
        raise CourseError(
            f"there are more than {limits.entries:,} files: collect a folder or an archive of this assignment alone"
        )


def _too_large(size: int, limits: CollectLimits) -> str:
    return f"it has {size:,} bytes, more than the {limits.file_bytes:,} that a file may have"
