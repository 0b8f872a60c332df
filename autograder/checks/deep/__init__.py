"""Hidden checks of 08_deep, one for each graded function and class."""

from autograder.checks.deep.blocks import residual_block_forward
from autograder.checks.deep.blocks_backward import residual_block_backward
from autograder.checks.deep.costs import count_network
from autograder.checks.deep.depthwise import depthwise_backward, depthwise_forward
from autograder.checks.deep.fields import receptive_field
from autograder.checks.deep.folding import fold_batchnorm
from autograder.checks.deep.gradients import gradient_statistics
from autograder.checks.deep.means import global_avg_pool_backward, global_avg_pool_forward
from autograder.checks.deep.orthogonal import orthogonal_init
from autograder.checks.deep.residual_networks import ResNet
from autograder.checks.deep.unit_variance import lsuv_init

__all__ = [
    "ResNet",
    "count_network",
    "depthwise_backward",
    "depthwise_forward",
    "fold_batchnorm",
    "global_avg_pool_backward",
    "global_avg_pool_forward",
    "gradient_statistics",
    "lsuv_init",
    "orthogonal_init",
    "receptive_field",
    "residual_block_backward",
    "residual_block_forward",
]
