"""What may not stand in for a student's answer."""

from __future__ import annotations

# The course's own numeric gradients may not stand in for a backward pass.
NUMERIC_HELPERS = tuple(
    f"course_utils.gradcheck.{name}"
    for name in (
        "numeric_gradient",
        "numeric_gradient_array",
        "gradient_check",
        "loss_gradient_check",
        "model_gradient_check",
    )
)
