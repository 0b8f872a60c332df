"""A class of three in the tiny course, handed in and graded; what students of this course get."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import postgresql
import pytest
import tiny
from courses import made_once
from nbformat.notebooknode import NotebookNode
from places import ROOT

from autograder.classroom.handing_out.bundle import Bundle, bundle
from autograder.course.manifest import Course
from course_utils.course import notebooks


@pytest.fixture
def class_of_three(tiny_course: Course, empty_gradebook: Path) -> Course:
    """A class that has handed in."""
    return tiny.three(tiny_course, empty_gradebook)


@pytest.fixture(scope="session")
def graded_once(tmp_path_factory: pytest.TempPathFactory, empty_gradebook: Path) -> Path:
    """The folder of the class of three, graded once for all workers; not to be changed."""

    def make(folder: Path) -> None:
        tiny.grade_class(tiny.three(tiny.make_course(folder), empty_gradebook))

    return made_once(tmp_path_factory, "graded_three", make)


@pytest.fixture
def graded_three(graded_once: Path, tmp_path: Path) -> Course:
    """A class that has been graded, to be changed at will."""
    shutil.copytree(graded_once, tmp_path / "graded")
    return Course(tmp_path / "graded")


@pytest.fixture(scope="session")
def solutions() -> dict[str, NotebookNode]:
    """The course's solution notebooks by name."""
    return {path.stem: notebooks.read(path) for path in sorted(ROOT.glob("solutions/*/*.ipynb"))}


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """What students of this course get before anything is due."""
    course = Course(ROOT)
    return bundle(course, tmp_path_factory.mktemp("bundle") / "students", list(course.assignments))


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[postgresql.Server]:
    with postgresql.running_server() as server:
        yield server


@pytest.fixture
def database(postgresql_server: postgresql.Server) -> str:
    """The address of an empty database in PostgreSQL, for this test alone."""
    return postgresql_server.empty_database()
