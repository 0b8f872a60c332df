"""Whatever is handed in, the notebook that runs is the course's own, with the student's answers in it."""

from __future__ import annotations

import copy
import json

import pytest
from hostile.course import NAME, RIGHT, SECRET, extra_cell, make_course, submission
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat.notebooknode import NotebookNode
from places import TESTS
from worst_cases import WORST

from autograder.course.template import template
from autograder.grading.rebuild import rebuild
from autograder.limits import ReadingLimits
from course_utils.course import notebooks
from course_utils.submission.matching import MAX_OWN_CELLS, MAX_SOURCE
from course_utils.submission.reading import MAX_BYTES, MAX_TEXT
from course_utils.submission.rebuild import NOTES_ID, HandedIn


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> NotebookNode:
    course = make_course(tmp_path_factory.mktemp("course"))
    return template(course, course.assignment(NAME))


def handed_in(notebook: dict) -> bytes:
    return json.dumps(notebook).encode()


def frame(notebook: NotebookNode) -> list[tuple]:
    """What must be the course's own: every cell but the student's, without the sources of answers."""
    return [
        (cell.id, cell.cell_type, cell.metadata, None if notebooks.is_answer(cell) else cell.source)
        for cell in notebook.cells
        if cell.id != NOTES_ID and not cell.id.startswith("extra-")
    ]


def test_honest_work_is_taken_as_it_is(base: NotebookNode) -> None:
    rebuilt = rebuild(base, handed_in(submission(RIGHT)))
    assert rebuilt.notes == []
    sources = {notebooks.grade_id(cell): cell.source for cell in rebuilt.notebook.cells}
    assert {name: sources[name] for name in RIGHT} == RIGHT
    assert frame(rebuilt.notebook) == frame(base)


def test_the_template_holds_hidden_tests_and_no_solution(base: NotebookNode) -> None:
    text = notebooks.dumps(base)
    assert 'grade(\\"square\\")' in text
    assert SECRET not in text


def test_own_cells_stay_where_they_were_without_their_metadata(base: NotebookNode) -> None:
    notebook = submission(RIGHT)
    extra_cell(notebook, "helper = 1", before="scale_forward")
    for cell in notebook["cells"]:
        cell["metadata"]["tags"] = ["skip-execution"]
    cells = rebuild(base, handed_in(notebook)).notebook.cells
    ids = [cell.id for cell in cells if not cell.id.startswith("points-")]
    assert ids[ids.index("extra-1") - 1 : ids.index("extra-1") + 2] == [
        "test_square",
        "extra-1",
        "scale_forward",
    ]
    assert [cell.metadata for cell in cells if cell.id == "extra-1"] == [{}]
    assert not any("skip-execution" in cell.metadata.get("tags", []) for cell in cells)


def test_the_parts_of_an_answer_run_in_order_without_the_stub(base: NotebookNode) -> None:
    notebook = submission(RIGHT)
    stub = next(cell.source for cell in base.cells if notebooks.grade_id(cell) == "square")
    first = next(cell for cell in notebook["cells"] if notebooks.grade_id(cell) == "square")
    notebook["cells"] += [first | {"source": "second"}, first | {"source": stub}]
    rebuilt = rebuild(base, handed_in(notebook))
    parts = [
        (cell.source, notebooks.is_answer(cell))
        for cell in rebuilt.notebook.cells
        if notebooks.part_of(cell) == "square"
    ]
    assert parts == [(RIGHT["square"], False), ("second", True)]
    assert rebuilt.notes == ["The cell `square` was there 2 times; all of them count, in their order."]


def test_what_is_missing_or_changed_is_said(base: NotebookNode) -> None:
    notebook = submission(RIGHT)
    notebook["cells"] = [
        c for c in notebook["cells"] if notebooks.grade_id(c) not in ("square", "test_square")
    ]
    for cell in notebook["cells"]:
        if notebooks.grade_id(cell) == "test_scale_forward":
            cell["source"] = "3.0"
    rebuilt = rebuild(base, handed_in(notebook))
    assert rebuilt.notes == [
        "The cell `square` was missing.",
        "The cell `test_square` was missing; the course's own was used.",
        "The cell `test_scale_forward` was changed; the course's own was used.",
    ]
    assert rebuilt.notebook.cells[0].id == NOTES_ID


def test_there_is_room_for_so_many_own_cells(base: NotebookNode) -> None:
    notebook = submission(RIGHT)
    notebook["cells"] += [{"cell_type": "markdown", "source": f"{n}", "metadata": {}} for n in range(400)]
    rebuilt = rebuild(base, handed_in(notebook))
    assert sum(cell.id.startswith("extra-") for cell in rebuilt.notebook.cells) == MAX_OWN_CELLS
    assert f"Only the first {MAX_OWN_CELLS} of your 400 own cells were kept." in rebuilt.notes


@pytest.mark.parametrize("text", ["\x01", "x", "é", '"'])
def test_a_rebuilt_notebook_is_no_larger_than_what_may_be_handed_in(base: NotebookNode, text: str) -> None:
    """Whatever a character takes in a file: as many full cells as are accepted."""
    each = {"cell_type": "code", "source": text * (MAX_SOURCE - 1), "metadata": {}}
    written = len(json.dumps(each["source"], ensure_ascii=False).encode())
    notebook = submission(RIGHT)
    notebook["cells"] += [each] * (MAX_TEXT // written + 1)
    assert f"those of a notebook may have {MAX_TEXT:,}" in rebuild(base, handed_in(notebook)).reason
    del notebook["cells"][-2:]
    rebuilt = rebuild(base, handed_in(notebook))
    assert rebuilt.handed_in is HandedIn.READ
    assert len(notebooks.dumps(rebuilt.notebook).encode()) < MAX_TEXT + 100_000


@pytest.mark.parametrize(
    ("part", "times", "says"),
    [
        (b"", 1, "no valid JSON"),
        (b"\xff\xfe\x00", 1, "no valid JSON"),
        (b"[", 100_000, "no valid JSON"),
        (b"[]", 1, "no nbformat"),
        (b'{"nbformat": 3}', 1, "format 3, not 4"),
        (b'{"nbformat": true, "cells": []}', 1, "format unknown"),
        (b'{"nbformat": 4, "cells": {}}', 1, "list of cells"),
        (b" ", MAX_BYTES + 1, "100,000,000"),
    ],
)
def test_files_that_are_no_notebooks(base: NotebookNode, part: bytes, times: int, says: str) -> None:
    rebuilt = rebuild(base, part * times)
    assert rebuilt.handed_in is HandedIn.UNREADABLE
    assert says in rebuilt.reason
    assert rebuilt.notes == [f"The file could not be read: {rebuilt.reason}"]
    assert frame(rebuilt.notebook) == frame(base)


@pytest.mark.parametrize("name", ["newlines", "begin marks", "quotes", "definitions"])
def test_reading_takes_no_square_of_a_texts_length(base: NotebookNode, name: str) -> None:
    """Texts of 4 MB: as a test, an answer, a locked cell and cells of their own; a square would take hours."""
    notebook = submission(RIGHT)
    text = (WORST[name] * MAX_SOURCE)[: MAX_SOURCE - 1]
    for cell in notebook["cells"]:
        cell["source"] = text
    notebook["cells"] += [
        {"cell_type": "code", "source": f"{text}{n % 10}", "metadata": {}} for n in range(12)
    ]
    limits = ReadingLimits(seconds=10)
    assert rebuild(base, handed_in(notebook), limits=limits).handed_in is HandedIn.READ


def test_what_takes_too_long_to_read_is_said_and_stops_nobody(base: NotebookNode) -> None:
    lists = b'{"nbformat": 4, "cells": [' + b"[[[[]]]]," * 2_000_000 + b"0]}"
    rebuilt = rebuild(base, lists, limits=ReadingLimits(seconds=1, memory_bytes=256 * 2**20))
    assert rebuilt.handed_in is HandedIn.UNREADABLE
    assert rebuilt.notes == [
        "The file could not be read: more than 1 s of processor time or 256 MiB of memory are needed to read it"
    ]
    assert frame(rebuilt.notebook) == frame(base)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just("\ud800"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
KEYS = st.sampled_from(["cell_type", "source", "metadata", "id", "outputs", "nbgrader"])
CELLS = st.dictionaries(KEYS, JSON | st.sampled_from(["code", "markdown", "raw", "square"]), max_size=5)


@settings(max_examples=50, deadline=None)
@given(st.lists(CELLS | JSON, max_size=6), st.data())
def test_any_cells_leave_the_courses_own_untouched(
    base: NotebookNode, odd: list, data: st.DataObject
) -> None:
    notebook = copy.deepcopy(submission(RIGHT))
    cells = notebook["cells"] + odd
    order = data.draw(st.permutations(range(len(cells))))
    content = json.dumps({"nbformat": 4, "cells": [cells[i] for i in order]}).encode("utf-8", "surrogatepass")
    rebuilt = rebuild(base, content)
    assert frame(rebuilt.notebook) == frame(base)
    notebooks.dumps(rebuilt.notebook).encode()


def test_the_base_is_not_changed(base: NotebookNode) -> None:
    before = copy.deepcopy(base)
    rebuild(base, handed_in(extra_cell(submission(RIGHT), "1")))
    assert base == before


def test_the_real_course_has_templates() -> None:
    from autograder.course.manifest import Course

    course = Course.find(TESTS)
    for assignment in course.assignments:
        notebook = template(course, assignment)
        assert rebuild(notebook, notebooks.dumps(notebook).encode()).notes == []
