"""Texts kept in the user's cache: there whole and as they were written, or made again."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import platformdirs

from autograder.course.digest import digest
from course_utils.files import replaced


def cache() -> Path:
    """The folder of the grader's cache."""
    return platformdirs.user_cache_path("course-grader")


def read(path: Path) -> str | None:
    """The text in a file, which stands below its digest; None when there is none or it is not what was written."""
    try:
        written, _, text = path.read_text(encoding="utf-8").partition("\n")
    except (OSError, UnicodeError):
        return None
    return text if written == digest(text) else None


def write(path: Path, text: str) -> None:
    """Keep a text; a full disk costs the time to make it again."""
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with replaced(path) as file:
            file.write(f"{digest(text)}\n{text}")
