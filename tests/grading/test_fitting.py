"""A notebook under another name is taken by its cells, and only where there is no doubt."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import tiny

from autograder.course.manifest import Course
from autograder.grading.fitting import assignment_of, fitting, notebook_in
from course_utils.errors import CourseError
from course_utils.submission.reading import MAX_BYTES

NAMES = [
    "01_small (1).ipynb",
    "Copy of 01_small.ipynb",
    "01_small_ada.ipynb",
    "Untitled.ipynb",
    "01_SMALL.ipynb",
]
OTHER = json.dumps({"nbformat": 4, "cells": [{"cell_type": "code", "source": "1", "metadata": {}}]}).encode()


@pytest.fixture
def two(tmp_path: Path) -> Course:
    return tiny.make_course(tmp_path / "two", later=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "ada" / tiny.NAME
    path.mkdir(parents=True)
    return path


@pytest.mark.parametrize("name", NAMES)
def test_the_only_one_that_fits_is_taken(two: Course, folder: Path, name: str) -> None:
    (folder / name).write_bytes(tiny.answered(two))
    (folder / "scratch.ipynb").write_bytes(OTHER)
    (folder / "later.ipynb").write_bytes(tiny.answered(two, tiny.LATER))
    assert notebook_in(two, two.assignment(tiny.NAME), folder).name == name
    assert assignment_of(two, folder / name).name == tiny.NAME
    assert assignment_of(two, folder / "later.ipynb").name == tiny.LATER


def test_the_one_of_the_assignments_name_needs_no_look(two: Course, folder: Path) -> None:
    (folder / "01_small.ipynb").write_bytes(OTHER)
    (folder / "Copy of 01_small.ipynb").write_bytes(tiny.answered(two))
    assert notebook_in(two, two.assignment(tiny.NAME), folder).name == "01_small.ipynb"
    assert assignment_of(two, folder / "01_small.ipynb").name == tiny.NAME


def test_of_two_that_fit_none_is_taken(two: Course, folder: Path) -> None:
    for name in NAMES[:2]:
        (folder / name).write_bytes(tiny.answered(two))
    assert notebook_in(two, two.assignment(tiny.NAME), folder).name == "01_small.ipynb"


def test_a_link_to_one_that_fits_is_not_followed(two: Course, folder: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.ipynb"
    elsewhere.write_bytes(tiny.answered(two))
    (folder / "link.ipynb").symlink_to(elsewhere)
    assert notebook_in(two, two.assignment(tiny.NAME), folder).name == "01_small.ipynb"


def test_half_of_the_cells_to_fill_in_make_it_fit_whatever_became_of_their_metadata(two: Course) -> None:
    cells = json.loads(tiny.answered(two))["cells"]
    bare = {
        cell["id"]: {"cell_type": cell["cell_type"], "source": cell["source"], "metadata": {}}
        for cell in cells
    }
    files = {
        " and ".join(names): json.dumps({"nbformat": 4, "cells": [bare[name] for name in names]}).encode()
        for names in (["relu_forward", "relu_backward"], ["relu_forward"], ["title", "setup", "demo"])
    }
    assert fitting(two, two.assignment(tiny.NAME), files) == ["relu_forward and relu_backward"]


@pytest.mark.parametrize(
    ("part", "times"), [(b"", 1), (b"%PDF-1.7", 1), (b"[]", 1), (OTHER, 1), (b" ", MAX_BYTES + 1)]
)
def test_what_fits_nothing_is_refused_in_a_sentence(
    two: Course, tmp_path: Path, part: bytes, times: int
) -> None:
    path = tmp_path / "homework.ipynb"
    path.write_bytes(part * times)
    with pytest.raises(
        CourseError, match=r"homework.ipynb fits no assignment by its cells: say which one it is with --in"
    ):
        assignment_of(two, path)


def test_the_real_assignments_are_told_apart(tmp_path: Path) -> None:
    course = Course.find(Path(__file__))
    graded = [assignment for assignment in course.assignments if assignment.checks]
    for assignment in graded:
        renamed = tmp_path / f"homework {assignment.name}.ipynb"
        renamed.write_bytes(course.released_path(assignment).read_bytes())
    assert [assignment_of(course, path) for path in sorted(tmp_path.iterdir())] == graded
