"""A PostgreSQL server of our own, and a course whose gradebook it keeps."""

import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
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


class Server:
    """A server in a folder, with a Unix socket there and no port."""

    def __init__(self, programs: Path, folder: Path, user: str | None) -> None:
        self.programs, self.folder, self.user = programs, folder, user

    def run(self, program: str, *arguments: str) -> None:
        command = [str(self.programs / program), *arguments]
        subprocess.run(
            command,
            user=self.user,
            cwd="/",
            env={},
            capture_output=True,
            timeout=_SECONDS,
            check=True,
            text=True,
        )

    def control(self, action: str, *options: str) -> None:
        data = str(self.folder / "data")
        self.run("pg_ctl", "-D", data, "-w", "-t", str(_SECONDS), *options, action)

    def empty_database(self) -> str:
        """The address of a database that nobody has used."""
        name = f"test_{uuid.uuid4().hex}"
        self.run("createdb", "-h", str(self.folder), "-U", "grader", name)
        return f"postgresql://grader@/{name}?host={self.folder}"


@contextmanager
def running_server() -> Iterator[Server]:
    programs = _programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed here")
    user = _user()
    folder = Path(tempfile.mkdtemp(prefix="pg-"))  # short, for the path of a socket
    if user:
        shutil.chown(folder, user)
    server = Server(programs, folder, user)
    made = ["--auth=trust", "--no-sync", "--username=grader", "--encoding=UTF8", "--locale=C"]
    server.run("initdb", "-D", str(folder / "data"), *made)
    try:
        options = f"-c listen_addresses='' -c fsync=off -k {folder}"
        server.control("start", "-l", str(folder / "log"), "-o", options)
        yield server
    finally:
        if (folder / "data" / "postmaster.pid").exists():
            server.control("stop", "-m", "immediate")
        shutil.rmtree(folder)


def with_gradebook(course: Course, url: str) -> Course:
    manifest = course.root / "course.toml"
    manifest.write_text(f'gradebook = "{url}"\n{manifest.read_text()}', encoding="utf-8")
    return Course(course.root)
