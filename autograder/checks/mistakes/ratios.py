"""What well-known mistakes give in numbers that say how a training goes."""

from __future__ import annotations

import numpy as np

from autograder.checks.mistakes.known import Values


def ratios(before: np.ndarray, after: np.ndarray) -> Values:
    """Mistakes of the ratio of an update to its parameters, of one array."""
    change, norm = after - before, np.linalg.norm
    return {
        "the norms were squared: take the root of each sum of squares": (norm(change) / norm(before)) ** 2,
        "the update was divided by the norm of after: divide by that of before": norm(change) / norm(after),
        "sizes were added up (or averaged), not squares: the norm is the root of the sum of squares": (
            np.abs(change).sum() / np.abs(before).sum()
        ),
        "two norms were subtracted: take the norm of the difference": (
            abs(norm(after) - norm(before)) / norm(before)
        ),
        "each number was divided by its own: divide one norm by the other": np.mean(np.abs(change / before)),
        "it was not divided by the norm of before": norm(change),
    }


def spreads(values: np.ndarray) -> Values:
    """Mistakes of a standard deviation over the first axis."""
    count = len(values)
    one_less = values.std(axis=0) * np.sqrt(count / max(count - 1, 1))
    return {
        "the sum of squares was divided by one less than the number of values (ddof=1): divide by all": one_less,
        "the root is missing: this is the variance": values.var(axis=0),
        "it was divided by the root of the number of values: that is the error of the mean": (
            values.std(axis=0) / np.sqrt(count)
        ),
    }
