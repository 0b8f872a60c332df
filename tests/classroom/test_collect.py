"""Collecting: whatever lies in a folder or an archive, only plain notebooks get in, and the rest is named."""

import os
import socket
import stat
import zipfile
from datetime import UTC, datetime

import pytest

from autograder.classroom.archives import CollectLimits
from autograder.classroom.collect import collect
from autograder.course.manifest import Assignment, Course
from autograder.errors import CourseError

ASSIGNMENT = Assignment("01_layers", "Layers", 100)
NOTEBOOK = b'{"nbformat": 4, "cells": []}'


@pytest.fixture
def course(tmp_path):
    root = tmp_path / "course"
    root.mkdir()
    (root / "course.toml").write_text(
        'title = "T"\n[[assignment]]\nname = "01_layers"\ntitle = "L"\npoints = 100\n'
    )
    return Course(root)


def make_zip(path, entries, *, time=(2026, 3, 1, 12, 0, 0)):
    """A zip of (name, bytes) pairs, or of ready-made ZipInfo in place of names."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries:
            info = name if isinstance(name, zipfile.ZipInfo) else zipfile.ZipInfo(name, time)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data)
    return path


def take(course, source, **limits):
    return collect(course, ASSIGNMENT, source, CollectLimits(**limits))


def submitted(course, student):
    return course.root / "submitted" / student / "01_layers" / "01_layers.ipynb"


def files_below(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir())


@pytest.mark.parametrize(
    ("name", "student"),
    [
        ("ann.ipynb", "ann"),
        ("ann/01_layers.ipynb", "ann"),
        ("ann/my work.ipynb", "ann"),
        ("export/ann/01_layers/01_layers.ipynb", "ann"),
        ("smithann_4711_99812_01_layers.ipynb", "smithann_4711"),
        ("smithann_LATE_4711_99812_01_layers-2.ipynb", "smithann_4711"),
        ("Ann Müller_4711_assignsubmission_file_/01_layers.ipynb", "ann-muller_4711"),
        ("Ann Müller_4711_assignsubmission_file/01_layers.ipynb", "ann-muller_4711"),
        ("安_4711_assignsubmission_file_/01_layers.ipynb", "4711"),
    ],
)
def test_layouts_of_canvas_moodle_and_plain_are_understood(course, tmp_path, name, student):
    result = take(course, make_zip(tmp_path / "all.zip", [(name, NOTEBOOK)]))
    assert (result.students, result.refused) == ([student], [])
    assert submitted(course, student).read_bytes() == NOTEBOOK


def test_time_comes_from_the_archive_and_not_from_a_file_of_the_student(course, tmp_path):
    archive = make_zip(
        tmp_path / "all.zip",
        [("ann/01_layers.ipynb", NOTEBOOK), ("ann/timestamp.txt", b"1999-01-01 00:00:00 UTC")],
        time=(2026, 3, 1, 12, 30, 0),
    )
    take(course, archive)
    folder = submitted(course, "ann").parent
    assert (folder / "timestamp.txt").read_text() == "2026-03-01 12:30:00 UTC\n"
    assert files_below(folder) == ["01_layers.ipynb", "timestamp.txt"]


def test_time_of_a_folder_is_the_files_own(course, tmp_path):
    (tmp_path / "in" / "ann").mkdir(parents=True)
    path = tmp_path / "in" / "ann" / "01_layers.ipynb"
    path.write_bytes(NOTEBOOK)
    moment = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC).timestamp()
    os.utime(path, (moment, moment))
    take(course, tmp_path / "in")
    assert (submitted(course, "ann").parent / "timestamp.txt").read_text() == "2026-03-01 12:00:00 UTC\n"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../../evil/01_layers.ipynb", "leads out of the archive"),
        ("/etc/evil.ipynb", "absolute"),
        ("C:/evil/01_layers.ipynb", "absolute"),
        ("evil\\..\\01_layers.ipynb", "backslash"),
        ("evil/homework.zip", "archive within the archive"),
        ("e vil.ipynb", "no student id"),
        ("-evil.ipynb", "no student id"),
        ("é.ipynb", "no student id"),
        (f"{'e' * 65}.ipynb", "no student id"),
        ("evil/notes.txt", "no notebook among notes.txt"),
    ],
)
def test_bad_names_are_refused_by_name_and_the_rest_is_collected(course, tmp_path, name, reason):
    archive = make_zip(tmp_path / "all.zip", [(name, b"{}"), ("ann.ipynb", NOTEBOOK)])
    result = take(course, archive)
    assert result.students == ["ann"]
    [(_, said)] = result.refused
    assert reason in said
    assert files_below(tmp_path / "course" / "submitted") == [
        "ann/01_layers/01_layers.ipynb",
        "ann/01_layers/timestamp.txt",
    ]


@pytest.mark.parametrize(
    ("kind", "said"), [(stat.S_IFLNK, "symbolic link"), (stat.S_IFCHR, "device"), (stat.S_IFIFO, "pipe")]
)
def test_links_and_devices_in_an_archive_are_refused(course, tmp_path, kind, said):
    info = zipfile.ZipInfo("eve.ipynb", (2026, 3, 1, 0, 0, 0))
    info.create_system, info.external_attr = 3, (kind | 0o777) << 16
    result = take(course, make_zip(tmp_path / "all.zip", [(info, b"/etc/passwd"), ("ann.ipynb", NOTEBOOK)]))
    assert result.students == ["ann"]
    assert [(name, said in reason) for name, reason in result.refused] == [("eve.ipynb", True)]


def test_links_pipes_and_sockets_in_a_folder_are_refused(course, tmp_path):
    source = tmp_path / "in"
    source.mkdir()
    (tmp_path / "secret.ipynb").write_bytes(b"secret")
    (source / "link.ipynb").symlink_to(tmp_path / "secret.ipynb")
    (source / "dir").symlink_to(tmp_path)
    os.mkfifo(source / "pipe.ipynb")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(source / "sock.ipynb"))
        (source / "ann.ipynb").write_bytes(NOTEBOOK)
        result = take(course, source)
    assert result.students == ["ann"]
    assert sorted(name for name, _ in result.refused) == ["dir", "link.ipynb", "pipe.ipynb", "sock.ipynb"]


def test_a_zip_bomb_is_refused_by_its_ratio_and_by_its_size(course, tmp_path):
    archive = make_zip(tmp_path / "all.zip", [("eve.ipynb", bytes(5_000_000)), ("ann.ipynb", NOTEBOOK)])
    assert "times its size" in dict(take(course, archive).refused)["eve.ipynb"]
    assert "more than the 1,000" in dict(take(course, archive, file_bytes=1000).refused)["eve.ipynb"]


def test_a_size_that_lies_is_not_believed(course, tmp_path):
    path = make_zip(tmp_path / "all.zip", [("eve.ipynb", os.urandom(300_000)), ("ann.ipynb", NOTEBOOK)])
    data = path.read_bytes()
    # The directory says 1 kB for a file that unpacks to 300 kB.
    path.write_bytes(data.replace((300_000).to_bytes(4, "little"), (1_000).to_bytes(4, "little")))
    result = take(course, path, file_bytes=200_000)
    assert result.students == ["ann"]
    assert [name for name, _ in result.refused] == ["eve"]


def test_too_many_entries_and_too_much_in_all_are_refused(course, tmp_path):
    archive = make_zip(tmp_path / "all.zip", [(f"s{i}.ipynb", os.urandom(1000)) for i in range(20)])
    with pytest.raises(CourseError, match="20 entries"):
        take(course, archive, entries=10)
    result = take(course, archive, total_bytes=10_000)
    assert len(result.students) == 10
    assert len(result.refused) == 10


def test_student_ids_that_differ_only_in_case_collide(course, tmp_path):
    archive = make_zip(tmp_path / "all.zip", [("Ann.ipynb", NOTEBOOK), ("ann.ipynb", b"{}")])
    result = take(course, archive)
    assert result.students == ["Ann"]
    assert result.refused == [("ann.ipynb", "its student id differs only in case from Ann, which was taken")]


def test_the_last_attempt_counts_and_several_notebooks_are_refused(course, tmp_path):
    archive = make_zip(
        tmp_path / "all.zip",
        [
            ("ann_1_11_01_layers.ipynb", b"first"),
            ("ann_1_12_01_layers-2.ipynb", b"third"),
            ("ann_1_13_01_layers-1.ipynb", b"second"),
            ("bob/one.ipynb", b"1"),
            ("bob/two.ipynb", b"2"),
        ],
    )
    result = take(course, archive)
    assert submitted(course, "ann_1").read_bytes() == b"third"
    assert [student for student, _ in result.refused] == ["bob"]


def test_collecting_again_loses_nothing(course, tmp_path):
    take(course, make_zip(tmp_path / "a.zip", [("ann.ipynb", b"old"), ("bob.ipynb", b"same")]))
    result = take(course, make_zip(tmp_path / "b.zip", [("ann.ipynb", b"new"), ("bob.ipynb", b"same")]))
    assert (result.students, result.unchanged) == (["ann"], ["bob"])
    assert submitted(course, "ann").read_bytes() == b"new"
    [kept] = (course.root / ".grading" / "replaced" / "01_layers").iterdir()
    assert kept.read_bytes() == b"old"


def test_what_is_no_collection_gets_one_sentence(course, tmp_path):
    (tmp_path / "file").write_bytes(b"hello")
    (tmp_path / "empty").mkdir()
    for source, said in [
        ("file", "neither a folder nor a zip"),
        ("missing", "neither"),
        ("empty", "holds no notebook"),
    ]:
        with pytest.raises(CourseError, match=said):
            take(course, tmp_path / source)


def test_a_damaged_archive_entry_is_refused_by_name(course, tmp_path):
    path = make_zip(tmp_path / "all.zip", [("eve.ipynb", os.urandom(3000)), ("ann.ipynb", NOTEBOOK)])
    data = bytearray(path.read_bytes())
    data[100:200] = bytes(100)
    path.write_bytes(data)
    result = take(course, path)
    assert result.students == ["ann"]
    assert "cannot be unpacked" in dict(result.refused)["eve"]
