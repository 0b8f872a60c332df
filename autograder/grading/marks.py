"""Verdicts written where nbgrader reads marks: one number for each test cell, and the reasons for the student."""

from __future__ import annotations

from nbformat.notebooknode import NotebookNode, from_dict

from autograder.sandbox.bubblewrap import Sandbox
from autograder.verdict.render import as_html, as_text
from autograder.verdict.verdict import Verdict
from course_utils.course import notebooks


def write_verdicts(notebook: NotebookNode, verdicts: dict[str, Verdict], used: Sandbox) -> None:
    """Replace all outputs of every test cell by the verdict: nbgrader reads one number, the student the reasons.

    Args:
        used: the sandbox that the notebook ran in, for the reports.
    """
    notebook.metadata.setdefault("grading", {})["sandbox"] = used.value
    for cell in notebook.cells:
        if not notebooks.is_test(cell):
            continue
        verdict = verdicts.get(notebooks.question(cell) or "")
        earned = verdict.points(notebooks.points(cell)) if verdict else 0.0
        number = {"output_type": "execute_result", "execution_count": 1, "metadata": {}}
        cell.execution_count = 1
        cell.outputs = [from_dict(number | {"data": {"text/plain": repr(float(earned))}})]
        if verdict:
            cell.metadata["verdict"] = verdict.to_dict()
            shown = {"text/html": as_html(verdict), "text/plain": as_text(verdict)}
            cell.outputs.append(from_dict({"output_type": "display_data", "metadata": {}, "data": shown}))
