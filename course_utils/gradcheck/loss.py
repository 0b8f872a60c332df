"""Gradient check of a loss function, which returns its value and its gradient."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from course_utils import compare
from course_utils.gradcheck.arguments import argument_names, fresh
from course_utils.gradcheck.domain import not_finite
from course_utils.gradcheck.laws import changed_arrays
from course_utils.gradcheck.problem import Problem, Versions
from course_utils.gradcheck.report import ArgumentResult, GradientReport
from course_utils.gradcheck.results import assemble, changed_in_place
from course_utils.gradcheck.settings import Settings, default_rng


def loss_gradient_check(
    loss: Callable[..., Any],
    x: np.ndarray,
    *args: Any,
    rng: np.random.Generator | None = None,
    h: float | None = None,
    rtol: float | None = None,
    atol: float = 0.0,
    max_evaluations: int = 300,
    line_seconds: float = 2.0,
    may_change: Iterable[str] = (),
    dtype: type = np.float64,
    **kwargs: Any,
) -> GradientReport:
    """Compare the gradient that a loss function returns with the numeric gradient of its value.

    Args:
        loss: loss(x, *args, **kwargs) -> (value, dx), e.g. softmax_loss(scores, y).
        x: float array to differentiate by.
        *args: what else loss takes.
        rng: see `gradient_check`.
        h: see `gradient_check`.
        rtol: see `gradient_check`.
        atol: see `gradient_check`.
        max_evaluations: see `gradient_check`.
        line_seconds: see `gradient_check`.
        may_change: names of the arguments that may be changed in place.
        dtype: of all arrays of floats that the loss is handed, np.float64 or np.float32.
        **kwargs: what loss takes by name.

    Returns:
        A report. What loss raises is passed on.

    Raises:
        TypeError: x does not hold floats.
    """
    rng = default_rng() if rng is None else rng
    if np.asarray(x).dtype.kind != "f":
        raise TypeError(f"x has dtype {np.asarray(x).dtype}; a gradient needs floats: use x.astype(float)")
    settings = Settings.of(
        dtype, h, rtol, atol=atol, max_evaluations=max_evaluations, line_seconds=line_seconds
    )
    return _check(_Loss(loss, x, args, kwargs, dtype), settings, rng, frozenset(may_change))


class _Loss:
    """A loss function, called with fresh copies and watched for what it changes.

    Attributes:
        name: of the argument to differentiate by.
        point: where, float64.
        values: every argument by name, with the defaults of the signature.
        changed: what was changed in place so far.
    """

    def __init__(
        self,
        loss: Callable[..., Any],
        x: np.ndarray,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        dtype: type,
    ) -> None:
        names, defaults = argument_names(loss, (x, *args), kwargs)
        self._loss = loss
        self._positional, self._keywords = names[1:], list(kwargs)
        self._given = {**dict(zip(names[1:], args, strict=True)), **kwargs}
        self._dtype = dtype
        self.name = "x" if names[0].startswith("argument ") else names[0]
        self.point = np.array(x, dtype=dtype).astype(np.float64)
        self.values = {**defaults, "x": self.point, **self._given}
        self.changed: list[str] = []

    def __call__(self, replaced: dict[str, Any]) -> tuple[Any, Any]:
        """(value, gradient).

        Raises:
            _NotALoss: loss returned something else.
        """
        values = (
            {key: fresh(value) for key, value in self._given.items()} | {self.name: self.point} | replaced
        )
        values = {key: self._handed(value) for key, value in values.items()}
        before = {key: value.copy() for key, value in values.items() if isinstance(value, np.ndarray)}
        result = self._loss(
            values[self.name],
            *(values[name] for name in self._positional),
            **{name: values[name] for name in self._keywords},
        )
        self.changed.extend(changed_arrays(before, values))
        if not (isinstance(result, (tuple, list)) and len(result) == 2):
            raise _NotALoss(f"the loss must return (loss, d{self.name})")
        value, gradient = result
        return (value, gradient) if self._dtype == np.float64 else (_in_double(value), _in_double(gradient))

    def _handed(self, value: Any) -> Any:
        """An argument as the loss gets it; arrays of floats are brought to single precision where that is asked for."""
        is_point = isinstance(value, np.ndarray) and value.dtype.kind == "f"
        if is_point and self._dtype != np.float64:
            return value.astype(self._dtype)
        return np.array(value) if is_point else value

    def versions(self) -> Versions:
        """How other versions of the loss are asked; one that has another value is none."""

        def ask(version: Callable[..., Any], replaced: dict[str, Any], _dout: np.ndarray) -> dict[str, Any]:
            other = copy.copy(self)
            other._loss, other.changed = version, []
            value, gradient = other(replaced)
            if not math.isclose(value, self.value(replaced), rel_tol=1e-9, abs_tol=1e-12):
                raise _NotALoss("the loss is another one")
            return {f"d{self.name}": fresh(gradient)}

        return Versions(self._loss, ask, {self.name: self.point, **self._given}, {f"d{self.name}": [(1,)]})

    def value(self, replaced: dict[str, Any]) -> Any:
        """The loss alone."""
        return self(replaced)[0]


class _NotALoss(ValueError):
    """A function returned something that is no loss."""


def _in_double(value: Any) -> Any:
    """A number or an array of single precision in double, anything else as it is."""
    is_single = isinstance(value, (np.ndarray, np.generic)) and value.dtype == np.float32
    return np.asarray(value, dtype=np.float64) if is_single else value


def _check(
    loss: _Loss, settings: Settings, rng: np.random.Generator, may_change: frozenset[str]
) -> GradientReport:
    try:
        value, gradient = loss({})
        wrong = loss_problem(value, lambda: loss.value({}))
    except _NotALoss as error:
        wrong = str(error)
    if unusable := not_finite({loss.name: loss.point}, np.zeros(())):
        return GradientReport(tuple(unusable), 2)
    if wrong:
        return GradientReport((ArgumentResult("loss", False, wrong),), 2)
    label = f"d{loss.name}"
    problem = Problem(
        kind="loss",
        labels={loss.name: label},
        points={loss.name: loss.point},
        values=loss.values,
        out=np.array(value, dtype=np.float64),
        dout=np.ones(()),
        evaluate=lambda replaced: np.array(loss.value(replaced), dtype=np.float64),
        # As it is now, since a later call might write into the same array.
        gradients={label: fresh(gradient)},
        gradients_at=lambda points: {label: loss(points)[1]},
        versions=loss.versions(),
        evaluations=2,
        eps=settings.eps,
    )
    changed = [name for name in loss.changed if name not in may_change]
    return assemble(problem, settings, rng, changed_in_place(changed, of="the loss"))


def loss_problem(loss: Any, again: Callable[[], Any]) -> str | None:
    """Say what is wrong with a loss before any gradient is looked at.

    Args:
        loss: what was returned as the loss.
        again: computes the same loss anew; numeric gradients mean nothing where it is another one.
    """
    if isinstance(loss, (float, np.ndarray, np.generic)) and np.shape(loss) == () and not np.isfinite(loss):
        return f"the loss is {float(loss)}, expected a finite number"
    problem = compare.structure_problem(loss, np.zeros(()), "the loss")
    if problem:
        return str(problem)
    if math.isclose(loss, again(), rel_tol=1e-12):
        return None
    return "the loss is another one when asked for again with the same input: fix its randomness (seed)"
