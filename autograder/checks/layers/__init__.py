"""Hidden checks of 01_layers, one for each graded function and class."""

from autograder.checks.layers.activations import (
    affine_backward,
    affine_forward,
    elu_backward,
    elu_forward,
    leaky_relu_backward,
    leaky_relu_forward,
    maxout_backward,
    maxout_forward,
    relu_backward,
    relu_forward,
    sigmoid_backward,
    sigmoid_forward,
    tanh_backward,
    tanh_forward,
)
from autograder.checks.layers.graphs import (
    copy_backward,
    copy_forward,
    graph_backward,
    graph_forward,
    numeric_gradient,
    sigmoid_neuron_backward,
    sigmoid_neuron_forward,
)
from autograder.checks.layers.losses import softmax_loss, svm_loss
from autograder.checks.layers.networks import FullyConnectedNet, TwoLayerNet, train_step

__all__ = [
    "FullyConnectedNet",
    "TwoLayerNet",
    "affine_backward",
    "affine_forward",
    "copy_backward",
    "copy_forward",
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
