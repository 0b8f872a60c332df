"""Copies of the course to try things on, and one graded class that all tests share."""

from __future__ import annotations

import gc
import os

# Before NumPy is loaded: several processes share the cores, and a matrix library's threads that wait for a busy one
# take six times the processor's time for the same work. What tests start inherits it.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import pickle
import shutil
from collections.abc import Callable
from pathlib import Path

import hypothesis
import pytest
from courses import GradedClass, copy_course, made_once
from lab import CRASHED, browser, chromium, page  # noqa: F401 (fixtures among them)
from nbgrader_runs import PROGRAM
from sample import sample
from terminal import called
from tiny import WORKER, make_course

from autograder import cli
from autograder.classroom.grade import grade_class
from autograder.classroom.release import release
from autograder.classroom.submissions import find_submissions
from autograder.course.manifest import Course
from autograder.demo.run import hand_in
from autograder.grading.job import Graded
from autograder.nbgrader_bridge.database import opened

# How long an example takes depends on what else the machine does.
hypothesis.settings.register_profile("course", deadline=None)
hypothesis.settings.load_profile("course")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--fuzz-examples",
        type=int,
        default=20,
        help="mutated submissions that tests/grading/test_fuzz.py grades",
    )
    parser.addoption(
        "--class-size", type=int, default=12, help="how many hand in where everyone who grades is killed"
    )
    parser.addoption("--quick", action="store_true", help="a sample of every room's tests; see sample.py")
    parser.addoption("--whole-notebooks", action="store_true", help="run every notebook from top to bottom")
    parser.addoption("--screenshots", action="store_true", help="take pictures of every page")
    parser.addoption("--seeds", type=int, default=1, help="how often tests/checks ask a right answer")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Twice as many processes as cores, since tests wait for kernels, servers and browsers half of the time.

    Few of a sample wait, and every process has to find all tests first.
    """
    cores = os.cpu_count() or 2
    return cores if config.getoption("--quick") else cores * 2


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What needs the graded class comes first: then one process makes it, and no other one waits for it."""
    if config.getoption("--quick"):
        chosen = sample(items)
        config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
        items[:] = [item for item in items if item in chosen]
    for item in items:
        if "browser" in item.fixturenames:
            item.add_marker(pytest.mark.flaky(reruns=1, only_rerun=CRASHED))
    items.sort(key=lambda item: "graded_class" not in item.fixturenames)


def pytest_collection_finish() -> None:
    """What was loaded to find the tests stays to the end: it is not gone through again and again for what may be freed."""
    gc.collect()
    gc.freeze()


def pytest_sessionfinish() -> None:
    WORKER.close()
    PROGRAM.close()


@pytest.fixture(scope="session")
def seeds(pytestconfig: pytest.Config) -> range:
    """Seeds that every right answer is asked with; `make seeds` takes a thousand."""
    return range(pytestconfig.getoption("--seeds"))


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """A copy of this course."""
    return copy_course(tmp_path / "course")


@pytest.fixture
def tiny_course(tmp_path: Path) -> Course:
    """A course of one notebook with two questions, which grades in a second or two."""
    return make_course(tmp_path / "tiny")


@pytest.fixture(scope="session")
def empty_gradebook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new gradebook, made once: nbgrader starts a program of its own for each."""

    def make(path: Path) -> None:
        with opened(f"sqlite:///{path}"):
            pass

    return made_once(tmp_path_factory, "empty_gradebook.db", make)


@pytest.fixture
def tiny_class(tiny_course: Course, empty_gradebook: Path) -> Course:
    """The tiny course with a gradebook in which nothing is written yet."""
    shutil.copy(empty_gradebook, tiny_course.root / "gradebook.db")
    return tiny_course


@pytest.fixture(scope="session")
def graded_class(tmp_path_factory: pytest.TempPathFactory, empty_gradebook: Path) -> GradedClass:
    """The demo's twelve, released, handed in and graded once for all workers; not to be changed."""

    def make(folder: Path) -> None:
        course = copy_course(folder)
        shutil.copy(empty_gradebook, folder / "gradebook.db")
        (folder / "results.pickle").write_bytes(pickle.dumps(_grade_the_class(course)))

    folder = made_once(tmp_path_factory, "graded_class", make)
    return GradedClass(Course(folder), pickle.loads((folder / "results.pickle").read_bytes()))


@pytest.fixture
def graded_course(graded_class: GradedClass, tmp_path: Path) -> Course:
    """A copy of the graded class's folder, to be changed at will."""
    shutil.copytree(graded_class.course.root, tmp_path / "graded")
    return Course(tmp_path / "graded")


def _grade_the_class(course: Course) -> dict[str, Graded]:
    assignment = course.assignment("01_layers")
    hand_in(course, release(course, assignment))
    jobs = find_submissions(course, assignment).jobs
    return {graded.student: graded for graded in grade_class(course, assignment, jobs)}


@pytest.fixture
def at(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Run `course` in a folder, through the entry point that users run; gives exit code, output and errors."""

    def run(folder: Path, *arguments: str) -> tuple[int, str, str]:
        monkeypatch.chdir(folder)
        monkeypatch.setattr(cli, "console", cli.Console(width=200))
        return called(cli.main, arguments, capsys)

    return run


@pytest.fixture
def later(tmp_path: Path) -> Course:
    """Two tiny notebooks, released; the second is given functions of the first, which is due at noon of 2 March 2026."""
    course = make_course(tmp_path / "later", later=True, due="2026-03-02T12:00:00Z")
    for assignment in course.assignments:
        release(course, assignment, register=False)
    return course
