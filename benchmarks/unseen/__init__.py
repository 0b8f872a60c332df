"""Mistakes and odd right functions that the gradient checker's signatures were never tuned to; kept apart from answers/."""
