"""Planted answers to the questions of 06_babysitting."""

from answers.babysitting import capstone, doctor, ensembles, partitions, preparation, ranges, runs, search

__all__ = ["capstone", "doctor", "ensembles", "partitions", "preparation", "ranges", "runs", "search"]
