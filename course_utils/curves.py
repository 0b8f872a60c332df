"""Drawn learning curves, by the name under which notebooks import them; they live in `course_utils.training.curves`."""

from course_utils.training.curves import CONDITIONS, Curve, draw_history

__all__ = ["CONDITIONS", "Curve", "draw_history"]
