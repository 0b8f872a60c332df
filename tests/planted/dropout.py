"""Planted answers to the questions of 03_dropout."""

from planted import augmentations, dropout_layers, dropout_nets, penalties

PARTS = tuple(
    module.__name__.rpartition(".")[2] for module in (penalties, dropout_layers, augmentations, dropout_nets)
)
