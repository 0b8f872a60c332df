"""Gradient check of a layer: a forward and a backward function."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from course_utils import compare
from course_utils.gradcheck.calls import Layer
from course_utils.gradcheck.domain import not_finite
from course_utils.gradcheck.laws import is_single
from course_utils.gradcheck.methods import NotALayer
from course_utils.gradcheck.nested import flat, is_numeric
from course_utils.gradcheck.problem import Problem
from course_utils.gradcheck.report import ArgumentResult, GradientReport
from course_utils.gradcheck.results import assemble, changed_in_place, single_precision
from course_utils.gradcheck.settings import Settings, default_rng


def gradient_check(
    forward: Callable[..., Any],
    backward: Callable[..., Any],
    *args: Any,
    dout: Any = None,
    rng: np.random.Generator | None = None,
    wrt: Iterable[str] | None = None,
    h: float | None = None,
    rtol: float | None = None,
    atol: float = 0.0,
    max_evaluations: int = 300,
    line_seconds: float = 2.0,
    may_change: Iterable[str] = (),
    dtype: type = np.float64,
    **kwargs: Any,
) -> GradientReport:
    """Compare a layer's backward pass with numeric gradients of its forward pass.

    Each call gets fresh copies of the arguments (a Generator, a method's object), so that every call finds the same.

    Args:
        forward: forward(*args, **kwargs) -> (out, cache); several outputs are one tuple, list or dict.
        backward: backward(dout, cache) -> the gradient, a tuple of one for each differentiable argument, or a dict; as a
            method of forward's object also backward(dout).
        *args: what forward takes; float arrays are differentiated, in lists and dicts, too (Python floats, where there
            are no float arrays).
        dout: upstream gradient, in out's shape and structure; drawn at random when not given.
        rng: where random numbers come from; a fixed generator when not given.
        wrt: names of the arguments to check, when not all; where forward's signature tells no names, those of its float
            arguments in order.
        h: step of the centred differences, 1e-5 (5e-3 in single precision) when not given.
        rtol: allowed relative difference, 1e-6 (1e-3) when not given.
        atol: allowed absolute difference.
        max_evaluations: forward passes for one argument after which no further entries are looked at.
        line_seconds: how long to look for the line that is wrong, in seconds; 0 for not at all.
        may_change: what may be changed in place: names of arguments, "dout", "cache".
        dtype: of all arrays that both functions are handed, np.float64 or np.float32.
        **kwargs: what forward takes by name.

    Raises TypeError where there is nothing to differentiate by, ValueError where `dout` or `wrt` does not fit.
    """
    rng = default_rng() if rng is None else rng
    settings = Settings.of(
        dtype, h, rtol, atol=atol, max_evaluations=max_evaluations, line_seconds=line_seconds
    )
    return _check(
        Layer(forward, backward, args, kwargs, wrt, dtype), dout, settings, rng, frozenset(may_change)
    )


def _check(
    layer: Layer, dout: Any, settings: Settings, rng: np.random.Generator, may_change: frozenset[str]
) -> GradientReport:
    try:
        out, cache = layer.forward({})
        if unusable := not_finite(layer.points, out):
            return GradientReport(tuple(unusable), 1)
        if not settings.is_single and is_single(out, layer.points.values()):
            return single_precision("forward")
        upstream = _upstream(dout, out.shape, rng).astype(layer.dtype).astype(np.float64)
        result = layer.ask_backward(cache, upstream)
        layer.leave_out_state(result)
        gradients = layer.by_label(result)
    except NotALayer as wrong:
        return GradientReport((ArgumentResult(wrong.function, False, str(wrong)),), 1)
    freed = [] if "cache" in may_change else _freed(layer, cache, upstream)
    again = freed or "cache" in may_change
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
        backward_again=lambda: layer.backward(layer.forward({})[1] if again else cache, upstream),
        versions=layer.versions(),
        evaluations=1,
        eps=settings.eps,
    )
    changed = [name for name in layer.changed if name not in may_change]
    notes = [*changed_in_place(changed), *freed, *_another_output(layer, problem)]
    return assemble(problem, settings, rng, notes)


def _upstream(dout: Any, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """The upstream gradient, float64, drawn when it is not given; of several outputs one after the other."""
    if dout is None:
        return rng.normal(size=shape) if shape else np.asarray(rng.normal(size=shape))
    given = flat(dout) if is_numeric(dout) else np.asarray(dout, dtype=np.float64)
    if given.shape != shape:
        raise ValueError(f"dout has shape {given.shape}, expected the shape of out, {shape}")
    return given


def _freed(layer: Layer, cache: Any, upstream: np.ndarray) -> list[ArgumentResult]:
    """Can backward be called again with the cache that it was given, or has it taken away what it read?"""
    try:
        layer.backward(cache, upstream)
    except Exception as error:
        what = f"{type(error).__name__}: {compare.cut(str(error))}"
        sentence = (
            f"backward cannot be called twice with one cache, since it takes away what the cache holds ({what}): read it only, or say "
            'may_change=["cache"] where that is meant'
        )
        return [ArgumentResult("backward", False, sentence)]
    return []


def _another_output(layer: Layer, problem: Problem) -> list[ArgumentResult]:
    """Is forward the same when called again? Numeric gradients mean nothing where it is not."""
    again = layer.evaluate({})
    problem.evaluations += 1
    if again.shape == problem.out.shape and np.array_equal(again, problem.out, equal_nan=True):
        return []
    sentence = (
        "forward returns something else when called again with the same input: fix its randomness (seed)"
    )
    return [ArgumentResult("forward", False, sentence)]
