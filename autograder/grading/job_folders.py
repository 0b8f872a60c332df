"""A temporary folder for each process that grades, held by a lock for as long as it lives, and swept up once nobody holds it."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from pathlib import Path

from filelock import FileLock, Timeout

from autograder.sandbox import bubblewrap, warm

_PREFIX = "job-"


class JobFolder:
    """A folder of its own for one process; short, since a socket's path may have about 100 characters.

    Raises:
        OSError: it cannot be made.
    """

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix=_PREFIX))
        self._lock = _lock(self.path)
        self._lock.acquire()

    def remove(self) -> None:
        """Remove the folder with all that is in it, once its process has ended or ends."""
        self._lock.release()
        _clear_away(self.path)


def keep_temporary_files() -> None:
    """Let all temporary files of this process lie in a folder of its own from now on, and sweep up after those that were killed."""
    if tempfile.gettempdir() in _own:
        return
    sweep()
    folder = JobFolder()
    tempfile.tempdir = str(folder.path)
    _own.add(tempfile.tempdir)
    atexit.register(_clear, folder)


_own: set[str] = set()


def _clear(folder: JobFolder) -> None:
    warm.close_all()  # which has its files there
    folder.remove()


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
        _clear_away(folder)


def _clear_away(folder: Path) -> None:
    bubblewrap.kill_left(folder)
    shutil.rmtree(folder, ignore_errors=True)


def _lock(folder: Path) -> FileLock:
    return FileLock(folder / ".lock")
