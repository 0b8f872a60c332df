"""What learning platforms export, made by the test that needs it, and what came of collecting it."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from pathlib import Path

from autograder.classroom.collect import Collected, known_of, planned
from autograder.classroom.collect import take as take_planned
from autograder.classroom.collecting.entries import CollectLimits
from autograder.course.manifest import Course

NAME = "01_layers"
OTHER = "02_batchnorm"
NOTEBOOK = b'{"nbformat": 4, "cells": []}'
DOWNLOADED = (2026, 3, 5, 10, 0, 0)  # the time of all entries, when no student handed in


def course_of_two(folder: Path, more: str = "") -> Course:
    """A course folder of two assignments, without notebooks, since collecting looks at none of its own."""
    folder.mkdir(parents=True)
    entries = "".join(f'[[assignment]]\nname = "{name}"\ntitle = "T"\npoints = 1\n' for name in (NAME, OTHER))
    (folder / "course.toml").write_text(f'title = "T"\n{more}\n{entries}', encoding="utf-8")
    return Course(folder)


def make_zip(path: Path, entries: Iterable[tuple[str | zipfile.ZipInfo, bytes]]) -> Path:
    """A zip of (name, bytes) pairs, or of ready-made ZipInfo in place of names."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries:
            info = name if isinstance(name, zipfile.ZipInfo) else zipfile.ZipInfo(name, DOWNLOADED)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data)
    return path


def make_folder(path: Path, entries: Iterable[tuple[str, bytes]]) -> Path:
    """The same as files below a folder."""
    for name, data in entries:
        file = path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    return path


def take(
    course: Course, source: Path, name: str = NAME, *, roster=None, worksheet=None, times=None, **limits: int
) -> Collected:
    """Collect an assignment as `course collect --yes` does."""
    sources, assignment = known_of(course, roster, worksheet, times), course.assignment(name)
    with planned(course, assignment, source, sources, CollectLimits(**limits) if limits else None) as plan:
        return take_planned(course, assignment, plan)


def submitted(course: Course, name: str = NAME) -> dict[str, bytes]:
    """The notebook of each student that was collected."""
    paths = (course.root / "submitted").glob(f"*/{name}/{name}.ipynb")
    return {path.parts[-3]: path.read_bytes() for path in paths}


def time_of(course: Course, student: str) -> str | None:
    """What was written down as the time of a submission."""
    path = course.root / "submitted" / student / NAME / "timestamp.txt"
    return path.read_text(encoding="utf-8").strip() if path.exists() else None
