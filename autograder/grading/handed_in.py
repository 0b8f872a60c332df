"""What a student hands in, read as bytes: regular files only, no link followed, no pipe waited for, within a size."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from course_utils.errors import CourseError

_KINDS = {
    stat.S_IFLNK: "a symbolic link",
    stat.S_IFDIR: "a folder",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
}
TIMESTAMP = "timestamp.txt"  # nbgrader's name for the file that says when something was handed in
_TIMESTAMP_BYTES = 100
# Windows has O_BINARY alone of these, and no pipes among files.
_FLAGS = ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY")


class NotAFile(Exception):
    """The path leads to something else than a regular file; the text says to what."""


@dataclass(frozen=True)
class Files:
    """The files that an assignment lets students hand in beside the notebook.

    Attributes:
        contents: bytes by name, of those that were there and can be used.
        notes: one sentence for the student on each of the others.
    """

    contents: dict[str, bytes] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def read_regular(path: Path, limit: int) -> bytes:
    """A regular file, or as much of it as shows that it has more than `limit` bytes.

    Raises:
        FileNotFoundError: there is nothing.
        NotAFile: it is a link, a folder, a pipe, a socket or a device.
        OSError: it cannot be read.
    """
    if not hasattr(os, "O_NOFOLLOW") and path.is_symlink():
        raise NotAFile(kind(path.lstat().st_mode))
    try:
        descriptor = os.open(path, sum((getattr(os, flag, 0) for flag in _FLAGS), os.O_RDONLY))
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO):  # what a link and a socket answer
            raise NotAFile(kind(path.lstat().st_mode)) from error
        raise
    try:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            raise NotAFile(kind(mode))
        with open(descriptor, "rb", closefd=False) as file:
            return file.read(limit + 1)
    finally:
        os.close(descriptor)


def read_files(folder: Path, names: Iterable[str], limit: int) -> Files:
    """The files of these names in a student's folder; nothing else in it is looked at.

    Args:
        names: what the assignment lists, plain names.
        limit: bytes of all of them together.

    Raises:
        CourseError: one is there but cannot be read; a fault of the machine, not of the student.
    """
    contents: dict[str, bytes] = {}
    notes = []
    left = limit
    for name in names:
        try:
            content = read_regular(folder / name, left)
        except FileNotFoundError:
            notes.append(
                f"The file `{name}` is missing: hand it in together with the notebook, {_at_most(limit)}."
            )
        except NotAFile as found:
            notes.append(f"`{name}` is {found}, not a file, and was left out.")
        except OSError as error:
            raise CourseError(
                f"{folder / name} cannot be read ({error.strerror}); make it readable"
            ) from error
        else:
            if len(content) > left:
                notes.append(
                    f"The file `{name}` is too large and was left out: hand it in with {_at_most(limit)}."
                )
            else:
                contents[name] = content
                left -= len(content)
    return Files(contents, tuple(notes))


def read_timestamp(path: Path) -> datetime | None:
    """When a submission was handed in, in UTC; None where nobody wrote that down, or not as a time."""
    from nbgrader.utils import parse_utc  # which loads all of nbgrader

    try:
        content = read_regular(path, _TIMESTAMP_BYTES)
        return parse_utc(content.decode().strip()) if len(content) <= _TIMESTAMP_BYTES else None
    except Exception:  # no file, no text, no time: the parser raises errors of many kinds
        return None


def kind(mode: int) -> str:
    """What a file of this mode is, in words."""
    return _KINDS.get(stat.S_IFMT(mode), "something else")


def _at_most(limit: int) -> str:
    return f"at most {limit:,} bytes for all such files"
