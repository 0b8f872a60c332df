"""Fast layers for images, in NumPy and nothing else."""

from course_utils.layers.convolution import conv_backward_fast, conv_forward_fast
from course_utils.layers.im2col import col2im, conv_backward_im2col, conv_forward_im2col, im2col
from course_utils.layers.pooling import (
    avg_pool_backward_fast,
    avg_pool_forward_fast,
    max_pool_backward_fast,
    max_pool_forward_fast,
)
from course_utils.layers.sandwiches import (
    conv_relu_backward,
    conv_relu_forward,
    conv_relu_pool_backward,
    conv_relu_pool_forward,
)

__all__ = [
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
]
