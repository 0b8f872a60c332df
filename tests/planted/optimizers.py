"""Planted answers to the questions of 05_optimizers."""

from planted import optimizer_rules, optimizer_schedules, second_order

PARTS = tuple(
    module.__name__.rpartition(".")[2] for module in (optimizer_rules, optimizer_schedules, second_order)
)
