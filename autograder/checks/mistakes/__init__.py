"""The one home of well-known mistakes, by kind of function: importing it registers them all."""

from autograder.checks.mistakes import activations, affine, graphs, losses, networks, normalization

__all__ = ["activations", "affine", "graphs", "losses", "networks", "normalization"]
