"""Files handed in with a notebook: the kernel finds those that the assignment lists, as bytes, and nothing else."""

import io
import os
import socket
import subprocess
import sys
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import tiny
from nbgrader_runs import marks, nbgrader

from autograder.classroom.collect import collect
from autograder.classroom.feedback import write_feedback
from autograder.classroom.grade import grade_class
from autograder.classroom.release import release
from autograder.classroom.submissions import find_submissions
from autograder.course.manifest import Course
from autograder.errors import CourseError
from autograder.grading.handed_in import read_files, read_timestamp
from autograder.grading.job import Job, grade
from autograder.nbgrader_bridge import hooks

FILE = "weights.npz"
# Right with the weights that were handed in, wrong with others, and only where nothing else lies beside them.
READS_THE_FILE = f"""import os

def relu_backward(dout, cache):
    assert os.listdir() == ["{FILE}"], os.listdir()
    return dout * (cache > 0) * np.load("{FILE}", allow_pickle=False)["w"]
"""


def weights(value: float) -> bytes:
    file = io.BytesIO()
    np.savez(file, w=np.float64(value))
    return file.getvalue()


@pytest.fixture
def course(tiny_class: Course) -> Course:
    """The tiny course, with a file to hand in."""
    return with_manifest(tiny_class, f'files = ["{FILE}"]')


def with_manifest(course: Course, line: str, more: str = "") -> Course:
    (course.root / "course.toml").write_text(f"{tiny.MANIFEST}{line}\n{more}", encoding="utf-8")
    return Course(course.root)


def hand_in(course: Course, student: str, file: bytes | None) -> Path:
    """Hand in a notebook that reads the file, and the file; returns where the file lies."""
    notebook = tiny.hand_in(course, student, tiny.answered(course, relu_backward=READS_THE_FILE))
    path = notebook.with_name(FILE)
    if file is not None:
        path.write_bytes(file)
    return path


def grade_all(course: Course) -> dict:
    assignment = course.assignment(tiny.NAME)
    jobs = find_submissions(course, assignment).jobs
    return {graded.student: graded for graded in grade_class(course, assignment, jobs)}


class TestGrading:
    def test_the_kernel_finds_the_file_and_a_missing_one_costs_what_needs_it(self, course):
        hand_in(course, "ada", weights(1)).with_name("notes.txt").write_text("this stays outside")
        hand_in(course, "bao", None)
        hand_in(course, "chidi", weights(np.nan))
        results = grade_all(course)
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
        assert grade_all(course)["ada"].score == 2
        first = graded.stat().st_mtime_ns
        assert grade_all(course)["ada"].score == 2
        assert graded.stat().st_mtime_ns == first
        path.write_bytes(weights(1))
        assert grade_all(course)["ada"].score == 6

    def test_nbgrader_gives_the_same_marks_and_no_file_to_anybody(self, course):
        authors = course.source(course.assignment(tiny.NAME)).with_name(FILE)
        authors.write_bytes(weights(1))
        release(course, course.assignment(tiny.NAME))
        assert not course.released_path(course.assignment(tiny.NAME)).with_name(FILE).exists()
        nbgrader(course, "generate_assignment", tiny.NAME, "--force")
        assert not course.released_path(course.assignment(tiny.NAME)).with_name(FILE).exists()
        hand_in(course, "ada", weights(1))
        hand_in(course, "bao", None)
        hand_in(course, "chidi", weights(np.nan))
        log = nbgrader(course, "autograde", tiny.NAME)
        got = {
            name: marks(course, tiny.NAME, name)["test_relu_backward"][0] for name in ("ada", "bao", "chidi")
        }
        assert got == {"ada": 4, "bao": 0, "chidi": 0}
        assert f"The file `{FILE}` is missing" in log
        assert list((course.root / "autograded").rglob(FILE)) == []

    def test_a_self_learner_checks_with_the_file_beside_the_working_copy(self, course):
        work = course.root / "work" / tiny.NAME
        work.mkdir(parents=True)
        (work / f"{tiny.NAME}.ipynb").write_bytes(tiny.answered(course, relu_backward=READS_THE_FILE))
        course_command = str(Path(sys.executable).with_name("course"))
        command = [course_command, "check", tiny.NAME, "--as-graded"]
        run = subprocess.run(command, cwd=course.root, capture_output=True, text=True, timeout=300)
        assert f"The file `{FILE}` is missing" in " ".join(run.stdout.split())
        (work / FILE).write_bytes(weights(1))
        run = subprocess.run(command, cwd=course.root, capture_output=True, text=True, timeout=300)
        assert "6 of 6 points" in run.stdout, run.stdout + run.stderr

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


class TestNbgrader:
    """What lies in a submission's folder beside what the assignment asks for, and nbgrader would copy."""

    def test_links_pipes_and_unreadable_times_are_set_aside_and_stop_nobody(self, course, tmp_path):
        release(course, course.assignment(tiny.NAME))
        (tmp_path / "secret").write_bytes(b"secret")
        for student in ("ada", "bao", "chidi"):
            hand_in(course, student, weights(1))
        folder = course.folder("submitted", "bao", course.assignment(tiny.NAME))
        (folder / "timestamp.txt").write_text("the day before yesterday")
        (folder / "solution.txt").symlink_to(tmp_path / "secret")
        (folder / "more").mkdir()
        (folder / "more" / "all").symlink_to(tmp_path)
        os.mkfifo(folder / "pipe")
        other = course.folder("submitted", "ada", course.assignment(tiny.NAME))
        os.mkfifo(other / "timestamp.txt")
        nbgrader(course, "autograde", tiny.NAME)
        for student in ("ada", "bao", "chidi"):
            assert marks(course, tiny.NAME, student)["test_relu_backward"][0] == 4
        left = [path.name for path in (course.root / "autograded").rglob("*") if path.is_file()]
        assert left == [f"{tiny.NAME}.ipynb"] * 3
        kept = {path.name.split("-", 1)[1] for path in (course.root / ".grading" / "set-aside").rglob("*-*")}
        assert kept == {"timestamp.txt", "solution.txt", "all", "pipe"}

    def test_a_folder_that_is_a_link_is_left_alone(self, course, tmp_path):
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        (elsewhere / "odd").symlink_to(tmp_path)
        folder = course.root / "submitted" / "eve" / tiny.NAME
        folder.parent.mkdir(parents=True)
        folder.symlink_to(elsewhere)
        notebook = str(folder / f"{tiny.NAME}.ipynb")
        hooks.set_aside(course, assignment=tiny.NAME, student="*", notebooks=[notebook])
        assert (elsewhere / "odd").is_symlink()


class TestCollecting:
    def archive(self, path, entries, time=(2026, 3, 1, 12, 0, 0)):
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in entries:
                archive.writestr(zipfile.ZipInfo(name, time), data)
        return path

    def take(self, course, source):
        return collect(course, course.assignment(tiny.NAME), source)

    def stored(self, course, student):
        folder = course.folder("submitted", student, course.assignment(tiny.NAME))
        return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "timestamp.txt"}

    @pytest.mark.parametrize(
        ("notebook", "file", "student"),
        [
            ("ann/01_small.ipynb", "ann/weights.npz", "ann"),
            ("all/ann/01_small/01_small.ipynb", "all/ann/01_small/weights.npz", "ann"),
            ("smithann_4711_1_01_small.ipynb", "smithann_4711_2_weights.npz", "smithann_4711"),
            ("smithann_LATE_4711_1_01_small-1.ipynb", "smithann_LATE_4711_2_weights-1.npz", "smithann_4711"),
            ("smithann_4711_1_01_small.ipynb", "smithann_4711_2_Weights (2).npz", "smithann_4711"),
            (
                "Ann Müller_4711_assignsubmission_file_/01_small.ipynb",
                "Ann Müller_4711_assignsubmission_file_/my weights.NPZ",
                "ann-muller_4711",
            ),
        ],
    )
    def test_every_layout_gives_the_notebook_its_file(self, course, tmp_path, notebook, file, student):
        result = self.take(course, self.archive(tmp_path / "a.zip", [(notebook, b"{}"), (file, b"w")]))
        assert (result.students, result.refused) == ([student], [])
        assert self.stored(course, student) == {"01_small.ipynb": b"{}", FILE: b"w"}

    def test_the_last_attempt_counts_and_what_is_not_listed_stays_outside(self, course, tmp_path):
        entries = [
            ("ann_1_1_01_small.ipynb", b"{}"),
            ("ann_1_2_weights.npz", b"first"),
            ("ann_1_3_weights-2.npz", b"third"),
            ("ann_1_4_weights-1.npz", b"second"),
            ("ann_1_5_given.py", b"import os"),
        ]
        self.take(course, self.archive(tmp_path / "a.zip", entries))
        assert self.stored(course, "ann_1") == {"01_small.ipynb": b"{}", FILE: b"third"}

    def test_files_of_which_none_is_meant_are_named_and_the_notebook_is_taken(self, course, tmp_path):
        entries = [("ann/01_small.ipynb", b"{}"), ("ann/one.npz", b"1"), ("ann/two.npz", b"2")]
        result = self.take(course, self.archive(tmp_path / "a.zip", entries))
        assert self.stored(course, "ann") == {"01_small.ipynb": b"{}"}
        assert result.refused == [
            ("ann", "none of one.npz, two.npz is called weights.npz; the notebook was taken")
        ]

    def test_a_file_too_large_or_damaged_costs_the_file_only(self, course, tmp_path):
        more = "[limits]\nhanded_in_bytes = 30_000_000\n"
        course = with_manifest(course, f'files = ["{FILE}"]', more)
        entries = [("ann/01_small.ipynb", b"{}"), ("ann/weights.npz", bytes(30_000_001))]
        result = self.take(course, self.archive(tmp_path / "a.zip", entries))
        [(name, reason)] = result.refused
        assert name == "ann/weights.npz"
        assert "30,000,001 bytes" in reason
        assert self.stored(course, "ann") == {"01_small.ipynb": b"{}"}
        path = self.archive(
            tmp_path / "b.zip", [("bob/01_small.ipynb", b"{}"), ("bob/weights.npz", bytes(999))]
        )
        path.write_bytes(path.read_bytes().replace(bytes(999), bytes(998) + b"x"))
        result = self.take(course, path)
        assert result.students == ["bob"]
        assert "cannot be unpacked" in dict(result.refused)["bob/weights.npz"]
        assert self.stored(course, "bob") == {"01_small.ipynb": b"{}"}

    def test_the_folder_mirrors_the_last_collection_and_keeps_what_it_replaces(self, course, tmp_path):
        notebook = ("ann/01_small.ipynb", b"{}")
        self.take(course, self.archive(tmp_path / "a.zip", [notebook, ("ann/weights.npz", b"old")]))
        again = self.archive(
            tmp_path / "b.zip", [notebook, ("ann/weights.npz", b"new")], (2026, 3, 2, 0, 0, 0)
        )
        assert self.take(course, again).students == ["ann"]
        assert self.take(course, again).unchanged == ["ann"]
        time = course.folder("submitted", "ann", course.assignment(tiny.NAME)) / "timestamp.txt"
        assert read_timestamp(time) == datetime.fromisoformat("2026-03-02").replace(tzinfo=UTC).replace(
            tzinfo=None
        )
        assert self.take(course, self.archive(tmp_path / "c.zip", [notebook])).students == ["ann"]
        assert self.stored(course, "ann") == {"01_small.ipynb": b"{}"}
        kept = sorted((course.root / ".grading" / "replaced" / tiny.NAME).iterdir())
        assert [path.read_bytes() for path in kept] == [b"old", b"new"]

    def test_the_last_of_the_files_is_the_time_of_the_submission(self, course, tmp_path):
        source = tmp_path / "in" / "ann"
        source.mkdir(parents=True)
        for name, hour in (("01_small.ipynb", 12), ("weights.npz", 14)):
            (source / name).write_bytes(b"{}")
            moment = datetime(2026, 3, 1, hour, tzinfo=UTC).timestamp()
            os.utime(source / name, (moment, moment))
        self.take(course, tmp_path / "in")
        time = course.folder("submitted", "ann", course.assignment(tiny.NAME)) / "timestamp.txt"
        assert read_timestamp(time) == datetime(2026, 3, 1, 14)

    def test_a_lone_file_is_refused_by_name(self, course, tmp_path):
        result = self.take(
            course, self.archive(tmp_path / "a.zip", [("weights.npz", b"w"), ("ann.ipynb", b"{}")])
        )
        assert result.students == ["ann"]
        assert result.refused == [("weights.npz", "it is no notebook, and lies in no student's folder")]
