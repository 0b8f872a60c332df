"""What a student's graded notebook holds, whoever graded it: `course grade` or `nbgrader autograde`."""

from __future__ import annotations

from pathlib import Path

from autograder.verdict.verdict import Verdict
from course_utils.course import notebooks


def verdicts_in(path: Path) -> dict[str, Verdict]:
    """The verdicts of a graded notebook by question; none where there is no such file.

    Raises:
        CourseError: it is no notebook.
    """
    if not path.is_file():
        return {}
    cells = [cell for cell in notebooks.read(path).cells if notebooks.is_test(cell)]
    found = [cell.metadata["verdict"] for cell in cells if "verdict" in cell.metadata]
    return {verdict.question: verdict for verdict in map(Verdict.from_dict, found)}
