"""Files handed in with a notebook: the kernel finds those that the assignment lists, as bytes, and nothing else."""

import io
import os
import socket
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
import tiny
from handing_in import FILE, hand_in, weights, with_file, with_manifest

from autograder.classroom.feedback import write_feedback
from autograder.course.manifest import Course
from autograder.grading.handed_in import read_files, read_timestamp
from autograder.grading.job import Job, grade
from course_utils.errors import CourseError


@pytest.fixture
def course(tiny_class: Course) -> Course:
    """The tiny course, with a file to hand in."""
    return with_file(tiny_class)


class TestGrading:
    def test_the_kernel_finds_the_file_and_a_missing_one_costs_what_needs_it(self, course):
        hand_in(course, "ada", weights(1)).with_name("notes.txt").write_text("this stays outside")
        hand_in(course, "bao", None)
        hand_in(course, "chidi", weights(np.nan))
        results = tiny.grade_class(course)
        assert {name: graded.score for name, graded in results.items()} == {"ada": 6, "bao": 2, "chidi": 2}
        assert results["ada"].notes == []
        [note] = results["bao"].notes
        assert note.startswith(f"The file `{FILE}` is missing: hand it in together with the notebook")
        write_feedback(course, course.assignment(tiny.NAME), "bao")
        assert "is missing: hand it in" in (
            course.root / "feedback" / "bao" / tiny.NAME / f"{tiny.NAME}.html"
        ).read_text(encoding="utf-8")

    def test_a_changed_file_is_graded_again_and_an_unchanged_one_is_not(self, course):
        path = hand_in(course, "ada", weights(np.nan))
        graded = course.folder("autograded", "ada", course.assignment(tiny.NAME)) / f"{tiny.NAME}.ipynb"
        assert tiny.grade_class(course)["ada"].score == 2
        first = graded.stat().st_mtime_ns
        assert tiny.grade_class(course)["ada"].score == 2
        assert graded.stat().st_mtime_ns == first
        path.write_bytes(weights(1))
        assert tiny.grade_class(course)["ada"].score == 6

    def test_a_pickle_stays_bytes_outside_and_a_sentence_inside(self, course, tmp_path):
        touched = tmp_path / "touched"
        array = np.empty((), dtype=object)
        array[()] = _Touches(touched)
        file = io.BytesIO()
        np.savez(file, w=array)
        path = hand_in(course, "eve", file.getvalue())
        job = Job.read(course, course.assignment(tiny.NAME), "eve", path.with_name(f"{tiny.NAME}.ipynb"))
        graded = grade(job)
        assert graded.score == 2
        assert "allow_pickle=False" in graded.why()
        assert not touched.exists()
        np.load(path, allow_pickle=True)["w"]
        assert touched.exists()  # so it would have shown

    def test_what_was_handed_in_decides_the_digest(self, course):
        def digest(**files):
            return Job("ada", tiny.NAME, b"n", course.root, files=read_files_of(course, **files)).digest

        digests = [digest(), digest(a=b""), digest(a=b"bc"), digest(ab=b"c"), digest(a=b"b", b=b"c")]
        assert len(set(digests)) == len(digests)


class _Touches:
    def __init__(self, path: Path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def read_files_of(course, **contents):
    folder = course.root / "files"
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return read_files(folder, contents, 1000)


class TestReading:
    def test_only_regular_files_are_read_and_no_pipe_is_waited_for(self, tmp_path):
        (tmp_path / "secret").write_bytes(b"secret")
        (tmp_path / "link.npz").symlink_to(tmp_path / "secret")
        (tmp_path / "dangling.npz").symlink_to(tmp_path / "nowhere")
        (tmp_path / "folder.npz").mkdir()
        os.mkfifo(tmp_path / "pipe.npz")
        (tmp_path / "good.npz").write_bytes(b"good")
        here = os.getcwd()
        with socket.socket(socket.AF_UNIX) as listener:
            os.chdir(tmp_path)  # the path of a socket must be short
            try:
                listener.bind("socket.npz")
            finally:
                os.chdir(here)
            names = [
                f"{name}.npz" for name in ("link", "dangling", "folder", "pipe", "socket", "none", "good")
            ]
            files = read_files(tmp_path, names, 100)
        assert files.contents == {"good.npz": b"good"}
        said = [
            "`link.npz` is a symbolic link, not a file",
            "`dangling.npz` is a symbolic link, not a file",
            "`folder.npz` is a folder, not a file",
            "`pipe.npz` is a pipe, not a file",
            "`socket.npz` is a socket, not a file",
            "`none.npz` is missing",
        ]
        assert [said in note for said, note in zip(said, files.notes, strict=True)] == [True] * len(said)

    def test_a_gigabyte_is_not_read_and_the_limit_is_for_all_together(self, tmp_path):
        with (tmp_path / "huge.npz").open("wb") as file:
            file.truncate(2**30)
        for name in ("a.npz", "b.npz"):
            (tmp_path / name).write_bytes(bytes(600))
        files = read_files(tmp_path, ["huge.npz", "a.npz", "b.npz"], 1000)
        assert list(files.contents) == ["a.npz"]
        assert [note.split("`")[1] for note in files.notes] == ["huge.npz", "b.npz"]
        assert all("too large" in note and "at most 1,000 bytes" in note for note in files.notes)

    def test_a_notebook_that_is_a_link_is_refused(self, course, tmp_path):
        path = hand_in(course, "eve", None).with_name(f"{tiny.NAME}.ipynb")
        path.rename(tmp_path / "elsewhere.ipynb")
        path.symlink_to(tmp_path / "elsewhere.ipynb")
        with pytest.raises(CourseError, match="the notebook is a symbolic link, not a file"):
            Job.read(course, course.assignment(tiny.NAME), "eve", path)

    @pytest.mark.parametrize("said", [b"never", b"\xff\xfe", b"9" * 300, b"1 2 99999999999999999999", b""])
    def test_a_time_that_nobody_can_read_is_none(self, tmp_path, said):
        (tmp_path / "timestamp.txt").write_bytes(said)
        assert read_timestamp(tmp_path / "timestamp.txt") is None

    def test_a_time_is_read_as_utc_and_a_pipe_is_none(self, tmp_path):
        (tmp_path / "timestamp.txt").write_text("2026-03-01 12:30:00 UTC\n")
        assert read_timestamp(tmp_path / "timestamp.txt") == datetime(2026, 3, 1, 12, 30)
        os.mkfifo(tmp_path / "pipe")
        assert read_timestamp(tmp_path / "pipe") is None


@pytest.mark.parametrize(
    "names",
    [
        '["../weights.npz"]',
        '["a/b.npz"]',
        '[".hidden"]',
        '["given.py"]',
        '["01_small.ipynb"]',
        '["timestamp.txt"]',
        '["Weights.npz"]',
        '["all.zip"]',
        '["a b.npz"]',
        '["w.npz", "w.npz"]',
        '"w.npz"',
        "[1]",
    ],
)
def test_the_manifest_lists_plain_names_only(course, names):
    with pytest.raises(CourseError, match=r"cannot be handed in|no list of names|names a file twice"):
        _ = with_manifest(course, f"files = {names}").assignments
