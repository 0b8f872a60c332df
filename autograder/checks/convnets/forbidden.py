"""What may not stand in for a student's convolution or pooling."""

from __future__ import annotations

_FAST_LAYERS = tuple(
    f"course_utils.layers.{name}"
    for name in (
        "avg_pool_backward_fast",
        "avg_pool_forward_fast",
        "col2im",
        "conv_backward_fast",
        "conv_backward_im2col",
        "conv_forward_fast",
        "conv_forward_im2col",
        "conv_relu_backward",
        "conv_relu_forward",
        "conv_relu_pool_backward",
        "conv_relu_pool_forward",
        "im2col",
        "max_pool_backward_fast",
        "max_pool_forward_fast",
    )
)
# The course's own layers may not stand in for the student's, nor may the functions they are made of.
FAST = (
    *_FAST_LAYERS,
    "course_utils.layers.geometry.output_size",
    "course_utils.layers.geometry.checked_conv",
    "course_utils.layers.geometry.checked_pool",
)
