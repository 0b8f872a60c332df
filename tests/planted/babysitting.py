"""Planted answers to the questions of 06_babysitting."""

from planted import capstones, doctors, ensembles, partitions, preparations, runs, searches

PARTS = tuple(
    module.__name__.rpartition(".")[2]
    for module in (partitions, preparations, runs, searches, doctors, ensembles, capstones)
)
