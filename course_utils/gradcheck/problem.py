"""What is being checked: a function of several arrays, its gradients, and how to ask both again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from course_utils.gradcheck.lines import Situation, larger
from course_utils.gradcheck.probe import Probe
from course_utils.gradcheck.settings import EPS
from course_utils.gradcheck.sizes import named_numbers


@dataclass(frozen=True)
class Versions:
    """The function whose gradients are checked, and how other versions of it are asked.

    Attributes:
        function: the backward function, or the loss.
        ask: ask(version, replaced, dout) -> gradients by label; raises whatever the version raises.
        given: every argument by name, as it was given.
        routes: where each gradient lies in what the function returns, by label; see `lines.suspects`.
        evaluate: as that of the problem, of what the versions are asked on; None where it is the same.
        examples: how many there are among the arguments given; None where outputs tell.
    """

    function: Callable[..., Any]
    ask: Callable[[Callable[..., Any], dict[str, Any], np.ndarray], dict[str, Any]]
    given: dict[str, Any]
    routes: Mapping[str, Sequence[Sequence[Any]]]
    evaluate: Callable[[dict[str, Any]], np.ndarray] | None = None
    examples: int | None = None


@dataclass
class Problem:
    """One check, seen the same way for a layer, a loss and a model.

    Attributes:
        kind: "layer", "loss" or "model".
        labels: argument name -> name of its gradient, in order.
        points: argument name -> where it is differentiated, float64.
        values: every argument by name, with the defaults of the signature and what a model was built with.
        out: outputs at the points, float64.
        dout: upstream gradient, of out's shape.
        evaluate: evaluate(replaced) -> outputs, float64; replaced maps argument names to other values.
        gradients: the gradients under test by label, anything at all.
        backward: backward(dout) -> gradients by label, from a fresh forward pass; None where there is no upstream gradient.
        backward_again: gradients by label for dout, from the forward pass that gave `gradients`; None where backward is.
        gradients_at: gradients_at(replaced) -> gradients by label at other points.
        versions: how other versions of the function are asked; None where that cannot be done.
        evaluations: forward passes so far, besides those of the probes.
        eps: relative rounding of the functions' numbers.
        probes: argument name -> its probe, of those that were asked for.
    """

    kind: str
    labels: dict[str, str]
    points: dict[str, np.ndarray]
    values: dict[str, Any]
    out: np.ndarray
    dout: np.ndarray
    evaluate: Callable[[dict[str, Any]], np.ndarray]
    gradients: dict[str, Any]
    backward: Callable[[np.ndarray], dict[str, Any]] | None = None
    backward_again: Callable[[], dict[str, Any]] | None = None
    gradients_at: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    versions: Versions | None = None
    evaluations: int = 0
    eps: float = EPS
    probes: dict[str, Probe] = field(default_factory=dict)

    def probe(self, name: str) -> Probe:
        """The outputs as a function of one argument; made once."""
        if name not in self.probes:
            probe = Probe(
                lambda x: self.evaluate({name: x}), self.points[name], self.out, self.dout, self.eps
            )
            probe.moved = lambda: self._moved_probe(name)
            probe.gradient_noise = lambda: self.gradient_noise(self.labels[name])
            self.probes[name] = probe
        return self.probes[name]

    def _moved_probe(self, name: str) -> tuple[Probe, np.ndarray]:
        """The probe at a point a little way off, and the gradient there."""
        points = self.moved_points
        gradient = self._moved_gradients.get(self.labels[name])
        usable = isinstance(gradient, (np.ndarray, np.generic, float))
        gradient = np.asarray(gradient, dtype=np.float64) if usable else np.empty(0)
        with np.errstate(all="ignore"):
            out = self.evaluate(points)
        probe = Probe(lambda x: self.evaluate({**points, name: x}), points[name], out, self.dout, self.eps)
        probe.parent = self.probe(name)
        return probe, gradient

    @cached_property
    def moved_points(self) -> dict[str, np.ndarray]:
        """All points moved by about a thousandth, no two entries alike."""
        rng = np.random.default_rng(0)
        return {
            name: point
            + 1e-3
            * (1 + np.abs(point))
            * rng.choice([-1.0, 1.0], point.shape)
            * rng.uniform(0.5, 1.5, point.shape)
            for name, point in self.points.items()
        }

    @cached_property
    def _moved_gradients(self) -> dict[str, Any]:
        self.evaluations += 1
        with np.errstate(all="ignore"):
            return self.gradients_at(self.moved_points) if self.gradients_at else {}

    @cached_property
    def with_more_examples(self) -> tuple[Situation, dict[str, Any]] | None:
        """The same with twice as many examples, and the gradients under test there; None where they cannot be had."""
        versions = self.versions
        if versions is None:
            return None
        evaluate, rng = versions.evaluate or self.evaluate, np.random.default_rng(1)
        there = larger(evaluate, versions.given, self.labels, self.points, self.out, rng, versions.examples)
        if there is None:
            return None
        try:
            return there, versions.ask(versions.function, there.replaced, there.dout)
        except Exception:
            # A layer need not take other sizes, and a wrong one may do anything there.
            return None

    def gradient_noise(self, label: str) -> float:
        """By how much a gradient's entries move, at most, when points and dout move by a few roundings; 0.0 where it cannot be asked.

        Where terms cancel it is far more than a rounding of what is left. A gradient computed in single precision does
        not move at all.
        """
        return max(
            (_apart(self.gradients.get(label), g.get(label)) for g in self._nudged_gradients), default=0.0
        )

    def noise_of(self, answers: dict[str, Any], dout: np.ndarray, label: str) -> float:
        """The same for the answers to another upstream gradient."""
        if self.backward is None:
            return 0.0
        rng = np.random.default_rng(1)
        self.evaluations += 3
        nudged = [self.backward(_nudged(dout, rng, self.eps)) for _ in range(3)]
        return max(_apart(answers.get(label), each.get(label)) for each in nudged)

    @cached_property
    def _nudged_gradients(self) -> list[dict[str, Any]]:
        rng = np.random.default_rng(0)
        found = []
        for _ in range(3):
            if self.gradients_at:
                found.append(
                    self.gradients_at({name: _nudged(x, rng, self.eps) for name, x in self.points.items()})
                )
            if self.backward:
                found.append(self.backward(_nudged(self.dout, rng, self.eps)))
        self.evaluations += len(found)
        return found

    def other_probe(self, name: str, changed: dict[str, Any]) -> Probe | None:
        """The same with other arguments changed, or None when the outputs cannot be weighted with dout.

        Outputs larger than dout are cut to its shape, and so is dout to smaller outputs.
        """
        out = self.evaluate(changed)
        if out.ndim != self.dout.ndim:
            return None
        weights = np.zeros(out.shape)
        common = tuple(slice(0, min(a, b)) for a, b in zip(out.shape, self.dout.shape, strict=True))
        weights[common] = self.dout[common]
        point = changed.get(name, self.points[name])
        probe = Probe(lambda x: self.evaluate({**changed, name: x}), point, out, weights, self.eps)
        self.probe(name).evaluations += 1
        probe.parent = self.probe(name)
        return probe

    def numbers(self) -> dict[str, float]:
        """Numbers that a factor may turn out to be: batch size, keep probability, window size, ..."""
        return named_numbers(self.values, self.dout)


def _apart(a: Any, b: Any) -> float:
    """The largest difference of two gradients; 0.0 where they cannot be compared."""
    a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    return float(np.max(np.abs(a - b), initial=0.0)) if a.shape == b.shape else 0.0


def _nudged(array: np.ndarray, rng: np.random.Generator, eps: float) -> np.ndarray:
    """The array, each number off by some dozen roundings of its own, so that what is computed from it is rounded anew."""
    return array * (1 + 45 * eps * rng.normal(size=array.shape))
