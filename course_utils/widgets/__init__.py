"""Things to play with: sliders above a picture that stays when no kernel runs."""

from course_utils.widgets.activations import activation_explorer
from course_utils.widgets.augmentation import augmentation_viewer
from course_utils.widgets.convolution import filter_explorer
from course_utils.widgets.dashboard import TrainingDashboard
from course_utils.widgets.graph import graph_explorer, neuron_explorer
from course_utils.widgets.initialization import initialization_explorer
from course_utils.widgets.masks import mask_sampler
from course_utils.widgets.normalization import batchnorm_graph_explorer
from course_utils.widgets.optimizers import optimizer_playground

__all__ = [
    "TrainingDashboard",
    "activation_explorer",
    "augmentation_viewer",
    "batchnorm_graph_explorer",
    "filter_explorer",
    "graph_explorer",
    "initialization_explorer",
    "mask_sampler",
    "neuron_explorer",
    "optimizer_playground",
]
