"""A correction: only what it touches is asked again, it is shown before it is written, and nothing is forgotten."""

import shutil
from pathlib import Path

import pytest
import tiny
from courses import made_once
from nbgrader.api import Gradebook
from terminal import run

from autograder.classroom.journal import Journal
from autograder.classroom.regrade import Regrade
from autograder.classroom.submissions import find_submissions
from autograder.course.digest import digest
from autograder.course.manifest import Course
from autograder.grading.job import Graded
from autograder.grading.question_versions import question_versions
from course_utils.course import notebooks

PARTS = ["relu_backward", "relu_forward"]


def solve(course: Course, backward: str) -> None:
    """Write the solution notebook with this answer to the second question."""
    path = course.source(course.assignment(tiny.NAME))
    notebook = notebooks.read(path)
    for cell in notebook.cells:
        if notebooks.grade_id(cell) == "relu_backward":
            cell.source = backward
    notebooks.write(notebook, path)


@pytest.fixture(scope="session")
def wronged_once(tmp_path_factory: pytest.TempPathFactory, empty_gradebook: Path) -> Path:
    """The folder of the class below, graded once for all workers; not to be changed."""

    def make(folder: Path) -> None:
        course = tiny.three(tiny.make_course(folder), empty_gradebook)
        solve(course, tiny.WRONG_BACKWARD)
        results = tiny.grade_class(course)
        assert results["ada"].score < 3 < 5 < results["bao"].score
        tiny.mark_by_hand(course, score=0.75)
        with Gradebook(course.gradebook_url) as gradebook:
            gradebook.find_comment("relu_forward", tiny.NAME, tiny.NAME, "ada").manual_comment = "neat"
            gradebook.db.commit()

    return made_once(tmp_path_factory, "wronged", make)


@pytest.fixture
def wronged(wronged_once: Path, tmp_path: Path) -> Course:
    """A class graded by a wrong solution: bao, who made the same mistake, was right; ada was marked by hand, too."""
    shutil.copytree(wronged_once, tmp_path / "wronged")
    return Course(tmp_path / "wronged")


def regrade(course: Course, grader=tiny.WORKER.grade) -> Regrade:
    assignment = course.assignment(tiny.NAME)
    return Regrade(course, assignment, find_submissions(course, assignment).jobs, grader)


def scores(course: Course) -> dict[str, float]:
    with Gradebook(course.gradebook_url) as gradebook:
        return {each.student.id: each.score for each in gradebook.assignment_submissions(tiny.NAME)}


def test_nothing_is_touched_where_nothing_was_corrected(wronged):
    with regrade(wronged) as again:
        assert (again.touched, len(again), again.others) == ([], 0, [])


def test_who_moves_is_shown_before_anything_is_written(wronged):
    before = scores(wronged)
    solve(wronged, tiny.RELU_BACKWARD)
    with regrade(wronged) as again:
        assert again.touched == PARTS
        assert len(list(again.grade())) == 3
        ada, bao = again.moves()
        assert (ada.student, ada.question, ada.now, ada.why) == ("ada", "relu_backward", 4, "correct")
        assert (bao.student, bao.question) == ("bao", "relu_backward")
        assert ada.was < 1 < 3 < bao.was
        assert bao.now < 1
        assert "dx" in bao.why
        assert scores(wronged) == before
        written = {result.student: result for result in again.write()}
    assert {name: result.fault for name, result in written.items()} == dict.fromkeys(written, "")
    after = scores(wronged)
    assert (after["ada"], after["bao"]) == (6.75, pytest.approx(before["bao"] + bao.now - bao.was))
    with Gradebook(wronged.gradebook_url) as gradebook:
        assert gradebook.find_comment("relu_forward", tiny.NAME, tiny.NAME, "ada").manual_comment == "neat"
    with regrade(wronged) as again:
        assert again.touched == []


def test_whoever_cannot_be_asked_again_keeps_the_marks(wronged):
    """The process that asked bao's answers is lost each time; the others are graded, and the next run asks bao."""

    def losing(jobs):
        for result in tiny.WORKER.grade(jobs):
            lost = Graded(result.student, result.assignment, fault="the process that graded it was lost")
            yield lost if result.student == "bao" else result

    before = scores(wronged)
    solve(wronged, tiny.RELU_BACKWARD)
    with regrade(wronged, losing) as again:
        assert [result.student for result in again.grade() if result.fault] == ["bao"]
        assert [move.student for move in again.moves()] == ["ada"]
        assert "bao" not in [result.student for result in again.write() if not result.fault]
    after = scores(wronged)
    assert (after["ada"], after["bao"]) == (6.75, before["bao"])
    with regrade(wronged) as again:
        assert [result.student for result in again.grade()] == ["bao"]


def test_questions_that_stand_keep_their_verdicts_and_are_not_asked(wronged, monkeypatch):
    """Half of what is known is from another time: the other half stands, whatever would come of it now."""
    assignment = wronged.assignment(tiny.NAME)
    versions = question_versions(wronged, assignment)
    monkeypatch.setattr(
        "autograder.classroom.journal.question_versions", lambda *_: versions | {"relu_backward": "another"}
    )
    with regrade(wronged) as again:
        assert again.touched == ["relu_backward"]
        (ada,) = (result for result in again.grade() if result.student == "ada")
    before = Journal(wronged, assignment).result("ada")
    assert ada.verdicts["relu_forward"] == before.verdicts["relu_forward"]
    assert ada.verdicts["relu_backward"].seed == before.verdicts["relu_backward"].seed
    assert ada.verdicts["relu_backward"].to_dict() == before.verdicts["relu_backward"].to_dict()


def test_who_handed_in_anew_is_left_to_grade(wronged):
    tiny.hand_in(wronged, "ada", tiny.answered(wronged, relu_forward="def relu_forward(x):\n    return x, x"))
    tiny.hand_in(wronged, "dora", tiny.answered(wronged))
    solve(wronged, tiny.RELU_BACKWARD)
    with regrade(wronged) as again:
        assert again.others == ["ada", "dora"]
        assert {result.student for result in again.grade()} == {"bao", "chidi"}


def test_old_verdicts_stay_readable(wronged):
    solve(wronged, tiny.RELU_BACKWARD)
    tiny.grade_class(wronged)
    tiny.grade_class(wronged, force=True)
    history = Journal(wronged, wronged.assignment(tiny.NAME)).history("ada")
    assert history[0][1].score < 3
    assert history[-1][1].score == 6
    assert all(time for time, _ in history)


def test_a_correction_touches_the_questions_that_may_ask_for_it(tiny_course):
    assignment = tiny_course.assignment(tiny.NAME)
    before = question_versions(tiny_course, assignment)
    path = tiny_course.source(assignment)
    notebook = notebooks.read(path)
    notebook.cells[0].source = "# Another title"
    notebooks.write(notebook, path)
    assert question_versions(tiny_course, assignment) == before
    assert sorted(before) == PARTS
    for cell in notebook.cells:
        if notebooks.grade_id(cell) == "test_relu_forward":
            cell.metadata["nbgrader"]["points"] = 3
    notebooks.write(notebook, path)
    now = question_versions(tiny_course, assignment)
    assert {name for name in now if now[name] != before[name]} == {"relu_forward"}
    assert digest("a", "b") != digest("ab", "")


def test_the_command_shows_asks_and_writes(wronged, at):
    solve(wronged, tiny.RELU_BACKWARD)
    before = scores(wronged)
    code, out, errors = run(wronged.root, "grade", tiny.NAME, "--changed")
    assert (code, "stopped" in errors) == (130, True)  # nobody answers
    assert "relu_backward" in out
    assert "Write these marks?" in out
    assert "nothing was written: answer y or n, or say --yes" in out
    assert scores(wronged) == before
    assert before["bao"] > 5
    code, out, _ = at(wronged.root, "grade", tiny.NAME, "--changed", "--yes")
    assert code == 0
    assert scores(wronged)["bao"] < 3
    code, out, _ = at(wronged.root, "history", "bao")
    assert code == 0
    assert "relu_backward 3." in out
    code, out, _ = at(wronged.root, "grade", tiny.NAME, "--changed")
    assert (code, "no correction touches" in out) == (0, True)
