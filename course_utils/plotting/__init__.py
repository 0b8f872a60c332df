"""The figures of the course, all in one style (course.mplstyle, and dark.mplstyle on dark pages)."""

from course_utils.plotting.curves import training_curves
from course_utils.plotting.gradients import gradient_error_map
from course_utils.plotting.histograms import activation_histograms
from course_utils.plotting.images import image_grid
from course_utils.plotting.style import DIVERGING, course_style, in_course_style, use_course_style
from course_utils.plotting.uses import draw_uses

__all__ = [
    "DIVERGING",
    "activation_histograms",
    "course_style",
    "draw_uses",
    "gradient_error_map",
    "image_grid",
    "in_course_style",
    "training_curves",
    "use_course_style",
]
