"""`course collect`: a table first, and nothing before somebody says so."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from exports import NOTEBOOK, course_of_two, make_zip, submitted
from terminal import refused

FILES = [
    ("exampleann_LATE_101_9001_01_layers-1.ipynb", NOTEBOOK),
    ("beispielbo_102_9002_01_layers.ipynb", NOTEBOOK),
    ("bob_3_103_9003_01_layers.ipynb", NOTEBOOK),
]


@pytest.fixture
def course(tmp_path):
    return course_of_two(tmp_path / "course")


@pytest.fixture
def export(tmp_path):
    return make_zip(tmp_path / "export.zip", FILES)


def test_without_a_terminal_and_without_yes_only_the_table_is_printed(at, course, export):
    ended = at(course.root, "collect", "01_layers", str(export))
    refused(ended, "nothing was collected", "--yes")
    assert "exampleann_101" in ended[1]
    assert submitted(course) == {}


def test_the_table_says_who_from_which_file_and_what_is_odd(at, course, export):
    code, out, errors = at(course.root, "collect", "01_layers", str(export), "--yes")
    assert (code, errors) == (3, "")
    assert "from Canvas" in out
    for part in (FILES[0][0], "exampleann_101", "unknown", "new; late; a later upload (-1)"):
        assert part in out
    assert "Without a time no late penalty is computed" in out
    assert "✗ bob_3_103_9003_01_layers.ipynb: its name can be read as that of bob 3 or bob_3 103" in out
    assert "✓ 2 collected, 0 unchanged" in out
    assert set(submitted(course)) == {"exampleann_101", "beispielbo_102"}


def test_who_is_no_longer_there_is_said_and_kept(at, course, export, tmp_path):
    at(course.root, "collect", "01_layers", str(export), "--yes")
    later = make_zip(tmp_path / "later.zip", FILES[1:2])
    (tmp_path / "times.csv").write_text("student,time\nbeispielbo_102,2026-03-01T12:00:00Z\n")
    code, out, _ = at(
        course.root, "collect", "01_layers", str(later), "--times", str(tmp_path / "times.csv"), "-y"
    )
    assert code == 0
    assert "Collected before, not here now, and left as it is: exampleann_101" in out
    assert "2026-03-01 12:00:00 (times.csv)" in out
    assert "Without a time" not in out
    assert set(submitted(course)) == {"exampleann_101", "beispielbo_102"}


def test_an_archive_without_work_that_can_be_taken_names_it_and_ends(at, course, tmp_path):
    ended = at(course.root, "collect", "01_layers", str(make_zip(tmp_path / "a.zip", FILES[2:])), "--yes")
    refused(ended, "nobody's work was found")
    assert "bob_3_103" in ended[1]


def test_names_of_folders_reach_the_terminal_without_what_moves_its_cursor(at, course, tmp_path):
    names = [f"a{mark}b/01_layers.ipynb" for mark in ("\x1b[2J", "\u202e", "\x9b1m", "[red]")]
    code, out, _ = at(
        course.root,
        "collect",
        "01_layers",
        str(make_zip(tmp_path / "a.zip", [(n, b"{}") for n in names] + [("ann.ipynb", b"{}")])),
        "-y",
    )
    assert code == 3
    assert out.count("✗") == 4
    assert all(char.isprintable() or char == "\n" for char in out)


@pytest.mark.parametrize(("answer", "students"), [("y", {"exampleann_101", "beispielbo_102"}), ("n", set())])
def test_at_a_terminal_somebody_is_asked(course, export, answer, students):
    here, there = pty.openpty()
    try:
        command = [Path(sys.executable).with_name("course"), "collect", "01_layers", export]
        with subprocess.Popen(
            command, cwd=course.root, stdin=there, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        ) as asked:
            os.write(here, f"{answer}\n".encode())
            out, _ = asked.communicate(timeout=120)
    finally:
        os.close(here)
        os.close(there)
    assert "Collect 2 submissions?" in out.decode()
    assert set(submitted(course)) == students
