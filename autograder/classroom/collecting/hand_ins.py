"""What `course submit` writes: a zip file with a receipt, taken apart like a folder of its name."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping

from autograder.classroom.collecting.entries import CollectLimits, Entry, Refused, zip_entries
from autograder.classroom.collecting.level import File
from autograder.classroom.collecting.names import attempt
from course_utils.errors import CourseError
from course_utils.submission.receipt import RECEIPT, read_receipt
from course_utils.text import shown

_LIMITS = CollectLimits(total_bytes=300_000_000, entries=100)


def unpacked(files: Iterable[File]) -> list[File]:
    """A student's files, with what lies in a zip file that has a receipt; of several such the last attempt."""
    found, packed = [], {}
    for file in files:
        if inside := _inside(file):
            packed[file] = inside
        else:
            found.append(file)
    last = max((attempt(file.name) for file in packed), default=0)
    return found + [each for file, inside in packed.items() if attempt(file.name) == last for each in inside]


def receipt_remarks(receipt: Entry | None, contents: Mapping[str, bytes]) -> Iterator[str]:
    """What an instructor should know of a receipt: which files are not those that it names.

    Args:
        contents: bytes by the name that each is stored under.
    """
    if receipt is None:
        return
    try:
        said = read_receipt(receipt.read())
    except (Refused, ValueError):
        yield "its receipt cannot be read"
        return
    if changed := said.changed(contents):
        yield f"changed since its receipt of {shown(said.time, 40)}: {', '.join(changed)}"


def _inside(file: File) -> list[File]:
    if not file.name.lower().endswith(".zip") or file.entry.packed is None:
        return []
    try:
        archive = zipfile.ZipFile(io.BytesIO(file.entry.packed()))
        entries = list(zip_entries(archive, _LIMITS, []))
    except (Refused, CourseError):
        return []
    except Exception:  # what a damaged directory can raise is of many kinds
        return []
    if not any(entry.parts == (RECEIPT,) for entry in entries):
        return []
    return [
        File((*file.path, *entry.parts), Entry((*file.entry.parts, *entry.parts), entry.read))
        for entry in entries
    ]
