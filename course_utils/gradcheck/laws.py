"""What every backward pass obeys, whatever it computes; none of it needs a difference."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from course_utils import compare
from course_utils.gradcheck.problem import Problem
from course_utils.gradcheck.settings import EPS


@dataclass(frozen=True)
class Broken:
    """A law that does not hold.

    Attributes:
        law: "repeat", "last call", "upstream", "zero", "linear" or "precision".
        label: the gradient it concerns.
        sentence: what was found.
    """

    law: str
    label: str
    sentence: str


def broken_laws(problem: Problem, rng: np.random.Generator, atol: float = 0.0) -> list[Broken]:
    """Ask the backward pass for several upstream gradients and compare its answers with one another.

    One broken law for each gradient at most, the most telling first. Gradients of wrong shape or kind are passed over,
    and so are differences up to `atol`.
    """
    if problem.backward is None or problem.backward_again is None:
        return []
    dout = problem.dout
    other = rng.normal(size=dout.shape)
    again = problem.backward_again()
    problem.evaluations += 1
    moved = problem.moved_points
    with np.errstate(all="ignore"):
        problem.evaluate({name: point.ravel()[::-1].reshape(point.shape) for name, point in moved.items()})
    both = 0.7 * dout - 1.3 * other
    answers = {
        "again": again,
        "later": problem.backward_again(),
        "zero": _of_nothing(problem),
        "other": problem.backward(other),
        "both": problem.backward(both),
    }

    def noise(label: str) -> float:
        asked = ((answers["other"], other), (answers["both"], both))
        return max(problem.gradient_noise(label), *(problem.noise_of(*each, label) for each in asked))

    found = []
    for label, gradient in problem.gradients.items():
        parts = {name: answer.get(label) for name, answer in answers.items()}
        name = _argument_of(problem, label)
        point = problem.points[name]
        # Where a true zero gradient is only round-off, no two answers need agree.
        nothing = problem.probe(name).noise / (1e-5 if problem.eps == EPS else 5e-3)
        if all(_is_usable(g, point) for g in (gradient, *parts.values())):
            if np.max(np.abs(gradient), initial=0.0) <= nothing:
                continue
            arrays = {name: np.asarray(g, dtype=np.float64) for name, g in parts.items()}
            broken = _first_broken(
                label, np.asarray(gradient, dtype=np.float64), arrays, noise, problem.eps, atol
            )
            found += [broken] if broken else []
    return found


def _of_nothing(problem: Problem) -> dict[str, Any]:
    """Gradients for a zero dout; what divides by it is our question's fault, and no warning of anybody's."""
    assert problem.backward is not None
    with np.errstate(all="ignore"):
        return problem.backward(np.zeros_like(problem.dout))


def _argument_of(problem: Problem, label: str) -> str:
    return next(name for name, known in problem.labels.items() if known == label)


def _is_usable(gradient: Any, point: np.ndarray) -> bool:
    return compare.structure_problem(gradient, point, "") is None


def _first_broken(
    label: str,
    gradient: np.ndarray,
    answers: dict[str, np.ndarray],
    noise: Callable[[str], float],
    eps: float,
    atol: float,
) -> Broken | None:
    scale = max(float(np.max(np.abs(g), initial=0.0)) for g in (gradient, answers["other"]))
    if _gap(gradient, answers["again"]) > 1e-12 * scale:
        return Broken(
            "repeat", label, f"{label} is another one when backward is called again for the same dout"
        )
    if _gap(gradient, answers["later"]) > 1e-12 * scale:
        return Broken(
            "last call", label, f"{label} is another one once forward was called for another input in between"
        )
    if scale and _gap(gradient, answers["other"]) <= 1e-12 * scale and gradient.size:
        return Broken("upstream", label, f"{label} is the same for every dout")
    if np.max(np.abs(answers["zero"]), initial=0.0) > 1e-12 * scale + atol:
        return Broken("zero", label, f"{label} is not zero when dout is zero")
    expected = 0.7 * gradient - 1.3 * answers["other"]
    error = _gap(answers["both"], expected)
    if error > max(1e-5, 1e4 * eps) * scale + 3 * atol and error > 30 * noise(label):
        return Broken("linear", label, f"{label} is not linear in dout")
    # Where terms cancel, double precision leaves as large an error; then the numbers are not those of single precision.
    if eps == EPS and not atol and error > 1e-10 * scale and in_single_precision(gradient):
        return Broken("precision", label, f"{label} is exact to {error / scale:.0e} only")
    return None


def _gap(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.max(np.abs(a - b), initial=0.0))


def is_single(value: np.ndarray | float, inputs: Iterable[np.ndarray]) -> bool:
    """Whether a value of double precision was computed in single precision from inputs of double precision.

    Single precision holds one in 2**29 float64 numbers exactly, so that all of them cannot be such by chance. Numbers of
    fewer digits still, such as whole ones or what is left where everything cancels, say nothing.
    """
    value = np.asarray(value, dtype=np.float64)
    return in_single_precision(value) and any(not _fits(array, 24) for array in inputs)


def in_single_precision(array: np.ndarray) -> bool:
    """Whether all numbers are such as single precision holds exactly, and not all of far fewer digits."""
    return _fits(array, 24) and not _fits(array, 18)


def _fits(array: np.ndarray, bits: int) -> bool:
    """Whether all numbers are held exactly by so many significant bits."""
    digits = np.ldexp(np.frexp(array)[0], bits)
    return np.array_equal(digits, np.round(digits), equal_nan=True)


def changed_arrays(before: dict[str, np.ndarray], after: dict[str, Any]) -> list[str]:
    """Names of the arrays that a call changed in place."""
    return [
        name
        for name, kept in before.items()
        if isinstance(after[name], np.ndarray) and not np.array_equal(after[name], kept, equal_nan=True)
    ]
