"""Planted answers to the questions of 03_dropout."""

from answers.dropout import augmentation, dropout, means, networks, penalties, same_training

__all__ = ["augmentation", "dropout", "means", "networks", "penalties", "same_training"]
