"""The variables that a statement could have meant instead of those it names."""

from __future__ import annotations

import ast
from dataclasses import dataclass

_OPAQUE_NAMES = {"cache", "self"}


@dataclass(frozen=True)
class Names:
    """Variables that a statement could have meant instead, and those that hold what was handed in."""

    bound: tuple[str, ...]
    given: tuple[str, ...]


def names_of(tree: ast.Module, path: tuple, line: int) -> Names:
    """Names of the function that the statement at `path` stands in, in the order they are bound."""
    node, function = tree, tree
    for field, index in path:
        node = getattr(node, field)[index]
        if isinstance(node, ast.FunctionDef):
            function = node
    given = [child.arg for child in ast.walk(function) if isinstance(child, ast.arg)]
    bound = list(given)
    for child in ast.walk(function):
        if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store) and child.lineno < line:
            bound.append(child.id)
        if isinstance(child, ast.Assign) and isinstance(child.value, ast.Name) and child.value.id == "cache":
            given += [t.id for target in child.targets for t in ast.walk(target) if isinstance(t, ast.Name)]
    return Names(
        *(tuple(n for n in dict.fromkeys(names) if n not in _OPAQUE_NAMES) for names in (bound, given))
    )


def neighbours(name: str, names: tuple[str, ...], count: int = 3) -> list[str]:
    """The names bound nearest to `name`: those one mixes up."""
    if name not in names:
        return []
    place = names.index(name)
    others = sorted((n for n in names if n != name), key=lambda n: (abs(names.index(n) - place), n))
    return others[:count]
