"""Numeric gradient checking: is a backward pass right, and if not, what is wrong with it?"""

from course_utils.gradcheck.layer import gradient_check
from course_utils.gradcheck.loss import loss_gradient_check
from course_utils.gradcheck.model import model_gradient_check
from course_utils.gradcheck.numeric import numeric_gradient, numeric_gradient_array, relative_error
from course_utils.gradcheck.report import ArgumentResult, GradientCheckFailed, GradientReport

__all__ = [
    "ArgumentResult",
    "GradientCheckFailed",
    "GradientReport",
    "gradient_check",
    "loss_gradient_check",
    "model_gradient_check",
    "numeric_gradient",
    "numeric_gradient_array",
    "relative_error",
]
