"""Wrong versions of an expression: another operator, a neighbour's name, a term left out."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator

from benchmarks.mutants.names import Names, neighbours
from course_utils.gradcheck.lines.syntax import changed

OPERATORS = {
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


def expression_changes(node: ast.expr, names: Names) -> Iterator[tuple[str, ast.expr]]:
    """Each kind of mistake with the expression that makes it."""
    match node:
        case ast.BinOp():
            for operator in OPERATORS.get(type(node.op), ()):
                yield "operator swapped", changed(node, op=operator())
            if isinstance(node.op, ast.Sub | ast.Div | ast.MatMult):
                yield "operands swapped", changed(node, left=node.right, right=node.left)
            yield "term dropped", copy.deepcopy(node.left)
            yield "term dropped", copy.deepcopy(node.right)
        case ast.UnaryOp():
            yield "sign flipped", copy.deepcopy(node.operand)
        case ast.Compare(ops=[operator]):
            for other in _COMPARISONS.get(type(operator), ()):
                yield "comparison changed", changed(node, ops=[other()])
        case ast.BoolOp():
            other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
            yield "condition changed", changed(node, op=other)
        case ast.IfExp():
            yield "branches swapped", changed(node, body=node.orelse, orelse=node.body)
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
            for other in neighbours(name, names.bound):
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
            yield "function swapped", changed(node, func=changed(node.func, attr=other))
        if not of_numpy:
            yield "call dropped", copy.deepcopy(node.func.value)
    if node.args and not isinstance(node.args[0], ast.Starred):
        yield "call dropped", copy.deepcopy(node.args[0])
    for i in range(len(node.args) - 1):
        swapped = [*node.args[:i], node.args[i + 1], node.args[i], *node.args[i + 2 :]]
        yield "arguments swapped", changed(node, args=swapped)
    for i in range(len(node.keywords)):
        yield "keyword dropped", changed(node, keywords=node.keywords[:i] + node.keywords[i + 1 :])
