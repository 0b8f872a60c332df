"""A forward pass without its cache: where no backward pass is asked for, nobody reads it, and it may hold anything."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator

from course_utils.gradcheck.lines.syntax import statements


def without_cache(tree: ast.Module) -> str:
    """The program with None in place of each cache that is returned and of all that is worked out for it alone."""
    tree = copy.deepcopy(tree)
    for function in tree.body:
        if isinstance(function, ast.FunctionDef):
            for returned in _results(function):
                returned.elts[1] = ast.Constant(None)
            while emptied := list(_unread(function)):
                for assignment in emptied:
                    assignment.value = ast.Constant(None)
    return ast.unparse(tree)


def _own_statements(function: ast.FunctionDef) -> Iterator[ast.stmt]:
    """The statements of a function, not those of functions inside it."""
    inner = {
        id(s) for f in ast.walk(function) if f is not function and hasattr(f, "args") for s in ast.walk(f)
    }
    return (statement for _, statement in statements(function) if id(statement) not in inner)


def _results(function: ast.FunctionDef) -> Iterator[ast.Tuple]:
    """What `return out, cache` returns, wherever it stands."""
    for statement in _own_statements(function):
        match statement:
            case ast.Return(value=ast.Tuple(elts=[_, _]) as result):
                yield result


def _unread(function: ast.FunctionDef) -> Iterator[ast.Assign]:
    """Assignments of something to a variable that nothing reads."""
    read = {n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    for statement in _own_statements(function):
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name not in read:
                if ast.unparse(value) != "None":
                    yield statement
