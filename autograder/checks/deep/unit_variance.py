"""Checks of first weights that a batch decides."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.checks.asking.advice import advice, told
from autograder.checks.asking.expectations import expect_value_error
from autograder.checks.asking.inputs import SINGLE, as_single, drawn_until
from autograder.checks.mistakes.known import Values
from autograder.verdict.check import check
from autograder.verdict.expect import expect, expect_close
from autograder.verdict.student import Student
from course_utils.compare import quoted

Pairs = list[tuple[np.ndarray, np.ndarray]]
_AGAIN = "Divide, measure again, and stop when the standard deviation is less than tol from 1 or after max_steps divisions"


class UnitVariance:
    """lsuv_init, the student's beside the reference's."""

    def __init__(self, student: Student, reference: SimpleNamespace, rng: np.random.Generator):
        self._student = student
        self._reference = reference
        self._rng = rng

    def draw(self, *dims: int, N: int = 12, bias: float = 0.0) -> tuple[Pairs, np.ndarray]:
        """Layers between so many units, whose scales differ, and a batch that is not centred; each layer varies."""

        def draw() -> tuple[Pairs, np.ndarray]:
            pairs = [
                (self._rng.uniform(0.3, 3) * self._rng.normal(size=(D, M)), bias * self._rng.normal(size=M))
                for D, M in itertools.pairwise(dims)
            ]
            X = self._rng.normal(size=(N, dims[0])) + self._rng.uniform(0.5, 1.5, size=dims[0])
            return pairs, X

        return drawn_until(draw, lambda drawn: self._varies(*drawn))

    def _varies(self, pairs: Pairs, X: np.ndarray) -> bool:
        """Whether no layer is far smaller than the last one, by whichever nonlinearity."""
        for w, b in pairs:
            sums = X @ w + b
            if np.std(sums) < 1e-2:
                return False
            X = np.maximum(sums, 0)
        return True

    def expect(self, pairs: Pairs, X: np.ndarray, single: bool = False, **settings: Any) -> None:
        """Fail the case unless each layer's weights are the reference's."""
        asked = [(as_single(w), as_single(b)) for w, b in pairs] if single else pairs
        found = self._student.call("lsuv_init", asked, as_single(X) if single else X, **settings)
        wanted = self._reference.lsuv_init(pairs, X, **settings)
        expect(
            isinstance(found, list | tuple) and len(found) == len(pairs),
            f"a list with one array for each of {len(pairs)} layers is expected, and {quoted(found)} came",
        )
        for k, (mine, right) in enumerate(zip(found, wanted, strict=True)):
            with told(mine, partial(_mistaken, pairs, X, k, **settings)):
                if single:
                    expect_close(mine, as_single(right), f"the weights of layer {k + 1}", **SINGLE)
                else:
                    expect_close(mine, right, f"the weights of layer {k + 1}")


def _mistaken(pairs: Pairs, X: np.ndarray, layer: int, nonlinearity: str = "relu", **_more: Any) -> Values:
    """What well-known mistakes make of one layer without a bias."""
    if any(b.any() for _, b in pairs):
        return {}
    f: Callable[[Any], Any] = np.tanh if nonlinearity == "tanh" else lambda s: np.maximum(s, 0)
    old, right, activations = X, X, X
    for w, _ in pairs[:layer]:
        old, right = f(old @ w), f(right @ (w / np.std(right @ w)))
        activations = f(activations @ (w / np.std(f(activations @ w))))
    w = pairs[layer][0]
    found: dict[str, Any] = {
        "the weights were divided by the variance; its root is the standard deviation": w / np.var(right @ w),
        "the standard deviation was taken behind the nonlinearity; it is that of x @ w + b": w
        / np.std(f(activations @ w)),
        "the root mean square was taken for the standard deviation": w / np.sqrt(np.mean((right @ w) ** 2)),
        "each unit was divided by its own standard deviation; one is taken over all numbers of a layer": w
        / np.std(right @ w, axis=0),
    }
    if layer:
        found[
            "the layer got what the old weights of the layers before make; it gets what the new ones make"
        ] = w / np.std(old @ w)
        linear = X
        for before, _ in pairs[:layer]:
            linear = linear @ (before / np.std(linear @ before))
        found["the nonlinearity between the layers was forgotten"] = w / np.std(linear @ w)
    return found


@check("lsuv_init")
def lsuv_init(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    unit = UnitVariance(student, reference, rng)
    with student.case("one layer without a bias", 2):
        for _ in range(2):
            unit.expect(*unit.draw(4, 6))
    with student.case("three layers of ReLU", 3):
        unit.expect(*unit.draw(4, 7, 6, 5))
        unit.expect(*unit.draw(4, 7, 6, 5), nonlinearity="relu")
    with student.case("three layers of tanh", 2):
        unit.expect(*unit.draw(4, 7, 6, 5), nonlinearity="tanh")
    with student.case("layers with biases", 2), advice(_AGAIN, student):
        unit.expect(*unit.draw(4, 9, 8, bias=0.6))
        unit.expect(*unit.draw(4, 9, 8, bias=0.3), nonlinearity="tanh")
    with student.case("max_steps divisions at most"), advice(_AGAIN, student):
        for max_steps in (0, 1, 2, 3):
            unit.expect(*unit.draw(4, 9, bias=0.6), tol=1e-12, max_steps=max_steps)
        pairs, X = unit.draw(4, 9, bias=0.9)
        unit.expect(pairs, X, tol=1e-14)
    with student.case("a layer that is within tol stays as it is"), advice(_AGAIN, student):
        for off in (0.8, 0.995, 1.005, 1.2):
            pairs, X = unit.draw(4, 6)
            near = [(off * w / np.std(X @ w), b) for w, b in pairs]
            unit.expect(near, X)
            unit.expect(near, X, tol=0.3)
        pairs, X = unit.draw(4, 6)
        for tol in (0.1, 0.003):
            unit.expect([(1.05 * w / np.std(X @ w), b) for w, b in pairs], X, tol=tol)
            unit.expect([(0.995 * w / np.std(X @ w), b) for w, b in pairs], X, tol=tol)
    with student.case("a layer that does not vary raises ValueError", 0.5):
        pairs, X = unit.draw(4, 6, 5)
        unit.expect(pairs, X)
        for k in range(2):
            dead = [(0 * w, b) if k == layer else (w, b) for layer, (w, b) in enumerate(pairs)]
            expect_value_error(
                partial(student.call, "lsuv_init", dead, X),
                f"a layer {k + 1} whose weights are all zero",
            )
    with student.case("one example, one unit", 0.5):
        unit.expect(*unit.draw(4, 6, 3, N=1))
        unit.expect(*unit.draw(1, 6, 1))
    with student.case("single precision", 0.5):
        unit.expect(*unit.draw(4, 7, 6), single=True)
    with student.case("weights, biases and the batch stay as they were", 0.5):
        unit.expect(*unit.draw(4, 7, 6, bias=0.3))
        student.expect_unchanged()
