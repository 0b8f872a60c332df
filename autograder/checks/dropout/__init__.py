"""Hidden checks of 03_dropout, one for each graded function and class."""

from autograder.checks.dropout.augmentation import (
    color_jitter,
    pca_color_jitter,
    random_crop,
    random_flip,
    random_rotation,
)
from autograder.checks.dropout.dropout import (
    dropblock_mask,
    dropconnect_backward,
    dropconnect_forward,
    dropout_backward,
    dropout_forward,
    dropout_vanilla_predict,
    dropout_vanilla_train,
    mc_dropout_predict,
)
from autograder.checks.dropout.networks import FullyConnectedNet
from autograder.checks.dropout.penalties import elastic_net, l1_regularization, l2_regularization, max_norm

__all__ = [
    "FullyConnectedNet",
    "color_jitter",
    "dropblock_mask",
    "dropconnect_backward",
    "dropconnect_forward",
    "dropout_backward",
    "dropout_forward",
    "dropout_vanilla_predict",
    "dropout_vanilla_train",
    "elastic_net",
    "l1_regularization",
    "l2_regularization",
    "max_norm",
    "mc_dropout_predict",
    "pca_color_jitter",
    "random_crop",
    "random_flip",
    "random_rotation",
]
