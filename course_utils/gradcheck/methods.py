"""What forward returns taken apart, and methods that run on copies of their object."""

from __future__ import annotations

import copy
import functools
import inspect
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

from course_utils.gradcheck.nested import is_numeric, leaves


class NotALayer(ValueError):
    """A function returned something that cannot be checked.

    Attributes:
        function: "forward" or "backward".
    """

    def __init__(self, function: str, sentence: str) -> None:
        super().__init__(sentence)
        self.function = function


def on_copies(forward: Callable[..., Any], backward: Callable[..., Any]) -> tuple[Any, Any]:
    """Methods run on a copy of their object, which is the cache where backward takes none, so that no state is left behind."""
    owner = getattr(forward, "__self__", None)
    if owner is None or isinstance(owner, (ModuleType, type)) or not inspect.ismethod(forward):
        return forward, backward
    keeps_state = getattr(backward, "__self__", None) is owner and _takes_one(backward)
    # A cache that backward need not be given, but is.
    hands_on = keeps_state and "cache" in inspect.signature(backward).parameters

    @functools.wraps(forward)
    def on_copy(*args: Any, **kwargs: Any) -> Any:
        other = copy.deepcopy(owner)
        result = forward.__func__(other, *args, **kwargs)
        if not keeps_state:
            return result
        out, *cache = out_and_cache(result) if hands_on else (result,)
        return out, (other, cache)

    def from_copy(dout: Any, kept: Any) -> Any:
        other, cache = kept
        return backward.__func__(other, dout, *cache)  # type: ignore[attr-defined]

    return on_copy, from_copy if keeps_state else backward


def _takes_one(function: Callable[..., Any]) -> bool:
    """Whether it has to be given one argument."""
    parameters = inspect.signature(function).parameters.values()
    return (
        sum(
            p.default is p.empty and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
            for p in parameters
        )
        == 1
    )


def out_and_cache(result: Any) -> tuple[Any, Any]:
    """What forward returned: its output, an array, a number or several of them, and its cache.

    Raises:
        NotALayer: it is something else.
    """
    if not (isinstance(result, (tuple, list)) and len(result) == 2):
        came = f"{len(result)} values" if isinstance(result, tuple) else f"one {type(result).__name__}"
        several = (
            " (several outputs go into one tuple: (out1, out2), cache)" if isinstance(result, tuple) else ""
        )
        raise NotALayer("forward", f"forward must return (out, cache), but returned {came}{several}")
    out = result[0]
    if any(np.iscomplexobj(leaf) for _, leaf in leaves(out)):
        text = "out holds complex numbers, and a gradient is checked of real ones: return its real and its imaginary part as two outputs"
        raise NotALayer("forward", text)
    is_number = isinstance(out, (np.ndarray, np.generic, float, int)) and np.asarray(out).dtype.kind in "biuf"
    if not is_number and not is_numeric(out):
        raise NotALayer("forward", f"out is of type {type(out).__name__}, expected an array")
    return out, result[1]
