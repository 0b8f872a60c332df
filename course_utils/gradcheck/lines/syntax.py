"""The syntax tree: ways to its statements and expressions, and copies with one thing changed."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from typing import Any, TypeVar

# Pairs of (field, index or None) from a node down.
Path = tuple[tuple[str, Any], ...]
Node = TypeVar("Node", bound=ast.AST)


def statements(tree: ast.AST, path: Path = ()) -> Iterator[tuple[Path, ast.stmt]]:
    """Every statement with the way to it: pairs of (field, index) from the module down."""
    for field in ("body", "orelse", "handlers", "finalbody"):
        for index, child in enumerate(getattr(tree, field, ()) or ()):
            here = (*path, (field, index))
            if isinstance(child, ast.stmt):
                yield here, child
            yield from statements(child, here)


def at(tree: ast.AST, path: Path) -> tuple[list[ast.stmt], int]:
    """The list of statements that the way leads into, and the place in it."""
    node = tree
    for field, index in path[:-1]:
        node = getattr(node, field)[index]
    field, index = path[-1]
    return getattr(node, field), index


def first_line(statement: ast.stmt) -> str:
    """The first line of a statement's text."""
    return ast.unparse(statement).split("\n", 1)[0]


def expressions(node: ast.AST, path: Path = ()) -> Iterator[tuple[Path, ast.expr]]:
    """Every expression of a statement, not those of statements inside it."""
    for field, value in ast.iter_fields(node):
        children = enumerate(value) if isinstance(value, list) else ((None, value),)
        for index, child in children:
            if isinstance(child, ast.stmt | ast.excepthandler) or not isinstance(child, ast.AST):
                continue
            here = (*path, (field, index))
            if isinstance(child, ast.expr):
                yield here, child
            yield from expressions(child, here)


def replaced(node: Node, path: Path, replacement: ast.AST) -> Node:
    """A node with another expression where the way leads to; it shares all else with the first one."""
    (field, index), rest = path[0], path[1:]
    there = getattr(node, field)
    child = there if index is None else there[index]
    new = replaced(child, rest, replacement) if rest else replacement
    return changed(node, **{field: new if index is None else [*there[:index], new, *there[index + 1 :]]})


def changed(node: Node, **fields: Any) -> Node:
    """A node with these fields in place of its own; it shares the others with the first one."""
    made = copy.copy(node)
    for name, value in fields.items():
        setattr(made, name, value)
    return made


def as_store(target: Any) -> Any:
    """The target of an assignment."""
    return changed(target, ctx=ast.Store())


def call(name: str, *args: ast.expr) -> ast.Call:
    """A call of a function by its name."""
    return ast.Call(ast.Name(name, ast.Load()), list(map(copy.deepcopy, args)), [])
