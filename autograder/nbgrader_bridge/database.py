"""Opening nbgrader's gradebook, which creates what is not there and upgrades whatever it finds: look first."""

from __future__ import annotations

import os
import sqlite3
import sys
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from nbgrader.api import Gradebook
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError, SAWarning, SQLAlchemyError

from autograder.course.manifest import Course
from autograder.errors import CourseError

_SQLITE = "sqlite:///"


def exists(url: str) -> bool:
    """Whether there is a gradebook; of a server's database that is taken for granted."""
    return not url.startswith(_SQLITE) or Path(url.removeprefix(_SQLITE)).is_file()


@contextmanager
def opened(url: str) -> Iterator[Gradebook]:
    """The gradebook, made if it is not there.

    Raises:
        CourseError: it cannot be opened, read or written, or the file is something else.
    """
    let_nbgrader_find_alembic()
    try:
        if url.startswith(_SQLITE):
            _refuse_read_only(url)
            _refuse_other_databases(url)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SAWarning)  # nbgrader's own models, not ours to mend
            with Gradebook(url) as gradebook:
                yield gradebook
    except (SQLAlchemyError, sqlite3.Error, ImportError) as error:
        reason = str(error.__cause__ or error).splitlines()[0]
        raise CourseError(
            f"the gradebook {shown(url)} cannot be used ({reason}): {_advice(url, error)}"
        ) from error


def shown(url: str) -> str:
    """A gradebook's address as it may be printed: without a password."""
    try:
        return make_url(url).render_as_string(hide_password=True)
    except ArgumentError:
        return "(no address of a database)"


def _advice(url: str, error: Exception) -> str:
    if isinstance(error, ImportError):
        return 'install its driver (for PostgreSQL: pip install "psycopg[binary]")'
    if url.startswith(_SQLITE):
        return "move it away, or make it writable"
    return "is its server running, is the address in course.toml right, and may you use it?"


def refuse_another_course(course: Course, gradebook: Gradebook) -> None:
    """Leave a gradebook alone that holds assignments which this course does not have.

    Raises:
        CourseError: it does.
    """
    known = {assignment.name for assignment in course.assignments}
    foreign = sorted(each.name for each in gradebook.assignments if each.name not in known)
    if foreign:
        raise CourseError(
            f"the gradebook {shown(course.gradebook_url)} belongs to another course (it holds {', '.join(foreign)[:120]}): "
            "move it away, or name another one by `gradebook` in course.toml"
        )


def _refuse_read_only(url: str) -> None:
    """Say it before nbgrader, which logs a traceback: it writes even where one only reads."""
    path = Path(url.removeprefix(_SQLITE))
    for each in (path, path.parent):
        if each.exists() and not os.access(each, os.W_OK):
            raise CourseError(f"{each} cannot be written: make it writable, since a gradebook needs it")


def _refuse_other_databases(url: str) -> None:
    path = Path(url.removeprefix(_SQLITE)).resolve()
    if not path.exists():
        return
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        tables = {
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        }
    if tables and not {"alembic_version", "submitted_assignment"} <= tables:
        raise CourseError(
            f"{path} is a database, but no gradebook: move it away, or name another by `gradebook` in course.toml"
        )


def let_nbgrader_find_alembic() -> None:
    """nbgrader runs `alembic` by name when it makes a gradebook; it lies beside this interpreter."""
    folder = str(Path(sys.executable).parent)
    path = os.environ.get("PATH", "")
    if folder not in path.split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([folder, path])
