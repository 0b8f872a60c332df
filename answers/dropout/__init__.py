"""Planted answers to the questions of 03_dropout."""

from answers.dropout import augmentation, dropout, networks, penalties

__all__ = ["augmentation", "dropout", "networks", "penalties"]
