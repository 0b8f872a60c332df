"""The registry of well-known mistakes: one way to name what they give, and one way to look it up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

# What mistakes give instead of one result, by what was done, as in "the bias was forgotten".
Values = Mapping[str, Any]
# The same for several results, by the name of the result.
Results = Mapping[str, Values]

_Maker = TypeVar("_Maker", bound=Callable[..., Mapping[str, Any]])

# What makes the mistakes of a student's function, by its name.
REGISTRY: dict[str, Callable[..., Results]] = {}


def mistakes_in(function: str, gives: str = "") -> Callable[[_Maker], _Maker]:
    """Register the decorated function as what makes the known mistakes in a student's function.

    The decorated function takes what the student's takes, for a backward pass `dout` and then what forward took. It
    returns a mapping from the name of a result to its `Values`; with `gives`, the `Values` of that one result.

    Args:
        function: name of the student's function, as "affine_forward".
        gives: name of the only result, as "out".

    Raises:
        ValueError: the mistakes in this function are registered already.
    """

    def register(make: _Maker) -> _Maker:
        if function in REGISTRY:
            raise ValueError(f"the mistakes in {function} are registered twice")
        REGISTRY[function] = (lambda *args, **kwargs: {gives: make(*args, **kwargs)}) if gives else make
        return make

    return register


def known_mistakes(function: str, *args: Any, **kwargs: Any) -> Results:
    """What the known mistakes in a student's function give.

    Args:
        function: name of the student's function.
        args, kwargs: what the student's function was called with, arrays in double precision; of a backward pass
            `dout` and what forward was called with.

    Returns:
        `Values` by the name of the result; nothing where no mistake has a name.
    """
    make = REGISTRY.get(function)
    return make(*args, **kwargs) if make else {}
