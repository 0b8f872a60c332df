"""Hidden checks of 02_batchnorm, one for each graded function and class."""

from autograder.checks.batchnorm.networks import FullyConnectedNet
from autograder.checks.batchnorm.normalization import (
    activation_statistics,
    batchnorm_backward,
    batchnorm_backward_alt,
    batchnorm_forward,
    init_weights,
    layernorm_backward,
    layernorm_forward,
)

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
