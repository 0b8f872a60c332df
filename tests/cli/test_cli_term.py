"""A term as docs/instructors.md tells it, from the first release to the last export, and what goes wrong on the way."""

from __future__ import annotations

import re
from pathlib import Path

import exports
import pytest
import tiny
from places import ROOT

from autograder.course.manifest import Course
from course_utils.course import notebooks

MENTIONED = re.compile(r"`course (\w+)")
GRADEBOOK = "Student,ID,Section,Small (77)\n    Points Possible,,,70\nAnn,11,A,\nBo,12,A,\n"
ROSTER = "id,canvas\nann,11\nbo,12\n"
DUE = 'checks = "layers"\ndue = 2020-03-01T12:00:00Z\n'


class Term:
    """A course folder in which `course` is run, and which of its commands were."""

    def __init__(self, at, folder: Path):
        self._at, self.folder, self.ran = at, folder, set()

    def run(self, *arguments: str) -> str:
        """Run a command that has to succeed; gives what it prints."""
        self.ran.add(arguments[0])
        code, out, errors = self._at(self.folder, *arguments)
        assert code == 0, (arguments, out, errors)
        return out


@pytest.fixture
def term(at, tiny_class: Course) -> Term:
    """A course of two notebooks, the first of which was due, with a roster of two."""
    manifest = tiny_class.root / "course.toml"
    text = manifest.read_text().replace('checks = "layers"\n', DUE)
    manifest.write_text(f"{text}{tiny.LATER_ENTRY}\n[late]\npercent = 10\n")
    tiny.write_source(Course(tiny_class.root), tiny.LATER, tiny.later_notebook())
    (tiny_class.root / "roster.csv").write_text(ROSTER)
    return Term(at, tiny_class.root)


def test_a_term(term, tmp_path):
    before_the_end(term, tmp_path)
    troubles(term)
    term.run("student", "remove", "bob", "--assignment", tiny.NAME, "--yes")
    term.run("export", "--questions")
    told = set(MENTIONED.findall((ROOT / "docs/instructors.md").read_text(encoding="utf-8")))
    # A browser's, this machine's and a student's.
    assert told - term.ran == {"lab", "doctor", "given"}


def before_the_end(term: Term, tmp_path: Path) -> None:
    course = Course(term.folder)
    term.run("release")
    term.run("bundle")
    assert (term.folder / "build/students/assignments/02_later/given.py").is_file()  # 01 was due
    right = tiny.answered(course, answer_zero="It is a convention.")
    wrong = tiny.answered(course, answer_zero="No idea.", relu_backward=tiny.WRONG_BACKWARD)
    names = [("ann_11_91_a.ipynb", right), ("bo_12_92_a.ipynb", wrong)]
    term.run("collect", tiny.NAME, str(exports.make_zip(tmp_path / "e.zip", names)), "--yes")
    term.run("extend", "ann", tiny.NAME, "--until", "2020-03-04 12:00")
    term.run("grade", tiny.NAME)
    for student in ("ann", "bo"):
        tiny.mark_by_hand(course, score=1.0, student=student)
    term.run("grade", tiny.NAME)
    term.run("similarity", tiny.NAME)
    term.run("feedback", tiny.NAME, "--canvas", "back.zip")
    term.run("report", tiny.NAME)
    (term.folder / "gradebook.csv").write_text(GRADEBOOK)
    term.run("export", "--canvas", "gradebook.csv")
    assert "Ann,11,A,70.00" in (term.folder / "gradebook-filled.csv").read_text()


def troubles(term: Term) -> None:
    term.run("why", "bo", "relu_backward")
    term.run("student", "rename", "bo", "bob", "--yes")
    assert "bob,12" in (term.folder / "roster.csv").read_text()
    withdraw(term)
    assert re.search(r"bob +│ +2/2", term.run("grade", tiny.NAME))
    term.run("grade", tiny.NAME, "--changed", "--yes")
    assert "2/2" in term.run("history", "bob")
    (term.folder / "gradebook.db").unlink()
    assert re.search(r"ann +│ +2/2", term.run("grade", tiny.NAME))


def withdraw(term: Term) -> None:
    """Take a question out of the first notebook."""
    notebook = tiny.first_notebook()
    kept = [cell for cell in notebook.cells if "relu_backward" not in (notebooks.grade_id(cell) or "")]
    notebook.cells = kept
    tiny.write_source(Course(term.folder), tiny.NAME, notebook)
    manifest = term.folder / "course.toml"
    manifest.write_text(manifest.read_text().replace("points = 7", "points = 3"))
    term.run("release", tiny.NAME)
