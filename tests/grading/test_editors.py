"""Notebooks as editors and exports leave them: nothing of it is worth a note, and every answer is found."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from handed_in_cells import FORWARD, HELPER, answer, at, code, handed_in, is_complete, runs
from nbformat.notebooknode import NotebookNode

from autograder.course.manifest import Course
from autograder.course.template import template
from autograder.grading.rebuild import rebuild
from course_utils.course import notebooks, sources


def without_metadata(cell: dict) -> dict:
    return cell | {"metadata": {}}


def without_names(cell: dict) -> dict:
    return {key: value for key, value in cell.items() if key != "id"} | {"metadata": {}}


def with_other_ids(cell: dict) -> dict:
    return cell | {"id": f"{hash(cell['id']):x}", "metadata": {}}


def with_id_in_metadata(cell: dict) -> dict:
    return without_names(cell) | {"metadata": {"id": cell["id"], "colab": {}}}


def with_metadata_of_an_editor(cell: dict) -> dict:
    more = {
        "vscode": {"languageId": "python"},
        "collapsed": False,
        "execution": {"iopub.status.busy": "2026"},
    }
    return cell | {
        "metadata": cell["metadata"] | more,
        "outputs": [],
        "execution_count": 3,
        "attachments": {},
    }


def with_source_in_lines(cell: dict) -> dict:
    return cell | {"source": cell["source"].splitlines(keepends=True)}


def with_line_ends_of_windows(cell: dict) -> dict:
    return cell | {"source": "".join(cell["source"]).replace("\n", "\r\n")}


def with_spaces_at_the_ends(cell: dict) -> dict:
    return (
        cell
        if notebooks.is_answer(NotebookNode(cell))
        else cell | {"source": "".join(cell["source"]) + " \n\n"}
    )


@pytest.mark.parametrize(
    "change",
    [
        without_metadata,
        without_names,
        with_other_ids,
        with_id_in_metadata,
        with_metadata_of_an_editor,
        with_source_in_lines,
        with_line_ends_of_windows,
        with_spaces_at_the_ends,
    ],
)
def test_what_editors_do_to_cells_is_nothing_to_note(
    base: NotebookNode, work: list[dict], change: Callable[[dict], dict]
) -> None:
    joined = [cell | {"source": "".join(cell["source"])} for cell in work]
    assert is_complete(rebuild(base, handed_in([change(cell) for cell in joined])))


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "latin-1", "cp1252"]
)
def test_no_encoding_of_an_editor_is_anything_to_note(
    base: NotebookNode, work: list[dict], encoding: str
) -> None:
    work.insert(1, code("# für später: é"))
    text = json.dumps({"nbformat": 4, "cells": work}, ensure_ascii=False)
    rebuilt = rebuild(base, text.encode(encoding))
    assert is_complete(rebuilt)
    assert "# für später: é" in runs(rebuilt)


def test_outputs_of_any_size_count_for_nothing(base: NotebookNode, work: list[dict]) -> None:
    picture = {"output_type": "display_data", "metadata": {}, "data": {"image/png": "A" * 15_000_000}}
    for cell in work[:2]:
        cell["outputs"], cell["attachments"] = [picture], {"p.png": {"image/png": "A" * 1_000_000}}
    assert is_complete(rebuild(base, handed_in(work)))


def test_a_known_cell_is_found_by_the_function_that_it_defines(base: NotebookNode, work: list[dict]) -> None:
    place = at(work, "relu_forward")
    work[place] = code(f"# my own cell\n{HELPER}\n{FORWARD}")
    assert answer(rebuild(base, handed_in(work)), "relu_forward").startswith("# my own")


@pytest.mark.parametrize(
    "source",
    [
        "relu_forward = lambda x: (np.maximum(0, x), x)",
        "%matplotlib inline\ndef relu_forward(x):\n    return np.maximum(0, x), x",
        "class relu_forward:\n    pass",
        "@staticmethod\ndef relu_forward(x):\n    return x",
        "def relu_forward(x):\n    return np.maximum(0, x, x",  # an error in its syntax is an answer too
    ],
)
def test_a_definition_has_many_forms(base: NotebookNode, work: list[dict], source: str) -> None:
    work[at(work, "relu_forward")] = code(source)
    rebuilt = rebuild(base, handed_in(work))
    assert answer(rebuilt, "relu_forward") == source
    assert rebuilt.notes == []


@pytest.mark.parametrize(
    "source",
    [
        'text = """\ndef relu_forward(x):\n    return x\n"""',
        "def make():\n    def relu_forward(x):\n        return x",
        "# def relu_forward(x):",
        "print(relu_forward)",
    ],
)
def test_what_only_looks_like_a_definition_stays_a_cell_of_their_own(
    base: NotebookNode, work: list[dict], source: str
) -> None:
    work[at(work, "relu_forward")] = code(source)
    rebuilt = rebuild(base, handed_in(work))
    assert rebuilt.notes == ["The cell `relu_forward` was missing."]
    assert source in runs(rebuilt)


def test_the_real_notebooks_survive_the_loss_of_all_names() -> None:
    course = Course.find(Path(__file__))
    for assignment in course.assignments:
        base = template(course, assignment)
        solution = notebooks.read(course.source(assignment))
        # What no student has.
        solution.cells = [
            cell for cell in solution.cells if not {"claim", "guide"} & set(cell.metadata.get("tags", ()))
        ]
        for cell in solution.cells:
            cell.source = sources.visible_part(sources.without_marks(cell.source)).replace("\n", "\r\n")
        rebuilt = rebuild(base, handed_in([without_names(cell) for cell in solution.cells]))
        assert rebuilt.notes == []
        given = dict(notebooks.answers(solution))
        assert all(
            cell.source.strip() == given[name].source.replace("\r\n", "\n").strip()
            for name, cell in notebooks.answers(rebuilt.notebook)
        )
