"""The bundle: what students get as a folder, as a zip file and as a git repository."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from autograder.classroom.handing_out.contents import LOCK, write_contents
from autograder.classroom.handing_out.packages import FOLDER, download_packages
from autograder.course.manifest import Assignment, Course
from course_utils.errors import CourseError, cannot_write

_TIME = (1980, 1, 1, 0, 0, 0)
_MARK = "postBuild"  # what a folder that was made here has


@dataclass(frozen=True)
class Bundle:
    """What was made.

    Attributes:
        folder: what students get.
        archive: the same as a zip file.
        repository: the same as a bare git repository, with a commit for each change; None without git.
        waiting: names of assignments whose given.py is not in it.
    """

    folder: Path
    archive: Path
    repository: Path | None
    waiting: list[str]


def bundle(
    course: Course,
    folder: Path,
    assignments: list[Assignment],
    given: Collection[str] = (),
    now: datetime | None = None,
    with_packages: bool = False,
) -> Bundle:
    """Make what students get; what was made there before is replaced, and its repository gets a commit more.

    Args:
        folder: where it goes; the zip file and the repository lie beside it.
        assignments: those that students get.
        given: names of assignments whose given.py is handed out before its predecessors are due.
        now: decides what is due; this moment by default.
        with_packages: also download what has to be installed, for machines without a network; not into the repository.

    Raises:
        CourseError: an assignment is not released, something else lies at `folder`, or something cannot be written.
    """
    if folder.exists() and any(folder.iterdir()) and not (folder / _MARK).is_file():
        raise CourseError(f"{folder} holds something else: name another folder with --to")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".bundle-") as name:
            new = Path(name) / folder.name
            write_contents(course, new, assignments, given, now or datetime.now(UTC))
            if with_packages:
                download_packages(new / LOCK, new / FOLDER)
            shutil.rmtree(folder, ignore_errors=True)
            new.rename(folder)
        archive = _zip(folder)
    except OSError as error:
        raise CourseError(cannot_write(error)) from error
    waiting = [
        each.name
        for each in assignments
        if each.given and not (folder / "assignments" / each.name / "given.py").exists()
    ]
    return Bundle(folder, archive, _commit(folder, course.title), waiting)


def _zip(folder: Path) -> Path:
    path = folder.with_name(f"{folder.name}.zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                info = zipfile.ZipInfo(f"{folder.name}/{file.relative_to(folder).as_posix()}", _TIME)
                info.compress_type = zipfile.ZIP_DEFLATED
                info.external_attr = (0o100755 if os.access(file, os.X_OK) else 0o100644) << 16
                archive.writestr(info, file.read_bytes())
    return path


def _commit(folder: Path, title: str) -> Path | None:
    """Commit the folder's content, where it changed, to the bare repository beside it."""
    if not shutil.which("git"):
        return None
    repository = folder.with_name(f"{folder.name}.git")
    if not repository.exists():
        _git(repository, folder, "init", "--quiet", "--bare", "--initial-branch=main", str(repository))
    _git(repository, folder, "add", "--all", "--force", ".", f":(exclude){FOLDER}")
    if _git(repository, folder, "status", "--porcelain", "--untracked-files=no"):
        _git(repository, folder, "commit", "--quiet", "--message", f"{title}: what students get")
    return repository


def _git(repository: Path, folder: Path, *arguments: str) -> str:
    plain = ["-c", "core.hooksPath=/dev/null", "-c", "commit.gpgSign=false", "-c", "core.autocrlf=false"]
    where = [] if arguments[0] == "init" else ["--git-dir", str(repository), "--work-tree", str(folder)]
    names = {f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in _WHO.items()}
    env = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")} | names
    done = subprocess.run(
        ["git", *plain, *where, *arguments], cwd=folder, env=env, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise CourseError(f"git could not write {repository}: {done.stderr.strip()}")
    return done.stdout


_WHO = {"NAME": "The course", "EMAIL": "course@example.invalid"}
