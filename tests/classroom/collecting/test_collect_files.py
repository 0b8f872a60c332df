"""Collecting files that are handed in beside a notebook."""

import zipfile

import exports
import pytest
import tiny
from handing_in import FILE, with_file

from autograder.course.manifest import Course


@pytest.fixture
def course(tiny_course: Course) -> Course:
    """The tiny course, with a file to hand in."""
    return with_file(tiny_course)


def archived(path, entries):
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in entries:
            archive.writestr(zipfile.ZipInfo(name), data)
    return path


def take(course, source, **limits):
    return exports.take(course, source, tiny.NAME, **limits)


def stored(course, student):
    folder = course.folder("submitted", student, course.assignment(tiny.NAME))
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "timestamp.txt"}


@pytest.mark.parametrize(
    ("notebook", "file", "student"),
    [
        ("ann/01_small.ipynb", "ann/weights.npz", "ann"),
        ("ann/nb/01_small.ipynb", "ann/weights.npz", "ann"),
        ("all/ann/01_small/01_small.ipynb", "all/ann/01_small/weights.npz", "ann"),
        ("smithann_4711_1_01_small.ipynb", "smithann_4711_2_weights.npz", "smithann_4711"),
        ("smithann_LATE_4711_1_01_small-1.ipynb", "smithann_LATE_4711_2_weights-1.npz", "smithann_4711"),
        ("smithann_4711_1_01_small.ipynb", "smithann_4711_2_Weights (2).npz", "smithann_4711"),
        (
            "Ann Müller_4711_assignsubmission_file_/01_small.ipynb",
            "Ann Müller_4711_assignsubmission_file_/my weights.NPZ",
            "ann-muller",
        ),
    ],
)
def test_every_layout_gives_the_notebook_its_file(course, tmp_path, notebook, file, student):
    result = take(course, archived(tmp_path / "a.zip", [(notebook, b"{}"), (file, b"w")]))
    assert (result.students, result.refused) == ([student], [])
    assert stored(course, student) == {"01_small.ipynb": b"{}", FILE: b"w"}


def test_the_last_attempt_counts_and_what_is_not_listed_stays_outside(course, tmp_path):
    entries = [
        ("ann_1_1_01_small.ipynb", b"{}"),
        ("ann_1_2_weights.npz", b"first"),
        ("ann_1_3_weights-2.npz", b"third"),
        ("ann_1_4_weights-1.npz", b"second"),
        ("ann_1_5_given.py", b"import os"),
    ]
    take(course, archived(tmp_path / "a.zip", entries))
    assert stored(course, "ann_1") == {"01_small.ipynb": b"{}", FILE: b"third"}


def test_files_of_which_none_is_meant_are_named_and_the_notebook_is_taken(course, tmp_path):
    entries = [("ann/01_small.ipynb", b"{}"), ("ann/one.npz", b"1"), ("ann/two.npz", b"2")]
    result = take(course, archived(tmp_path / "a.zip", entries))
    assert stored(course, "ann") == {"01_small.ipynb": b"{}"}
    assert result.refused == [
        ("ann", "none of one.npz, two.npz is called weights.npz; the notebook was taken")
    ]


def test_a_file_too_large_or_damaged_costs_the_file_only(course, tmp_path):
    entries = [("ann/01_small.ipynb", b"{}"), ("ann/weights.npz", bytes(3_001))]
    result = take(course, archived(tmp_path / "a.zip", entries), file_bytes=3_000)
    [(name, reason)] = result.refused
    assert name == "ann/weights.npz"
    assert "3,001 bytes" in reason
    assert stored(course, "ann") == {"01_small.ipynb": b"{}"}
    path = archived(tmp_path / "b.zip", [("bob/01_small.ipynb", b"{}"), ("bob/weights.npz", bytes(999))])
    path.write_bytes(path.read_bytes().replace(bytes(999), bytes(998) + b"x"))
    result = take(course, path)
    assert result.students == ["bob"]
    assert "cannot be unpacked" in dict(result.refused)["bob/weights.npz"]
    assert stored(course, "bob") == {"01_small.ipynb": b"{}"}


def test_the_folder_mirrors_the_last_collection_and_keeps_what_it_replaces(course, tmp_path):
    notebook = ("ann/01_small.ipynb", b"{}")
    take(course, archived(tmp_path / "a.zip", [notebook, ("ann/weights.npz", b"old")]))
    again = archived(tmp_path / "b.zip", [notebook, ("ann/weights.npz", b"new")])
    assert take(course, again).students == ["ann"]
    assert take(course, again).unchanged == ["ann"]
    assert take(course, archived(tmp_path / "c.zip", [notebook])).students == ["ann"]
    assert stored(course, "ann") == {"01_small.ipynb": b"{}"}
    kept = sorted((course.root / ".grading" / "replaced" / tiny.NAME).iterdir())
    assert [path.read_bytes() for path in kept] == [b"old", b"new"]


def test_a_lone_file_is_refused_by_name(course, tmp_path):
    result = take(course, archived(tmp_path / "a.zip", [("weights.npz", b"w"), ("ann.ipynb", b"{}")]))
    assert result.students == ["ann"]
    assert result.refused == [("weights.npz", "it is no notebook, and lies in no student's folder")]


def test_of_several_notebooks_under_other_names_the_one_that_fits_is_taken(course, tmp_path):
    fits, other = tiny.answered(course), b'{"nbformat": 4, "cells": []}'
    entries = [
        ("ann/01_small (1).ipynb", fits),
        ("ann/scratch.ipynb", other),
        ("bob/x.ipynb", other),
        ("bob/y.ipynb", other),
    ]
    result = take(
        course, archived(tmp_path / "a.zip", [*entries, ("cy/a.ipynb", fits), ("cy/b/c.ipynb", fits)])
    )
    assert result.students == ["ann"]
    assert stored(course, "ann") == {"01_small.ipynb": fits}
    assert [(name, "0 fit" in why, "2 fit" in why) for name, why in result.refused] == [
        ("bob", True, False),
        ("cy", False, True),
    ]
