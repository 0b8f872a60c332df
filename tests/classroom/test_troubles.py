"""What befalls a machine while a class is graded: full disks, killed commands, two at once, odd folders, withdrawals."""

import csv
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
import tiny
from mounts import run_read_only
from nbgrader_runs import marks, nbgrader
from terminal import COURSE, refused, run, start

from autograder.classroom.export import export_grades
from autograder.classroom.feedback import write_feedback
from autograder.classroom.turn import turn
from autograder.course.manifest import Course
from autograder.grading.job_folders import JobFolder, sweep


def rows(course: Course, **options) -> dict[str, dict[str, str]]:
    path = course.root / "grades.csv"
    export_grades(course, path, **options)
    with path.open(newline="", encoding="utf-8") as file:
        return {row["student_id"]: row for row in csv.DictReader(file)}


def test_a_student_who_cannot_be_written_down_stops_nobody(class_of_three):
    (class_of_three.root / "autograded").mkdir()
    (class_of_three.root / "autograded" / "bao").write_text("a file in the way")
    graded = tiny.grade_class(class_of_three)
    assert "autograded/bao" in graded["bao"].fault
    assert graded["bao"].fault.endswith("make it writable, or make room")
    assert (graded["ada"].score, graded["chidi"].fault) == (6, "")
    (class_of_three.root / "autograded" / "bao").unlink()
    assert tiny.grade_class(class_of_three)["bao"].fault == ""


_ON_A_FULL_DISK = """
set -e
mount -t tmpfs -o size=3m tmpfs "$1"
cp -r "$2"/. "$1"
cd "$1"
head -c 100M /dev/zero > filler 2>/dev/null || true
shift 2
exec "$@"
"""


def test_a_full_disk_is_a_sentence_for_each_and_keeps_what_was_graded(graded_three, tmp_path):
    tiny.hand_in(graded_three, "dalia", tiny.answered(graded_three))
    tiny.hand_in(graded_three, "emeka", tiny.answered(graded_three))
    for name in ("disk", "nothing"):
        (tmp_path / name).mkdir()
    command = ["unshare", "--mount", "sh", "-c", _ON_A_FULL_DISK, "sh", str(tmp_path / "disk")]
    try:
        probe = subprocess.run(
            [*command, str(tmp_path / "nothing"), "true"], capture_output=True, check=False
        )
    except FileNotFoundError:
        pytest.skip("there is no unshare here to mount a small disk with")
    if probe.returncode:
        pytest.skip("no small disk can be mounted here")
    done = subprocess.run(
        [*command, str(graded_three.root), COURSE, "grade", tiny.NAME],
        capture_output=True,
        text=True,
        timeout=300,
        env=os.environ | {"COLUMNS": "250"},
        check=False,
    )
    assert "Traceback" not in done.stderr
    assert done.returncode == 3, done.stdout + done.stderr
    lines = {line.split("│")[1].strip(): line for line in done.stdout.splitlines() if line.count("│") == 4}
    assert "6/6" in lines["ada"]
    for student in ("dalia", "emeka"):
        assert "not graded" in lines[student]
        assert "make room" in lines[student]


def test_two_commands_at_once_in_a_new_course_both_end_well(tiny_course):
    for student in ("ada", "bao"):
        tiny.hand_in(tiny_course, student, tiny.answered(tiny_course))
    both = [start(tiny_course.root, "grade", tiny.NAME) for _ in range(2)]
    ends = [(process, *process.communicate(timeout=300)) for process in both]
    for process, out, errors in ends:
        assert process.returncode == 0, errors
        assert out.count("6/6") == 2


def test_what_a_killed_command_left_is_swept_up_and_what_is_in_use_is_not(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    program = (
        f"import tempfile; tempfile.tempdir = {str(tmp_path)!r}\n"
        "from autograder.grading.job_folders import JobFolder\n"
        "folder = JobFolder()\n"
        "(folder.path / 'kernel-1').mkdir()\n"
        "print(folder.path, flush=True)\n"
        "input()\n"
    )
    killed = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with killed:
        left = Path(killed.stdout.readline().strip())
        killed.send_signal(signal.SIGKILL)
        killed.wait(30)
    somebodys = tmp_path / "job-of-another-program"
    somebodys.mkdir()
    used = JobFolder()
    assert left.is_dir()
    sweep()
    assert (left.exists(), somebodys.exists(), used.path.exists()) == (False, True, True)
    used.remove()
    assert not used.path.exists()


def test_packages_in_the_working_folder_stand_in_for_nothing(tiny_class):
    for name in ("course_utils", "autograder", "numpy"):
        (tiny_class.root / name).mkdir()
        (tiny_class.root / name / "__init__.py").write_text("raise SystemExit('a folder of that name')")
    tiny.hand_in(tiny_class, "ada", tiny.answered(tiny_class))
    code, out, errors = run(tiny_class.root, "grade", tiny.NAME)
    assert (code, "6/6" in out) == (0, True), out + errors


def test_nbgrader_too_takes_the_library_that_is_installed(tiny_class):
    (tiny_class.root / "course_utils").mkdir()
    (tiny_class.root / "course_utils" / "__init__.py").write_text("raise SystemExit('a folder of that name')")
    tiny.hand_in(tiny_class, "ada", tiny.answered(tiny_class))
    nbgrader(tiny_class, "autograde", tiny.NAME)
    assert marks(tiny_class, tiny.NAME, "ada")["test_relu_backward"][0] == 4


def test_a_withdrawn_submission_counts_no_more_until_it_is_back(graded_three):
    course = graded_three
    folder = course.root / "submitted" / "ada"
    folder.rename(course.root / "ada")
    code, out, errors = run(course.root, "grade", tiny.NAME)
    assert code == 0, errors
    said = "01_small was withdrawn, since nothing of theirs is in submitted/, by ada; their marks are kept"
    assert said in " ".join(out.split())
    assert said in " ".join(run(course.root, "export", tiny.NAME)[1].split())
    table = rows(course)
    assert (table["ada"]["score"], table["ada"]["status"]) == ("", "withdrawn")
    assert table["chidi"]["status"] == "graded"
    feedback = write_feedback(course, course.assignment(tiny.NAME))
    assert [path.parent.parent.name for path in feedback.pages] == ["bao", "chidi"]
    assert list(feedback.skipped) == ["ada"]
    (course.root / "ada").rename(folder)
    assert rows(course)["ada"]["raw_score"] == "6.0"


def test_without_any_submissions_beside_it_a_gradebook_is_exported_as_it_is(graded_three):
    shutil.rmtree(graded_three.root / "submitted")
    assert rows(graded_three)["ada"]["raw_score"] == "6.0"


def test_folders_of_nobody_get_no_page_and_are_said(graded_three):
    course = graded_three
    shutil.copytree(course.root / "autograded" / "ada", course.root / "autograded" / "x.ipynb")
    code, out, errors = run(course.root, "feedback", tiny.NAME)
    assert code == 0, errors
    assert "3 pages" in out
    assert "no page for x.ipynb: it has no marks in the gradebook" in out
    code, out, errors = run(course.root, "feedback", tiny.NAME, "--student", "x.ipynb")
    assert (code, "0 pages" in out) == (0, True), errors


def test_a_student_with_an_ending_of_notebooks_gets_a_page(class_of_three):
    tiny.hand_in(class_of_three, "x.ipynb", tiny.answered(class_of_three))
    tiny.grade_class(class_of_three, ["x.ipynb"])
    (page,) = write_feedback(class_of_three, class_of_three.assignment(tiny.NAME), "x.ipynb").pages
    assert page.is_file()


def test_questions_are_exported_one_by_one(graded_three):
    table = rows(graded_three, questions=True, assignments=[graded_three.assignment(tiny.NAME)])
    columns = [f"{tiny.NAME}/{cell}" for cell in ("answer_zero", "test_relu_backward", "test_relu_forward")]
    assert list(table["ada"])[-3:] == columns
    assert [table["ada"][column] for column in columns] == ["", "4.0", "2.0"]
    assert sum(float(table["bao"][column] or 0) for column in columns) == float(table["bao"]["raw_score"])
    assert [table["chidi"][column] for column in columns] == ["0.0", "0.0", "0.0"]


def test_feedback_on_a_read_only_disk_is_a_sentence(graded_three):
    (page, *_) = write_feedback(graded_three, graded_three.assignment(tiny.NAME)).pages
    page.unlink()
    root = graded_three.root
    done = run_read_only(root, root / "feedback", [COURSE, "feedback", tiny.NAME])
    refused((done.returncode, done.stdout, done.stderr), "feedback cannot be written", "make it writable")


def test_who_waits_for_another_command_is_told_for_whom_and_since_when(tiny_course):
    """The lock is held by another process, as `course grade` would."""
    said = []
    with turn(tiny_course, said.append):
        held = subprocess.run(
            [sys.executable, "-c", _WAITS, tiny_course.root],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert re.search(rf"another command \(process {os.getpid()}, since \d+ \w+, [\d:]+\)", held.stdout)
    assert "Ctrl-C stops this one" in held.stdout
    assert said == []


_WAITS = """
import os, sys
from pathlib import Path
from autograder.classroom.turn import turn
from autograder.course.manifest import Course

def say(sentence):
    print(sentence, flush=True)
    os._exit(0)  # instead of waiting

with turn(Course(Path(sys.argv[1])), say):
    print("had it at once")
"""
