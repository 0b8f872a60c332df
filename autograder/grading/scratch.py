"""What a graded kernel finds in its working directory."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from autograder.course import given
from autograder.course.manifest import Assignment, Course


def working_directory(
    folder: Path, course: Course, assignment: Assignment, files: Mapping[str, bytes]
) -> Path:
    """The kernel's working directory: the course's files that students find beside the notebook, and their own.

    Never the author's own version of a file that students hand in, which may lie beside the solution.
    """
    scratch = folder / "work"
    scratch.mkdir()
    for path in course.notebook(assignment).parent.iterdir():
        ours = path.suffix != ".ipynb" and path.name not in assignment.files
        if ours and path.is_file() and not path.is_symlink():
            shutil.copy(path, scratch)
    for name in assignment.files:
        if name in files:
            (scratch / name).write_bytes(files[name])
    if assignment.given and course.source(assignment).is_file():  # as it is now, released or not
        (scratch / "given.py").write_text(given.source(course, assignment), encoding="utf-8")
    return scratch
