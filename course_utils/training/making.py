"""Models with first weights that repeat, whatever their constructors take."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

_Model = TypeVar("_Model")


def seeded(make: Callable[..., _Model], *args: Any, rng: np.random.Generator, **kwargs: Any) -> _Model:
    """A model whose first weights repeat with `rng`, also where its constructor takes no generator.

    Classes written for the convention draw from `np.random` itself: for them that one is seeded from `rng` while they are
    made, and then goes on as it was.

    Args:
        make: a class of models, as `FullyConnectedNet`.
        args, kwargs: what it is called with.
        rng: handed on where `make` has an argument of that name.
    """
    if "rng" in inspect.signature(make).parameters:
        return make(*args, rng=rng, **kwargs)
    before = np.random.get_state()  # noqa: NPY002 (what such a class draws from)
    np.random.seed(rng.integers(2**32))  # noqa: NPY002
    try:
        return make(*args, **kwargs)
    finally:
        np.random.set_state(before)  # noqa: NPY002
