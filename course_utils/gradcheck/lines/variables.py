"""The variables of a function: which a statement could have meant, and which are read by nothing."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from course_utils.gradcheck.lines.syntax import statements


class Variables:
    """What a statement may name.

    Args:
        names: the variables bound before it, in order.
        unused: those of the function that nothing reads.
        values: what each held when the function returned.
    """

    def __init__(self, names: Sequence[str], unused: Sequence[str], values: Mapping[str, Any]) -> None:
        self._values = values
        self.names = [name for name in names if name not in values or _is_numeric(values[name])]
        self.unused = [name for name in unused if name in self.names]

    def instead_of(self, name: str) -> list[str]:
        """Those that could stand in a variable's place: numbers for a number, arrays that go together for an array."""
        if name in self._values and not _is_numeric(self._values[name]):
            return []
        return [other for other in self.names if other != name and self._go_together(name, other)]

    @property
    def whole(self) -> list[str]:
        """Whole numbers: sizes, places, counters."""
        return [name for name in self.names if _is_whole(self._values.get(name))]

    @property
    def terms(self) -> list[str]:
        """What may be added to something: all but whole numbers."""
        return [name for name in self.names if not _is_whole(self._values.get(name))]

    def keys(self, name: str) -> list[str]:
        """Keys of a variable that is a dict of arrays or numbers, such as a cache."""
        value = self._values.get(name)
        known = list(value.items()) if isinstance(value, Mapping) else []
        return [key for key, each in known if isinstance(key, str) and _is_numeric(each)]

    def is_distribution(self, name: str) -> bool:
        """Whether a variable holds probabilities that add up to 1 along the last axis."""
        value = self._values.get(name)
        if not (isinstance(value, np.ndarray) and value.ndim and self.is_share(name)):
            return False
        return bool(np.allclose(value.sum(axis=-1), 1))

    def is_index(self, name: str) -> bool:
        """Whether a variable is an array of whole numbers, such as labels."""
        value = self._values.get(name)
        return isinstance(value, np.ndarray) and value.dtype.kind in "iu" and value.ndim == 1

    def is_axis(self, name: str) -> bool:
        """Whether a variable is an array that can be turned round along its first axis."""
        value = self._values.get(name)
        return isinstance(value, np.ndarray) and value.ndim > 0 and len(value) > 1

    @property
    def slopes(self) -> list[str]:
        """Slopes of activations, each as an expression of a variable that can be such an output: sigmoid, tanh, ReLU."""
        found = []
        for name in self.terms:
            low, high = _range(self._values.get(name))
            if low > 0 and high < 1:
                found.append(f"{name} * (1 - {name})")
            if -1 < low < 0 < high < 1:
                found.append(f"1 - {name} ** 2")
            if low <= 0 < high:
                found.append(f"{name} > 0")
        return found

    @property
    def parts(self) -> list[str]:
        """Parts of the upstream gradient, the first argument, that stand in variables of their own as they are."""
        whole = self._values.get(self.names[0]) if self.names else None
        if not isinstance(whole, np.ndarray):
            return []
        others = [name for name in self.names[1:] if isinstance(self._values.get(name), np.ndarray)]
        return [name for name in others if np.shares_memory(self._values[name], whole)]

    def is_alike(self, name: str, other: str) -> bool:
        """Whether two variables are arrays of one shape."""
        one, two = self._values.get(name), self._values.get(other)
        return isinstance(one, np.ndarray) and isinstance(two, np.ndarray) and one.shape == two.shape

    def is_share(self, name: str) -> bool:
        """Whether a variable's numbers lie between 0 and 1, so that what they leave of 1 may be meant."""
        low, high = _range(self._values.get(name))
        return 0 <= low < high <= 1

    def _go_together(self, name: str, other: str) -> bool:
        if name not in self._values or other not in self._values:
            return True
        one, two = self._values[name], self._values[other]
        if _is_whole(one) or _is_whole(two):
            return _is_whole(one) and _is_whole(two)
        try:
            np.broadcast_shapes(np.shape(one), np.shape(two))
        except ValueError:
            return False
        return True


def _is_numeric(value: Any) -> bool:
    return isinstance(value, (np.ndarray, np.generic, int, float, list))


def _range(value: Any) -> tuple[float, float]:
    """The least and the largest number; nan where there is none."""
    is_real = isinstance(value, (np.ndarray, np.floating, float)) and np.asarray(value).dtype.kind == "f"
    return (float(np.min(value)), float(np.max(value))) if is_real and np.size(value) else (np.nan, np.nan)


def _is_whole(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def names_before(function: ast.FunctionDef, statement: ast.stmt) -> list[str]:
    """Variables of a function that a statement could have meant, in the order in which they are bound.

    Inside a loop also those that are bound further down in it.
    """
    found = {each.arg: None for each in (*function.args.args, *function.args.kwonlyargs)}
    last = statement.lineno
    for _, each in statements(function):
        inside = getattr(each, "end_lineno", None) or each.lineno
        if isinstance(each, (ast.For, ast.While)) and each.lineno <= statement.lineno <= inside:
            last = max(last, inside)
    for _, each in statements(function):
        if each.lineno > last:
            continue
        for node in ast.walk(each) if isinstance(each, (ast.Assign, ast.AugAssign)) else ():
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                found[node.id] = None
        if isinstance(each, ast.For):
            found |= {node.id: None for node in ast.walk(each.target) if isinstance(node, ast.Name)}
    return list(found)


def unused_names(function: ast.FunctionDef) -> list[str]:
    """Variables that are computed and then not read."""
    nodes = list(ast.walk(function))
    read = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    made = [
        target.id
        for node in nodes
        if isinstance(node, ast.Assign)
        for each in node.targets
        for target in (each.elts if isinstance(each, ast.Tuple) else [each])
        if isinstance(target, ast.Name)
    ]
    return [name for name in dict.fromkeys(made) if name not in read]
