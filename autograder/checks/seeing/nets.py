"""The notebook's network with random weights, in the student's kernel and here."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.verdict.student import Student

Params = dict[str, np.ndarray]
# Two sandwiches of 4 and 5 filters, for pictures of 3×8×8 and four classes; the first filters look beyond the picture by more than a jump.
_SHAPES = {"W1": (4, 3, 5, 5), "b1": (4,), "W2": (5, 4, 3, 3), "b2": (5,), "W3": (20, 4), "b3": (4,)}


def random_params(rng: np.random.Generator, scale: float = 0.4) -> Params:
    """Weights of such a network."""
    return {name: scale * rng.normal(size=shape) for name, shape in _SHAPES.items()}


def two_nets(student: Student, reference: SimpleNamespace, params: Params) -> tuple[Any, Any]:
    """The same network twice: a handle on the student's, and the reference's."""
    return student.ConvNet(params), reference.ConvNet(params)


def pictures(rng: np.random.Generator, N: int) -> np.ndarray:
    """N pictures (N, 3, 8, 8)."""
    return rng.normal(size=(N, 3, 8, 8))


def classes(rng: np.random.Generator, N: int) -> np.ndarray:
    """A class for each of N pictures, not all of them the same where there are several."""
    return np.resize(rng.permutation(4), N)
