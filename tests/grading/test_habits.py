"""Notebooks as students leave them: what ran for the student runs, and nothing is lost in silence."""

from __future__ import annotations

import pytest
from handed_in_cells import BACKWARD, FORWARD, HELPER, WORDS, answer, at, code, handed_in, is_complete, runs
from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_markdown_cell

from autograder.grading.rebuild import rebuild
from course_utils.course import notebooks
from course_utils.submission.rebuild import HandedIn


def test_an_answer_beside_its_empty_cell_is_found(base: NotebookNode, work: list[dict]) -> None:
    """The student left the stub alone and wrote above it; for them, run once, the stub came last."""
    place = at(work, "relu_forward")
    stub = next(cell.source for cell in base.cells if cell.id == "relu_forward")
    work[place] = work[place] | {"source": stub}
    work.insert(place, code(FORWARD))
    rebuilt = rebuild(base, handed_in(work))
    assert answer(rebuilt, "relu_forward") == FORWARD
    assert stub not in runs(rebuilt)


def test_a_cell_of_their_own_never_takes_the_place_of_an_answer(base: NotebookNode, work: list[dict]) -> None:
    work.append(code("def relu_forward(x):\n    return x, x"))
    rebuilt = rebuild(base, handed_in(work))
    assert answer(rebuilt, "relu_forward") == FORWARD


def test_words_without_any_name_are_found_by_their_place(base: NotebookNode, work: list[dict]) -> None:
    place = at(work, "answer_zero")
    work[place] = new_markdown_cell(WORDS)
    assert is_complete(rebuild(base, handed_in(work)))


def test_words_below_the_empty_cell_are_part_of_the_answer(base: NotebookNode, work: list[dict]) -> None:
    """Otherwise the cell counts as empty and is never shown to whoever marks it."""
    place = at(work, "answer_zero")
    stub = dict(notebooks.answers(base))["answer_zero"].source
    work[place] = work[place] | {"source": stub}
    work.insert(place + 1, new_markdown_cell(WORDS))
    assert answer(rebuild(base, handed_in(work)), "answer_zero") == WORDS


def test_words_in_two_cells_are_joined(base: NotebookNode, work: list[dict]) -> None:
    place = at(work, "answer_zero")
    work.insert(place + 1, work[place] | {"id": "n2", "source": "More."})
    assert answer(rebuild(base, handed_in(work)), "answer_zero") == f"{WORDS}\n\nMore."


def test_a_split_cell_runs_in_both_halves(base: NotebookNode, work: list[dict]) -> None:
    place = at(work, "relu_forward")
    half = "def relu_forward(x):\n    return clip(x), x"
    work[place : place + 1] = [
        work[place] | {"source": HELPER},
        code("between = 1"),
        work[place] | {"id": "n2", "source": half},
    ]
    order = runs(rebuild(base, handed_in(work)))
    assert order.index(HELPER) < order.index("between = 1") < order.index(half) < order.index("relu_forward")


@pytest.mark.parametrize("keeper", ["relu_forward", "setup", "demo"])
def test_what_was_merged_into_another_cell_is_not_missing(
    base: NotebookNode, work: list[dict], keeper: str
) -> None:
    backward = "".join(work.pop(at(work, "relu_backward"))["source"])
    place = at(work, keeper)
    work[place]["source"] = f"{''.join(work[place]['source'])}\n{backward}"
    rebuilt = rebuild(base, handed_in(work))
    assert any(backward in source for source in runs(rebuilt))
    where = "another cell" if keeper == "demo" else f"the cell `{keeper}`"
    said = f"What belongs into the cell `relu_backward` stands in {where}, and counts."
    assert said in rebuilt.notes
    assert not any("missing" in note for note in rebuilt.notes)


def test_what_was_merged_into_a_later_answer_is_there_when_it_is_asked_for(
    base: NotebookNode, work: list[dict]
) -> None:
    forward = work.pop(at(work, "relu_forward"))
    merged = f"{''.join(forward['source'])}\n{BACKWARD}"
    work[at(work, "relu_backward")]["source"] = merged
    rebuilt = rebuild(base, handed_in(work))
    order = runs(rebuilt)
    assert order.index(merged) < order.index("relu_forward")
    assert order.count(merged) == 2  # once more where it stood: what lies between may be needed
    said = "What belongs into the cell `relu_forward` stands in the cell `relu_backward`, and counts."
    assert said in rebuilt.notes


def test_a_notebook_merged_into_one_cell_is_this_assignments(base: NotebookNode, work: list[dict]) -> None:
    code_cells = ["".join(cell["source"]) for cell in work if cell["id"] in ("relu_forward", "relu_backward")]
    merged = work[at(work, "relu_forward")] | {"source": "\n\n".join(code_cells)}
    rebuilt = rebuild(base, handed_in([merged]))
    assert rebuilt.handed_in is HandedIn.READ


def test_a_copy_that_is_commented_out_does_not_replace_the_answer(
    base: NotebookNode, work: list[dict]
) -> None:
    place = at(work, "relu_forward")
    commented = "".join(f"# {line}\n" for line in FORWARD.split("\n"))
    work.insert(place + 1, work[place] | {"id": "n2", "source": commented})
    order = runs(rebuild(base, handed_in(work)))
    assert order.index(FORWARD) < order.index("relu_forward")


def test_a_copy_at_the_end_runs_before_its_question(base: NotebookNode, work: list[dict]) -> None:
    """The last definition counts, as it did in the student's kernel; what follows the copy stays at the end."""
    better = FORWARD.replace("0, x", "0.0, x")
    work += [work[at(work, "relu_forward")] | {"id": "n2", "source": better}, code("last = 1")]
    order = runs(rebuild(base, handed_in(work)))
    assert order.index(FORWARD) < order.index(better) < order.index("relu_forward") < order.index("last = 1")
    assert order[-1] == "last = 1"


def test_a_line_added_to_a_locked_cell_runs_after_it(base: NotebookNode, work: list[dict]) -> None:
    setup = at(work, "setup")
    original = "".join(work[setup]["source"])
    work[setup]["source"] = f"import math\n{original}\n!pip install something\n"
    rebuilt = rebuild(base, handed_in(work))
    assert runs(rebuilt)[:2] == [original, "import math\n!pip install something"]
    assert rebuilt.notes == ["The cell `setup` was changed; the course's own was used."]


def test_a_locked_cell_of_which_lines_were_removed_is_whole(base: NotebookNode, work: list[dict]) -> None:
    setup = at(work, "setup")
    original = "".join(work[setup]["source"])
    work[setup]["source"] = "import math, json"
    assert runs(rebuild(base, handed_in(work)))[:2] == [original, "import math, json"]


def test_of_a_changed_test_what_it_defines_runs_before_its_question(
    base: NotebookNode, work: list[dict]
) -> None:
    """The answer may need it; the checks themselves are the course's own."""
    test = at(work, "test_relu_forward")
    work[test]["source"] = f"import math\n{HELPER}\nassert False\n" + "".join(work[test]["source"])
    order = runs(rebuild(base, handed_in(work)))
    assert order[order.index("relu_forward") - 1] == f"import math\n{HELPER}"
    assert not any("assert False" in source for source in order)


def test_of_a_changed_demo_what_it_defines_runs_and_nothing_else(
    base: NotebookNode, work: list[dict]
) -> None:
    work[at(work, "demo")]["source"] = "import math\nx = 1 / 0\n"
    rebuilt = rebuild(base, handed_in(work))
    assert "import math" in runs(rebuilt)
    assert not any("1 / 0" in source for source in runs(rebuilt))
    assert rebuilt.notes == []


@pytest.mark.parametrize(
    "cells", [[], [code("x = 1")], [new_markdown_cell("# Another course"), code("def f(): pass")]]
)
def test_a_notebook_in_which_nothing_matches_is_said(base: NotebookNode, cells: list[dict]) -> None:
    rebuilt = rebuild(base, handed_in(cells))
    assert rebuilt.handed_in is HandedIn.OTHER
    assert rebuilt.reason
    assert rebuilt.notes[0].startswith("None of the cells to fill in is in what was handed in")


def test_a_notebook_with_hardly_anything_of_the_assignment_is_said_and_marked(
    base: NotebookNode, work: list[dict]
) -> None:
    rebuilt = rebuild(base, handed_in([work[at(work, "relu_forward")]]))
    assert rebuilt.handed_in is HandedIn.OTHER
    assert rebuilt.reason == ""
    assert rebuilt.notes[0].startswith("Only 1 of the 3 cells to fill in is")
    assert answer(rebuilt, "relu_forward") == FORWARD
