"""Hidden checks of 01_layers, one for each graded function and class."""

from autograder.checks.layers.activations import (
    elu_backward,
    elu_forward,
    leaky_relu_backward,
    leaky_relu_forward,
    relu_backward,
    relu_forward,
    sigmoid_backward,
    sigmoid_forward,
    tanh_backward,
    tanh_forward,
)
from autograder.checks.layers.affine import affine_backward, affine_forward
from autograder.checks.layers.differences import numeric_gradient
from autograder.checks.layers.graphs import (
    copy_backward,
    graph_backward,
    graph_forward,
    sigmoid_neuron_backward,
    sigmoid_neuron_forward,
)
from autograder.checks.layers.losses import softmax_loss, svm_loss
from autograder.checks.layers.maxout import maxout_backward, maxout_forward
from autograder.checks.layers.networks import FullyConnectedNet, TwoLayerNet
from autograder.checks.layers.training_step import train_step

__all__ = [
    "FullyConnectedNet",
    "TwoLayerNet",
    "affine_backward",
    "affine_forward",
    "copy_backward",
    "elu_backward",
    "elu_forward",
    "graph_backward",
    "graph_forward",
    "leaky_relu_backward",
    "leaky_relu_forward",
    "maxout_backward",
    "maxout_forward",
    "numeric_gradient",
    "relu_backward",
    "relu_forward",
    "sigmoid_backward",
    "sigmoid_forward",
    "sigmoid_neuron_backward",
    "sigmoid_neuron_forward",
    "softmax_loss",
    "svm_loss",
    "tanh_backward",
    "tanh_forward",
    "train_step",
]
