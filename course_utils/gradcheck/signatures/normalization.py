"""Layers that subtract a mean and divide by a spread: what is left when one path of the gradient is forgotten.

Each entry of dx gets its share along three paths: straight, through the mean and through the variance. The mean is
shared by a group (a column, a row, a channel), so what is missing when its path is forgotten is one number for the whole group;
what is missing from the path through the variance is a multiple of x - mean.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from course_utils.compare import Cause
from course_utils.gradcheck.probe import Index
from course_utils.gradcheck.signatures.elementwise import is_elementwise
from course_utils.gradcheck.signatures.evidence import Evidence

PATHS = {
    "mean": Cause("mean path", "the part of the gradient that flows through the mean is missing or wrong"),
    "variance": Cause(
        "variance path", "the part of the gradient that flows through the variance is missing or wrong"
    ),
    "both": Cause(
        "statistics",
        "the parts of the gradient that flow through the mean and the variance are missing or wrong",
    ),
}


def normalization(evidence: Evidence) -> Cause | None:
    """Look at how the error is spread over the groups that share a mean."""
    x = evidence.x
    if evidence.problem.kind != "layer" or x.ndim < 2 or evidence.problem.out.shape != x.shape:
        return None
    if not any("gamma" in name for name in evidence.problem.values):
        return None
    found = None
    for members in _groupings(evidence):
        path = _forgotten_path(evidence, members)
        # Within a part of a group the variance path looks like both, so the plainer finding counts.
        found = path or found
        if path in ("mean", "variance"):
            break
    if found and is_elementwise(evidence):
        text = (
            "something flows through the mean or the variance, and forward takes them as they are (test mode)"
        )
        return Cause("statistics", text)
    if found:
        return PATHS[found]
    for members in _groupings(evidence):
        guess = _factor_by_group(evidence, members)
        if guess:
            return guess
    return None


def _groupings(evidence: Evidence) -> Iterator[np.ndarray]:
    """The ways to group x's entries: by column, row, channel or picture, and by the G groups of channels."""
    shape = evidence.x.shape
    everything_but: dict[int, list[tuple[int, ...]]] = {2: [(0,), (1,)], 4: [(0, 2, 3), (1, 2, 3), (2, 3)]}
    for axes in everything_but.get(len(shape), [(0,), tuple(range(1, len(shape)))]):
        kept = [1 if axis in axes else n for axis, n in enumerate(shape)]
        yield np.broadcast_to(np.arange(math.prod(kept)).reshape(kept), shape)
    groups = evidence.problem.values.get("G")
    if isinstance(groups, int) and len(shape) == 4 and groups > 0 and shape[1] % groups == 0:
        numbers = np.arange(shape[0] * groups).reshape(shape[0], groups)
        yield np.broadcast_to(np.repeat(numbers, shape[1] // groups, axis=1)[:, :, None, None], shape)


def _samples(evidence: Evidence, members: np.ndarray) -> Iterator[tuple[list[Index], np.ndarray]]:
    """For two groups: up to six entries each, and which entries of x share the group."""
    for group in range(min(2, int(members.max()) + 1)):
        inside = np.argwhere(members == group)
        step = max(1, len(inside) // 6)
        chosen = [tuple(int(i) for i in index) for index in inside[::step][:6]]
        if len(chosen) < 4 or evidence.spent:
            return
        evidence.look(chosen)
        yield chosen, members == group


def _forgotten_path(evidence: Evidence, members: np.ndarray) -> str | None:
    """Which path is forgotten, "mean", "variance" or "both", when the errors of every group have that shape."""
    shapes = []
    for chosen, inside in _samples(evidence, members):
        error = np.array([evidence.actual[i] - evidence.numeric[i] for i in chosen])
        if np.max(np.abs(error)) > 5 * evidence.tolerance:
            centred = np.array([evidence.x[i] for i in chosen]) - evidence.x[inside].mean()
            shapes.append(_shape_of(error, centred, 2 * evidence.tolerance))
    if not shapes or None in shapes:
        return None
    return shapes[0] if len(set(shapes)) == 1 else "both"


def _shape_of(error: np.ndarray, centred: np.ndarray, tolerance: float) -> str | None:
    if np.max(np.abs(error - error.mean())) <= tolerance:
        return "mean"
    for name, basis in (("variance", [centred]), ("both", [centred, np.ones_like(centred)])):
        matrix = np.stack(basis, axis=1)
        if len(error) > matrix.shape[1] + 1:
            fitted = matrix @ np.linalg.lstsq(matrix, error, rcond=None)[0]
            if np.max(np.abs(error - fitted)) <= tolerance:
                return name
    return None


def _factor_by_group(evidence: Evidence, members: np.ndarray) -> Cause | None:
    """Every group is off by a factor of its own: gamma, or the spread, or its inverse."""
    factors, spreads = [], []
    for chosen, inside in _samples(evidence, members):
        actual = np.array([evidence.actual[i] for i in chosen])
        numeric = np.array([evidence.numeric[i] for i in chosen])
        size = float(np.vdot(numeric, numeric))
        factor = float(np.vdot(numeric, actual)) / size if size else 0.0
        if not factor or np.max(np.abs(actual - factor * numeric)) > 2 * evidence.tolerance * max(
            1, abs(factor)
        ):
            return None
        factors.append(factor)
        spreads.append(float(evidence.x[inside].std()))
    if len(factors) < 2 or np.allclose(factors, factors[0], rtol=1e-3):
        return None
    for power, words in (
        (1, "not divided by the standard deviation"),
        (-1, "divided once too often by the standard deviation"),
        (2, "multiplied by the standard deviation where it should be divided by it"),
    ):
        if np.allclose(factors, np.power(spreads, power), rtol=1e-2):
            return Cause("column factor", f"it is {words} (or divided by the wrong power of the variance)")
    return Cause("column factor", "each group (column, row or channel) is off by a factor of its own")
