"""Which statements of a function have a part in which of its results."""

from __future__ import annotations

import ast

from course_utils.gradcheck.lines.syntax import Path, expressions, statements

# A statement with the way to it.
Place = tuple[Path, ast.stmt]


def suspects(function: ast.FunctionDef, wrong: list[int], right: list[int]) -> list[Place]:
    """The statements, with the ways to them, that have a part in every wrong result and in no right one.

    Args:
        wrong: places of the results among those that are returned, in order.
        right: the same of the results that are right.
    """
    known = [(path, each) for path, each in statements(function) if not isinstance(each, ast.FunctionDef)]
    returned = _results(function)
    if len(returned) <= max((*wrong, *right), default=0):
        return known
    parts = [_behind(node, known) for node in returned]
    inside = set.intersection(*(parts[k] for k in wrong))
    outside = set().union(*(parts[k] for k in right))
    chosen = inside - outside
    # A return statement has a part in each of them, and so has what takes the cache apart.
    chosen |= {id(each) for _, each in known if isinstance(each, ast.Return) or _takes_apart(each)}
    return [(path, each) for path, each in known if id(each) in chosen]


def _takes_apart(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Tuple)


def _results(function: ast.FunctionDef) -> list[ast.expr]:
    """What the function's only return statement returns, one by one; nothing where there are several."""
    found = [node for node in ast.walk(function) if isinstance(node, ast.Return) and node.value is not None]
    if len(found) != 1 or found[0].value is None:
        return []
    value = found[0].value
    return list(value.elts) if isinstance(value, (ast.Tuple, ast.List)) else [value]


def _behind(result: ast.expr, known: list[Place]) -> set[int]:
    """Ids of the statements that a result depends on: by the names they write, whatever their order."""
    names, found = _loaded(result), set()
    grown = True
    while grown:
        grown = False
        for path, statement in known:
            if id(statement) not in found and _written(statement) & names:
                found.add(id(statement))
                names |= _read(statement)
                # What a loop or a condition decides, it has a part in.
                for depth in range(1, len(path)):
                    outer = next((s for p, s in known if p == path[:depth]), None)
                    if outer is not None:
                        found.add(id(outer))
                        names |= _read(outer)
                grown = True
    return found


def _loaded(node: ast.AST) -> set[str]:
    return {
        each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)
    }


def _read(statement: ast.stmt) -> set[str]:
    own = _base(statement.target) if isinstance(statement, ast.AugAssign) else set()
    return own.union(*(_loaded(node) for _, node in expressions(statement)))


def _written(statement: ast.stmt) -> set[str]:
    """Names that a statement writes: targets, arrays that it writes into, what it hands to a call."""
    match statement:
        case ast.Assign(targets=targets):
            return set().union(*(_base(target) for target in targets))
        case ast.AugAssign(target=target) | ast.AnnAssign(target=target) | ast.For(target=target):
            return _base(target)
        case ast.Expr(value=ast.Call() as called):
            return _loaded(called)
        case ast.With():
            return _read(statement)
    return set()


def _base(target: ast.expr) -> set[str]:
    """The names at the bottom of a target: of `dx[i, j]` it is dx."""
    match target:
        case ast.Name(id=name):
            return {name}
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            return set().union(*map(_base, elements))
        case ast.Subscript(value=value) | ast.Attribute(value=value) | ast.Starred(value=value):
            return _base(value)
    return set()
