"""The tests that a student can read, run where nobody has the hidden ones: what passes, and no mark."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from nbformat.notebooknode import NotebookNode

from course_utils.course import notebooks
from course_utils.study.attempts import NOT_WRITTEN


@dataclass(frozen=True)
class VisibleTest:
    """How one test cell ended.

    Attributes:
        question: what it tests.
        reason: why it does not pass, or "".
        written: no stub stands in its way.
    """

    question: str
    reason: str
    written: bool = True


@dataclass(frozen=True)
class Ran:
    """How a cell ended.

    Attributes:
        reason: why it did not reach its end, or "".
        outputs: what it printed, displayed and raised.
    """

    reason: str = ""
    outputs: list[NotebookNode] = field(default_factory=list)


def run_tests(notebook: NotebookNode, run: Callable[[str], Ran]) -> list[VisibleTest]:
    """Run a notebook's cells in order, demos left out.

    Args:
        notebook: the course's cells with a student's answers.
        run: runs the source of one cell.

    Returns:
        How each of its tests ended.
    """
    found = []
    for cell in notebook.cells:
        if cell.cell_type != "code" or notebooks.has_tag(cell, "demo"):
            continue
        ran = run(cell.source)
        if notebooks.is_test(cell):
            question = (notebooks.grade_id(cell) or "").removeprefix("test_")
            found.append(VisibleTest(question, _reason(ran) if ran.reason else "", not _met_a_stub(ran)))
    return found


def _met_a_stub(ran: Ran) -> bool:
    errors = [output for output in ran.outputs if output.output_type == "error"]
    return any(each.ename == "NotImplementedError" and NOT_WRITTEN in each.evalue for each in errors)


def _reason(ran: Ran) -> str:
    """What the test itself said is wrong, or how its cell ended."""
    printed = "\n".join(output.text for output in ran.outputs if output.output_type == "stream")
    said = [line.removeprefix("✗").strip() for line in printed.split("\n") if line.startswith("✗")]
    return said[0] if said else ran.reason
