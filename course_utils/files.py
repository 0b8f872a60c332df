"""Files that are there whole or not at all."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

# What a command that was killed may leave beside a file.
UNFINISHED = ".*.new"


@contextmanager
def replaced(path: Path, *, mode: int | None = None) -> Iterator[TextIO]:
    """A text file in UTF-8 to write to, which takes the place of `path` once all of it is written.

    Its name until then is nobody else's, so that several processes may write the same file at once.

    Args:
        path: the file; its folder is there.
        mode: its permissions, by default those of any new file.

    Raises:
        OSError: it cannot be written; what was there before is left as it was.
    """
    new = beside(path)
    try:
        with new.open("x", newline="", encoding="utf-8") as file:
            yield file
        if mode is not None:
            os.chmod(new, mode)
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise


def beside(path: Path) -> Path:
    """A path in the same folder at which nothing is."""
    return path.with_name(UNFINISHED.replace("*", uuid.uuid4().hex))
