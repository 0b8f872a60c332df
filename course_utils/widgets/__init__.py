"""Things to play with: sliders above a picture that stays when no kernel runs."""

from course_utils.widgets.activations import activation_explorer
from course_utils.widgets.graph import graph_explorer, neuron_explorer

__all__ = ["activation_explorer", "graph_explorer", "neuron_explorer"]
