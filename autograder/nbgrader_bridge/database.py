"""Opening nbgrader's gradebook, which creates what is not there and upgrades whatever it finds: look first."""

from __future__ import annotations

import os
import sqlite3
import sys
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import nbgrader.api
from alembic.script import ScriptDirectory
from nbgrader.api import Gradebook, InvalidEntry, SubmittedAssignment
from nbgrader.dbutil import ALEMBIC_DIR
from sqlalchemy import Engine, create_engine, make_url
from sqlalchemy.exc import ArgumentError, SAWarning, SQLAlchemyError
from tornado.log import app_log

from autograder.course.manifest import Course, sqlite_url
from course_utils.errors import CourseError
from course_utils.files import beside

WITHOUT_A_COPY = "`course grade NAME` writes the marks of the checks again, but not those given by hand"


def exists(url: str) -> bool:
    """Whether there is a gradebook; of a server's database that is taken for granted."""
    path = sqlite_file(url)
    return path is None or path.exists()


def sqlite_file(url: str) -> Path | None:
    """The file of a SQLite gradebook; None where a server keeps it, or the address makes no sense."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        return None
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        return None
    return Path(parsed.database)


@contextmanager
def opened(url: str) -> Iterator[Gradebook]:
    """The gradebook, made if it is not there.

    Raises:
        CourseError: it cannot be opened, read or written, or the file is something else.
    """
    with usable(url), Gradebook(url) as gradebook:
        yield gradebook


@contextmanager
def usable(url: str) -> Iterator[None]:
    """Let a gradebook be opened and used meanwhile, and made before if it is not there.

    Raises:
        CourseError: it cannot be opened, read or written, or the file is something else.
    """
    prepare_nbgrader()
    path = sqlite_file(url)
    try:
        if path:
            _refuse_read_only(path)
            _refuse_other_databases(path.resolve())
            _make(path)
        with warnings.catch_warnings(), _quiet():
            warnings.simplefilter("ignore", SAWarning)  # nbgrader's own models, not ours to mend
            yield
    except (SQLAlchemyError, sqlite3.Error, ImportError, InvalidEntry) as error:
        reason = str(error.__cause__ or error).splitlines()[0]
        raise CourseError(
            f"the gradebook {shown(url)} cannot be used ({reason}): {_advice(url, error)}"
        ) from error


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep nbgrader from logging the traceback of an error that is told in a sentence."""
    before, app_log.disabled = app_log.disabled, True
    try:
        yield
    finally:
        app_log.disabled = before


def shown(url: str) -> str:
    """A gradebook's address as it may be printed: without a password."""
    try:
        return make_url(url).render_as_string(hide_password=True)
    except ArgumentError:
        return "(no address of a database)"


def _advice(url: str, error: Exception) -> str:
    if isinstance(error, ImportError):
        return 'install its driver (for PostgreSQL: pip install "psycopg[binary]")'
    if "full" in str(error):
        return "make room on its disk"
    if "locked" in str(error):
        return "another program is using it: close that program, then run this again"
    if path := sqlite_file(url):
        return _advice_on_file(path, str(error))
    return "is its server running, is the address in course.toml right, and may you use it?"


def _advice_on_file(path: Path, error: str) -> str:
    if not path.exists():
        return "it was moved or removed meanwhile: put it back, and run this again"
    if path.is_dir():
        return "it is a folder: move it away"
    if "malformed" in error or "not a database" in error:
        return f"put a copy of it back; without one move it away, and {WITHOUT_A_COPY}"
    return "move it away, or make it writable"


def refuse_another_course(course: Course, gradebook: Gradebook) -> None:
    """Leave a gradebook alone that holds assignments which this course does not have.

    Raises:
        CourseError: it does.
    """
    known = {assignment.name for assignment in course.assignments}
    held = {each.name for each in gradebook.assignments}
    if not (foreign := sorted(held - known)):
        return
    where, names = shown(course.gradebook_url), ", ".join(foreign)[:120]
    withdrawn = f"put the entry back, or remove its marks for good with `nbgrader db assignment remove {foreign[0]} --force`"
    if held & known:
        raise CourseError(
            f"the gradebook {where} has marks for {names}, which course.toml does not name: {withdrawn}"
        )
    raise CourseError(
        f"the gradebook {where} holds only {names}, which course.toml does not name: if it belongs to another course, move "
        f"it away, or name another one by `gradebook` in course.toml; if that was one of this course's, {withdrawn}"
    )


def _refuse_read_only(path: Path) -> None:
    """Say it before nbgrader, which logs a traceback: it writes even where one only reads."""
    for each in (path, path.parent):
        if each.exists() and not os.access(each, os.W_OK):
            raise CourseError(f"{each} cannot be written: make it writable, since a gradebook needs it")


def _refuse_other_databases(path: Path) -> None:
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


def _make(path: Path) -> None:
    """Make a gradebook where there is none: nobody sees it half made, and of two that are made at once one stays."""
    if path.exists():
        return
    new = beside(path)
    try:
        with Gradebook(sqlite_url(new)):
            pass
        os.link(new, path)
    except FileExistsError:
        pass
    finally:
        new.unlink(missing_ok=True)


def prepare_nbgrader() -> None:
    """Let nbgrader make gradebooks anywhere, translate each query once, and take an extension for what it is where nothing is due: nothing.

    It runs `alembic` by name, which lies beside this interpreter, and asks it for what can be looked up here.
    Its configuration file gives a `%` in the path of this interpreter a meaning.
    """
    folder = str(Path(sys.executable).parent)
    path = os.environ.get("PATH", "")
    if folder not in path.split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([folder, path])
    nbgrader.api.get_alembic_version = _newest_schema
    nbgrader.api.create_engine = _engine
    SubmittedAssignment.duedate = property(_due_date)


@lru_cache(maxsize=8)
def _engine(url: str, **options: Any) -> Engine:
    """A gradebook's engine, the same whenever it is opened: it has no connections in between, but knows how queries are translated."""
    return create_engine(url, **options)


def _due_date(submission: SubmittedAssignment) -> datetime | None:
    """When a submission is due, any extension included; nbgrader's own adds an extension to nothing, and stops."""
    due: datetime | None = submission.assignment.duedate
    return due + submission.extension if due and submission.extension else due


def _newest_schema() -> str:
    return str(ScriptDirectory(ALEMBIC_DIR).get_current_head())
