"""Planted answers to the questions of 04_convnets."""

from answers.convnets import convolution, networks, pooling, spatial_normalization

__all__ = ["convolution", "networks", "pooling", "spatial_normalization"]
