"""Bugs for the gradient checker: planted ones, those held out, and the wrong answers of the notebooks."""
