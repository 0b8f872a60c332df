"""Gradient check of a model: parameters by name and a loss that returns their gradients."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from course_utils.gradcheck.arguments import fresh
from course_utils.gradcheck.domain import not_finite
from course_utils.gradcheck.laws import is_single
from course_utils.gradcheck.loss import loss_problem
from course_utils.gradcheck.problem import Problem
from course_utils.gradcheck.report import ArgumentResult, GradientReport
from course_utils.gradcheck.results import assemble, single_precision
from course_utils.gradcheck.settings import Settings
from course_utils.gradcheck.sizes import flat_numbers


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

    Args:
        model: has .params, a dict of float arrays, and .loss(X, y) -> (loss, grads), grads a dict with the same keys;
            its parameters are replaced by float64 copies while the check runs, its dtype (where it has one) by
            float64, and both are put back.
        X: inputs, (N, ...).
        y: labels, (N,).
        rng: see `gradient_check`.
        h: see `gradient_check`.
        rtol: see `gradient_check`.
        max_evaluations: see `gradient_check`.

    Returns:
        A report with one result for each parameter. What model.loss raises is passed on.
    """
    rng = np.random.default_rng(0) if rng is None else rng
    settings = Settings(h=h, rtol=rtol, max_evaluations=max_evaluations)
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
        self._attributes = {name: getattr(model, name) for name in ("dtype", "reg") if hasattr(model, name)}
        self.points = {name: np.array(value, dtype=np.float64) for name, value in self._params.items()}
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
        for name, point in self.points.items():
            self._model.params[name] = np.array(replaced.get(name, point))
        if "reg" in replaced:
            self._model.reg = replaced["reg"]
        try:
            return self._model.loss(self._X, self._y)
        finally:
            if "reg" in self._attributes:
                self._model.reg = self.reg

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
        evaluate=lambda replaced: np.array(model.loss(replaced)[0], dtype=np.float64),
        # As they are now, since a later call might write into the same arrays.
        gradients={name: fresh(grads.get(name)) for name in model.points},
        gradients_at=lambda points: model.loss(points)[1],
        evaluations=2,
    )
    return assemble(problem, settings, rng, [])


def _structure_problem(result: Any) -> str | None:
    if not (isinstance(result, (tuple, list)) and len(result) == 2 and isinstance(result[1], Mapping)):
        return "model.loss(X, y) must return (loss, grads) with grads a dict whose keys are those of model.params"
    return None
