"""Answers that are alike: gathered, taken apart into words, weighed by how rare what they share is, shown side by side."""
