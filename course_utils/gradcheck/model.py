"""Gradient check of a model: parameters by name and a loss that returns their gradients."""

from __future__ import annotations

import copy
import functools
import inspect
import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from course_utils.gradcheck.arguments import fresh
from course_utils.gradcheck.domain import not_finite
from course_utils.gradcheck.laws import is_single
from course_utils.gradcheck.loss import loss_problem
from course_utils.gradcheck.nested import Path, found_at, leaves, rebuilt, shown
from course_utils.gradcheck.problem import Problem, Versions
from course_utils.gradcheck.report import ArgumentResult, GradientReport
from course_utils.gradcheck.results import assemble, single_precision
from course_utils.gradcheck.settings import Settings, default_rng
from course_utils.gradcheck.sizes import flat_numbers


def model_gradient_check(
    model: Any,
    X: np.ndarray,
    y: np.ndarray,
    *,
    rng: np.random.Generator | None = None,
    h: float = 1e-5,
    rtol: float = 1e-6,
    atol: float = 0.0,
    max_evaluations: int = 300,
    line_seconds: float = 2.0,
) -> GradientReport:
    """Compare every gradient a model returns with the numeric gradient of its loss.

    Args:
        model: has .params, a dict of float arrays, and .loss(X, y) -> (loss, grads), grads a dict with the same keys; both
            may hold lists, tuples and dicts of arrays, and what is no float there is no parameter; its parameters are replaced by float64 copies while the check runs, its dtype (where it has one) by
            float64, and both are put back.
        X: inputs, (N, ...).
        y: labels, (N,).
        rng: see `gradient_check`.
        h: see `gradient_check`.
        rtol: see `gradient_check`.
        atol: see `gradient_check`.
        max_evaluations: see `gradient_check`.
        line_seconds: see `gradient_check`.

    Returns:
        A report with one result for each parameter. What model.loss raises is passed on.
    """
    rng = default_rng() if rng is None else rng
    settings = Settings(h=h, rtol=rtol, atol=atol, max_evaluations=max_evaluations, line_seconds=line_seconds)
    with _InDouble(model, X, y) as lent:
        return _check(lent, settings, rng)


class _InDouble:
    """A model on loan: it computes in float64 at any parameters, and gets its own back at the end.

    Attributes:
        points: its parameters, float64.
        reg: its strength of regularization; None where it has none.
    """

    def __init__(self, model: Any, X: np.ndarray, y: np.ndarray) -> None:
        self._model, self._X, self._y = model, X, y
        self._params = dict(model.params)
        self._paths = dict(_parameters(self._params))
        self._attributes = {name: getattr(model, name) for name in ("dtype", "reg") if hasattr(model, name)}
        self.points = {
            name: np.array(found_at(self._params, path), dtype=np.float64)
            for name, path in self._paths.items()
        }
        self.reg = self._attributes.get("reg")

    def __enter__(self) -> _InDouble:
        if "dtype" in self._attributes:
            self._model.dtype = np.float64
        return self

    def __exit__(self, *_error: object) -> None:
        for name, value in self._params.items():
            self._model.params[name] = value
        for name, value in self._attributes.items():
            setattr(self._model, name, value)

    def loss(self, replaced: dict[str, Any]) -> Any:
        """What model.loss returns with other parameters, or with another "reg"."""
        others = {path: np.array(replaced.get(name, self.points[name])) for name, path in self._paths.items()}
        self._model.params.update(rebuilt(self._params, others))
        if "reg" in replaced:
            self._model.reg = replaced["reg"]
        try:
            return self._model.loss(replaced.get("X", self._X), replaced.get("y", self._y))
        finally:
            if "reg" in self._attributes:
                self._model.reg = self.reg

    def by_name(self, grads: Mapping[str, Any]) -> dict[str, Any]:
        """Gradients by the names of the points, None where there is none, as they are now."""
        # A later call might write into the same arrays.
        return {name: fresh(found_at(grads.get(key), rest)) for name, (key, *rest) in self._paths.items()}

    def versions(self) -> Versions | None:
        """How other versions of the loss are asked, on a copy of the model; None where it cannot be copied."""
        if not inspect.ismethod(self._model.loss):
            return None
        try:
            other = _InDouble(copy.deepcopy(self._model), self._X, self._y).__enter__()
        except Exception:
            # What a model holds need not be something that can be copied.
            return None

        def ask(version: Callable[..., Any], replaced: dict[str, Any], _dout: np.ndarray) -> dict[str, Any]:
            trial = copy.deepcopy(other._model)
            trial.loss = functools.partial(version, trial)
            loss, grads = _InDouble(trial, self._X, self._y).loss(replaced)
            if not math.isclose(loss, other.value(replaced), rel_tol=1e-9, abs_tol=1e-12):
                raise ValueError("the loss is another one")
            return other.by_name(grads)

        routes = {name: [(1,), *((key, f"d{key}") for key in path)] for name, path in self._paths.items()}
        given = {"X": self._X, "y": self._y}
        return Versions(
            self._model.loss.__func__,
            ask,
            given,
            routes,
            other.value,
            len(self._X) if np.ndim(self._X) else None,
        )

    def value(self, replaced: dict[str, Any]) -> np.ndarray:
        """The loss alone."""
        return np.array(self.loss(replaced)[0], dtype=np.float64)

    @property
    def inputs(self) -> dict[str, np.ndarray]:
        """X, where it is an array of floats."""
        X = self._X
        return {"X": X} if isinstance(X, np.ndarray) and X.dtype.kind == "f" else {}

    @property
    def values(self) -> dict[str, Any]:
        """Every number the model was built with, its inputs and labels."""
        return {**flat_numbers(vars(self._model)), "X": self._X, "y": self._y, "reg": self.reg}

    def is_single(self, loss: float) -> bool:
        """Whether the loss, regularization aside, was computed in single precision."""
        bare = self.loss({"reg": 0.0})[0] if self.reg else loss
        return is_single(bare, [*self.points.values(), np.asarray(self._X, dtype=np.float64)])


def _check(model: _InDouble, settings: Settings, rng: np.random.Generator) -> GradientReport:
    if unusable := not_finite({**model.points, **model.inputs}, np.zeros(())):
        return GradientReport(tuple(unusable), 0)
    result = model.loss({})
    wrong = _structure_problem(result) or loss_problem(result[0], lambda: model.loss({})[0])
    if wrong:
        return GradientReport((ArgumentResult("loss", False, wrong),), 2)
    loss, grads = result
    if model.is_single(loss):
        return single_precision("loss")
    problem = Problem(
        kind="model",
        labels={name: name for name in model.points},
        points=model.points,
        values=model.values,
        out=np.array(loss, dtype=np.float64),
        dout=np.ones(()),
        evaluate=model.value,
        gradients=model.by_name(grads),
        gradients_at=lambda points: model.by_name(model.loss(points)[1]),
        versions=model.versions(),
        evaluations=2,
    )
    return assemble(problem, settings, rng, [])


def _parameters(params: Mapping[str, Any]) -> Iterator[tuple[str, Path]]:
    """Names and paths of the parameters: all that lies in the dict itself, and the arrays of floats further inside."""
    for path, leaf in leaves(params):
        is_float = isinstance(leaf, (np.ndarray, np.floating, float)) and np.asarray(leaf).dtype.kind == "f"
        if len(path) == 1 or is_float:
            yield f"{path[0]}{shown(path[1:])}", path


def _structure_problem(result: Any) -> str | None:
    if not (isinstance(result, (tuple, list)) and len(result) == 2 and isinstance(result[1], Mapping)):
        return "model.loss(X, y) must return (loss, grads) with grads a dict whose keys are those of model.params"
    return None
