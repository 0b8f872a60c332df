"""Hidden checks of 04_convnets, one for each graded function and class."""

from autograder.checks.convnets.convolution import conv_backward_naive, conv_forward_naive
from autograder.checks.convnets.lenet import LeNet5
from autograder.checks.convnets.pooling import (
    avg_pool_backward,
    avg_pool_forward,
    max_pool_backward_naive,
    max_pool_forward_naive,
)
from autograder.checks.convnets.shapes import conv_output_shape, count_parameters
from autograder.checks.convnets.spatial_normalization import (
    spatial_batchnorm_backward,
    spatial_batchnorm_forward,
    spatial_groupnorm_backward,
    spatial_groupnorm_forward,
)
from autograder.checks.convnets.three_layer import ThreeLayerConvNet

__all__ = [
    "LeNet5",
    "ThreeLayerConvNet",
    "avg_pool_backward",
    "avg_pool_forward",
    "conv_backward_naive",
    "conv_forward_naive",
    "conv_output_shape",
    "count_parameters",
    "max_pool_backward_naive",
    "max_pool_forward_naive",
    "spatial_batchnorm_backward",
    "spatial_batchnorm_forward",
    "spatial_groupnorm_backward",
    "spatial_groupnorm_forward",
]
