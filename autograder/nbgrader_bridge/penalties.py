"""What a late submission loses: the same rule, from `nbgrader_config.py`, for `course grade` and `nbgrader autograde`."""

from __future__ import annotations

import math

from nbgrader.api import Gradebook, SubmittedAssignment
from nbgrader.preprocessors import AssignLatePenalties
from traitlets.config import Config

from course_utils.errors import CourseError


def assign_penalty(gradebook: Gradebook, config: Config, submission: SubmittedAssignment) -> None:
    """Work out a submission's penalty anew, from its mark, time, due date and extension as the gradebook has them now.

    Raises:
        CourseError: the course's own rule stops with an error, or gives no number.
    """
    late = submission.total_seconds_late
    if not late:
        for notebook in submission.notebooks:
            notebook.late_submission_penalty = None
        return
    gradebook.db.flush()
    gradebook.db.expire_all()
    assignment, student = submission.assignment.name, submission.student_id
    notebook = gradebook.find_submission_notebook(assignment, assignment, student)
    step = AssignLatePenalties(config=config)
    # What a plugin may ask of nbgrader's step.
    step.gradebook, step.student_id, step.assignment_id = gradebook, student, assignment
    notebook.late_submission_penalty = _penalty(step, student, notebook.score, late)


def _penalty(step: AssignLatePenalties, student: str, score: float, seconds_late: float) -> float | None:
    try:
        step.init_plugin()
        penalty = step.plugin_inst.late_submission_penalty(student, score, seconds_late)
        if penalty is None:
            return None
        if not math.isfinite(penalty):
            raise ValueError(f"{penalty} is no number of points")
    except CourseError:
        raise
    except Exception as error:  # an instructor's own code
        raise CourseError(
            f"the late penalty of nbgrader_config.py stopped with {type(error).__name__}: {error}; mend it"
        ) from error
    return min(max(0.0, float(penalty)), score)
