"""How a submission stands in the gradebook, and what moved since it stood otherwise."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

from nbgrader.api import BaseCell, Grade, SubmittedNotebook
from sqlalchemy import or_, select
from sqlalchemy.orm import Session, object_session

LATE = "late penalty"


@dataclass(frozen=True)
class Standing:
    """How a submission stands in the gradebook.

    Attributes:
        points: by question what counts, without what has no mark yet; under `LATE` what is taken away.
        waiting: points of answers that a person has still to mark.
    """

    points: dict[str, float] = field(default_factory=dict)
    waiting: float = 0.0

    def moved_from(self, before: Standing) -> dict[str, tuple[float, float]]:
        """What counted before and what counts now, of questions that had a mark before, too."""
        return {
            name: (before.points[name], points)
            for name, points in self.points.items()
            if before.points.get(name, points) != points
        }


def standing_of(submission: Any) -> Standing:
    """How one of the gradebook's submissions stands."""
    columns = (
        BaseCell.name,
        Grade.score,
        Grade.max_score,
        Grade.needs_manual_grade,
        or_(Grade.auto_score.is_not(None), Grade.manual_score.is_not(None)),
    )
    graded = select(*columns).join(Grade, Grade.cell_id == BaseCell.id)
    of_submission = graded.join(SubmittedNotebook).where(SubmittedNotebook.assignment_id == submission.id)
    grades = cast(Session, object_session(submission)).execute(of_submission).all()
    points = {
        name.removeprefix("test_"): round(score, 6) for name, score, _, _, has_mark in grades if has_mark
    }
    late = {LATE: round(submission.late_submission_penalty or 0.0, 6)} if points else {}
    waiting = sum(most for _, _, most, waits, _ in grades if waits)
    return Standing(points | late, float(waiting))
