"""Hidden checks of 02_batchnorm, one for each graded function and class."""

from autograder.checks._normalization import (
    activation_statistics,
    batchnorm_backward,
    batchnorm_backward_alt,
    batchnorm_forward,
    init_weights,
    layernorm_backward,
    layernorm_forward,
)
from autograder.checks._normalized_nets import FullyConnectedNet

__all__ = [
    "FullyConnectedNet",
    "activation_statistics",
    "batchnorm_backward",
    "batchnorm_backward_alt",
    "batchnorm_forward",
    "init_weights",
    "layernorm_backward",
    "layernorm_forward",
]
