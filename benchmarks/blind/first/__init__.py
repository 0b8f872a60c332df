"""The first half."""
