"""A temporary folder for each worker, held by a lock for as long as its process lives, and swept up once nobody holds it."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from filelock import FileLock, Timeout

_PREFIX = "job-"


class JobFolder:
    """A folder of its own for one worker; short, since a socket's path may have about 100 characters.

    Raises:
        OSError: it cannot be made.
    """

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix=_PREFIX))
        self._lock = _lock(self.path)
        self._lock.acquire()

    def remove(self) -> None:
        """Remove the folder with all that is in it."""
        self._lock.release()
        shutil.rmtree(self.path, ignore_errors=True)


def sweep() -> None:
    """Remove the folders of processes that were killed before they could do so."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        lock = _lock(folder)
        if not Path(lock.lock_file).is_file():  # nobody's of ours, or made just now
            continue
        try:
            with lock.acquire(blocking=False):
                pass
        except (Timeout, OSError):  # held, or another user's
            continue
        shutil.rmtree(folder, ignore_errors=True)


def _lock(folder: Path) -> FileLock:
    return FileLock(folder / ".lock")
