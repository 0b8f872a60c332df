"""Lists, tuples and dicts of arrays: their arrays by path, and the same structure around other arrays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

# Keys and places, from the outside in: ("W1", 0) for value["W1"][0].
Path = tuple[Any, ...]
# What is nested more deeply is no structure of parameters.
_DEEPEST = 8


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Everything in a structure that is no list, tuple or dict, each with its path."""
    inside = _inside(value) if len(path) < _DEEPEST else None
    if inside is None:
        yield path, value
        return
    for key, child in inside:
        yield from leaves(child, (*path, key))


def _inside(value: Any) -> list[tuple[Any, Any]] | None:
    if isinstance(value, Mapping):
        return list(value.items())
    return list(enumerate(value)) if isinstance(value, (list, tuple)) else None


def is_nested(value: Any) -> bool:
    """Whether it is a list, tuple or dict that holds arrays of floats alone."""
    if _inside(value) is None:
        return False
    found = [leaf for _, leaf in leaves(value)]
    return bool(found) and all(isinstance(a, np.ndarray) and a.dtype.kind == "f" for a in found)


def is_numeric(value: Any) -> bool:
    """Whether it is a list, tuple or dict that holds real numbers and arrays of them alone."""
    found = list(leaves(value)) if _inside(value) is not None else []
    return bool(found) and all(
        isinstance(a, (np.ndarray, np.generic, float, int)) and np.asarray(a).dtype.kind in "biuf"
        for _, a in found
    )


def rebuilt(value: Any, others: Mapping[Path, Any], path: Path = ()) -> Any:
    """The same structure with other leaves, by path; leaves that are not among them stay."""
    inside = _inside(value) if len(path) < _DEEPEST else None
    if inside is None:
        return others.get(path, value)
    children = [(key, rebuilt(child, others, (*path, key))) for key, child in inside]
    if isinstance(value, Mapping):
        return dict(children)
    if hasattr(value, "_fields"):
        return type(value)(*(child for _, child in children))
    return type(value)(child for _, child in children)


def found_at(value: Any, path: Sequence[Any]) -> Any:
    """What lies at a path; None where nothing does. Of a dict of gradients the key may be "dW" for "W"."""
    for key in path:
        if isinstance(value, Mapping):
            value = value.get(key, value.get(f"d{key}"))
        elif isinstance(value, (list, tuple)) and isinstance(key, int) and key < len(value):
            value = value[key]
        else:
            return None
    return value


def shown(path: Path) -> str:
    """A path as one would type it: ['W1'][0]."""
    return "".join(f"[{key!r}]" for key in path)


def flat(value: Any) -> np.ndarray:
    """All numbers of a structure one after the other, float64."""
    return np.concatenate([np.asarray(leaf, dtype=np.float64).ravel() for _, leaf in leaves(value)])


def shaped(numbers: np.ndarray, like: Any) -> Any:
    """Numbers one after the other, back in a structure."""
    others, start = {}, 0
    for path, leaf in leaves(like):
        size = np.size(leaf)
        others[path] = (
            numbers[start : start + size].reshape(np.shape(leaf)).copy()
            if np.ndim(leaf)
            else float(numbers[start])
        )
        start += size
    return rebuilt(like, others)
