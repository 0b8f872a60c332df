"""Planted answers to the questions of 08_deep."""

from answers.deep import arithmetic, blocks, convolutions, first_weights, measuring, residual_networks

__all__ = ["arithmetic", "blocks", "convolutions", "first_weights", "measuring", "residual_networks"]
