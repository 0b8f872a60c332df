"""Planted answers to the questions of 04_convnets."""

from planted import conv_models, convolutions, pools, spatial_norms

PARTS = tuple(
    module.__name__.rpartition(".")[2] for module in (convolutions, pools, spatial_norms, conv_models)
)
