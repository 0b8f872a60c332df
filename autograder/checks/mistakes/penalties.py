"""What well-known mistakes in the limits on weights give."""

from __future__ import annotations

import numpy as np

from autograder.checks.mistakes.known import Values, mistakes_in


@mistakes_in("max_norm", gives="weights")
def limited(W: np.ndarray, c: float) -> Values:
    columns, rows = (np.linalg.norm(W, axis=axis, keepdims=True) for axis in (0, 1))

    def by(norm: np.ndarray | np.floating) -> np.ndarray:
        return W * (c / np.maximum(norm, c))

    return {
        "rows were limited: each column is the weights of one unit (axis 0)": by(rows),
        "the whole matrix was limited at once: each column has a length of its own": by(np.linalg.norm(W)),
        "short columns were stretched to length c": W * c / columns,
        "each weight was cut off: the whole column is scaled": np.clip(W, -c, c),
        "sizes were added up: the length is the root of the sum of squares": by(
            np.abs(W).sum(axis=0, keepdims=True)
        ),
        "the root was forgotten: the length is the root of the sum of squares": by(columns**2),
        "columns that were too long came out with length 1, not c": W / np.where(columns > c, columns, 1),
    }


@mistakes_in("soft_threshold", gives="weights")
def moved(W: np.ndarray, amount: float) -> Values:
    size, sign = np.abs(W), np.sign(W)
    return {
        "large weights kept their size: they move towards zero by amount, too": np.where(size > amount, W, 0),
        "weights crossed zero: what is nearer than amount becomes 0": sign * (size - amount),
        "weights moved away from zero": sign * (size + amount),
        "the sign was forgotten: multiply by sign(W)": np.maximum(size - amount, 0),
        "negative weights became 0: they move towards zero as well": np.maximum(W - amount, 0),
        "every weight was scaled: it moves by amount, whatever its size": (1 - amount) * W,
        "weights were cut off at amount: what is left over is the answer": np.clip(W, -amount, amount),
    }
