"""The released notebook with its hidden tests still in place: what a submission is rebuilt on.

It is kept in the user's cache, by all that it is made of: whoever grades needs it, and making it means to load nbgrader first.
"""

from __future__ import annotations

import json
from contextlib import suppress
from functools import lru_cache
from importlib import metadata
from pathlib import Path

import nbformat
from nbformat.notebooknode import NotebookNode

from autograder.course import kept
from autograder.course.digest import digest
from autograder.course.manifest import MANIFEST, Assignment, Course
from course_utils.course import notebooks
from course_utils.errors import CourseError

# So many are kept, those that were made last.
_MOST = 100
# Where the code lies that makes one, besides nbgrader's.
_MADE_BY = (Path(__file__).parent, Path(notebooks.__file__).parents[1])


def template(course: Course, assignment: Assignment) -> NotebookNode:
    """The released notebook with its hidden tests still in place: what a submission is rebuilt on.

    Raises:
        CourseError: a test cell has points and asks for no hidden check, so that nobody could earn them.
    """
    source = course.source(assignment)
    notebook = notebooks.read(source)
    for cell in notebook.cells:
        if problem := notebooks.lacks_hidden_line(cell):
            raise CourseError(f"{assignment.name}: {problem}")
    path = _place(course, assignment)
    if (known := _read(path)) is not None:
        return known
    from autograder.course.release_steps import with_hidden_tests

    made = with_hidden_tests(course, assignment, notebooks.read(source))
    if path == _place(course, assignment):  # else it is of what somebody saved meanwhile
        with suppress(OSError):  # a full disk costs the time to make it again
            _write(path, made)
    return made


def _place(course: Course, assignment: Assignment) -> Path:
    """Where it is kept: by all that it is made of."""
    manifest, source = (course.root / MANIFEST).read_bytes(), course.source(assignment).read_bytes()
    return kept.cache() / "released" / f"{digest(assignment.name, source, manifest, _code())}.ipynb"


@lru_cache(maxsize=1)
def _code() -> str:
    """Digest of the code that makes such a notebook, and of the packages that do."""
    files = (path for place in _MADE_BY for path in sorted(place.rglob("*.py")))
    versions = f"{nbformat.__version__} {metadata.version('nbgrader')}"
    return digest(versions, *(path.read_bytes() for path in files))


def _read(path: Path) -> NotebookNode | None:
    text = kept.read(path)
    return None if text is None else nbformat.from_dict(json.loads(text))


def _write(path: Path, notebook: NotebookNode) -> None:
    kept.write(path, notebooks.dumps_on_one_line(notebook))
    files = sorted(path.parent.glob("*.ipynb"), key=lambda each: each.stat().st_mtime_ns)
    for old in files[:-_MOST]:
        old.unlink(missing_ok=True)
