"""Course folders of their own for tests, and what is kept of a graded class."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

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
