"""Which statements of a function have a part in which of its results."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from typing import Any

from course_utils.gradcheck.lines.syntax import Path, expressions, statements

# A statement with the way to it.
Place = tuple[Path, ast.stmt]
# The way to a result inside what is returned: for each step the place or keys under which it may be found.
Route = Sequence[Sequence[Any]]
# A use of a variable: its name, and the place among the statements before which it was written.
_Use = tuple[str, int]


def suspects(function: ast.FunctionDef, wrong: Iterable[Route], right: Iterable[Route]) -> list[Place]:
    """The statements, with the ways to them, that have a part in every wrong result and in no right one.

    All of them, where it cannot be told which result is formed by what.

    Args:
        wrong: the ways to the wrong results.
        right: the same of the results that are right.
    """
    flow = _Flow(function)
    parts = [flow.behind(way) for way in wrong]
    others = [flow.behind(way) for way in right]
    if None in parts or None in others:
        return flow.known
    inside = set.intersection(*(part for part in parts if part is not None))
    chosen = inside.difference(*(part for part in others if part is not None))
    # A return statement has a part in each of them, and so has what takes the cache apart.
    chosen |= {
        k for k, (_, each) in enumerate(flow.known) if isinstance(each, ast.Return) or _takes_apart(each)
    }
    return [place for k, place in enumerate(flow.known) if k in chosen]


def _takes_apart(statement: ast.stmt) -> bool:
    match statement:
        case ast.Assign(targets=[ast.Tuple()], value=value):
            return not isinstance(value, ast.Call)
    return False


class _Flow:
    """Which statement reads what which other one has written.

    Attributes:
        known: the statements, with the ways to them, in order.
    """

    def __init__(self, function: ast.FunctionDef) -> None:
        self.known = [place for place in statements(function) if not isinstance(place[1], ast.FunctionDef)]
        self._keyed = _keyed(function)
        self._written = [self._writes(each) for _, each in self.known]
        returns = [
            k
            for k, (_, each) in enumerate(self.known)
            if isinstance(each, ast.Return) and each.value is not None
        ]
        self._return = returns[0] if len(returns) == 1 else None

    def behind(self, way: Route) -> set[int] | None:
        """The places of the statements that a result depends on; None where it cannot be told."""
        if self._return is None:
            return None
        node = self.known[self._return][1].value  # type: ignore[attr-defined]
        uses = self._result(node, list(way), self._return)
        if uses is None:
            return None
        found: set[int] = set()
        seen: set[_Use] = set()
        waiting = list(uses)
        while waiting:
            use = waiting.pop()
            if use not in seen:
                seen.add(use)
                for k in self._writers(*use):
                    if k not in found:
                        found |= {k, *self._around(k)}
                        waiting += [(name, k) for name in self._reads(self.known[k][1])]
                        for outer in self._around(k):
                            waiting += [(name, outer) for name in self._reads(self.known[outer][1])]
        return found

    def _result(self, node: ast.expr, way: list[Sequence[Any]], at: int) -> set[_Use] | None:
        """What a result is computed from; None where it cannot be told."""
        match node:
            case ast.Tuple(elts=elements) | ast.List(elts=elements) if way:
                place = next((step for step in way[0] if isinstance(step, int)), None)
                if place is None or place >= len(elements):
                    return None
                return self._result(elements[place], way[1:], at)
            case ast.Dict(keys=keys, values=values) if way:
                for key, value in zip(keys, values, strict=True):
                    if isinstance(key, ast.Constant) and key.value in way[0]:
                        return self._result(value, way[1:], at)
                # The only argument's gradient is what is returned.
                return self._result(node, way[1:], at) if 0 in way[0] and way[1:] else None
            case ast.Name(id=name) if way and name in self._keyed:
                for step in way[0]:
                    if step in self._keyed[name]:
                        return {(_key(name, step), at)}
                return self._result(node, way[1:], at) if 0 in way[0] and way[1:] else None
            case ast.Name(id=name) if way:
                made = list(self._writers(name, at))
                given = getattr(self.known[made[0]][1], "value", None) if len(made) == 1 else None
                if isinstance(given, (ast.Dict, ast.Tuple, ast.List)):
                    return self._result(given, way, made[0])
        # A gradient that is returned alone.
        if way[1:] or (way and 0 not in way[0]):
            return None
        return {(name, at) for name in self._loaded(node)}

    def _writers(self, name: str, at: int) -> Iterable[int]:
        """The statements whose value of a variable may be read at a place, from the last back."""
        found = [k for k in range(at - 1, -1, -1) if name in self._written[k]]
        loop = self._loop(at)
        later = [
            k
            for k in range(at, len(self.known))
            if loop and self._loop(k) == loop and name in self._written[k]
        ]
        kept = []
        for k in found:
            kept.append(k)
            path, statement = self.known[k]
            if len(path) == 1 and name in _bound(statement):
                break
        return [*later, *kept]

    def _loop(self, k: int) -> Path | None:
        """The way to the outermost loop around a statement, or to the statement itself where it is one."""
        path = self.known[k][0]
        for depth in range(1, len(path) + 1):
            outer = next(each for p, each in self.known if p == path[:depth])
            if isinstance(outer, (ast.For, ast.While)):
                return path[:depth]
        return None

    def _around(self, k: int) -> list[int]:
        """The loops and conditions that a statement stands in: what they decide, they have a part in."""
        path = self.known[k][0]
        ways = {path[:depth] for depth in range(1, len(path))}
        return [i for i, (p, _) in enumerate(self.known) if p in ways]

    def _writes(self, statement: ast.stmt) -> set[str]:
        """Names that a statement writes: targets, arrays that it writes into, what it hands to a call."""
        match statement:
            case ast.Assign(targets=targets):
                return set().union(*(self._base(target) for target in targets))
            case ast.AugAssign(target=target) | ast.AnnAssign(target=target) | ast.For(target=target):
                return self._base(target)
            case ast.Expr(value=ast.Call() as called):
                return self._loaded(called)
            case ast.With():
                return self._reads(statement)
        return set()

    def _reads(self, statement: ast.stmt) -> set[str]:
        """Names that a statement reads; of what it writes into, it reads what was there."""
        own = set()
        if isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
            own = {statement.target.id}
        return own.union(*(self._loaded(node) for path, node in expressions(statement) if len(path) == 1))

    def _base(self, target: ast.expr) -> set[str]:
        """The names at the bottom of a target: of `dx[i, j]` it is dx."""
        match target:
            case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=key)) if name in self._keyed:
                return {_key(name, key)}
            case ast.Subscript(value=ast.Name(id=name)) if name in self._keyed:
                return {_key(name, key) for key in self._keyed[name]}
            case ast.Name(id=name):
                return {name}
            case ast.Tuple(elts=elements) | ast.List(elts=elements):
                return set().union(*map(self._base, elements))
            case ast.Subscript(value=value) | ast.Attribute(value=value) | ast.Starred(value=value):
                return self._base(value)
        return set()

    def _loaded(self, node: ast.AST) -> set[str]:
        match node:
            case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=key)) if name in self._keyed:
                return {_key(name, key)}
            case ast.Subscript(value=ast.Name(id=name), slice=key) if name in self._keyed:
                # One of them, in a loop: each depends on itself.
                return self._loaded(key)
            case ast.Name(id=name, ctx=ast.Load()):
                return {name, *(_key(name, key) for key in self._keyed.get(name, ()))}
        return set().union(*map(self._loaded, ast.iter_child_nodes(node)))


def _key(name: str, key: Any) -> str:
    return f"{name}[{key!r}]"


def _keyed(function: ast.FunctionDef) -> dict[str, set[str]]:
    """Variables that are written by constant keys, such as a dict of gradients, with the keys."""
    found: dict[str, set[str]] = {}
    for node in ast.walk(function):
        match node:
            case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=str(key)), ctx=ast.Store()):
                found.setdefault(name, set()).add(key)
    return found


def _bound(statement: ast.stmt) -> set[str]:
    """Names that get a new value, whatever they were before."""
    if not isinstance(statement, ast.Assign):
        return set()
    elements = [
        each
        for target in statement.targets
        for each in (target.elts if isinstance(target, ast.Tuple) else [target])
    ]
    return {each.id for each in elements if isinstance(each, ast.Name)} | {
        _key(each.value.id, each.slice.value)
        for each in elements
        if isinstance(each, ast.Subscript)
        and isinstance(each.value, ast.Name)
        and isinstance(each.slice, ast.Constant)
    }
