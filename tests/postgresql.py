"""A PostgreSQL server of our own, and a course whose gradebook it keeps."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder.course.manifest import Course

_SECONDS = 60


def _programs() -> Path | None:
    """The folder of PostgreSQL's programs, which Debian keeps off the path."""
    found = shutil.which("pg_ctl")
    folders = [*Path("/usr/lib/postgresql").glob("*/bin"), *([Path(found).parent] if found else [])]
    return next((folder for folder in folders if (folder / "initdb").exists()), None)


def _user() -> str | None:
    """Who runs the server: it refuses the superuser, for whom Debian's package makes a user of its own."""
    if os.getuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        pytest.skip("PostgreSQL does not run as the superuser, and there is no user postgres")


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of an empty database on a server of our own: a folder and a Unix socket, no port."""
    programs = _programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed here")
    user = _user()
    folder = Path(tempfile.mkdtemp(prefix="pg-"))  # short, for the path of a socket
    if user:
        shutil.chown(folder, user)

    def run(program: str, *arguments: str) -> None:
        command = [str(programs / program), *arguments]
        subprocess.run(
            command, user=user, cwd="/", env={}, capture_output=True, timeout=_SECONDS, check=True, text=True
        )

    data = str(folder / "data")
    run(
        "initdb",
        "-D",
        data,
        "--auth=trust",
        "--no-sync",
        "--username=grader",
        "--encoding=UTF8",
        "--locale=C",
    )
    options = f"-c listen_addresses='' -c fsync=off -k {folder}"
    try:
        run(
            "pg_ctl", "-D", data, "-w", "-t", str(_SECONDS), "-l", str(folder / "log"), "-o", options, "start"
        )
        yield f"postgresql://grader@/postgres?host={folder}"
    finally:
        if (folder / "data" / "postmaster.pid").exists():
            run("pg_ctl", "-D", data, "-m", "immediate", "-w", "-t", str(_SECONDS), "stop")
        shutil.rmtree(folder)


def with_gradebook(course: Course, url: str) -> Course:
    manifest = course.root / "course.toml"
    manifest.write_text(f'gradebook = "{url}"\n{manifest.read_text()}', encoding="utf-8")
    return Course(course.root)
