"""Course folders of their own for tests, and what is kept of a graded class."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from places import ROOT

from autograder.course.manifest import MANIFEST, Course
from autograder.grading.job import Graded


@dataclass(frozen=True)
class GradedClass:
    """The demo's class after `course grade`: its course folder and the result of each student."""

    course: Course
    results: dict[str, Graded]


def copy_course(folder: Path) -> Course:
    """A course folder of its own, with nothing released, handed in or graded."""
    folder.mkdir(parents=True, exist_ok=True)
    ignore = shutil.ignore_patterns(".*", "__pycache__", "given.py")
    shutil.copytree(ROOT / "solutions", folder / "solutions", ignore=ignore)
    for name in (MANIFEST, "nbgrader_config.py"):
        shutil.copy(ROOT / name, folder)
    return Course(folder)


def made_once(tmp_path_factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """A file or folder that one worker makes for all workers of a run.

    Args:
        tmp_path_factory: pytest's fixture.
        name: of the file or folder.
        make: writes it at the path that it is given.
    """
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if base.name.startswith("popen-gw") else base
    path = shared / name
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / f"{name}.made").exists():
            make(path)
            (shared / f"{name}.made").touch()
    return path
