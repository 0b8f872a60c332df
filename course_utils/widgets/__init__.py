"""Things to play with: sliders above a picture that stays when no kernel runs."""

from __future__ import annotations

from importlib import import_module
from typing import Any

# Loaded when they are asked for: a notebook neither waits for the widgets that it does not show nor depends on them.
_HOMES = {
    "TrainingDashboard": "dashboard",
    "activation_explorer": "activations",
    "augmentation_viewer": "augmentation",
    "batchnorm_graph_explorer": "normalization",
    "expression_explorer": "expression",
    "filter_explorer": "convolution",
    "graph_explorer": "graph",
    "initialization_explorer": "initialization",
    "mask_sampler": "masks",
    "neuron_explorer": "graph",
    "occlusion_explorer": "occlusion",
    "optimizer_playground": "optimizers",
    "receptive_field_explorer": "receptive_field",
}

__all__ = [
    "TrainingDashboard",
    "activation_explorer",
    "augmentation_viewer",
    "batchnorm_graph_explorer",
    "expression_explorer",
    "filter_explorer",
    "graph_explorer",
    "initialization_explorer",
    "mask_sampler",
    "neuron_explorer",
    "occlusion_explorer",
    "optimizer_playground",
    "receptive_field_explorer",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
