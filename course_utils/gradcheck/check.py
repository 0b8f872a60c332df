"""Gradient checks of a layer, a loss and a model."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from course_utils import compare
from course_utils.compare import Cause, Certainty
from course_utils.gradcheck.judge import Settings
from course_utils.gradcheck.laws import changed_arrays, is_single
from course_utils.gradcheck.problem import Problem, argument_names, differentiable, flat_numbers, fresh
from course_utils.gradcheck.report import ArgumentResult, GradientReport
from course_utils.gradcheck.results import assemble


def gradient_check(
    forward: Callable,
    backward: Callable,
    *args: Any,
    dout: np.ndarray | float | None = None,
    rng: np.random.Generator | None = None,
    wrt: Iterable[str] | None = None,
    h: float = 1e-5,
    rtol: float = 1e-6,
    max_evaluations: int = 300,
    **kwargs: Any,
) -> GradientReport:
    """Compare a layer's backward pass with numeric gradients of its forward pass.

    forward: forward(*args, **kwargs) -> (out, cache)
    backward: backward(dout, cache) -> the gradient, or a tuple of one gradient for each differentiable argument
    args, kwargs: what forward takes; float arrays are differentiated (Python floats, where there are no float
        arrays), all in float64; each call gets fresh copies, of a Generator too, so that every call draws alike
    dout: upstream gradient, of out's shape; drawn at random when not given
    rng: where random numbers come from; a fixed generator when not given
    wrt: names of the arguments that backward returns gradients for, when not all; where forward's signature tells no
        names, those of its float arguments in order
    h: step of the centred differences
    rtol: allowed relative difference
    max_evaluations: forward passes for one argument after which no further entries are looked at
    Returns a GradientReport. What forward or backward raise is passed on. The cache is only handed from one to the other.
    Raises TypeError or ValueError when the arguments cannot be checked.
    """
    rng = np.random.default_rng(0) if rng is None else rng
    names, defaults = argument_names(forward, args, kwargs)
    names, chosen = differentiable(args, names, kwargs, wrt)
    given = {**dict(zip(names, args, strict=True)), **kwargs}
    layer = _Layer(forward, backward, given, names[: len(args)], list(kwargs), chosen)
    first = layer.forward({})
    if isinstance(first, str):
        return GradientReport((ArgumentResult("forward", False, first),), 1)
    out, cache = first
    if is_single(out, layer.points.values()):
        return _single("forward")
    if dout is None:
        dout = rng.normal(size=out.shape)
    dout = np.asarray(dout, dtype=np.float64)
    if dout.shape != out.shape:
        raise ValueError(f"dout has shape {dout.shape}, expected the shape of out, {out.shape}")
    labels = {name: f"d{name}" for name in chosen}
    gradients = layer.backward_from(cache, dout, labels)
    if isinstance(gradients, str):
        return GradientReport((ArgumentResult("backward", False, gradients),), 1)
    problem = Problem(
        kind="layer",
        labels=labels,
        points=layer.points,
        values={**defaults, **given},
        out=out,
        dout=dout,
        evaluate=layer.evaluate,
        gradients=gradients,
        backward=lambda upstream: layer.backward_from(layer.forward({})[1], upstream, labels),
        gradients_at=lambda points: layer.gradients_at(points, dout, labels),
        backward_again=lambda: layer.backward_from(cache, dout, labels),
        evaluations=1,
    )
    notes = [*layer.notes, *layer.laws(problem)]
    return assemble(problem, Settings(h=h, rtol=rtol, max_evaluations=max_evaluations), rng, notes)


def _single(name: str) -> GradientReport:
    """Numeric gradients of a function that rounds to seven digits are noise."""
    sentence = f"{name} computes in single precision (float32) from float64 inputs"
    cause = Cause("precision", "the dtype of the inputs was not kept", certainty=Certainty.KNOWN)
    return GradientReport((ArgumentResult(name, False, sentence, cause),), 1)


class _Layer:
    """A forward and a backward function, called with fresh copies and watched for what they change."""

    def __init__(self, forward, backward, given, positional, keywords, chosen):
        self._forward, self._backward = forward, backward
        self._given, self._positional, self._keywords = given, positional, keywords
        self.points = {name: np.array(given[name], dtype=np.float64) for name in chosen}
        self.changed: list[str] = []

    @property
    def notes(self) -> list[ArgumentResult]:
        changed = dict.fromkeys(self.changed)
        return [ArgumentResult(name, False, f"{name} changed in place: work on a copy") for name in changed]

    def forward(self, replaced: dict[str, Any]) -> tuple[np.ndarray, Any] | str:
        """(out, cache), or a sentence when forward returned something else."""
        names = (*self._positional, *self._keywords)
        values = {name: fresh(self._given[name], self.points.get(name)) for name in names}
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
        if not (isinstance(result, (tuple, list)) and len(result) == 2):
            came = f"{len(result)} values" if isinstance(result, tuple) else f"one {type(result).__name__}"
            return f"forward must return (out, cache), but returned {came}"
        out = result[0]
        if (
            not isinstance(out, (np.ndarray, np.generic, float, int))
            or np.asarray(out).dtype.kind not in "biuf"
        ):
            return f"out is of type {type(out).__name__}, expected an array"
        return np.array(out, dtype=np.float64), result[1]

    def evaluate(self, replaced: dict[str, Any]) -> np.ndarray:
        result = self.forward(replaced)
        if isinstance(result, str):
            raise ValueError(result)
        return result[0]

    def backward_from(self, cache: Any, dout: np.ndarray, labels: dict[str, str]) -> dict[str, Any] | str:
        """Gradients by label, or a sentence when there are too many or too few."""
        handed = dout.copy() if dout.ndim else float(dout)
        gradients = self._backward(handed, cache)
        if changed_arrays({"dout": dout}, {"dout": handed}):
            self.changed.append("dout, an argument of backward,")
        # Kept as they are now, since a later call might write into the same arrays.
        gradients = gradients if isinstance(gradients, (tuple, list)) else (gradients,)
        if len(gradients) != len(labels):
            wanted = f"{len(labels)} ({', '.join(labels.values())})"
            return (
                f"backward returned {len(gradients)} gradient{'s' * (len(gradients) != 1)}, expected {wanted}"
            )
        kept = (g.copy() if isinstance(g, np.ndarray) else g for g in gradients)
        return dict(zip(labels.values(), kept, strict=True))

    def gradients_at(
        self, points: dict[str, np.ndarray], dout: np.ndarray, labels: dict[str, str]
    ) -> dict[str, Any]:
        """Gradients by label at other points; none where they cannot be had."""
        first = self.forward(points)
        gradients = first if isinstance(first, str) else self.backward_from(first[1], dout, labels)
        return {} if isinstance(gradients, str) else gradients

    def laws(self, problem: Problem) -> list[ArgumentResult]:
        """Is forward the same when called again? Numeric gradients mean nothing where it is not."""
        again = self.evaluate({})
        problem.evaluations += 1
        if again.shape == problem.out.shape and np.array_equal(again, problem.out, equal_nan=True):
            return []
        sentence = (
            "forward returns something else when called again with the same input: fix its randomness (seed)"
        )
        return [ArgumentResult("forward", False, sentence)]


def loss_gradient_check(
    loss: Callable,
    x: np.ndarray,
    *args: Any,
    rng: np.random.Generator | None = None,
    h: float = 1e-5,
    rtol: float = 1e-6,
    max_evaluations: int = 300,
    **kwargs: Any,
) -> GradientReport:
    """Compare the gradient that a loss function returns with the numeric gradient of its value.

    loss: loss(x, *args, **kwargs) -> (value, dx), e.g. softmax_loss(scores, y)
    x: float array to differentiate by
    h, rtol, max_evaluations, rng: see `gradient_check`
    Returns a GradientReport. What loss raises is passed on.
    Raises TypeError when x does not hold floats.
    """
    rng = np.random.default_rng(0) if rng is None else rng
    if np.asarray(x).dtype.kind != "f":
        raise TypeError(f"x has dtype {np.asarray(x).dtype}; a gradient needs floats: use x.astype(float)")
    point = np.array(x, dtype=np.float64)
    names, defaults = argument_names(loss, (x, *args), kwargs)
    name = "x" if names[0].startswith("argument ") else names[0]
    given = {**dict(zip(names[1:], args, strict=True)), **kwargs}
    changed = []

    def call(replaced: dict[str, Any]) -> tuple | str:
        values = {key: fresh(value) for key, value in given.items()} | replaced
        handed = np.array(replaced.get(name, point))
        kept = handed.copy()
        result = loss(handed, *(values[n] for n in names[1:]), **{key: values[key] for key in kwargs})
        changed.extend(changed_arrays({name: kept}, {name: handed}))
        if not (isinstance(result, (tuple, list)) and len(result) == 2):
            return f"the loss must return (loss, d{name})"
        return result

    result = call({})
    problem_with_it = result if isinstance(result, str) else _loss_problem(result[0], lambda: call({})[0])
    if problem_with_it:
        return GradientReport((ArgumentResult("loss", False, problem_with_it),), 2)
    out = np.array(result[0], dtype=np.float64)
    gradient = result[1].copy() if isinstance(result[1], np.ndarray) else result[1]
    problem = Problem(
        kind="loss",
        labels={name: f"d{name}"},
        points={name: point},
        values={**defaults, "x": point, **given},
        out=out,
        dout=np.ones(()),
        evaluate=lambda replaced: np.array(call(replaced)[0], dtype=np.float64),
        gradients={f"d{name}": gradient},
        gradients_at=lambda points: {f"d{name}": call(points)[1]},
        evaluations=2,
    )
    notes = [
        ArgumentResult(n, False, f"{n} changed in place: work on a copy") for n in dict.fromkeys(changed)
    ]
    return assemble(problem, Settings(h=h, rtol=rtol, max_evaluations=max_evaluations), rng, notes)


def model_gradient_check(
    model: Any,
    X: np.ndarray,
    y: np.ndarray,
    *,
    rng: np.random.Generator | None = None,
    h: float = 1e-5,
    rtol: float = 1e-6,
    max_evaluations: int = 300,
) -> GradientReport:
    """Compare every gradient a model returns with the numeric gradient of its loss.

    model: has .params, a dict of float arrays, and .loss(X, y) -> (loss, grads), grads a dict with the same keys;
        its parameters are replaced by float64 copies while the check runs, its dtype (where it has one) by float64,
        and both are put back
    X: inputs, (N, ...)
    y: labels, (N,)
    h, rtol, max_evaluations, rng: see `gradient_check`
    Returns a GradientReport, one result for each parameter. What model.loss raises is passed on.
    """
    rng = np.random.default_rng(0) if rng is None else rng
    kept, settings = dict(model.params), Settings(h=h, rtol=rtol, max_evaluations=max_evaluations)
    points = {name: np.array(value, dtype=np.float64) for name, value in kept.items()}
    attributes = {name: getattr(model, name) for name in ("dtype", "reg") if hasattr(model, name)}

    def call(replaced: dict[str, Any]) -> tuple:
        for name, point in points.items():
            model.params[name] = np.array(replaced.get(name, point))
        if "reg" in replaced:
            model.reg = replaced["reg"]
        try:
            return model.loss(X, y)
        finally:
            if "reg" in attributes:
                model.reg = attributes["reg"]

    try:
        if "dtype" in attributes:
            model.dtype = np.float64
        result = call({})
        problem_with_it = _model_problem(result) or _loss_problem(result[0], lambda: call({})[0])
        if problem_with_it:
            return GradientReport((ArgumentResult("loss", False, problem_with_it),), 2)
        loss, grads = result
        bare = call({"reg": 0.0})[0] if attributes.get("reg") else loss
        if is_single(bare, [*points.values(), np.asarray(X, dtype=np.float64)]):
            return _single("loss")
        problem = Problem(
            kind="model",
            labels={name: name for name in kept},
            points=points,
            values={**flat_numbers(vars(model)), "X": X, "y": y, "reg": attributes.get("reg")},
            out=np.array(loss, dtype=np.float64),
            dout=np.ones(()),
            evaluate=lambda replaced: np.array(call(replaced)[0], dtype=np.float64),
            gradients={name: _kept(grads.get(name)) for name in kept},
            gradients_at=lambda points: call(points)[1],
            evaluations=2,
        )
        return assemble(problem, settings, rng, [])
    finally:
        for name, value in kept.items():
            model.params[name] = value
        for name, value in attributes.items():
            setattr(model, name, value)


def _kept(gradient: Any) -> Any:
    return gradient.copy() if isinstance(gradient, np.ndarray) else gradient


def _model_problem(result: Any) -> str | None:
    if not (isinstance(result, (tuple, list)) and len(result) == 2 and isinstance(result[1], dict)):
        return "model.loss(X, y) must return (loss, grads) with grads a dict whose keys are those of model.params"
    return None


def _loss_problem(loss: Any, again: Callable[[], Any]) -> str | None:
    """Say what is wrong with a loss before any gradient is looked at.

    again: computes the same loss anew; numeric gradients mean nothing where it is another one
    """
    if isinstance(loss, (float, np.ndarray, np.generic)) and np.shape(loss) == () and not np.isfinite(loss):
        return f"the loss is {float(loss)}, expected a finite number"
    problem = compare.structure_problem(loss, np.zeros(()), "the loss")
    if problem:
        return str(problem)
    if math.isclose(loss, again(), rel_tol=1e-12):
        return None
    return "the loss is another one when asked for again with the same input: fix its randomness (seed)"
