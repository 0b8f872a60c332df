"""How a submission stands in the gradebook, and what moved since it stood otherwise."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

from nbgrader.api import Grade
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, object_session

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
    notebooks = [notebook.id for notebook in submission.notebooks]
    with_cells = select(Grade).where(Grade.notebook_id.in_(notebooks)).options(joinedload(Grade.cell))
    grades = cast(Session, object_session(submission)).scalars(with_cells).all()
    points = {
        str(grade.name).removeprefix("test_"): round(grade.score, 6)
        for grade in grades
        if grade.auto_score is not None or grade.manual_score is not None
    }
    late = {LATE: round(submission.late_submission_penalty or 0.0, 6)} if points else {}
    waiting = sum(grade.max_score for grade in grades if grade.needs_manual_grade)
    return Standing(points | late, float(waiting))
