"""Wrong versions of a function, made from its source: one small change to the syntax tree each."""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

_MARKS = re.compile(r"### (BEGIN|END) SOLUTION")
_OPERATORS = {
    ast.Add: (ast.Sub, ast.Mult),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Add, ast.Div),
    ast.Div: (ast.Mult,),
    ast.Pow: (ast.Mult,),
    ast.MatMult: (ast.Mult,),
    ast.FloorDiv: (ast.Mult,),
    ast.Mod: (ast.Mult,),
    ast.BitAnd: (ast.BitOr,),
    ast.BitOr: (ast.BitAnd,),
}
_COMPARISONS = {
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_FUNCTIONS = {
    "maximum": ("minimum",),
    "minimum": ("maximum",),
    "max": ("min", "sum"),
    "min": ("max",),
    "sum": ("mean", "max"),
    "mean": ("sum",),
    "exp": ("expm1",),
    "expm1": ("exp",),
    "log": ("log1p", "log2"),
    "tanh": ("sinh", "arctan"),
    "abs": ("negative",),
    "zeros": ("ones",),
    "zeros_like": ("ones_like",),
    "ones": ("zeros",),
    "sqrt": ("square",),
    "var": ("std",),
    "std": ("var",),
    "argmax": ("argmin",),
    "normal": ("uniform",),
    "floor": ("ceil",),
}
_OPAQUE_NAMES = {"cache", "self"}


@dataclass(frozen=True)
class Mutant:
    """One wrong version of a solution cell.

    Attributes:
        question: the graded function or class.
        kind: which operator made it.
        change: the statement before and after, which names the mutant as long as that statement stands.
        source: the whole cell with the change in it.
    """

    question: str
    kind: str
    change: str
    source: str


@lru_cache
def mutants(question: str, source: str) -> tuple[Mutant, ...]:
    """All mutants of a solution cell, each different from the original and from the others.

    Args:
        source: the cell with its solution marks; only what stands between them is changed.
    """
    tree = ast.parse(source)
    inside = _solution_lines(source)
    seen, found, used = {ast.unparse(tree)}, [], {}
    for kind, text, before, after in _all_changes(tree, inside):
        if text in seen:
            continue
        seen.add(text)
        change = f"{before}  →  {after}"
        used[change] = used.get(change, 0) + 1
        name = change if used[change] == 1 else f"{change}  (#{used[change]})"
        found.append(Mutant(question, kind, name, text))
    return tuple(found)


def _solution_lines(source: str) -> set[int]:
    inside, lines = False, set()
    for number, line in enumerate(source.splitlines(), start=1):
        if found := _MARKS.search(line):
            inside = found.group(1) == "BEGIN"
        elif inside:
            lines.add(number)
    return lines


def _all_changes(tree: ast.Module, inside: set[int]) -> Iterator[tuple[str, str, str, str]]:
    """(kind, mutated source, statement before, statement after) for each change at each place."""
    for path, statement in list(_statements(tree)):
        if statement.lineno not in inside:
            continue
        before = _first_line(statement)
        names = _names(tree, path, statement.lineno)
        for kind, replacement in _statement_changes(statement, names):
            body, index = _at(tree, path)
            body[index : index + 1] = replacement
            source = ast.unparse(ast.fix_missing_locations(tree))
            after = " ; ".join(map(_first_line, replacement))
            body[index : index + len(replacement)] = [statement]
            yield kind, source, before, after


def _statements(tree: ast.AST, path: tuple = ()) -> Iterator[tuple[tuple, ast.stmt]]:
    """Every statement with the way to it: pairs of (field, index) from the module down."""
    for field in ("body", "orelse", "handlers", "finalbody"):
        for index, child in enumerate(getattr(tree, field, ()) or ()):
            here = (*path, (field, index))
            if isinstance(child, ast.stmt):
                yield here, child
            yield from _statements(child, here)


def _at(tree: ast.AST, path: tuple) -> tuple[list, int]:
    node = tree
    for field, index in path[:-1]:
        node = getattr(node, field)[index]
    field, index = path[-1]
    return getattr(node, field), index


def _first_line(statement: ast.stmt) -> str:
    return ast.unparse(ast.fix_missing_locations(copy.deepcopy(statement))).splitlines()[0]


@dataclass(frozen=True)
class _Names:
    """Variables that a statement could have meant instead, and those that hold what was handed in."""

    bound: tuple[str, ...]
    given: tuple[str, ...]


def _names(tree: ast.Module, path: tuple, line: int) -> _Names:
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
    return _Names(
        *(tuple(n for n in dict.fromkeys(names) if n not in _OPAQUE_NAMES) for names in (bound, given))
    )


def _neighbours(name: str, names: tuple[str, ...], count: int = 3) -> list[str]:
    """The names bound nearest to `name`: those one mixes up."""
    if name not in names:
        return []
    place = names.index(name)
    others = sorted((n for n in names if n != name), key=lambda n: (abs(names.index(n) - place), n))
    return others[:count]


def _statement_changes(statement: ast.stmt, names: _Names) -> Iterator[tuple[str, list[ast.stmt]]]:
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return
    if not isinstance(statement, ast.Return) and not _is_docstring(statement):
        yield "statement dropped", [ast.Pass()]
    if isinstance(statement, ast.AugAssign):
        for operator in _OPERATORS.get(type(statement.op), ()):
            yield "operator swapped", [_changed(statement, op=operator())]
        yield "accumulation dropped", [ast.Assign([_as_store(statement.target)], statement.value, lineno=0)]
        yield "written to a copy", _out_of_place(statement)
    if isinstance(statement, ast.If | ast.While):
        yield "branches swapped", [_changed(statement, test=ast.UnaryOp(ast.Not(), statement.test))]
    if isinstance(statement, ast.If) and statement.orelse:
        yield "branches swapped", [_changed(statement, body=statement.orelse, orelse=statement.body)]
    if isinstance(statement, ast.Return) and statement.value is not None:
        yield from _return_changes(statement, names)
    if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
        if "cache" in statement.targets[0].id:
            yield "stale cache", [_changed(statement, value=_call("_stale_", statement.value))]
        else:
            yield "sign flipped", [_changed(statement, value=ast.UnaryOp(ast.USub(), statement.value))]
    for node_path, node in _expressions(statement):
        for kind, replacement in _expression_changes(node, names):
            mutated = copy.deepcopy(statement)
            _put(mutated, node_path, replacement)
            yield kind, [mutated]


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _changed(node: ast.AST, **fields) -> ast.AST:
    changed = copy.deepcopy(node)
    for name, value in fields.items():
        setattr(changed, name, copy.deepcopy(value))
    return changed


def _as_store(target: ast.expr) -> ast.expr:
    return _changed(target, ctx=ast.Store())


def _out_of_place(statement: ast.AugAssign) -> list[ast.stmt]:
    if not isinstance(statement.target, ast.Name):
        return [copy.deepcopy(statement)]
    load = ast.Name(statement.target.id, ast.Load())
    return [
        ast.Assign([_as_store(statement.target)], ast.BinOp(load, statement.op, statement.value), lineno=0)
    ]


def _call(name: str, *args: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(name, ast.Load()), list(map(copy.deepcopy, args)), [])


def _return_changes(statement: ast.Return, names: _Names) -> Iterator[tuple[str, list[ast.stmt]]]:
    value = statement.value
    elements = value.elts if isinstance(value, ast.Tuple) else [value]

    def with_elements(changed: list[ast.expr]) -> list[ast.stmt]:
        new = ast.Tuple(changed, ast.Load()) if isinstance(value, ast.Tuple) else changed[0]
        return [_changed(statement, value=new)]

    for i, element in enumerate(elements):
        if isinstance(element, ast.Name) and "cache" in element.id:
            yield "stale cache", with_elements([*elements[:i], _call("_stale_", element), *elements[i + 1 :]])
            continue
        rest = lambda new, i=i: [*elements[:i], new, *elements[i + 1 :]]  # noqa: E731
        yield "sign flipped", with_elements(rest(_call("_negative_", element)))
        yield "single precision", with_elements(rest(_call("_single_", element)))
        yield "rounded to single precision", with_elements(rest(_call("_rounded_", element)))
        if isinstance(value, ast.Tuple):
            yield "result dropped", with_elements([*elements[:i], *elements[i + 1 :]])
        if i + 1 < len(elements):
            swapped = [*elements[:i], elements[i + 1], element, *elements[i + 2 :]]
            yield "results swapped", with_elements(swapped)
    # Damage is done after the result is computed: what was handed in, and what came out of the cache.
    keep = ast.Assign([ast.Name("_result_", ast.Store())], value, lineno=0)
    for name in names.given:
        damage = ast.Expr(_call("_damage_", ast.Name(name, ast.Load()), ast.Name("_result_", ast.Load())))
        yield "input damaged", [copy.deepcopy(keep), damage, ast.Return(ast.Name("_result_", ast.Load()))]


def _expressions(node: ast.AST, path: tuple = ()) -> Iterator[tuple[tuple, ast.AST]]:
    """Every expression of a statement, not those of statements inside it."""
    for field, value in ast.iter_fields(node):
        children = enumerate(value) if isinstance(value, list) else ((None, value),)
        for index, child in children:
            if isinstance(child, ast.stmt | ast.excepthandler) or not isinstance(child, ast.AST):
                continue
            here = (*path, (field, index))
            if isinstance(child, ast.expr):
                yield here, child
            yield from _expressions(child, here)


def _put(node: ast.AST, path: tuple, replacement: ast.AST) -> None:
    for field, index in path[:-1]:
        node = getattr(node, field) if index is None else getattr(node, field)[index]
    field, index = path[-1]
    if index is None:
        setattr(node, field, replacement)
    else:
        getattr(node, field)[index] = replacement


def _expression_changes(node: ast.expr, names: _Names) -> Iterator[tuple[str, ast.expr]]:
    match node:
        case ast.BinOp():
            for operator in _OPERATORS.get(type(node.op), ()):
                yield "operator swapped", _changed(node, op=operator())
            if isinstance(node.op, ast.Sub | ast.Div | ast.MatMult):
                yield "operands swapped", _changed(node, left=node.right, right=node.left)
            yield "term dropped", copy.deepcopy(node.left)
            yield "term dropped", copy.deepcopy(node.right)
        case ast.UnaryOp():
            yield "sign flipped", copy.deepcopy(node.operand)
        case ast.Compare(ops=[operator]):
            for other in _COMPARISONS.get(type(operator), ()):
                yield "comparison changed", _changed(node, ops=[other()])
        case ast.BoolOp():
            other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
            yield "condition changed", _changed(node, op=other)
        case ast.IfExp():
            yield "branches swapped", _changed(node, body=node.orelse, orelse=node.body)
        case ast.Constant(value=value):
            for other in _other_constants(value):
                yield "constant changed", ast.Constant(other)
        case ast.Call():
            yield from _call_changes(node)
        case ast.Attribute(attr="T"):
            yield "transpose dropped", copy.deepcopy(node.value)
        case ast.Slice(lower=None, upper=upper) if upper is not None:
            yield "slice changed", ast.Slice(copy.deepcopy(upper), None, None)
        case ast.Name(id=name, ctx=ast.Load()):
            for other in _neighbours(name, names.bound):
                yield "wrong variable", ast.Name(other, ast.Load())


def _other_constants(value: object) -> list:
    if value is None or isinstance(value, str):
        return []
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1, value - 1, -value]
    return [value * 2, value / 2, -value] if isinstance(value, float) else []


def _call_changes(node: ast.Call) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(node.func, ast.Attribute):
        of_numpy = isinstance(node.func.value, ast.Name) and node.func.value.id == "np"
        for other in _FUNCTIONS.get(node.func.attr, ()):
            yield "function swapped", _changed(node, func=_changed(node.func, attr=other))
        if not of_numpy:
            yield "call dropped", copy.deepcopy(node.func.value)
    if node.args and not isinstance(node.args[0], ast.Starred):
        yield "call dropped", copy.deepcopy(node.args[0])
    for i in range(len(node.args) - 1):
        swapped = [*node.args[:i], node.args[i + 1], node.args[i], *node.args[i + 2 :]]
        yield "arguments swapped", _changed(node, args=swapped)
    for i in range(len(node.keywords)):
        yield "keyword dropped", _changed(node, keywords=node.keywords[:i] + node.keywords[i + 1 :])
