"""`course lab`, `hint` and `solution`: what somebody who learns alone uses."""

import os

import tiny
from places import ROOT
from terminal import refused

from autograder.classroom.release import release
from course_utils.course.workspace import ensure_copies


def test_it_copies_once_and_never_overwrites(tiny_course):
    assignment = tiny_course.assignment(tiny.NAME)
    released = release(tiny_course, assignment, register=False)
    mine = ensure_copies(tiny_course, assignment)
    assert mine == tiny_course.root / "work" / tiny.NAME / f"{tiny.NAME}.ipynb"
    assert mine.read_bytes() == released.read_bytes()
    assert os.access(mine, os.W_OK)
    mine.write_text("my work")
    (released.parent / "data.txt").write_text("new")
    assert ensure_copies(tiny_course, assignment).read_text() == "my work"
    assert (mine.parent / "data.txt").read_text() == "new"


def test_what_is_not_released_is_a_sentence(at, tiny_course):
    refused(at(tiny_course.root, "lab", tiny.NAME), "01_small is not released yet", "course release 01_small")


def test_a_file_where_the_folder_should_be_is_a_sentence(at, tiny_course):
    release(tiny_course, tiny_course.assignment(tiny.NAME), register=False)
    (tiny_course.root / "work").write_text("")
    refused(at(tiny_course.root, "lab", tiny.NAME), "cannot be written")


def test_hints_go_from_a_nudge_to_more(at):
    code, first, _ = at(ROOT, "hint", "affine_backward")
    assert code == 0
    assert "course hint affine_backward -m" in first
    _, second, _ = at(ROOT, "hint", "affine_backward", "-m")
    assert len(second) > len(first) - 60
    assert "<" not in first.replace("<details>", "<") or "<details>" not in first


def test_without_a_name_the_questions_that_have_hints_are_listed(at):
    code, out, _ = at(ROOT, "hint")
    assert code == 0
    assert "01_layers\n  graph_forward 1 hint\n" in out
    assert "affine_backward" in out
    _, out, _ = at(ROOT, "hint", "--in", "02_batchnorm")
    assert "batchnorm_backward 3 hints" in out
    assert "01_layers" not in out
    refused(at(ROOT, "hint", "nothing like it"), "`course hint` lists them")


def test_formulas_in_hints_are_readable_in_a_terminal(at):
    _, out, _ = at(ROOT, "hint", "batchnorm_backward", "-m")
    assert "dvar = dstd / (2 std)" in out
    assert "$" not in out


def test_an_unknown_question_gets_a_suggestion(at):
    for command in ("hint", "solution"):
        refused(at(ROOT, command, "afine_backward"), "'afine_backward'", "did you mean affine_backward?")


def test_a_hint_says_which_notebooks_ask_the_question(at):
    _, first, _ = at(ROOT, "hint", "FullyConnectedNet")
    assert "as 01_layers asks it; for another notebook: --in 02_batchnorm or --in 03_dropout" in first
    _, second, _ = at(ROOT, "hint", "FullyConnectedNet", "--in", "02_batchnorm")
    assert "as 01_layers" not in second
    assert "--in 02_batchnorm -m" in second


def test_a_question_without_hints_says_so(at, tiny_course):
    refused(at(tiny_course.root, "hint", "relu_forward"), "there is no hint on relu_forward")


def test_a_solution_is_shown_without_marks(at, tiny_course):
    code, out, _ = at(tiny_course.root, "solution", "relu_forward")
    assert code == 0
    assert "np.maximum(0, x)" in out
    assert "SOLUTION" not in out


def test_an_assignments_solution_is_a_path(at, tiny_course):
    assert at(tiny_course.root, "solution", tiny.NAME)[1].strip() == "solutions/01_small/01_small.ipynb"


def test_a_question_in_words_has_a_hint_a_model_answer_and_a_marking_guide(at):
    assert "At how many places" in " ".join(at(ROOT, "hint", "answer_sharing")[1].split())
    code, out, _ = at(ROOT, "solution", "answer_sharing")
    shown = " ".join(out.split())
    assert code == 0
    assert "A nudge of the filter changes the result at all 1,000 places" in shown
    assert "1 point: the sum, with a reason" in shown
    assert "Earns 0.5 points" in shown
    assert "SOLUTION" not in out
