"""Mutated submissions: every one of them ends with marks or a stated reason.

`make fuzz` grades a thousand; the ordinary run grades a few and takes many more through the rebuild step only.
"""

from __future__ import annotations

import copy
import json
import math
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hostile.attack import LIMITS
from hostile.course import NAME, POINTS, RIGHT, WRONG, make_course, submission
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograder.course.manifest import Course
from autograder.course.template import template
from autograder.grading.job import Job, grade
from autograder.grading.rebuild import rebuild
from autograder.sandbox import bubblewrap
from course_utils.course import notebooks

TEXT = st.text(st.characters(), max_size=8) | st.sampled_from(
    [
        "square",
        "test_square",
        "skip-execution",
        "nbgrader",
        "\ud800",
        "\x00",
        "\x1b[2J",
        "<script>",
        "../../x",
        "é" * 300,
    ]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | TEXT
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
SOURCES = TEXT | st.sampled_from(
    [
        *RIGHT.values(),
        *WRONG.values(),
        "def square(x): return x.sum()",
        "def square(x, y): return y",
        "def square(x): return 'a' * len(x)",
        "def scale_forward(x, w): return x * w",
        "def scale_backward(dout, cache): return cache",
        "class square: pass",
        "del square",
        "square = 5",
        "%%bash\necho 1",
        "!ls",
        "%reset -f",
        "raise SystemExit",
        "import os; os._exit(0)",
        "def f(:\n",
        "\t\nif",
        "await 5",
        "print('x' * 100000)",
        "1/0",
        "from course_utils.grading import grade; grade('square')",
    ]
)
# Each part draws submissions of its own, on a core of its own where there are several.
PARTS = 4


def _cell_mutations(draw: st.DrawFn, cells: list) -> None:
    position = draw(st.integers(0, len(cells) - 1))
    other = draw(st.integers(0, len(cells) - 1))
    cell = cells[position]
    match draw(
        st.sampled_from(["delete", "double", "swap", "insert", "source", "type", "id", "key", "settings"])
    ):
        case "delete":
            del cells[position]
        case "double":
            cells.insert(other, copy.deepcopy(cell))
        case "swap":
            cells[position], cells[other] = cells[other], cells[position]
        case "insert":
            cells.insert(position, draw(VALUES))
        case kind if isinstance(cell, dict):
            _change(draw, cell, kind)


def _change(draw: st.DrawFn, cell: dict, kind: str) -> None:
    if kind == "source":
        cell["source"] = draw(SOURCES | st.lists(SOURCES, max_size=3) | VALUES)
    elif kind == "type":
        cell["cell_type"] = draw(st.sampled_from(["code", "markdown", "raw"]) | VALUES)
    elif kind == "id":
        cell["id"] = draw(VALUES)
    elif kind == "key":
        cell[draw(st.sampled_from(["metadata", "outputs", "execution_count", "attachments"]) | TEXT)] = draw(
            VALUES
        )
    elif isinstance(cell.get("metadata"), dict):
        found = cell["metadata"].get("nbgrader")
        key = draw(
            st.sampled_from(["grade_id", "grade", "solution", "locked", "points", "schema_version", "task"])
        )
        cell["metadata"]["nbgrader"] = {**(found if isinstance(found, dict) else {}), key: draw(VALUES)}


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A submission after a few changes to its cells, its frame or its bytes."""
    answers = {name: draw(st.sampled_from([RIGHT[name], WRONG[name]])) for name in RIGHT}
    notebook: dict[str, Any] = json.loads(json.dumps(submission(answers)))
    for _ in range(draw(st.integers(1, 6))):
        if notebook["cells"]:
            _cell_mutations(draw, notebook["cells"])
    if draw(st.integers(0, 9)) == 0:
        notebook[draw(st.sampled_from(["cells", "metadata", "nbformat", "nbformat_minor"]) | TEXT)] = draw(
            VALUES
        )
    content = json.dumps(notebook).encode("utf-8", "surrogatepass")
    match draw(st.integers(0, 19)):
        case 0:
            return content[: draw(st.integers(0, len(content)))]
        case 1:
            position = draw(st.integers(0, len(content) - 1))
            return content[:position] + draw(st.binary(max_size=5)) + content[position + 1 :]
    return content


@pytest.fixture(scope="module")
def course() -> Iterator[Course]:
    folder = Path(tempfile.mkdtemp(prefix="f-"))
    yield make_course(folder)
    shutil.rmtree(folder)


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(content=mutated())
def test_every_mutated_submission_becomes_the_courses_notebook(course: Course, content: bytes) -> None:
    base = template(course, course.assignment(NAME))
    rebuilt = rebuild(base, content)
    assert [cell.id for cell in rebuilt.notebook.cells if cell.id in {c.id for c in base.cells}] == [
        cell.id for cell in base.cells
    ]
    notebooks.dumps(rebuilt.notebook).encode()


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.skipif(not bubblewrap.status().available, reason=bubblewrap.status().reason)
def test_every_mutated_submission_gets_marks_or_a_reason(
    course: Course, pytestconfig: pytest.Config, part: int
) -> None:
    @settings(
        max_examples=math.ceil(pytestconfig.getoption("--fuzz-examples") / PARTS),
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @given(content=mutated())
    def every_one(content: bytes) -> None:
        graded = grade(Job("mallory", NAME, content, course.root, limits=LIMITS))
        assert list(graded.verdicts) == list(POINTS)
        assert 0 <= graded.score <= 10
        for name, verdict in graded.verdicts.items():
            assert math.isfinite(verdict.points(POINTS[name]))
            assert verdict.fraction == 1 or verdict.reason or any(case.message for case in verdict.cases)
        notebooks.dumps(graded.notebook).encode()

    every_one()
