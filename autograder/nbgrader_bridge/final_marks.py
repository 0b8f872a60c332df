"""What a submission counts for, as the gradebook has it now."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from nbgrader.api import Gradebook

from autograder.nbgrader_bridge.standing import standing_of


@dataclass(frozen=True)
class FinalMark:
    """What one submission counts for.

    Attributes:
        score: points, what being late costs taken off.
        max_score: points that there are.
        waiting: points of answers that a person has still to mark.
    """

    score: float
    max_score: float
    waiting: float


def final_score(submission: Any) -> float:
    """Points of one of the gradebook's submissions, what being late costs taken off."""
    return max(0.0, submission.score - submission.late_submission_penalty)


def final_marks(
    gradebook: Gradebook, assignment: str, without: Collection[tuple[str, str]] = ()
) -> dict[str, FinalMark]:
    """The marks of an assignment by student, of those whose submission is in the gradebook.

    Args:
        without: (assignment, student) of submissions that were withdrawn.
    """
    return {
        submission.student.id: FinalMark(
            final_score(submission), submission.assignment.max_score, standing_of(submission).waiting
        )
        for submission in gradebook.assignment_submissions(assignment)
        if (assignment, submission.student.id) not in without
    }
