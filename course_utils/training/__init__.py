"""Training: `Solver` trains a model, `search` looks for good settings; rules and schedules are plain functions."""

from course_utils.training import rules, schedules, search
from course_utils.training.callbacks import Callback, ProgressBar
from course_utils.training.history import History
from course_utils.training.making import seeded
from course_utils.training.solver import Solver
from course_utils.training.state import CheckpointError
from course_utils.training.stopping import StopReason

__all__ = [
    "Callback",
    "CheckpointError",
    "History",
    "ProgressBar",
    "Solver",
    "StopReason",
    "rules",
    "schedules",
    "search",
    "seeded",
]
