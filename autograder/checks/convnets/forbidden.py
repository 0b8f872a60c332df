"""What may not stand in for a student's convolution or pooling."""

from __future__ import annotations

from autograder.checks.asking.forbidden import functions_of
from course_utils import layers

# The course's own layers may not stand in for the student's, nor may the functions they are made of.
FAST = (
    *functions_of(layers),
    "course_utils.layers.geometry.output_size",
    "course_utils.layers.geometry.checked_conv",
    "course_utils.layers.geometry.checked_pool",
)
