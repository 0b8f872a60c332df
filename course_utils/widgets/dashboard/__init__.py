"""A training to look at and to steer."""

from course_utils.widgets.dashboard.callback import TrainingDashboard

__all__ = ["TrainingDashboard"]
