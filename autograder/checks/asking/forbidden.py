"""What may not stand in for a student's answer."""

from __future__ import annotations

import inspect
from types import ModuleType

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


def functions_of(*modules: ModuleType) -> tuple[str, ...]:
    """Dotted names of all functions that these modules of the course make public."""
    return tuple(
        f"{module.__name__}.{name}"
        for module in modules
        for name in module.__all__
        if inspect.isfunction(getattr(module, name))
    )
