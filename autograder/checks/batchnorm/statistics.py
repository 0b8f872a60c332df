"""Checks of what leaves the layers of a deep network."""

from __future__ import annotations

import itertools
from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.checks.asking.advice import advice, told
from autograder.checks.asking.forbidden import NUMERIC_HELPERS
from autograder.checks.asking.inputs import SINGLE, as_double, as_single
from autograder.verdict.check import check
from autograder.verdict.expect import expect_close
from autograder.verdict.student import Student


@check("activation_statistics", forbids=NUMERIC_HELPERS)
def activation_statistics(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    def draw(*dims: int) -> list[np.ndarray]:
        return [rng.normal(size=shape) for shape in itertools.pairwise(dims)]

    def ask(x: np.ndarray, weights: list[np.ndarray], nonlinearity: str) -> tuple[list[Any], list[Any]]:
        arguments = (x, weights, nonlinearity)
        found = student.call("activation_statistics", *arguments, returns="activations, means, stds")
        wanted = reference.activation_statistics(as_double(x), [as_double(w) for w in weights], nonlinearity)
        return _as_arrays(found), list(wanted)

    def expect_part(part: int, name: str, nonlinearity: str, dims: tuple[int, ...], N: int = 6) -> None:
        x, weights = rng.normal(size=(N, dims[0])), draw(*dims)
        found, wanted = ask(x, weights, nonlinearity)
        with told(
            _flat(found[0]) if part == 0 else None, lambda: _mistaken(x, weights, wanted[0], nonlinearity)
        ):
            expect_close(found[part], wanted[part], name)

    with student.case("what leaves a single layer of tanh"):
        expect_part(0, "activations", "tanh", (5, 4))
    with student.case("what leaves a single layer of ReLU"):
        expect_part(0, "activations", "relu", (5, 4))
    with student.case("what leaves three layers", 3):
        for nonlinearity in ("tanh", "relu"):
            expect_part(0, "activations", nonlinearity, (5, 5, 5, 5))
            expect_part(0, "activations", nonlinearity, (5, 4, 7, 3))
    with student.case("their means", 2), advice("One mean for each layer, over all its numbers"):
        for nonlinearity in ("tanh", "relu"):
            expect_part(1, "means", nonlinearity, (5, 4, 7, 3))
    with (
        student.case("their standard deviations", 2),
        advice(
            "One for each layer, over all its numbers: the root of the mean squared distance from their mean"
        ),
    ):
        for nonlinearity in ("tanh", "relu"):
            expect_part(2, "stds", nonlinearity, (5, 4, 7, 3))
    with student.case("one example", 0.5):
        for part, name in enumerate(("activations", "means", "stds")):
            expect_part(part, name, "tanh", (3, 6, 2), N=1)
    with student.case("the inputs stay as they were", 0.5):
        found, wanted = ask(rng.normal(size=(4, 3)), draw(3, 5, 2), "relu")
        expect_close(found[0], wanted[0], "activations")
        student.expect_unchanged()
    with student.case("single precision", 0.5):
        x, weights = as_single(rng.normal(size=(6, 5))), [as_single(w) for w in draw(5, 4, 3)]
        found, wanted = ask(x, weights, "tanh")
        for name, part, right in zip(("activations", "means", "stds"), found, wanted, strict=True):
            single = [as_single(a) for a in right] if isinstance(right, list) else as_single(right)
            expect_close(part, single, name, **SINGLE)


def _as_arrays(found: tuple[Any, ...]) -> list[Any]:
    """Lists of numbers count as arrays here; what the layers gave stays a list."""
    activations, *statistics = found
    plain = [
        np.asarray(s)
        if isinstance(s, list | tuple) and all(isinstance(v, int | float | np.generic) for v in s)
        else s
        for s in statistics
    ]
    return [activations, *plain]


def _flat(parts: Any) -> np.ndarray | None:
    """All numbers of several arrays in a row; None where they are something else."""
    is_arrays = isinstance(parts, list | tuple) and all(isinstance(part, np.ndarray) for part in parts)
    return np.concatenate([part.ravel() for part in parts]) if is_arrays and parts else None


def _mistaken(
    x: np.ndarray, weights: list[np.ndarray], right: list[np.ndarray], nonlinearity: str
) -> dict[str, np.ndarray | None]:
    """What well-known mistakes give for all layers, in a row."""
    nonlinear = np.tanh if nonlinearity == "tanh" else lambda sums: np.maximum(sums, 0)
    sums = [h @ w for h, w in zip([x, *right[:-1]], weights, strict=True)]
    found = {"what goes into the nonlinearity came back, h @ W; it is what leaves it": _flat(sums)}
    if len(weights) > 1:
        linear = list(itertools.accumulate(weights, np.matmul, initial=x))[1:]
        found["the nonlinearity was forgotten"] = _flat(linear)
        if len({w.shape for w in weights}) == 1:
            did = "every layer got x; it gets what left the layer before"
            found[did] = _flat([nonlinear(x @ w) for w in weights])
    return found
