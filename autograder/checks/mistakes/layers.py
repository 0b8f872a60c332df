"""The known mistakes of each layer, by its name."""

from __future__ import annotations

from collections.abc import Callable

from autograder.checks.mistakes.affine import affine_gradients, affine_outs, maxout_gradients, maxout_outs
from autograder.checks.mistakes.graphs import (
    graph_gradients,
    graph_outs,
    sigmoid_neuron_gradients,
    sigmoid_neuron_outs,
)
from autograder.checks.mistakes.known import Values

# of layers that take nothing but arrays, by name
OUTS: dict[str, Callable[..., Values]] = {
    "graph": graph_outs,
    "sigmoid_neuron": sigmoid_neuron_outs,
    "affine": affine_outs,
    "maxout": maxout_outs,
}
GRADIENTS: dict[str, Callable[..., dict[str, Values]]] = {
    "graph": graph_gradients,
    "sigmoid_neuron": sigmoid_neuron_gradients,
    "affine": affine_gradients,
    "maxout": maxout_gradients,
}
