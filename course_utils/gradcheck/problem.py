"""What is being checked: a function of several arrays, its gradients, and how to ask both again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from course_utils.gradcheck.probe import Probe
from course_utils.gradcheck.sizes import named_numbers


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
        evaluations: forward passes so far, besides those of the probes.
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
    evaluations: int = 0
    probes: dict[str, Probe] = field(default_factory=dict)

    def probe(self, name: str) -> Probe:
        """The outputs as a function of one argument; made once."""
        if name not in self.probes:
            probe = Probe(lambda x: self.evaluate({name: x}), self.points[name], self.out, self.dout)
            probe.moved = lambda: self._moved_probe(name)
            self.probes[name] = probe
        return self.probes[name]

    def _moved_probe(self, name: str) -> tuple[Probe, np.ndarray]:
        """The probe at a point a little way off, and the gradient there."""
        points = self.moved_points
        gradient = self._moved_gradients.get(self.labels[name])
        usable = isinstance(gradient, (np.ndarray, np.generic, float))
        gradient = np.asarray(gradient, dtype=np.float64) if usable else np.empty(0)
        probe = Probe(
            lambda x: self.evaluate({**points, name: x}), points[name], self.evaluate(points), self.dout
        )
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
        return self.gradients_at(self.moved_points) if self.gradients_at else {}

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
        probe = Probe(lambda x: self.evaluate({**changed, name: x}), point, out, weights)
        self.probe(name).evaluations += 1
        probe.parent = self.probe(name)
        return probe

    def numbers(self) -> dict[str, float]:
        """Numbers that a factor may turn out to be: batch size, keep probability, window size, ..."""
        return named_numbers(self.values, self.dout)
