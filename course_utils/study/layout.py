"""Where the notebooks of a course lie, in the folder that holds `course.toml`."""

from __future__ import annotations

from pathlib import Path

MANIFEST = "course.toml"
# A learner's own copies, and what is remembered for them.
WORK = "work"
# The functions of earlier notebooks, beside a later one.
GIVEN = "given.py"


def root_above(folder: Path) -> Path | None:
    """The course folder that a folder lies in, or None."""
    folder = folder.resolve()
    return next((each for each in (folder, *folder.parents) if (each / MANIFEST).is_file()), None)


def solution_path(root: Path, name: str) -> Path:
    """The solution notebook of an assignment."""
    return root / "solutions" / name / f"{name}.ipynb"


def released_path(root: Path, name: str) -> Path:
    """The released notebook of an assignment, as students get it."""
    return root / "assignments" / name / f"{name}.ipynb"


def work_path(root: Path, name: str) -> Path:
    """A learner's own copy of an assignment."""
    return root / WORK / name / f"{name}.ipynb"
