"""Gradient check of a layer: a forward and a backward function."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from course_utils.gradcheck.arguments import argument_names, differentiable, fresh
from course_utils.gradcheck.domain import not_finite
from course_utils.gradcheck.laws import changed_arrays, is_single
from course_utils.gradcheck.problem import Problem, Versions
from course_utils.gradcheck.report import ArgumentResult, GradientReport
from course_utils.gradcheck.results import assemble, changed_in_place, single_precision
from course_utils.gradcheck.settings import Settings


def gradient_check(
    forward: Callable[..., Any],
    backward: Callable[..., Any],
    *args: Any,
    dout: np.ndarray | float | None = None,
    rng: np.random.Generator | None = None,
    wrt: Iterable[str] | None = None,
    h: float = 1e-5,
    rtol: float = 1e-6,
    max_evaluations: int = 300,
    line_seconds: float = 2.0,
    **kwargs: Any,
) -> GradientReport:
    """Compare a layer's backward pass with numeric gradients of its forward pass.

    Each call gets fresh copies of the arguments, of a Generator too, so that every call draws alike. The cache is only
    handed from one to the other.

    Args:
        forward: forward(*args, **kwargs) -> (out, cache).
        backward: backward(dout, cache) -> the gradient, or a tuple of one gradient for each differentiable argument.
        *args: what forward takes; float arrays are differentiated (Python floats, where there are no float arrays),
            all in float64.
        dout: upstream gradient, of out's shape; drawn at random when not given.
        rng: where random numbers come from; a fixed generator when not given.
        wrt: names of the arguments that backward returns gradients for, when not all; where forward's signature tells
            no names, those of its float arguments in order.
        h: step of the centred differences.
        rtol: allowed relative difference.
        max_evaluations: forward passes for one argument after which no further entries are looked at.
        line_seconds: how long to look for the line that is wrong, in seconds; 0 for not at all.
        **kwargs: what forward takes by name.

    Returns:
        A report. What forward or backward raise is passed on.

    Raises:
        TypeError: there is nothing to differentiate by.
        ValueError: `dout` or `wrt` does not fit.
    """
    rng = np.random.default_rng(0) if rng is None else rng
    settings = Settings(h=h, rtol=rtol, max_evaluations=max_evaluations, line_seconds=line_seconds)
    return _check(_Layer(forward, backward, args, kwargs, wrt), dout, settings, rng)


class _NotALayer(ValueError):
    """A function returned something that cannot be checked.

    Attributes:
        function: "forward" or "backward".
    """

    def __init__(self, function: str, sentence: str) -> None:
        super().__init__(sentence)
        self.function = function


class _Layer:
    """A forward and a backward function, called with fresh copies and watched for what they change.

    Attributes:
        points: the arguments to differentiate by, float64, by name.
        labels: names of their gradients.
        values: every argument by name, with the defaults of the signature.
        changed: what was changed in place so far.
    """

    def __init__(
        self,
        forward: Callable[..., Any],
        backward: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        wrt: Iterable[str] | None,
    ) -> None:
        names, defaults = argument_names(forward, args, kwargs)
        names, chosen = differentiable(args, names, kwargs, wrt)
        self._forward, self._backward = forward, backward
        self._positional, self._keywords = names, list(kwargs)
        self._given = {**dict(zip(names, args, strict=True)), **kwargs}
        self.values = {**defaults, **self._given}
        self.points = {name: np.array(self._given[name], dtype=np.float64) for name in chosen}
        self.labels = {name: f"d{name}" for name in chosen}
        self.changed: list[str] = []

    def forward(self, replaced: dict[str, Any]) -> tuple[np.ndarray, Any]:
        """(out, cache), out in float64.

        Raises:
            _NotALayer: forward returned something else.
        """
        values = {name: fresh(value, self.points.get(name)) for name, value in self._given.items()}
        values |= {
            name: fresh(self._given[name], value) if name in self.points else value
            for name, value in replaced.items()
        }
        before = (
            {name: v.copy() for name, v in values.items() if isinstance(v, np.ndarray)}
            if not replaced
            else {}
        )
        result = self._forward(
            *(values[name] for name in self._positional), **{name: values[name] for name in self._keywords}
        )
        self.changed += [f"{name}, an argument of forward," for name in changed_arrays(before, values)]
        return _out_and_cache(result)

    def evaluate(self, replaced: dict[str, Any]) -> np.ndarray:
        """The outputs, float64."""
        return self.forward(replaced)[0]

    def backward(self, cache: Any, dout: np.ndarray) -> dict[str, Any]:
        """Gradients by label.

        Raises:
            _NotALayer: there are too many or too few.
        """
        handed = dout.copy() if dout.ndim else float(dout)
        gradients = self._backward(handed, cache)
        if changed_arrays({"dout": dout}, {"dout": handed}):
            self.changed.append("dout, an argument of backward,")
        gradients = gradients if isinstance(gradients, (tuple, list)) else (gradients,)
        if len(gradients) != len(self.labels):
            count = f"{len(gradients)} gradient{'s' * (len(gradients) != 1)}"
            wanted = f"{len(self.labels)} ({', '.join(self.labels.values())})"
            hint = "; where it has none for some of them, name the others with wrt=" if len(gradients) else ""
            raise _NotALayer("backward", f"backward returned {count}, expected {wanted}{hint}")
        # Kept as they are now, since a later call might write into the same arrays.
        return dict(zip(self.labels.values(), map(fresh, gradients), strict=True))

    def gradients_at(self, points: dict[str, np.ndarray], dout: np.ndarray) -> dict[str, Any]:
        """Gradients by label at other points; none where they cannot be had."""
        try:
            return self.backward(self.forward(points)[1], dout)
        except _NotALayer:
            return {}

    def versions(self) -> Versions:
        """How other versions of the backward function are asked."""
        here = self.forward({})[1]

        def ask(version: Callable[..., Any], replaced: dict[str, Any], dout: np.ndarray) -> dict[str, Any]:
            other = copy.copy(self)
            other._backward, other.changed = version, []
            cache = other.forward(replaced)[1] if replaced else copy.deepcopy(here)
            return other.backward(cache, dout)

        return Versions(self._backward, ask, self._given)


def _out_and_cache(result: Any) -> tuple[np.ndarray, Any]:
    if not (isinstance(result, (tuple, list)) and len(result) == 2):
        came = f"{len(result)} values" if isinstance(result, tuple) else f"one {type(result).__name__}"
        raise _NotALayer("forward", f"forward must return (out, cache), but returned {came}")
    out = result[0]
    is_number = isinstance(out, (np.ndarray, np.generic, float, int)) and np.asarray(out).dtype.kind in "biuf"
    if not is_number:
        raise _NotALayer("forward", f"out is of type {type(out).__name__}, expected an array")
    return np.array(out, dtype=np.float64), result[1]


def _check(
    layer: _Layer, dout: np.ndarray | float | None, settings: Settings, rng: np.random.Generator
) -> GradientReport:
    try:
        out, cache = layer.forward({})
        if unusable := not_finite(layer.points, out):
            return GradientReport(tuple(unusable), 1)
        if is_single(out, layer.points.values()):
            return single_precision("forward")
        upstream = _upstream(dout, out.shape, rng)
        gradients = layer.backward(cache, upstream)
    except _NotALayer as wrong:
        return GradientReport((ArgumentResult(wrong.function, False, str(wrong)),), 1)
    problem = Problem(
        kind="layer",
        labels=layer.labels,
        points=layer.points,
        values=layer.values,
        out=out,
        dout=upstream,
        evaluate=layer.evaluate,
        gradients=gradients,
        backward=lambda other: layer.backward(layer.forward({})[1], other),
        gradients_at=lambda points: layer.gradients_at(points, upstream),
        backward_again=lambda: layer.backward(cache, upstream),
        versions=layer.versions(),
        evaluations=1,
    )
    notes = [*changed_in_place(layer.changed), *_another_output(layer, problem)]
    return assemble(problem, settings, rng, notes)


def _upstream(
    dout: np.ndarray | float | None, shape: tuple[int, ...], rng: np.random.Generator
) -> np.ndarray:
    """The upstream gradient, float64, drawn when it is not given."""
    given = np.asarray(rng.normal(size=shape) if dout is None else dout, dtype=np.float64)
    if given.shape != shape:
        raise ValueError(f"dout has shape {given.shape}, expected the shape of out, {shape}")
    return given


def _another_output(layer: _Layer, problem: Problem) -> list[ArgumentResult]:
    """Is forward the same when called again? Numeric gradients mean nothing where it is not."""
    again = layer.evaluate({})
    problem.evaluations += 1
    if again.shape == problem.out.shape and np.array_equal(again, problem.out, equal_nan=True):
        return []
    sentence = (
        "forward returns something else when called again with the same input: fix its randomness (seed)"
    )
    return [ArgumentResult("forward", False, sentence)]
