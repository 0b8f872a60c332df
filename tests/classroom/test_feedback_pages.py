"""Feedback for a class: a page for each, made again only where it would say something else."""

import subprocess
import sys

import pytest
import tiny

from autograder.classroom import feedback
from autograder.classroom.feedback import write_feedback
from autograder.nbgrader_bridge.database import opened
from course_utils.errors import CourseError


def test_only_pages_that_say_something_new_are_made_again(graded_three):
    assignment = graded_three.assignment(tiny.NAME)
    first = write_feedback(graded_three, assignment)
    assert (len(first.pages), first.fresh) == (3, 3)
    before = {page: page.stat().st_mtime_ns for page in first.pages}
    assert write_feedback(graded_three, assignment).fresh == 0
    with opened(graded_three.gradebook_url) as gradebook:
        grade = gradebook.find_grade("test_relu_forward", tiny.NAME, tiny.NAME, "ada")
        grade.extra_credit = 1.0
        gradebook.db.commit()
    first.pages[1].write_text("cut short")
    assert write_feedback(graded_three, assignment).fresh == 2
    assert [page for page in first.pages if page.stat().st_mtime_ns == before[page]] == [first.pages[2]]
    assert "cut short" not in first.pages[1].read_text()


def test_many_pages_are_made_by_several_processes_as_one_would(graded_three, monkeypatch):
    assignment = graded_three.assignment(tiny.NAME)
    pages = write_feedback(graded_three, assignment).pages
    made_by_one = [page.read_text() for page in pages]
    for page in pages:
        page.unlink()
    monkeypatch.setattr(feedback, "_MANY", 2)
    assert write_feedback(graded_three, assignment).fresh == 3
    assert [page.read_text() for page in pages] == made_by_one


_WRITES = """
import sys
from pathlib import Path
from autograder.classroom import feedback
from autograder.course.manifest import Course

if __name__ == "__main__":
    feedback._MANY = 1
    course = Course(Path.cwd())
    print(feedback.write_feedback(course, course.assignments[0]).fresh)
"""


def test_packages_in_the_working_folder_stand_in_for_nothing_where_several_processes_write(
    graded_three, tmp_path
):
    """From a program that lies elsewhere, as `course` does."""
    program = tmp_path / "program.py"
    program.write_text(_WRITES)
    for name in ("course_utils", "autograder", "numpy"):
        (graded_three.root / name).mkdir()
        (graded_three.root / name / "__init__.py").write_text("raise SystemExit('a folder of that name')")
    done = subprocess.run(
        [sys.executable, program],
        cwd=graded_three.root,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stdout.strip()) == (0, "3"), done.stderr


@pytest.mark.parametrize(
    ("student", "said"), [("*", "^nothing is graded"), ("zoe", "^nothing of a student zoe is graded")]
)
def test_of_whom_nothing_is_graded_there_is_a_sentence(tiny_class, student, said):
    with pytest.raises(CourseError, match=said):
        write_feedback(tiny_class, tiny_class.assignment(tiny.NAME), student)


def test_what_the_exchange_noted_lies_beside_the_page_and_nothing_that_a_link_leads_to(
    graded_three, tmp_path
):
    assignment = graded_three.assignment(tiny.NAME)
    ada, bao = (graded_three.folder("submitted", student, assignment) for student in ("ada", "bao"))
    (ada / "timestamp.txt").write_text("2026-03-01 12:00:00.123456 UTC")
    (ada / "submission_secret.txt").write_text("a1" * 64)
    (tmp_path / "secret").write_text("of this machine")
    (bao / "submission_secret.txt").symlink_to(tmp_path / "secret")
    (bao / "timestamp.txt").write_text("x" * 300)
    write_feedback(graded_three, assignment)
    pages = graded_three.root / "feedback"
    beside = {path.relative_to(pages).as_posix(): path.read_text() for path in pages.rglob("*.txt")}
    assert beside == {
        f"ada/{tiny.NAME}/timestamp.txt": "2026-03-01 12:00:00.123456 UTC",
        f"ada/{tiny.NAME}/submission_secret.txt": "a1" * 64,
    }
    (ada / "timestamp.txt").unlink()
    write_feedback(graded_three, assignment)
    assert sorted(path.name for path in pages.rglob("*.txt")) == ["submission_secret.txt"]


_INTERRUPTED = """
import signal, sys
from multiprocessing.process import BaseProcess
from pathlib import Path
from autograder.classroom import feedback
from autograder.course.manifest import Course
from course_utils import interrupts

start = BaseProcess.start

def started(process):
    start(process)
    BaseProcess.start = start
    signal.raise_signal(signal.SIGINT)

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)
    BaseProcess.start = started
    feedback._MANY = 1
    course = Course(Path.cwd())
    with interrupts.told():
        feedback.write_feedback(course, course.assignments[0])
"""


def test_ctrl_c_while_processes_start_is_answered_by_none_of_them(graded_three, tmp_path):
    program = tmp_path / "program.py"
    program.write_text(_INTERRUPTED)
    done = subprocess.run(
        [sys.executable, program], cwd=graded_three.root, capture_output=True, text=True, timeout=120
    )
    assert (done.returncode, done.stderr) == (130, "stopped; what was finished is kept\n")
    assert not list((graded_three.root / "feedback").rglob(".*.new"))
