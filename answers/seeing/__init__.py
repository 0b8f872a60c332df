"""Planted answers to the questions of 09_seeing."""

from answers.seeing import ascent, backwards, codes, comparing, maps

__all__ = ["ascent", "backwards", "codes", "comparing", "maps"]
