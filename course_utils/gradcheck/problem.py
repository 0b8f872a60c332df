"""What is being checked: a function of several arrays, its gradients, and how to ask both again."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from course_utils.gradcheck.judge import Line


@dataclass
class Problem:
    """One check, seen the same way for a layer, a loss and a model.

    kind: "layer", "loss" or "model"
    labels: argument name -> name of its gradient, in order
    points: argument name -> where it is differentiated, float64
    values: every argument by name, with the defaults of the signature and what a model was built with
    out: outputs at the points, float64
    dout: upstream gradient, of out's shape
    evaluate: evaluate(replaced) -> outputs, float64; replaced maps argument names to other values
    backward: backward(dout) -> gradients by label, from a fresh forward pass; None where there is no upstream gradient
    gradients_at: gradients_at(replaced) -> gradients by label at other points
    backward_again: gradients by label for dout, from the forward pass that gave `gradients`; None where backward is
    gradients: the gradients under test by label, anything at all
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
    lines: dict[str, Line] = field(default_factory=dict)

    def line(self, name: str) -> Line:
        """The outputs as a function of one argument; made once."""
        if name not in self.lines:
            line = Line(lambda x: self.evaluate({name: x}), self.points[name], self.out, self.dout)
            line.moved = lambda: self._moved_line(name)
            self.lines[name] = line
        return self.lines[name]

    def _moved_line(self, name: str) -> tuple[Line, np.ndarray]:
        """The line through a point a little way off, and the gradient there."""
        points = self.moved_points
        gradient = self._moved_gradients.get(self.labels[name])
        usable = isinstance(gradient, (np.ndarray, np.generic, float))
        gradient = np.asarray(gradient, dtype=np.float64) if usable else np.empty(0)
        line = Line(
            lambda x: self.evaluate({**points, name: x}), points[name], self.evaluate(points), self.dout
        )
        line.parent = self.line(name)
        return line, gradient

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

    def other_line(self, name: str, changed: dict[str, Any]) -> Line | None:
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
        line = Line(lambda x: self.evaluate({**changed, name: x}), point, out, weights)
        self.line(name).evaluations += 1
        line.parent = self.line(name)
        return line

    def numbers(self) -> dict[str, float]:
        """Numbers that a factor may turn out to be: batch size, keep probability, window size, ..."""
        return named_numbers(self.values, self.dout)


# Settings that no gradient is multiplied or divided by.
_NO_FACTORS = ("stride", "pad", "eps", "momentum")


def named_numbers(values: dict[str, Any], dout: np.ndarray | float = 1.0) -> dict[str, float]:
    """Numbers that a wrong factor may turn out to be, by the names the course gives them.

    values: every argument by name: inputs `x` (a model's: `X`) of shape (N, D) or (N, C, H, W), filters `w`, settings
        in dicts
    dout: upstream gradient, of out's shape; a number for a loss
    Returns N, D, M, C, F, H·W and the like, and the plain numbers among the arguments, without zeros and ones.
    """
    dout = np.asarray(dout)
    arrays = (values.get("x"), values.get("X"), *values.values())
    x = next((array for array in arrays if isinstance(array, np.ndarray) and array.ndim > 1), dout)
    settings = flat_numbers(values)
    found = {"N": x.shape[0]} if x.ndim > 1 else {}
    found |= {name: value for name, value in settings.items() if name not in _NO_FACTORS}
    if dout.ndim <= 2:
        found |= _sizes_of_vectors(x, dout, is_loss="X" not in values and not dout.ndim)
    if dout.ndim == 4 and x.ndim == 4:
        found |= _sizes_of_images(x, dout, values.get("w"), settings)
    return {name: float(value) for name, value in found.items() if value not in (0, 1)}


def _sizes_of_vectors(x: np.ndarray, dout: np.ndarray, is_loss: bool) -> dict[str, float]:
    found = {"C" if is_loss else "D": math.prod(x.shape[1:])} if x.ndim > 1 else {}
    return found | ({"M": dout.shape[1]} if dout.ndim == 2 and dout.shape != x.shape else {})


def _sizes_of_images(x: np.ndarray, dout: np.ndarray, w: Any, settings: dict[str, float]) -> dict[str, float]:
    found = {"C": x.shape[1], "H·W": x[0, 0].size, "N·H·W": x[:, 0].size}
    if dout.shape[2:] != x.shape[2:]:
        found |= {"OH·OW": dout[0, 0].size, "N·OH·OW": dout[:, 0].size}
    if getattr(w, "ndim", 0) == 4:
        found |= {"F": w.shape[0], "HH·WW": w[0, 0].size, "C·HH·WW": w[0].size}
    if {"pool_height", "pool_width"} <= settings.keys():
        found["the window's size"] = settings["pool_height"] * settings["pool_width"]
    if settings.get("G"):
        found["the group's size"] = x[0].size / settings["G"]
    return found


def flat_numbers(values: dict[str, Any]) -> dict[str, float]:
    """Plain numbers among arguments and in dicts among them; seeds are left out."""
    found: dict[str, float] = {}
    for name, value in values.items():
        if isinstance(value, dict):
            found |= flat_numbers(value)
        elif (
            isinstance(value, (int, float, np.integer, np.floating))
            and not isinstance(value, bool)
            and name != "seed"
        ):
            found[name] = float(value)
    return found


def argument_names(function: Callable, args: tuple, kwargs: dict) -> tuple[list[str], dict[str, Any]]:
    """Names of the positional arguments, and the signature's other defaults, where the signature can be read."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    names = [p.name for p in parameters if p.kind in kinds and p.name not in kwargs]
    defaults = {p.name: p.default for p in parameters if p.default is not inspect.Parameter.empty}
    known = names[: len(args)] + [f"argument {i + 1}" for i in range(len(names), len(args))]
    return known, defaults


def differentiable(
    args: tuple, names: list[str], kwargs: dict, wrt: Iterable[str] | None
) -> tuple[list[str], list[str]]:
    """Which arguments to differentiate by: (all positional names, chosen names).

    Where the signature says nothing, the names in wrt are those of the float arguments in order.
    """
    floats = [name for name, value in zip(names, args, strict=True) if _is_float_array(value)]
    if not floats:
        floats = [n for n, v in zip(names, args, strict=True) if isinstance(v, (float, np.floating))]
    if wrt is None:
        if not floats:
            raise TypeError(
                "gradient_check needs at least one float array to differentiate by; make it float"
            )
        return names, floats
    chosen = [wrt] if isinstance(wrt, str) else list(wrt)
    if floats and all(name.startswith("argument ") for name in names) and len(chosen) == len(floats):
        renamed = dict(zip(floats, chosen, strict=True))
        return [renamed.get(name, name) for name in names], chosen
    known = [*names, *kwargs]
    for name in chosen:
        if name not in known:
            raise ValueError(f"wrt names {name!r}; the arguments are {', '.join(known)}")
    return names, chosen


def _is_float_array(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind == "f"


def fresh(value: Any, point: np.ndarray | None = None) -> Any:
    """A copy for one call, so that a layer that changes its inputs or its state cannot disturb the next call."""
    if point is not None:
        return np.array(point) if isinstance(value, np.ndarray) or np.ndim(point) else float(point)
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, dict):
        return {key: fresh(item) for key, item in value.items()}
    if isinstance(value, np.random.Generator):
        return np.random.Generator(_copy_of(value.bit_generator))
    return value


def _copy_of(bits: np.random.BitGenerator) -> np.random.BitGenerator:
    copy = type(bits)()
    copy.state = bits.state
    return copy
