"""Hidden checks of 03_dropout, one for each graded function and class."""

from autograder.checks.dropout.color_jitter import color_jitter
from autograder.checks.dropout.crop import random_crop
from autograder.checks.dropout.dropblock import dropblock_mask
from autograder.checks.dropout.dropconnect import dropconnect_backward, dropconnect_forward
from autograder.checks.dropout.flip import random_flip
from autograder.checks.dropout.geometric import normalized_geometric_mean
from autograder.checks.dropout.inverted import dropout_backward, dropout_forward
from autograder.checks.dropout.monte_carlo import mc_dropout_predict
from autograder.checks.dropout.networks import FullyConnectedNet
from autograder.checks.dropout.pca_jitter import pca_color_jitter
from autograder.checks.dropout.penalties import (
    elastic_net,
    l2_regularization,
    max_norm,
    soft_threshold,
)
from autograder.checks.dropout.rotation import random_rotation
from autograder.checks.dropout.same_training import as_vanilla
from autograder.checks.dropout.vanilla import dropout_vanilla_predict

__all__ = [
    "FullyConnectedNet",
    "as_vanilla",
    "color_jitter",
    "dropblock_mask",
    "dropconnect_backward",
    "dropconnect_forward",
    "dropout_backward",
    "dropout_forward",
    "dropout_vanilla_predict",
    "elastic_net",
    "l2_regularization",
    "max_norm",
    "mc_dropout_predict",
    "normalized_geometric_mean",
    "pca_color_jitter",
    "random_crop",
    "random_flip",
    "random_rotation",
    "soft_threshold",
]
