"""Checks of what a network's gradients are measured by."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, Unpack

import numpy as np

from autograder.checks.asking.advice import advice, told
from autograder.checks.asking.forbidden import NUMERIC_HELPERS
from autograder.checks.asking.inputs import SINGLE, Tolerances, as_single, mixed
from autograder.checks.mistakes.known import Values
from autograder.verdict.check import check
from autograder.verdict.expect import expect, expect_close
from autograder.verdict.student import Student
from course_utils.compare import quoted

# A network without layers: its gradients depend on the batch, and it has scores and nothing else where labels are missing.
_NET = """
class Net:
    def __init__(self):
        self.params = {}

    def loss(self, X, y=None):
        if y is None:
            return X
        factor = (X[0, 0] + y[0]).astype(X.dtype)
        return factor, {name: factor * value for name, value in self.params.items()}

result = Net()
"""
_ORDER = "The order is that of the numbers: W2 comes before W10"


class Measured:
    """gradient_statistics of networks whose gradients are known."""

    def __init__(self, student: Student, rng: np.random.Generator):
        self._student = student
        self._rng = rng

    def expect_sizes(self, shapes: dict[str, tuple[int, ...]], **tolerances: Unpack[Tolerances]) -> None:
        """Fail the case unless a network with parameters of these shapes is measured rightly."""
        params = {name: self._rng.uniform(0.2, 3) * mixed(self._rng, shape) for name, shape in shapes.items()}
        X, y = self._rng.uniform(1, 2, size=(4, 3)), self._rng.integers(1, 5, size=4)
        if tolerances:
            params, X = {name: as_single(value) for name, value in params.items()}, as_single(X)
        net = self._student.run(_NET)
        net.write_items("params", params)
        found = self._student.call("gradient_statistics", net, X, y)
        grads = {name: (X[0, 0] + y[0]) * value.astype(np.float64) for name, value in params.items()}
        names = _weights(grads)
        wanted = [_root_mean_square(grads[name]) for name in names]
        numbers = _as_numbers(found)
        expect(
            numbers is not None and len(numbers) == len(wanted),
            f"one number for each of {', '.join(names) or 'no weights'} is expected, and {quoted(found)} came",
        )
        with told(numbers, lambda: _mistaken(grads)):
            expect_close(numbers, np.array(wanted), "the sizes", **tolerances)


def _weights(grads: dict[str, np.ndarray]) -> list[str]:
    names = [name for name in grads if name[0] == "W" and name[1:].isdigit()]
    return sorted(names, key=lambda name: int(name[1:]))


def _root_mean_square(values: np.ndarray) -> float:
    return float(np.sqrt(np.mean(values**2)))


def _mistaken(grads: dict[str, np.ndarray]) -> Values:
    """What well-known mistakes give for all weights, in a row."""
    names = _weights(grads)
    found = {
        "the standard deviation was taken; the root mean square takes off no mean": [
            grads[name].std() for name in names
        ],
        "the mean of the squares was taken without its root": [np.mean(grads[name] ** 2) for name in names],
        "the norm was taken, the root of the sum of the squares": [
            np.sqrt(np.sum(grads[name] ** 2)) for name in names
        ],
        "the mean of the absolute values was taken": [np.abs(grads[name]).mean() for name in names],
    }
    if sorted(names) != names:
        found["the names were sorted by letters, which puts W10 before W2"] = [
            _root_mean_square(grads[name]) for name in sorted(names)
        ]
    return {did: np.array(values) for did, values in found.items()}


def _as_numbers(found: Any) -> np.ndarray | None:
    """An array where `found` is a row of numbers, else None."""
    if isinstance(found, np.ndarray):
        return found.astype(np.float64) if found.ndim == 1 and found.dtype.kind == "f" else None
    plain = isinstance(found, list | tuple) and all(isinstance(v, float | np.floating) for v in found)
    return np.array(found, dtype=np.float64) if plain else None


@check("gradient_statistics", forbids=NUMERIC_HELPERS)
def gradient_statistics(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    measured = Measured(student, rng)
    with student.case("weights alone", 2):
        measured.expect_sizes({"W1": (4, 3), "W2": (3, 5), "W3": (5, 2)})
    with student.case("biases and other entries are left out", 2):
        more: dict[str, tuple[int, ...]] = {"b1": (3,), "gamma1": (3,), "beta1": (3,), "b2": (5,)}
        measured.expect_sizes({"W1": (4, 3), **more, "W2": (3, 5)})
        measured.expect_sizes(
            {"W1": (4, 3), "W2_skip": (3, 2), "W": (2, 2), "w2": (3,), "W3x": (2,), "Wx3": (4,), "W2": (3, 5)}
        )
    with student.case("entries in another order"):
        measured.expect_sizes({"W3": (2, 2), "b1": (3,), "W1": (4, 3), "W2": (3, 5)})
    with student.case("more than nine layers", 2), advice(_ORDER, student):
        measured.expect_sizes({f"W{k}": (k, 2) for k in range(1, 13)})
    with student.case("numbers that do not start at 1, or leave some out"):
        measured.expect_sizes({"W20": (3,), "W3": (2, 2), "W100": (4, 2)})
        measured.expect_sizes({"W0": (3,), "W1": (2, 2)})
    with student.case("filters, and a single layer"):
        measured.expect_sizes({"W1": (4, 3, 2, 2), "W2": (3, 5)})
        measured.expect_sizes({"W1": (4, 1)})
    with student.case("single precision", 0.5):
        measured.expect_sizes({"W1": (4, 3), "W2": (3, 5)}, **SINGLE)
    with student.case("the batch and the network stay as they were", 0.5):
        measured.expect_sizes({"W1": (4, 3), "W2": (3, 5)})
        student.expect_unchanged()
