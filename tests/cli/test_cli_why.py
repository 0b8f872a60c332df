"""`course why`: a verdict explained and replayed from its seed, and what changed since is said."""

import json
import re
import shutil
from pathlib import Path

import pytest
import tiny
from nbgrader.api import Gradebook
from terminal import refused

from autograder.classroom.journal import Journal
from autograder.classroom.replay import recorded, replay
from autograder.course.manifest import Course
from course_utils.course import notebooks

QUESTION = "relu_backward"
UNSURE = tiny.RELU_BACKWARD.replace(
    "return dout * (cache > 0)", "import os\n    return dout * ((cache > 0) + 1 + os.urandom(2)[0])"
)


@pytest.fixture(scope="module")
def graded_once(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """Of ada all is right, of bao the gradient is wrong, chidi's file is none, and dora's answer is another each time."""
    course = tiny.make_course(tmp_path_factory.mktemp("why") / "tiny")
    tiny.hand_in(course, "ada", tiny.answered(course))
    tiny.hand_in(course, "bao", tiny.answered(course, relu_backward=tiny.WRONG_BACKWARD))
    tiny.hand_in(course, "chidi", b"not a notebook")
    tiny.hand_in(course, "dora", tiny.answered(course, relu_backward=UNSURE))
    tiny.grade_class(course)
    return course


@pytest.fixture
def graded(graded_once: Course, tmp_path: Path) -> Course:
    """A copy of the graded class, to be changed at will."""
    shutil.copytree(graded_once.root, tmp_path / "graded")
    return Course(tmp_path / "graded")


def solve(course: Course, name: str, source: str) -> None:
    path = course.source(course.assignment(tiny.NAME))
    notebook = notebooks.read(path)
    for cell in notebook.cells:
        if notebooks.grade_id(cell) == name:
            cell.source = source
    notebooks.write(notebook, path)


def entry(course: Course, student: str) -> dict:
    return json.loads((course.root / ".grading" / tiny.NAME / f"{student}.json").read_text())


def test_a_verdict_is_replayed_from_its_seed_and_agrees(at, graded):
    before = entry(graded, "bao")
    code, out, errors = at(graded.root, "why", "bao", QUESTION)
    assert code == 0, errors
    verdict = before["verdicts"][QUESTION]
    assert f"seed of the inputs: {verdict['seed']}" in out
    assert re.search(r"relu_backward of bao in 01_small, graded 20\S+: [\d.]+ of 4 points", out)
    for case in verdict["cases"]:
        sign = "✓" if case["outcome"] == "passed" else "✗"
        assert f"{sign} {case['title']} (" in out
        if case["failure"]:
            assert case["failure"]["fact"] in out
    assert "nothing that decides the mark has changed since" in out
    assert "agrees in every case and every word" in out
    assert entry(graded, "bao") == before


def test_a_file_that_could_not_be_read_is_replayed_too(at, graded):
    code, out, _ = at(graded.root, "why", "chidi", QUESTION)
    assert (code, "0 of 4 points; it agrees" in out) == (0, True)
    assert f"✗ {entry(graded, 'chidi')['verdicts'][QUESTION]['reason']}" in out


def test_what_changed_since_the_mark_is_said(at, graded):
    tiny.hand_in(graded, "bao", tiny.answered(graded))
    code, out, _ = at(graded.root, "why", "bao", QUESTION)
    assert code == 2
    assert "changed since: what was handed in" in out
    assert "changed since: the question's check" not in out
    assert "replayed: 4 of 4 points; other than noted: " in out
    solve(graded, QUESTION, tiny.WRONG_BACKWARD)
    code, out, _ = at(graded.root, "why", "ada", QUESTION)
    assert code == 2
    assert "changed since: the question's check, test or solution" in out
    assert "changed since: what was handed in" not in out
    assert "changed since: what is part of every question" not in out


def test_other_limits_are_other_programs_and_the_same_check(graded):
    assignment = graded.assignment(tiny.NAME)
    before = recorded(graded, assignment, "ada", QUESTION).verdict
    manifest = graded.root / "course.toml"
    manifest.write_text(manifest.read_text() + "\n[limits]\nnotebook_seconds = 100\n")
    again = replay(Course(graded.root), assignment, "ada", before)
    assert [change.name for change in again.changed] == ["PROGRAMS"]
    assert again.agrees


def test_an_answer_that_is_another_each_time_is_said_to_be_one(at, graded):
    """Its cases fail in words that quote other numbers; where a case even passes by luck, the cases themselves differ."""
    code, out, _ = at(graded.root, "why", "dora", QUESTION)
    assert code == 0
    assert "every case ends as it did, in other words" in out
    path = graded.root / ".grading" / tiny.NAME / "dora.json"
    noted = json.loads(path.read_text())
    for case in noted["verdicts"][QUESTION]["cases"]:
        case["outcome"] = "passed"
    path.write_text(json.dumps(noted))
    code, out, _ = at(graded.root, "why", "dora", QUESTION)
    assert code == 2
    assert "the answer itself gives other results each time" in out


def test_a_mark_given_by_hand_and_its_comment_are_told(at, graded):
    with Gradebook(graded.gradebook_url) as gradebook:
        gradebook.find_grade(f"test_{QUESTION}", tiny.NAME, tiny.NAME, "bao").manual_score = 2.5
        gradebook.find_comment(QUESTION, tiny.NAME, tiny.NAME, "bao").manual_comment = "nearly [bold]"
        gradebook.db.commit()
    _, out, _ = at(graded.root, "why", "bao", QUESTION)
    assert "in the gradebook 2.5 counts, given by hand" in out
    assert "comment: nearly [bold]" in out


def test_what_was_withdrawn_is_explained_and_not_replayed(at, graded):
    shutil.rmtree(graded.root / "submitted" / "bao")
    code, out, _ = at(graded.root, "why", "bao", QUESTION)
    assert code == 3
    assert f"seed of the inputs: {Journal(graded, graded.assignment(tiny.NAME)).seed('bao')}" in out
    assert "not replayed: no submission from bao" in out


def test_a_mark_of_which_only_the_graded_notebook_knows_is_replayed_too(at, graded):
    """As after `nbgrader autograde`, which keeps no journal."""
    seed = entry(graded, "bao")["verdicts"][QUESTION]["seed"]
    shutil.rmtree(graded.root / ".grading")
    code, out, _ = at(graded.root, "why", "bao", QUESTION)
    assert code == 0
    assert f"seed of the inputs: {seed}" in out
    assert "whether anything changed since is not known" in out
    assert "changed since: " not in out
    assert "it agrees in every case and every word" in out


def test_what_cannot_be_asked_is_a_sentence(at, graded):
    refused(at(graded.root, "why", "eve", QUESTION), "relu_backward of eve was not graded here")
    refused(at(graded.root, "why", "bao", "relu_backwards"), "did you mean relu_backward?")
    refused(at(graded.root, "why", "bao", "answer_zero"), "is answered in words", "feedback page")
    refused(at(graded.root, "why", "../bao", QUESTION), "is no student id")
