"""What a Solver expects of its arguments, and a sentence for each that is not so."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from typing import Any

import numpy as np

from course_utils.data import Dataset
from course_utils.training.schedules import Schedule

PARTS = ("X_train", "y_train", "X_val", "y_val")


def expect_no_more(unknown: Iterable[str], function: Callable[..., Any]) -> None:
    """Raise ValueError where a function got keyword arguments that it does not know."""
    parameters = inspect.signature(function).parameters.values()
    known = [each.name for each in parameters if each.kind is not each.VAR_KEYWORD]
    names = [(name, difflib.get_close_matches(name, known, n=1)) for name in unknown]
    if names:
        said = ", ".join(f"{name} (did you mean {close[0]}?)" if close else name for name, close in names)
        name = function.__name__
        raise ValueError(f"{name} does not know the argument {said}: correct it; help({name}) lists them")


def expect_counts(**counts: int | None) -> None:
    """Raise ValueError unless each of these, by name, is at least 1 or None."""
    for name, value in counts.items():
        if value is not None and value < 1:
            raise ValueError(f"{name} is {value}; it must be at least 1")


def expect_plan(num_epochs: int, lr_decay: float, schedule: Schedule | None) -> None:
    """Raise ValueError unless there is one plan for the learning rate, and a number of epochs."""
    if schedule is not None and lr_decay != 1.0:
        raise ValueError(
            "Solver got a schedule and lr_decay; the schedule alone should say how the rate falls"
        )
    if num_epochs < 0:
        raise ValueError(f"num_epochs is {num_epochs}; it must be at least 0")


def expect_model(model: Any) -> None:
    """Raise ValueError unless a model has `params`, a dict of float arrays by name, and a method `loss`."""
    params = getattr(model, "params", None)
    if not isinstance(params, MutableMapping) or not params:
        raise ValueError(
            f"{type(model).__name__} has no dict `params` of arrays by name; a Solver needs one to update, e.g. "
            'self.params = {"W1": ...}'
        )
    if not callable(getattr(model, "loss", None)):
        raise ValueError(
            f"{type(model).__name__} has no method loss(X, y) -> (loss, grads); a Solver needs one"
        )
    for name, w in params.items():
        if not isinstance(w, np.ndarray) or w.dtype.kind != "f":
            found = f"an array of {w.dtype}" if isinstance(w, np.ndarray) else f"a {type(w).__name__}"
            raise ValueError(f"params[{name!r}] is {found}; a Solver updates arrays of floats")


def expect_loss_and_gradients(answer: Any, params: Mapping[str, np.ndarray]) -> None:
    """Raise ValueError unless what model.loss(X, y) returned is (loss, a gradient for each of params)."""
    said = "model.loss(X, y) returned"
    if not isinstance(answer, tuple | list) or len(answer) != 2:
        raise ValueError(f"{said} a {type(answer).__name__}; expected (loss, grads)")
    loss, grads = answer
    if np.size(loss) != 1:
        raise ValueError(f"{said} a loss of shape {np.shape(loss)}; expected a number")
    if not isinstance(grads, Mapping):
        raise ValueError(
            f"{said} a {type(grads).__name__} as its second result; expected a dict of gradients by name"
        )
    missing = [name for name in params if name not in grads]
    if missing:
        raise ValueError(f"{said} no gradient of {', '.join(missing)}; it needs one for each of params")
    for name, w in params.items():
        if np.shape(grads[name]) != w.shape:
            raise ValueError(
                f"the gradient of {name} has shape {np.shape(grads[name])}; expected {w.shape}, as {name} has"
            )


def parts_of(data: Dataset | Mapping[str, np.ndarray]) -> list[np.ndarray]:
    """X_train, y_train, X_val and y_val, as arrays.

    Raises:
        ValueError: one is missing or empty, or examples and labels are not as many.
    """
    found = []
    for name in PARTS:
        value = data.get(name) if isinstance(data, Mapping) else getattr(data, name, None)
        if value is None:
            raise ValueError(f"the data have no {name}; a Solver needs {', '.join(PARTS)}")
        found.append(np.asarray(value))
    X_train, y_train, X_val, y_val = found
    for X, y, part in ((X_train, y_train, "train"), (X_val, y_val, "val")):
        if len(X) != len(y) or len(X) == 0:
            raise ValueError(
                f"X_{part} holds {len(X)} examples and y_{part} {len(y)} labels; there must be one for each, and some"
            )
    return found
