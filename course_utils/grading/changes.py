"""What a call has changed in place of what it was given: arguments as they were sent beside those that are there now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from course_utils.grading.wire import NotData, decode, encode

_CHANGEABLE = ("array", "list", "tuple", "dict")


@dataclass(frozen=True)
class Given:
    """What a forward pass was given, as it left it.

    Attributes:
        name: of the function.
        arguments: label, value and how the value was then, of each argument that is data and can change.
    """

    name: str
    arguments: list[tuple[int | str, Any, Any]]

    def changed(self) -> list[list[int | str]]:
        """The name and the label of each argument that is no longer what it was."""
        return [[self.name, label] for label, value, was in self.arguments if shown(value) != was]


@dataclass(frozen=True)
class Opaque:
    """A value that stays in the kernel whatever it is made of.

    Attributes:
        content: the value.
        given: where it is a cache, what its forward pass was given.
    """

    content: Any
    given: Given | None = None


def nodes_of(tree: dict[str, Any]) -> list[tuple[int | str, Any]]:
    """The label and the node of each argument, in the tree of a call's `args` and `kwargs`."""
    parts = dict(tree["dict"])
    return [*enumerate(parts["args"]["list"]), *map(tuple, parts["kwargs"]["dict"])]


def sent(node: Any, buffers: list[bytes]) -> Any:
    """An argument as it was sent, as `shown` has it; None of what cannot change, or is a handle's or a lent function's affair."""
    tag = next(iter(node)) if type(node) is dict else ""
    if tag not in _CHANGEABLE:
        return None
    if tag == "array" and node["dtype"] != "|b1":  # whose bytes need not be the ones that came
        return node["dtype"], tuple(node["shape"]), buffers[node["array"]]
    return shown(decode(node, buffers, foreign=Opaque))


def shown(value: Any) -> Any:
    """A value as plain data, which can be compared; None of what could not travel."""
    if type(value) is np.ndarray and value.dtype.kind in "biufc":
        return value.dtype.str, value.shape, value.tobytes()
    try:
        return encode(value)
    except NotData:
        return None
