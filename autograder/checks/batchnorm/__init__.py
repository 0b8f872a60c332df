"""Hidden checks of 02_batchnorm, one for each graded function and class."""

from autograder.checks.batchnorm.batch_normalization import (
    batchnorm_backward,
    batchnorm_backward_alt,
    batchnorm_forward,
)
from autograder.checks.batchnorm.first_weights import init_weights
from autograder.checks.batchnorm.layer_normalization import layernorm_backward, layernorm_forward
from autograder.checks.batchnorm.networks import FullyConnectedNet
from autograder.checks.batchnorm.statistics import activation_statistics

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
