"""Hidden checks of 07_autograd, one for each graded function and class."""

from autograder.checks.autograd.arrays import index_grad, sum_grad, unbroadcast
from autograder.checks.autograd.forgetting import checkpointed, no_grad, zero_grad
from autograder.checks.autograd.forward_mode import jvp
from autograder.checks.autograd.layers import Linear, Sequential
from autograder.checks.autograd.losses import bce_loss, softmax_loss
from autograder.checks.autograd.order import topological_order
from autograder.checks.autograd.tensor import Tensor
from autograder.checks.autograd.training import batchnorm, gradient_step

__all__ = [
    "Linear",
    "Sequential",
    "Tensor",
    "batchnorm",
    "bce_loss",
    "checkpointed",
    "gradient_step",
    "index_grad",
    "jvp",
    "no_grad",
    "softmax_loss",
    "sum_grad",
    "topological_order",
    "unbroadcast",
    "zero_grad",
]
