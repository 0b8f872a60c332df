"""The same function at other numbers and at another size, to tell what is right from what agrees by chance."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from course_utils.gradcheck.probe import Probe, random_direction

Evaluate = Callable[[dict[str, Any]], np.ndarray]


@dataclass(frozen=True)
class Situation:
    """Arguments, an upstream gradient, and for each gradient some of its slopes.

    Attributes:
        replaced: arguments by name, in place of those given.
        dout: upstream gradient.
        slopes: gradient's label -> (direction, slope along it, largest difference that counts as none), several.
    """

    replaced: dict[str, Any]
    dout: np.ndarray
    slopes: dict[str, list[tuple[np.ndarray, float, float]]]

    def agrees(self, gradients: Mapping[str, Any]) -> bool:
        """Whether all gradients have the slopes they should have."""
        for label, known in self.slopes.items():
            gradient = np.asarray(gradients.get(label), dtype=np.float64)
            for direction, slope, tolerance in known:
                if gradient.shape != direction.shape:
                    return False
                if not abs(float(np.vdot(gradient, direction)) - slope) <= tolerance:
                    return False
        return True


def situations(
    evaluate: Evaluate,
    values: Mapping[str, Any],
    labels: Mapping[str, str],
    points: Mapping[str, np.ndarray],
    out: np.ndarray,
    count: int | None = None,
) -> Iterator[Situation]:
    """Other numbers at the same sizes, then, where forward takes them, twice as many examples, twice.

    Args:
        evaluate: outputs for other arguments.
        values: every argument by name.
        labels: argument's name -> label of its gradient.
        points: the arguments to differentiate by.
        out: outputs at the points.
        count: how many examples there are; as many as out, or else the first point, has rows when not given.
    """
    for seed, grow in ((0, False), (1, True), (2, True), (3, False)):
        rng = np.random.default_rng(seed)
        if grow:
            made = larger(evaluate, values, labels, points, out, rng, count)
        else:
            replaced = {name: _mixed(point, rng) for name, point in points.items()}
            made = _tried(evaluate, replaced, labels, out, rng)
        if made is not None:
            yield made


def larger(
    evaluate: Evaluate,
    values: Mapping[str, Any],
    labels: Mapping[str, str],
    points: Mapping[str, np.ndarray],
    out: np.ndarray,
    rng: np.random.Generator,
    count: int | None = None,
) -> Situation | None:
    """The same with twice as many examples; None where forward does not take them. See `situations`."""
    if not any(point.ndim for point in points.values()):
        return None
    given = {name: points.get(name, value) for name, value in values.items()}
    if count is None:
        count = len(out) if out.ndim else len(np.atleast_1d(next(iter(points.values()))))
    return _tried(evaluate, _grown(given, points, count, rng), labels, out, rng)


def _tried(
    evaluate: Evaluate,
    replaced: dict[str, Any],
    labels: Mapping[str, str],
    out: np.ndarray,
    rng: np.random.Generator,
) -> Situation | None:
    try:
        return _situation(evaluate, replaced, labels, out if not out.ndim else None, rng)
    except Exception:
        # A layer need not take other sizes.
        return None


def _mixed(point: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Other numbers of the same kind: the same ones in other places, each a little larger or smaller."""
    return rng.permutation(point.ravel()).reshape(point.shape) * rng.uniform(0.8, 1.25, point.shape)


def _grown(
    given: Mapping[str, Any], points: Mapping[str, np.ndarray], count: int, rng: np.random.Generator
) -> dict[str, Any]:
    """Every array that has as many rows as there are examples, with as many more below."""
    replaced: dict[str, Any] = {name: _mixed(point, rng) for name, point in points.items()}
    for name, value in given.items():
        if isinstance(value, np.ndarray) and value.ndim and len(value) == count:
            more = _mixed(value, rng) if name in points else rng.permutation(value)
            replaced[name] = np.concatenate([replaced.get(name, value), more])
    return replaced


def _situation(
    evaluate: Evaluate,
    replaced: dict[str, Any],
    labels: Mapping[str, str],
    loss: np.ndarray | None,
    rng: np.random.Generator,
) -> Situation | None:
    out = evaluate(replaced)
    if not np.isfinite(out).all():
        return None
    dout = np.ones(()) if loss is not None else rng.normal(size=out.shape)
    slopes: dict[str, list[tuple[np.ndarray, float, float]]] = {}
    for name, label in labels.items():
        probe = Probe(lambda x, name=name: evaluate({**replaced, name: x}), replaced[name], out, dout)  # type: ignore[misc]
        slopes[label] = []
        for _ in range(2):
            direction = random_direction(replaced[name].shape, rng)
            slope = probe.direction(direction, 1e-6)[1]
            tolerance = 1e-5 * max(abs(slope), 1e-3) + 2 * probe.noise / 1e-6
            if not np.isfinite(slope):
                return None
            slopes[label].append((direction, slope, tolerance))
    return Situation(replaced, dout, slopes)
