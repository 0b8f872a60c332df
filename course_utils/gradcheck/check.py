"""Gradient checks of a layer, a loss and a model."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from course_utils import compare
from course_utils.gradcheck.judge import Judgement, Line, Settings, judge
from course_utils.gradcheck.report import ArgumentResult, GradientReport


def gradient_check(
    forward: Callable,
    backward: Callable,
    *args: Any,
    dout: np.ndarray | None = None,
    rng: np.random.Generator | None = None,
    wrt: Iterable[str] | None = None,
    h: float = 1e-5,
    rtol: float = 1e-6,
    max_evaluations: int = 200,
    **kwargs: Any,
) -> GradientReport:
    """Compare a layer's backward pass with numeric gradients of its forward pass.

    forward: forward(*args, **kwargs) -> (out, cache)
    backward: backward(dout, cache) -> the gradient, or a tuple of one gradient for each differentiable argument
    args, kwargs: what forward takes; float arrays are differentiated (Python floats, where there are no float arrays)
    dout: upstream gradient, of out's shape; drawn at random when not given
    rng: where random numbers come from; a fixed generator when not given
    wrt: names of the arguments that backward returns gradients for, when not all
    h: step of the centred differences
    rtol: allowed relative difference
    max_evaluations: forward passes allowed for each argument
    Returns a GradientReport. What forward or backward raise is passed on.
    """
    rng = np.random.default_rng(0) if rng is None else rng
    names = _argument_names(forward, args, kwargs)
    values = {**dict(zip(names, args, strict=False)), **kwargs}
    chosen = _chosen(values, args, names, wrt)
    points = {name: np.asarray(values[name], dtype=np.float64) for name in chosen}

    def call(replaced: dict[str, np.ndarray]) -> tuple:
        fresh = {name: _fresh(value, replaced.get(name, points.get(name))) for name, value in values.items()}
        result = forward(
            *(fresh[name] for name in names[: len(args)]), **{name: fresh[name] for name in kwargs}
        )
        if not (isinstance(result, tuple) and len(result) == 2):
            raise ValueError("forward must return a pair (out, cache)")
        return result

    out, cache = call({})
    out = np.asarray(out, dtype=np.float64)
    dout = rng.normal(size=out.shape) if dout is None else np.asarray(dout, dtype=np.float64)
    if dout.shape != out.shape:
        raise ValueError(f"dout has shape {dout.shape}, expected the shape of out, {out.shape}")
    gradients = backward(dout.copy() if out.ndim else float(dout), cache)
    settings = Settings(h=h, rtol=rtol, max_evaluations=max_evaluations)

    def evaluate(name: str) -> Callable:
        return lambda x: np.array(call({name: x})[0], dtype=np.float64)

    return _report({f"d{name}": name for name in chosen}, gradients, points, evaluate, dout, settings, rng)


def loss_gradient_check(
    loss: Callable,
    x: np.ndarray,
    *args: Any,
    rng: np.random.Generator | None = None,
    h: float = 1e-5,
    rtol: float = 1e-6,
    max_evaluations: int = 200,
    **kwargs: Any,
) -> GradientReport:
    """Compare the gradient that a loss function returns with the numeric gradient of its value.

    loss: loss(x, *args, **kwargs) -> (value, dx), e.g. softmax_loss(scores, y)
    x: float array to differentiate by
    h, rtol, max_evaluations, rng: see `gradient_check`
    Returns a GradientReport. What loss raises is passed on.
    """
    rng = np.random.default_rng(0) if rng is None else rng
    point = np.asarray(x, dtype=np.float64)
    name = _argument_names(loss, (x, *args), kwargs)[0]

    def call(x: np.ndarray) -> tuple:
        result = loss(x, *(_fresh(a) for a in args), **{k: _fresh(v) for k, v in kwargs.items()})
        if not (isinstance(result, tuple) and len(result) == 2):
            raise ValueError("a loss must return a pair (loss, gradient)")
        return result

    _, gradient = call(point.copy())
    settings = Settings(h=h, rtol=rtol, max_evaluations=max_evaluations)

    def evaluate(_: str) -> Callable:
        return lambda x: np.array(call(x)[0], dtype=np.float64)

    return _report({f"d{name}": name}, gradient, {name: point}, evaluate, np.ones(()), settings, rng)


def model_gradient_check(
    model: Any,
    X: np.ndarray,
    y: np.ndarray,
    *,
    rng: np.random.Generator | None = None,
    h: float = 1e-5,
    rtol: float = 1e-6,
    max_evaluations: int = 200,
) -> GradientReport:
    """Compare every gradient a model returns with the numeric gradient of its loss.

    model: has .params, a dict of float arrays, and .loss(X, y) -> (loss, grads), grads a dict with the same keys;
        the parameters are replaced by float64 copies while the check runs, and put back
    X: inputs, (N, ...)
    y: labels, (N,)
    h, rtol, max_evaluations, rng: see `gradient_check`
    Returns a GradientReport, one result for each parameter. What model.loss raises is passed on.
    """
    rng = np.random.default_rng(0) if rng is None else rng
    kept = {name: model.params[name] for name in model.params}
    points = {name: np.asarray(value, dtype=np.float64) for name, value in kept.items()}
    settings = Settings(h=h, rtol=rtol, max_evaluations=max_evaluations)

    def evaluate(name: str) -> Callable:
        def loss(value: np.ndarray) -> np.ndarray:
            model.params[name] = value
            try:
                return np.array(model.loss(X, y)[0], dtype=np.float64)
            finally:
                model.params[name] = points[name].copy()

        return loss

    dtype = getattr(model, "dtype", None)
    try:
        if dtype is not None:
            model.dtype = np.float64
        for name, point in points.items():
            model.params[name] = point.copy()
        _, grads = model.loss(X, y)
        if not isinstance(grads, dict):
            raise ValueError("model.loss(X, y) must return (loss, grads) with grads a dict like model.params")
        ordered = tuple(grads.get(name) for name in kept)
        labels = {name: name for name in kept}
        return _report(labels, ordered, points, evaluate, np.ones(()), settings, rng)
    finally:
        for name, value in kept.items():
            model.params[name] = value
        if dtype is not None:
            model.dtype = dtype


def _report(labels, gradients, points, evaluate, dout, settings, rng) -> GradientReport:
    gradients = gradients if isinstance(gradients, (tuple, list)) else (gradients,)
    if len(gradients) != len(labels):
        wanted = f"{len(labels)} ({', '.join(labels)})"
        sentence = f"backward returned {len(gradients)} gradients, expected {wanted}"
        return GradientReport((ArgumentResult("backward", False, sentence),), 1)
    results, evaluations = [], 1
    for (label, name), gradient in zip(labels.items(), gradients, strict=True):
        line = Line(evaluate(name), points[name], dout)
        results.append(_argument(label, gradient, points[name], line, settings, rng))
        evaluations += line.evaluations
    return GradientReport(tuple(results), evaluations)


def _argument(label, gradient, point, line, settings, rng) -> ArgumentResult:
    problem = compare.structure_problem(gradient, point, label)
    if problem is not None:
        sentence, _, guess = problem.partition(": it looks like ")
        return ArgumentResult(label, False, sentence, guess or None)
    analytic = np.asarray(gradient, dtype=np.float64)
    found = judge(line, analytic, settings, rng)
    numeric = np.full(analytic.shape, np.nan)
    wrong = np.zeros(analytic.shape, dtype=bool)
    for index, value, bad in zip(found.indices, found.numeric, found.wrong, strict=True):
        numeric[index], wrong[index] = value, bad
    parts = {"analytic": analytic, "numeric": numeric, "wrong": wrong}
    if not found.passed:
        return _failed(label, found, **parts)
    return _passed(label, found, line, settings, **parts)


def _passed(label: str, found: Judgement, line: Line, settings: Settings, **parts) -> ArgumentResult:
    analytic = parts["analytic"]
    seen = np.array([analytic[index] for index in found.indices])
    settled = {entry.index for entry in found.entries}
    keep = np.array([index not in settled for index in found.indices], dtype=bool)
    floor = line.noise / settings.h
    if seen.size and np.max(np.abs(seen)) <= floor and np.max(np.abs(found.numeric)) <= floor:
        return ArgumentResult(label, True, f"{label} is zero, and so is the numeric gradient", **parts)
    a, n = seen[keep], found.numeric[keep]
    error = np.abs(a - n) / np.maximum(np.maximum(np.abs(a), np.abs(n)), floor / settings.rtol)
    largest = max(float(np.max(error, initial=0.0)), found.direction_error)
    sentence = f"{label} agrees with the numeric gradient (largest relative error {largest:.0e})"
    return ArgumentResult(label, True, sentence, relative_error=largest, note=_note(found), **parts)


def _note(found: Judgement) -> str | None:
    kinks = [entry for entry in found.entries if entry.verdict == "kink"]
    if not kinks:
        return None
    count = f"{len(kinks)} entries are" if len(kinks) > 1 else "1 entry is"
    return f"{count} at a kink, e.g. {compare.show_index(kinks[0].index)}"


def _failed(label: str, found: Judgement, **parts) -> ArgumentResult:
    worst = next(entry for entry in found.entries if entry.verdict == "bug")
    analytic, numeric = compare.two_numbers(worst.analytic, worst.numeric)
    if parts["analytic"].ndim == 0:
        sentence = f"{label} is {analytic}, the numeric gradient is {numeric}"
    else:
        count = f"{found.wrong.sum()} of {found.wrong.size} checked entries"
        place = f"at {compare.show_index(worst.index)} it is {analytic}, the numeric gradient is {numeric}"
        sentence = f"{label} is wrong in {count}, {place}"
    guess = None
    if not np.isnan(parts["numeric"]).any():
        found_guess = compare.guess_values(
            parts["analytic"],
            compare.Match(parts["numeric"], tolerance=1e-5 * float(np.max(np.abs(parts["numeric"])))),
        )
        guess = found_guess.text if found_guess else None
    return ArgumentResult(label, False, sentence, guess, **parts)


def _argument_names(function: Callable, args: tuple, kwargs: dict) -> list[str]:
    """Names of the positional arguments, from the signature where it can be read."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        parameters = ()
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    names = [p.name for p in parameters if p.kind in kinds and p.name not in kwargs]
    return names[: len(args)] + [f"argument_{i}" for i in range(len(names), len(args))]


def _chosen(values: dict, args: tuple, names: list[str], wrt: Iterable[str] | None) -> list[str]:
    if wrt is not None:
        chosen = [wrt] if isinstance(wrt, str) else list(wrt)
        unknown = [name for name in chosen if name not in values]
        if unknown:
            raise ValueError(f"wrt names {unknown[0]!r}; the arguments are {', '.join(values)}")
        return chosen
    arrays = [
        name for name in names if isinstance(values[name], np.ndarray) and values[name].dtype.kind == "f"
    ]
    floats = [name for name in names if isinstance(values[name], (float, np.floating))]
    if not arrays and not floats:
        raise TypeError("gradient_check needs at least one float array to differentiate by")
    return arrays or floats


def _fresh(value: Any, point: np.ndarray | None = None) -> Any:
    """A copy for one call, so that a layer that changes its inputs or its state cannot disturb the next call."""
    if point is not None:
        return point.copy() if isinstance(value, np.ndarray) else float(point)
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, dict):
        return {key: _fresh(item) for key, item in value.items()}
    return value
