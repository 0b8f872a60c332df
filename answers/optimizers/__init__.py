"""Planted answers to the questions of 05_optimizers."""

from answers.optimizers import rules, schedules, second_order

__all__ = ["rules", "schedules", "second_order"]
