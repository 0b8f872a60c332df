"""Arguments of a function under test: what they are called, which are differentiated, copies for each call."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from course_utils.gradcheck.nested import is_nested, leaves


def argument_names(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[list[str], dict[str, Any]]:
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
    args: tuple[Any, ...], names: list[str], kwargs: dict[str, Any], wrt: Iterable[str] | None
) -> tuple[list[str], list[str]]:
    """Which arguments to differentiate by: (all positional names, chosen names).

    Where the signature says nothing, the names in wrt are those of the float arguments in order.
    """
    for name, value in zip(names, args, strict=True):
        if any(np.iscomplexobj(leaf) for _, leaf in leaves(value)):
            raise TypeError(
                f"{name} holds complex numbers, and a gradient is taken by real ones: pass its real and its imaginary part as "
                "two arguments"
            )
    floats = [n for n, v in zip(names, args, strict=True) if _is_float_array(v) or is_nested(v)]
    if not floats:
        floats = [n for n, v in zip(names, args, strict=True) if isinstance(v, (float, np.floating))]
    if wrt is None:
        if not floats:
            raise TypeError(
                "gradient_check needs at least one float array to differentiate by: make it float (x.astype(float)), or name "
                "an argument that is given by name with wrt="
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
    if isinstance(value, (dict, list)):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        copies = {key: fresh(item) for key, item in items}
        return copies if isinstance(value, dict) else list(copies.values())
    if isinstance(value, np.random.Generator):
        return np.random.Generator(_copy_of(value.bit_generator))
    return value


def _copy_of(bits: np.random.BitGenerator) -> np.random.BitGenerator:
    copy = type(bits)()
    copy.state = bits.state
    return copy
